"""Opens the probe that fits the broker's address."""

from collections.abc import Callable, Mapping
from typing import Any

from tailback.core.system import Probe, ProbeError
from tailback.core.wording_celery import bad_scheme
from tailback.systems.celery.rabbit_probe import open_rabbit
from tailback.systems.celery.redis_probe import open_redis, shown_url

_OPENERS: dict[str, Callable[[str, str, Mapping[str, Any]], Probe]] = {
    "redis": open_redis,
    "rediss": open_redis,
    "unix": open_redis,
    "redis+socket": open_redis,
    "amqp": open_rabbit,
    "amqps": open_rabbit,
    "pyamqp": open_rabbit,
}


def open_probe(source: str, url: str, options: Mapping[str, Any]) -> Probe:
    """Open a probe of the broker at Celery's `broker_url`; options as in `celery.OPTIONS`."""
    opener = _OPENERS.get(url.partition("://")[0])
    if opener is None:
        raise ProbeError(bad_scheme(shown_url(url)))
    return opener(source, url, options)
