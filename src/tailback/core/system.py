"""How a job system describes itself, and the two sides it may bring: a probe and a hook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from tailback.core.actions import Outcome, Target
from tailback.core.model import QueueReading
from tailback.core.timetable import Timetable


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
    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What people may have done to jobs, each with the states of a job in which it can be."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One job system: `library` is the module whose import installs the hook (None: no hook).

    `elsewhere` are the capabilities at addresses of another scheme, where they differ.
    """

    name: str
    title: str
    library: str | None
    url_schemes: tuple[str, ...]
    capabilities: Capabilities
    has_probe: bool = True
    elsewhere: Mapping[str, Capabilities] = field(default_factory=dict)

    def at(self, url: str) -> Capabilities:
        """Return the capabilities at an address."""
        return self.elsewhere.get(url.partition(":")[0], self.capabilities)


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


@runtime_checkable
class PayloadProbe(Protocol):
    """A probe that can also tell how large the payloads of a few jobs are."""

    def payload_bytes(self, jobs: Sequence[Target]) -> Mapping[str, int]:
        """Return the bytes that the broker keeps for the arguments of jobs, by id.

        In a bounded number of calls and bytes; what is not found is left out. Raises `ProbeError`.
        """
        ...


@runtime_checkable
class TellsSchedules(Protocol):
    """What a probe offers besides, where a system keeps readable what it runs by itself."""

    def schedules(self, now: float) -> Mapping[str, Sequence[Timetable]]:
        """Return every entry by the scheduler that has it, in a bounded number of calls."""
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


class Actions(Protocol):
    """Changes jobs of one source, with the account of its `write_url`; the only part that writes.

    Used from one thread at a time. Whatever is asked twice under one mark is done once.
    """

    def apply(
        self, action: str, jobs: Sequence[Target], *, mark: str, now: float, dry: bool
    ) -> Sequence[Outcome]:
        """Do it to some hundred jobs and return what came of each; `dry` only looks.

        Raises `ActionError` when the broker cannot be asked: some may have been done then, and
        asking again under the same mark tells which.
        """
        ...

    def close(self) -> None:
        """Give up the connection."""
        ...


class ActionsModule(Protocol):
    """What `tailback.systems.<name>.actions` offers."""

    def open_actions(self, url: str, options: Mapping[str, Any]) -> Actions:
        """Open the source; `options` are further keys of its table."""
        ...


class ActionError(Exception):
    """A broker could not be asked to act; the text says what happened and what to do next."""
