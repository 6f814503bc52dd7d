"""Which customer account a job works for: said by the app, or found in its arguments."""

from contextvars import ContextVar
from functools import lru_cache, wraps

from tailback.agent import forks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Any, Self, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

MAX_TENANT_CHARS = 200

# The innermost account is last. A tuple in the context instead of tokens in the object: one
# `tenant` object may then be entered by several threads and tasks at once.
_accounts: ContextVar[tuple[str | None, ...]] = ContextVar("tailback_accounts", default=())


class tenant:  # noqa: N801 - a word where it is used: `with tenant("acct_42"):`
    """Say for whom the jobs enqueued inside work: `with tenant("acct"):` or `@tenant("acct")`.

    One object may be entered again, nested, from several threads and tasks. An account that is
    None or empty means "not known".
    """

    __slots__ = ("_account",)

    def __init__(self, account: object) -> None:
        self._account = plain(account)

    def __enter__(self) -> "Self":
        _accounts.set((*_accounts.get(), self._account))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        _accounts.set(_accounts.get()[:-1])

    def __call__(self, function: "F") -> "F":
        """Decorate a plain or a coroutine function; each call is its own block."""
        with forks.loading:
            from inspect import iscoroutinefunction  # noqa: PLC0415 - slow, and only needed here

        if iscoroutinefunction(function):

            @wraps(function)
            async def awaited(*args: "Any", **kwargs: "Any") -> "Any":
                with self:
                    return await function(*args, **kwargs)

            return awaited  # type: ignore[return-value]

        @wraps(function)
        def called(*args: "Any", **kwargs: "Any") -> "Any":
            with self:
                return function(*args, **kwargs)

        return called  # type: ignore[return-value]


def current() -> str | None:
    """Return the account that the surrounding `tenant` block names, None when there is none."""
    accounts = _accounts.get()
    return accounts[-1] if accounts else None


def extract(
    names: "Sequence[str]",
    function: "Callable[..., object] | None",
    args: "Sequence[object]",
    kwargs: "Mapping[str, object]",
) -> str | None:
    """Return the account in the first argument called one of `names` that holds one.

    `function` is needed only to find arguments that were passed by position. An argument that
    is a mapping is looked into one level deep, so that `payload={"account_id": 7}` works.
    """
    for name in names:
        account = plain(kwargs.get(name))
        if account is None and function is not None:
            place = _places(function).get(name)
            if place is not None and place < len(args):
                account = plain(args[place])
        if account is not None:
            return account
    for value in (*args, *kwargs.values()):
        if isinstance(value, dict):
            for name in names:
                account = plain(value.get(name))
                if account is not None:
                    return account
    return None


def plain(account: object) -> str | None:
    """Return a short text for an account given as text, number or UUID; None for the rest."""
    if isinstance(account, bool) or account is None:
        return None
    if isinstance(account, str):
        return account[:MAX_TENANT_CHARS] or None
    if isinstance(account, int) or type(account).__name__ == "UUID":
        return str(account)[:MAX_TENANT_CHARS]
    return None


@lru_cache(maxsize=512)
def _places(function: "Callable[..., object]") -> dict[str, int]:
    """Return the position of every positional argument name of `function`."""
    with forks.loading:
        from inspect import Parameter, signature  # noqa: PLC0415 - slow, and only needed here

    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: at for at, p in enumerate(parameters) if p.kind in positional}
