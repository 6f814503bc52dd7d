"""Two exact numbers of a RabbitMQ queue, by asking over AMQP whether the queue exists.

A passive declaration changes nothing, needs no right but to enter the virtual host, and is
answered with the ready messages and the consumers of this very moment; the management API's
statistics are some seconds behind. Needs the library `amqp`, which comes with Celery.
"""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from tailback.systems.celery.amqp_url import Address

TIMEOUT_S = 5.0
MAX_QUEUES = 200


class PassiveError(Exception):
    """AMQP did not answer, or the library is missing; the text says which."""


class Passive:
    """One AMQP connection that only ever asks."""

    def __init__(self, broker: Address, vhost: str) -> None:
        self._broker = broker
        self._vhost = vhost
        self._connection: Any = None

    def count(self, queues: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return (ready messages, consumers) by queue, zeros for one that does not exist."""
        amqp = load_amqp()
        try:
            connection = self._connected(amqp)
            return {queue: _count(amqp, connection, queue) for queue in queues[:MAX_QUEUES]}
        except (amqp.AMQPError, OSError) as error:
            self.close()
            raise PassiveError(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Give up the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # it may be broken, which is why it is given up
                connection.close()

    def _connected(self, amqp: Any) -> Any:
        if self._connection is None or not self._connection.connected:
            connection = connect(amqp, self._broker, self._vhost)
            connection.connect()
            self._connection = connection
        return self._connection


def load_amqp() -> Any:
    """Return the library; a server that watches no RabbitMQ needs none."""
    try:
        import amqp  # noqa: PLC0415 - see above
    except ImportError as error:
        raise PassiveError("the library amqp is not installed") from error
    return amqp


def connect(amqp: Any, broker: Address, vhost: str, **options: Any) -> Any:
    """Return a connection that is not open yet and waits for nothing longer than `TIMEOUT_S`."""
    return amqp.Connection(
        f"{broker.host}:{broker.port}",
        userid=broker.user,
        password=broker.password,
        virtual_host=vhost,
        ssl=broker.tls,
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
        write_timeout=TIMEOUT_S,
        **options,
    )


def _count(amqp: Any, connection: Any, queue: str) -> tuple[int, int]:
    channel = connection.channel()
    try:
        _, ready, consumers = channel.queue_declare(queue, passive=True)
    except amqp.NotFound:
        return 0, 0  # the server has closed the channel
    channel.close()
    return int(ready), int(consumers)
