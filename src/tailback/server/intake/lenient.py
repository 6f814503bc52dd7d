"""JSON as it comes: with NaN and lone surrogates, which are then judged field by field."""

import json

from tailback.server.intake.limits import refuse


class NotJsonError(Exception):
    """A text is no JSON; the message says why."""


def load(text: bytes, what: str) -> object:
    """Return what `text` says; NotJsonError names it as `what`."""
    try:
        return json.loads(text)
    except RecursionError:
        why = "is nested too deeply."
    except UnicodeDecodeError as error:
        why = f"is not UTF-8 at byte {error.start}."
    except json.JSONDecodeError as error:
        why = f"is not valid JSON: {error}."
    except ValueError:
        why = "holds a number with too many digits."
    raise NotJsonError(f"{what} {why}")


def load_body(body: bytes) -> object:
    """Return what a whole body says; the answer 400 when it is no JSON."""
    try:
        return load(body, "The body")
    except NotJsonError as error:
        raise refuse(400, str(error)) from None
