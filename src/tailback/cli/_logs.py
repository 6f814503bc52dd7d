"""Structured logs of the server: one JSON object per line, or short lines for a person."""

import json
import logging
import sys
from datetime import UTC, datetime

from tailback.core.text import clean_name, clean_text

MAX_CHARS = 20_000
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Formats a record with all of its extra fields as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        said.update(extras(record))
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str)


class Plain(logging.Formatter):
    """Formats a record for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the trace below it."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        fields = " ".join(f"{name}={value}" for name, value in extras(record).items())
        line = f"{at} {record.levelname.lower():7} {record.getMessage()} {fields}".rstrip()
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        # What is logged may quote what strangers sent; none of it may command the terminal.
        return clean_name(line, MAX_CHARS) + clean_text(trace, MAX_CHARS)


def extras(record: logging.LogRecord) -> dict[str, object]:
    """Return the fields given with `extra=`."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def set_up(kind: str, level: str) -> None:
    """Send all logs to standard error; `kind` is json, plain or auto (plain on a terminal)."""
    handler = logging.StreamHandler(sys.stderr)
    plain = kind == "plain" or (kind == "auto" and sys.stderr.isatty())
    handler.setFormatter(Plain() if plain else JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel("WARNING")
    logging.getLogger("httpx").setLevel("WARNING")
