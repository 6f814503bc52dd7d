"""Text as a database can keep it."""


def storable(text: str) -> str:
    """Return `text` with a question mark for every lone surrogate: nothing can encode those."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
