"""Hostile text made harmless: job names, messages and traces come from anybody."""

import re
from hashlib import sha256

# C0 and C1 controls (without tab and newline), bidi marks, overrides and isolates, separators that
# break lines, lone surrogates: each can forge a line, a direction or a terminal command.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_BREAKS = re.compile("[\t\n]+")
_CUT = "\n… cut …\n"
_MARK_CHARS = 17


def clean_text(text: str, limit: int) -> str:
    """Return the text without control and direction characters, at most `limit` characters."""
    if not text.isprintable():
        text = _HOSTILE.sub("", text.replace("\r\n", "\n"))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_name(text: str, limit: int) -> str:
    """Return a name on one line; a longer one is cut and ends in a hash, so it stays unique."""
    if not text.isprintable():
        text = _BREAKS.sub(" ", _HOSTILE.sub("", text))
    text = text.strip()
    if len(text) <= limit:
        return text
    return text[: limit - _MARK_CHARS] + "~" + sha256(text.encode()).hexdigest()[:16]


def clean_trace(text: str, limit: int) -> str:
    """Return a trace of at most `limit` characters, keeping its head and its tail."""
    # What lies beyond both ends is never shown: do not pay for cleaning it.
    if len(text) > 4 * limit:
        text = text[: 2 * limit] + text[-2 * limit :]
    if not text.isprintable():
        text = _HOSTILE.sub("", text.replace("\r\n", "\n"))
    if len(text) <= limit:
        return text
    head = (limit - len(_CUT)) // 2
    return text[:head] + _CUT + text[len(text) - (limit - len(_CUT) - head) :]
