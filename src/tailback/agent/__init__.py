"""The side of Tailback that lives in the app's own processes; standard library only.

A hook uses what stands here and nothing below it. Nothing here raises into the app or waits,
except `flush`, which is asked to. Before `install` (or without a usable DSN) all of it is a no-op.
"""

import os

from tailback.agent import forks, marks, tenants
from tailback.agent.guard import guarded, swallow
from tailback.agent.tenants import current as tenant
from tailback.clock import now as _now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tailback.agent.sender import Sender
    from tailback.agent.settings import Settings

__all__ = [
    "configured",
    "deploy",
    "describe_error",
    "emit",
    "finished",
    "flush",
    "guarded",
    "install",
    "outcome",
    "running",
    "schedule",
    "tenant",
    "tenant_of",
    "worker",
]

_settings: "Settings | None" = None
# Made by the first event: until then a process that has nothing to do with jobs pays nothing.
_sender: "Sender | None" = None
_opening = False
_warned = False


def install(dsn: str | None = None) -> bool:
    """Start watching the job systems of this process; safe to call again and again.

    `dsn` is `http://<ingest token>@host:port/<source>`, by default the environment variable
    TAILBACK_DSN. Returns whether the agent is on; a wrong DSN is a warning in the log `tailback`.
    """
    try:
        forks.protect()
        if _settings is None:
            _read_settings(dsn if dsn is not None else os.environ.get("TAILBACK_DSN", ""))
        if _settings is not None:
            from tailback.agent import hooks  # noqa: PLC0415 - nothing to do without a DSN

            hooks.install()
    except Exception as error:  # noqa: BLE001 - never into the app
        swallow(error, "tailback.install")
    return _settings is not None


def configured() -> bool:
    """Return whether events go anywhere."""
    return _settings is not None


def emit(
    kind: str,
    id: str,  # noqa: A002 - the name on the wire
    queue: str,
    job: str | None = None,
    *,
    at: float | None = None,
    error: "BaseException | Mapping[str, object] | None" = None,
    **fields: object,
) -> None:
    """Report what happened to a job; `fields` as in the wire event, None means not known.

    `at` is Unix seconds, now by default. An exception is described at once and let go. The
    surrounding `tenant` block is used for `enqueued` when no tenant is given.
    """
    sender = _sender or _open()
    if sender is None:
        return
    try:
        if error is not None:
            error = sender.keep_error(error)
        if kind == "enqueued" and "tenant" not in fields:
            fields["tenant"] = tenant()
        buffer = sender.buffer
        buffer.append((kind, _now() if at is None else at, id, queue, job, error, fields))
        if len(buffer) > sender.calm:
            sender.attend()
    except Exception as trouble:  # noqa: BLE001 - never into the app
        swallow(trouble, "tailback.agent.emit")


def describe_error(error: BaseException) -> "dict[str, object]":
    """Return type, message, trace, status, chain and facts of an exception, without secrets."""
    with forks.loading:
        from tailback.agent import errors  # noqa: PLC0415 - only who fails pays

    return errors.describe_error(error)


def tenant_of(
    function: "Callable[..., object] | str | None",
    args: "Sequence[object]" = (),
    kwargs: "Mapping[str, object] | None" = None,
) -> str | None:
    """Return the account of a job: the surrounding `tenant` block's, else from its arguments.

    Arguments are looked at only for the names in TAILBACK_TENANT_ARG. Those passed by position
    are found when the job's `function` is given and not only its name.
    """
    try:
        account = tenant()
        if account is None and _settings is not None and _settings.tenant_args:
            known = function if callable(function) else None
            account = tenants.extract(_settings.tenant_args, known, args, kwargs or {})
    except Exception as trouble:  # noqa: BLE001 - never into the app
        swallow(trouble, "tailback.agent.tenant_of")
        return None
    return account


@guarded
def worker(
    id: str,  # noqa: A002
    queues: "Sequence[str]",
    slots: int | None = None,
    running: "Callable[[], Iterable[str]] | None" = None,
) -> None:
    """Announce this process as a worker: heartbeats tell the server so every 15 s from now on.

    `slots` is how many jobs it runs at once. `running` is asked at every beat, from another
    thread, for the ids in hand: for job systems that keep such a table themselves. Calling it
    again with other queues updates them. A forked child is a new process and announces itself,
    or stays silent.
    """
    sender = _sender or _open()
    names = [str(name) for name in queues]
    if sender is not None and sender.beats.worker(str(id), names, slots, running):
        sender.beat_soon()


@guarded
def running(id: str) -> None:  # noqa: A002
    """Note that this process holds a job, so that the server finds it should the process die."""
    sender = _sender or _open()
    if sender is not None:
        sender.beats.running(id)


@guarded
def finished(id: str) -> None:  # noqa: A002
    """Note that this process is done with a job, however it ended."""
    if _sender is not None:
        _sender.beats.finished(id)


def flush(timeout_s: float = 1.0) -> bool:
    """Send what waits, for at most `timeout_s` seconds; returns whether all of it was accepted.

    For processes that leave by `os._exit`. Gives up at the first failure to reach the server.
    """
    try:
        return _sender is None or _sender.flush(timeout_s)
    except Exception as trouble:  # noqa: BLE001 - never into the app
        swallow(trouble, "tailback.agent.flush")
        return False


@guarded
def deploy(release: str, service: str | None = None) -> None:
    """Mark that `release` went live now; does not wait for the server."""
    sender = _sender or _open()
    if sender is not None:
        sender.mark(marks.deploy_mark(release, service, _now()))


@guarded
def outcome(name: str, n: int = 1) -> None:
    """Count `n` business outcomes such as "payments.succeeded"; does not wait for the server.

    Delivered at most once: a step whose request got no answer is not repeated.
    """
    sender = _sender or _open()
    if sender is not None:
        sender.mark(marks.outcome_mark(name, n, _now()))


@guarded
def schedule(
    found_in: str,
    scheduler: str,
    entries: "Iterable[dict[str, object]]",
    *,
    partial: bool = False,
) -> None:
    """Tell everything that `scheduler` of this source runs by itself; does not wait.

    It replaces what was told of it before. `found_in` is its name for people ("Celery beat").
    Each entry has `name`, `queue`, `job`, and `cron` (five fields, in `zone`) or `every_s`; with
    neither, nobody can foretell when it runs. `partial` says that what is not due within the hour
    may be left out, and stays as it was told before.
    """
    sender = _sender or _open()
    if sender is not None:
        sender.mark(marks.schedule_mark(found_in, scheduler, entries, partial=partial))


def _read_settings(dsn: str) -> None:
    """Set the agent up, or say once why it stays off."""
    global _settings, _warned  # noqa: PLW0603 - one agent per process is the point
    from tailback.agent.settings import DsnError, read_settings  # noqa: PLC0415

    try:
        settings = read_settings(dsn, os.environ)
    except DsnError as error:
        if not _warned:
            _warned = True
            _warn_of_dsn(dsn, str(error))
        return
    if settings.debug:
        from tailback.agent import log  # noqa: PLC0415 - logging is slow to load

        log.debugging = True
    _settings = settings


def _warn_of_dsn(dsn: str, reason: str) -> None:
    from tailback.agent import log  # noqa: PLC0415 - logging is slow to load
    from tailback.core import wording_agent  # noqa: PLC0415

    log.warning(wording_agent.dsn_wrong(reason) if dsn else wording_agent.dsn_missing())


def _open() -> "Sender | None":
    """Return the sender of this process, made now if there is something to send to.

    None also in a signal handler that interrupts the making: an import within the same import
    would hang.
    """
    global _opening  # noqa: PLW0603
    if _settings is None:
        return None
    with forks.loading:
        if _opening:
            return None
        _opening = True
        try:
            _make_sender(_settings)
        except Exception as trouble:  # noqa: BLE001 - never into the app
            swallow(trouble, "tailback.agent")
        finally:
            _opening = False
    return _sender


def _make_sender(settings: "Settings") -> None:
    global _sender  # noqa: PLW0603
    if _sender is not None:  # another thread was faster
        return
    from tailback.agent.sender import Sender  # noqa: PLC0415 - loads http, json, logging

    sender = Sender(settings)
    _outlive_forks_and_exits(sender)
    _sender = sender


def _outlive_forks_and_exits(sender: "Sender") -> None:
    import atexit  # noqa: PLC0415

    atexit.register(sender.at_exit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=sender.forked)
