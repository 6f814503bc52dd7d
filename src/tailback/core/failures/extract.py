"""The shape of an extractor: from the evidence to the name of what is concerned, or None."""

import re
from collections.abc import Callable

from tailback.core.failures.evidence import Evidence
from tailback.core.failures.quotes import plain_quotes

Extractor = Callable[[Evidence], str | None]


def first_of(*patterns: str) -> Extractor:
    """Return an extractor for the first pattern that occurs in the message: its groups, joined."""
    compiled = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]

    def extract(evidence: Evidence) -> str | None:
        message = plain_quotes(evidence.link.message)
        for pattern in compiled:
            match = pattern.search(message)
            if match:
                return ".".join(part for part in match.groups() if part)
        return None

    return extract
