"""One rule over the text of a failure."""

from typing import NamedTuple


class TextRule(NamedTuple):
    """`needles` are alternatives; each is parts that must all occur, in lower case.

    `example` is (type, message) of a failure that this rule must decide: a test holds it to that.
    """

    kind: str
    needles: tuple[tuple[str, ...], ...]
    example: tuple[str, str]


def rule(kind: str, needles: str, example: tuple[str, str]) -> TextRule:
    """Return a rule whose alternatives stand on lines of their own or between ` | `.

    `a&b` asks for both.
    """
    alternatives = (part.strip() for part in needles.replace("\n", " | ").split(" | "))
    return TextRule(
        kind,
        tuple(tuple(one.split("&")) for one in alternatives if one),
        example,
    )
