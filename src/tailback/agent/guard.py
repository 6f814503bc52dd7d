"""Nothing of ours reaches the app: what goes wrong inside a hook is counted and said once."""

import sys
from functools import wraps

from tailback.agent import forks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, TracebackType
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

MAX_KINDS_SAID = 10

# Exceptions that a job system throws *into* whatever code happens to run, to end a job. They
# belong to the app even when they arrive in the middle of a hook. rq throws from a timer thread,
# which leaves no trace of the thrower, therefore names and not only signal handlers.
_INTERRUPTS = frozenset({"BaseTimeoutException", "SoftTimeLimitExceeded", "TimeLimitExceeded"})

swallowed: dict[str, int] = {}


def guarded(function: "Callable[P, R]") -> "Callable[P, R | None]":
    """Decorate a hook: every `Exception` in it is swallowed and counted, the answer then is None.

    The function must not call the app's own code, whose exceptions are the app's. Exceptions
    that a job system throws into running code to end a job (time limits) still pass.
    """

    @wraps(function)
    def safe(*args: "P.args", **kwargs: "P.kwargs") -> "R | None":
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the whole purpose
            swallow(error, f"{function.__module__}.{function.__qualname__}")
            return None

    return safe


def swallow(error: Exception, where: str) -> None:
    """Count `error` and say the first of its kind; raises it again when it belongs to the app."""
    if belongs_to_the_app(error):
        raise error
    try:
        kind = f"{type(error).__name__} in {where}"
        known = kind in swallowed
        if known or len(swallowed) < MAX_KINDS_SAID:
            swallowed[kind] = swallowed.get(kind, 0) + 1
            if not known:
                _say(kind, error)
        else:
            swallowed["other"] = swallowed.get("other", 0) + 1
    except Exception:  # noqa: BLE001, S110 - a broken log handler must not break the job either
        pass


def _say(kind: str, error: Exception) -> None:
    with forks.loading:
        from tailback.agent import log  # noqa: PLC0415 - logging is loaded when there is a reason
        from tailback.core import wording_agent  # noqa: PLC0415

    log.warning(wording_agent.hook_failed(kind, str(error)[:500]), error)


def belongs_to_the_app(error: Exception) -> bool:
    """Return whether a time limit of the job system threw this into whatever code ran."""
    if not _INTERRUPTS.isdisjoint(base.__name__ for base in type(error).__mro__):
        return True
    handlers = _signal_handlers()
    return bool(handlers) and _passed_through(error.__traceback__, handlers)


def _signal_handlers() -> "set[CodeType]":
    """Return the code of every signal handler written in Python that is installed now."""
    signal = sys.modules.get("signal")
    if signal is None:
        return set()
    handlers = (signal.getsignal(number) for number in signal.valid_signals())
    found = (getattr(handler, "__code__", None) for handler in handlers)
    return {code for code in found if code is not None}


def _passed_through(trace: "TracebackType | None", codes: "set[CodeType]") -> bool:
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False
