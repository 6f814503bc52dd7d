"""The records that `tailback explain` reads: one failure as any tool may have written it down."""

from collections.abc import Mapping
from typing import Any

_STATUS = range(100, 600)


def error_of_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wire error for a record {exc_type, message, traceback_tail, http_status}.

    Raises ValueError, with what to do, when a field has the wrong type.
    """
    error: dict[str, Any] = {}
    for field, name in (("exc_type", "type"), ("message", "message"), ("traceback_tail", "trace")):
        value = record.get(field)
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{field} must be text or null, not {_json_name(value)}")
        error[name] = value or ""
    error["status"] = _status(record.get("http_status"))
    if not any(error.values()):
        raise ValueError("nothing to explain: give exc_type, message or traceback_tail")
    return error


def _status(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value not in _STATUS:
        raise ValueError(
            f"http_status must be a whole number from 100 to 599 or null, not {value!r}"
        )
    return value


def _json_name(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false"}
    return names.get(type(value), "a number")
