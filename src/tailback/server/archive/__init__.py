"""The jobs that ended: kept in blocks that can be searched for as long as the log is kept."""

from tailback.server.archive.archive import Archive
from tailback.server.archive.loop import ArchiveLoop

__all__ = ["Archive", "ArchiveLoop"]
