"""The version of this distribution, as its own installation records it."""

from importlib import metadata


def _installed() -> str:
    try:
        return metadata.version("tailback")
    except metadata.PackageNotFoundError:
        return "0.0.0"


__version__ = _installed()
