"""`SystemContract`: what every job system must pass on the real thing, by probe and by hook.

Subclass it in `tests/systems/test_<name>*.py` with one fixture `rig` that yields a `Rig`. What the
capabilities promise must hold; what they do not promise must be `None`, never a guess. Set
`TAILBACK_PROVE=1` for the full length.
"""

from tailback.testing.hook_contract import HookContract
from tailback.testing.probe_contract import ProbeContract
from tailback.testing.rig import Enqueued, ProcessRig, Rig, Traffic
from tailback.testing.work import FOREVER, Work

__all__ = [
    "FOREVER",
    "Enqueued",
    "HookContract",
    "ProbeContract",
    "ProcessRig",
    "Rig",
    "SystemContract",
    "Traffic",
    "Work",
]


class SystemContract(ProbeContract, HookContract):
    """Everything: the probe alone with every hook absent, then the hook."""
