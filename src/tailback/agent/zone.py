"""The name of a time zone, as far as it can be told, for a server that is somewhere else."""

import os
import time

from tailback.clock import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo

LOCALTIME = "/etc/localtime"


def local_zone() -> str:
    """Return the time zone of this machine: its name, or the offset of now ("+01:00")."""
    named = os.environ.get("TZ", "").lstrip(":")
    if not named:
        _, found, named = os.path.realpath(LOCALTIME).partition("/zoneinfo/")
        named = named if found else ""
    known = "/" in named or named == "UTC"
    return named if known else _offset(time.localtime().tm_gmtoff)


def name_of(zone: "tzinfo | None") -> str:
    """Return the name of a time zone object of any library; of None, the local one's."""
    if zone is None:
        return local_zone()
    named = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if isinstance(named, str):
        return named
    from datetime import datetime  # noqa: PLC0415 - only schedulers pay for it

    passed = datetime.fromtimestamp(now(), zone).utcoffset()
    return _offset(int(passed.total_seconds()) if passed is not None else 0)


def _offset(seconds: int) -> str:
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
