"""`StoreContract`: what every storage engine must pass.

Subclass it in `tests/store/test_<engine>.py` and say how a database is opened, how its checkpoint
offsets are listed, and how one checkpoint is damaged.
"""

from tailback.testing.access_contract import AccessContract
from tailback.testing.alert_contract import AlertContract
from tailback.testing.checkpoint_contract import CheckpointContract
from tailback.testing.drift_contract import DriftContract
from tailback.testing.log_contract import LogContract
from tailback.testing.rollup_contract import RollupContract
from tailback.testing.store_rig import HOSTILE_TEXTS, StoreRig

__all__ = [
    "HOSTILE_TEXTS",
    "AccessContract",
    "AlertContract",
    "CheckpointContract",
    "DriftContract",
    "LogContract",
    "RollupContract",
    "StoreContract",
    "StoreRig",
]


class StoreContract(
    LogContract,
    RollupContract,
    CheckpointContract,
    AccessContract,
    AlertContract,
    DriftContract,
):
    """The log, the rollups, checkpoints, who may do what, what is told to whom, and the review."""
