"""The little languages inside values: durations, weekly hours, moments, names and URLs."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from tailback.server.config.model import WeeklyWindow

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_ENV = re.compile(r"\$?\$\{([^}]*)\}")
_DAYS = re.compile(r"^([a-z]{3})(?:-([a-z]{3}))?$")
_MINUTES_OF_A_DAY = 24 * 60


def duration_s(text: str) -> float:
    """Return the seconds of "90s", "5m", "1h30m" or "2d"; ValueError for anything else."""
    compact = text.replace(" ", "").lower()
    parts = _DURATION.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(text)
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)


def expand_env(text: str, env: Mapping[str, str]) -> tuple[str, list[str]]:
    """Replace every `${NAME}`; also return the names not set. `$${` stays a plain `${`."""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        if match[1] not in env:
            missing.append(match[1])
        return env.get(match[1], "")

    return _ENV.sub(value, text), missing


def clock_minute(text: str) -> int:
    """Return the minute of the day of "09:30"; "24:00" is allowed as an end."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not match or int(match[2]) > 59:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(text)
    minute = int(match[1]) * 60 + int(match[2])
    if minute > _MINUTES_OF_A_DAY:
        raise ValueError(text)
    return minute


def weekday(text: str) -> int:
    """Return 0 for "Mon" or "Monday" … 6 for "Sun"."""
    word = text.strip().lower()
    for index, short in enumerate(WEEKDAYS):
        if word == short or (len(word) > 3 and _FULL[index] == word):  # noqa: PLR2004
            return index
    raise ValueError(text)


_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def weekly_windows(text: str) -> tuple[WeeklyWindow, ...]:
    """Read "Mon-Fri 09:00-18:00, Sat 10:00-14:00"; an end before its start is on the next day."""
    windows = []
    for part in text.split(","):
        days, _, hours = part.strip().partition(" ")
        match = _DAYS.match(days.lower())
        start, dash, end = hours.strip().partition("-")
        if not match or not dash:
            raise ValueError(text)
        first = weekday(match[1])
        last = weekday(match[2]) if match[2] else first
        span = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
        window = WeeklyWindow(
            weekdays=frozenset(span),
            from_minute=clock_minute(start.strip()),
            until_minute=clock_minute(end.strip()),
        )
        windows.append(window)
    return tuple(windows)


def moment(value: object, zone: str) -> float:
    """Return Unix seconds of a TOML date-time or of "2026-12-01 22:00" read in `zone`."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=ZoneInfo(zone))
    if not isinstance(value, datetime):
        raise ValueError(str(value))  # noqa: TRY004 - the caller handles one kind of refusal
    if value.tzinfo is None:
        value = value.replace(tzinfo=ZoneInfo(zone))
    return value.astimezone(UTC).timestamp()


def is_time_zone(name: str) -> bool:
    """Tell whether `name` is a time zone of this machine's database."""
    return name == "UTC" or name in available_timezones()


def slug(name: str) -> str:
    """Return the key of a lane: "Receipt emails" -> "receipt-emails"; any script stays."""
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-_") or "lane"


def listen_address(text: str) -> tuple[str, int]:
    """Return host and port of "127.0.0.1:8765" or "[::1]:8765"."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) <= 65535 or not host:  # noqa: PLR2004
        raise ValueError(text)
    return host.strip("[]"), int(port)


def scrub_url(text: str) -> str:
    """Return a URL without password, query and fragment, for logs, pages and errors."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "(unreadable URL)"
    if "://" not in text:
        return text if "@" not in text else "(hidden)"
    host = parts.netloc.rpartition("@")[2]
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    who = f"{user}@" if user else ""
    return f"{parts.scheme}://{who}{host}{parts.path}"
