"""How a job system describes itself, and the two sides it may bring: a probe and a hook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tailback.core.model import QueueReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a reader may expect of one job system; contract tests and the docs matrix read this.

    The `probe_*` flags hold for the probe alone (every worker dead, no code in the app), the
    `hook_*` flags for the hook in the workers.
    """

    probe_waiting: bool = False
    probe_age: bool = False
    probe_age_across_retries: bool = False
    probe_running: bool = False
    probe_running_age: bool = False
    probe_retrying: bool = False
    probe_scheduled: bool = False
    probe_dead: bool = False
    probe_workers: bool = False
    probe_paused: bool = False
    probe_completions: bool = False
    probe_discovers: bool = False
    hook_enqueue: bool = False
    hook_start: bool = False
    hook_result: bool = False
    hook_error: bool = False
    keeps_first_enqueue: bool = False
    loses_running_on_kill: bool = False
    redelivers_lost: bool = True
    time_precision_s: float = 1.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One job system: `library` is the module whose import installs the hook (None: no hook)."""

    name: str
    title: str
    library: str | None
    url_schemes: tuple[str, ...]
    capabilities: Capabilities
    has_probe: bool = True


class Probe(Protocol):
    """Reads one source without ever writing, unpickling or scanning without a bound.

    Used from one thread at a time. Errors of the remote side are raised as `ProbeError`.
    """

    def discover(self) -> Sequence[str]:
        """Return the queue names that exist now, sorted; called on a slow cadence."""
        ...

    def read(self, queues: Sequence[str], now: float) -> Sequence[QueueReading]:
        """Return one reading per queue, in a bounded number of calls."""
        ...

    def close(self) -> None:
        """Give up the connection."""
        ...


class ProbeModule(Protocol):
    """What `tailback.systems.<name>.probe` offers."""

    def open_probe(self, source: str, url: str, options: Mapping[str, Any]) -> Probe:
        """Open a probe of the source called `source`; `options` are further keys of its table."""
        ...


class EnqueueModule(Protocol):
    """What `tailback.systems.<name>.enqueue` offers, where a drill can be a real job."""

    def enqueue(
        self, url: str, queue: str, job: str, mode: str, now: float, options: Mapping[str, Any]
    ) -> None:
        """Put `tailback.drill` with the id `job` into a queue; raises `EnqueueError`."""
        ...


class EnqueueError(Exception):
    """A job could not be put into its queue; the text says why."""


class ProbeError(Exception):
    """A source could not be read; the text says what happened and what to do next."""
