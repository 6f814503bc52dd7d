"""What can go wrong in the store, by who can mend it; nothing was stored when one is raised."""


class StoreError(Exception):
    """The store could not do what was asked; `retry_after_s` says when trying again makes sense.

    `retry_after_s` is None when trying again cannot help before a person has done something.
    """

    retry_after_s: float | None = None


class StoreBusyError(StoreError):
    """More is queued than the store may hold in memory; the sender should wait and repeat."""

    retry_after_s = 1.0


class StoreFullError(StoreError):
    """The disk, or the size allowed for the database, is used up."""

    retry_after_s = 15.0


class StoreLockedError(StoreError):
    """Another process holds the database."""

    retry_after_s = 5.0


class StoreUnavailableError(StoreError):
    """The operating system refused to read or write the database's files."""

    retry_after_s = 15.0


class StoreCorruptError(StoreError):
    """What is on the disk is not what was written."""


class StoreVersionError(StoreError):
    """The database was written by a newer Tailback than this one."""


class StoreClosedError(StoreError):
    """The store was closed; the server is stopping."""

    retry_after_s = 5.0
