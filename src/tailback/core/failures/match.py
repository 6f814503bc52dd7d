"""Finds the first of many texts in a message without trying each: an index by word beginnings.

A text is tried only when the message has a word that begins like the text's most telling word.
"""

import re
from collections import Counter
from collections.abc import Sequence

from tailback.core.failures.texts.rule import TextRule

STEM_CHARS = 4
# How words begin, also inside CamelCase.
_STEMS = re.compile(r"(?<![A-Za-z])[A-Za-z]{4}|[A-Z][a-z]{3}")
_Tried = tuple[int, str, tuple[str, ...]]


def stems_of(text: str) -> frozenset[str]:
    """Return how the words of a text begin, in lower case."""
    return frozenset(map(str.lower, _STEMS.findall(text)))


class Matcher:
    """The rules of one list, in their order."""

    def __init__(self, rules: Sequence[TextRule]) -> None:
        needles = [(rule.kind, parts) for rule in rules for parts in rule.needles]
        stems = [_candidates(parts) for _, parts in needles]
        common = Counter(stem for one in stems for stem in one)
        self._by_stem: dict[str, list[_Tried]] = {}
        self._always: list[_Tried] = []
        self._foreign: list[_Tried] = []
        for number, ((kind, parts), own) in enumerate(zip(needles, stems, strict=True)):
            tried = (number, kind, parts)
            if own:
                rarest = min(own, key=lambda stem: (common[stem], stem))
                self._by_stem.setdefault(rarest, []).append(tried)
            elif all(part.isascii() for part in parts):
                self._always.append(tried)
            else:
                self._foreign.append(tried)

    def first(self, low: str, stems: frozenset[str]) -> tuple[str, tuple[str, ...]] | None:
        """Return the kind and the text of the first rule that matches, None when none does."""
        tried = self._always if low.isascii() else self._always + self._foreign
        tried = list(tried)
        for stem in stems & self._by_stem.keys():
            tried += self._by_stem[stem]
        tried.sort()
        for _, kind, parts in tried:
            if parts[0] in low and (len(parts) == 1 or all(part in low for part in parts)):
                return kind, parts
        return None


def _candidates(parts: tuple[str, ...]) -> list[str]:
    """Return the stems of a text that a message must have, as far as they are whole.

    The last word may go on in the message ("rate limit" in "rate limited"), so it counts only
    when it is as long as a stem.
    """
    words = [word for part in parts for word in re.findall(r"[a-z]+", part)]
    return [word[:STEM_CHARS] for word in words if len(word) >= STEM_CHARS]
