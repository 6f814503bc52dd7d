"""Reads the small tables in which rules are written: one kind a line, then what means it."""


def table(text: str) -> dict[str, str]:
    """Return {what: kind} of lines `kind: what what …`; a line without colon continues the last.

    Raises ValueError when two kinds claim the same evidence: then the order would decide.
    """
    found: dict[str, str] = {}
    kind = ""
    for line in text.split("\n"):
        head, colon, rest = line.partition(": ")
        if colon:
            kind, line = head.strip(), rest  # noqa: PLW2901 - the line goes on after its head
        for what in line.split():
            if found.setdefault(what, kind) != kind:
                raise ValueError(f"{what!r} means both {found[what]!r} and {kind!r}: keep one")
    return found


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())
