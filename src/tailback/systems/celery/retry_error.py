"""What a `Retry` is about: the error of the attempt, with all that led to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def retried_error(retry: Any) -> Iterator[Any]:
    """Yield the error that an attempt is retried for.

    `self.retry(exc=SendError("could not send"))` makes an exception that was never raised, so it
    does not know what was being handled: the first useful error. Celery joins the two only when
    no retry is left; here they are joined while the error is told.
    """
    error, handled = getattr(retry, "exc", None), getattr(retry, "__context__", None)
    if not isinstance(error, BaseException):
        yield handled or retry
    elif error is handled or error.__traceback__ or error.__cause__ or error.__context__:
        yield error
    else:
        error.__context__ = handled
        try:
            yield error
        finally:
            error.__context__ = None
