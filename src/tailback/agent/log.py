"""What the agent has to say goes to the app's own logging, under the name `tailback`."""

import logging

_logger = logging.getLogger("tailback")

# Set by `TAILBACK_DEBUG`: traces of our own errors and one line per batch.
debugging = False


def warning(text: str, error: BaseException | None = None) -> None:
    """Log a sentence, with the trace of `error` only while debugging."""
    _logger.warning("%s", text, exc_info=error if debugging else None)


def debug(text: str) -> None:
    """Log a sentence while debugging; at warning level, which an app shows without set-up."""
    if debugging:
        _logger.warning("%s", text)
