"""Opens the store that a database URL names."""

from pathlib import Path

from tailback.store.errors import StoreError
from tailback.store.sqlite.store import SqliteStore
from tailback.store.store import Store

SQLITE = "sqlite:///"


def open_store(url: str) -> Store:
    """Open `sqlite:///relative.db` or `sqlite:////absolute.db`."""
    if not url.startswith(SQLITE) or not url.removeprefix(SQLITE):
        scheme = url.partition(":")[0]
        raise StoreError(
            f"A database URL must look like sqlite:///tailback.db, not {scheme}:…; "
            "this version has no other engine."
        )
    return SqliteStore(Path(url.removeprefix(SQLITE)))
