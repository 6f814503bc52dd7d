"""Texts without what differs from failure to failure: the last resort to tell reasons apart."""

import re

_CHARS = 200
# Order matters: what contains others comes first.
_MASKS = tuple(
    (re.compile(pattern), mark)
    for pattern, mark in (
        (r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s'\"<>)\]]+", "<url>"),
        (r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", "<e-mail>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
        (r"\b\d{4}-\d\d?-\d\d?(?:[t ]\d\d?:\d\d(?::[\d.,]+)?(?:z|[+\-][\d:]+)?)?\b", "<date>"),
        (r"\b\d\d?[/.]\d\d?[/.]\d{2,4}\b", "<date>"),
        (r"\b\d\d?:\d\d(?::\d\d(?:\.\d+)?)?\b", "<date>"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "<address>"),
        (r"(?<![\w<])(?:[a-z]:)?(?:[/\\][\w.\-@+]+){2,}[/\\]?", "<path>"),
        (r"b?'[^']*'|\"[^\"]*\"|`[^`']*[`']|“[^”]*”|«[^»]*»", "<value>"),
        (r"\b0x[0-9a-f]+\b", "<id>"),
        (r"\b(?=[a-z_\-]*\d)(?=\d*[a-z_\-])[\w\-]{6,}\b", "<id>"),
        (r"\b[0-9a-f]{12,}\b", "<id>"),
        (r"(?<![\w<])[+\-]?\d[\d.,_]*(?:e[+\-]?\d+)?(?:\s?(?:ms|s|[kmg]i?b|bytes|%))?\b", "<n>"),
    )
)  # fmt: skip
_JSON = re.compile(r"[{\[].*", re.DOTALL)
_REPEATED = re.compile(r"(<[a-z\-]+>)(?:[\s,;:]+\1)+")
_SPACE = re.compile(r"\s+")


def masked(text: str) -> str:
    """Return a text's first line, lower case, placeholders for values, at most 200 characters."""
    text = text.strip().lower()
    line = text.partition("\n")[0][: 2 * _CHARS]
    for pattern, mark in _MASKS:
        line = pattern.sub(mark, line)
    line = _JSON.sub("<data>", line)
    line = _REPEATED.sub(r"\1", line)
    return _SPACE.sub(" ", line).strip(" .!:;,")[:_CHARS]
