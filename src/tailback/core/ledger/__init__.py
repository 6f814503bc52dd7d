"""The ledger: every unfinished job, rebuilt from events in any order."""

from tailback.core.ledger.checkpoint import CheckpointError
from tailback.core.ledger.ledger import JobView, Ledger
from tailback.core.ledger.workers import WorkersView

__all__ = ["CheckpointError", "JobView", "Ledger", "WorkersView"]
