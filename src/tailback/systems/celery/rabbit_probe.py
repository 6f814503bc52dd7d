"""Reads RabbitMQ's counts over its management API and AMQP; never takes or peeks at a message.

The management API tells what workers hold and what was published, some seconds late; AMQP tells
the ready messages and consumers of the moment. Either alone will do. Peeking would mark messages
as redelivered and count against a quorum queue's delivery limit.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tailback.core.model import QueueReading
from tailback.core.system import ProbeError
from tailback.core.wording_celery import bad_option, management_odd, management_unreachable
from tailback.systems.celery.amqp_url import (
    Address,
    broker_address,
    management_address,
    queue_path,
)
from tailback.systems.celery.inversion import PublishCounts
from tailback.systems.celery.keys import queues_in
from tailback.systems.celery.management import Management, ManagementUnreachableError
from tailback.systems.celery.passive import Passive, PassiveError
from tailback.systems.celery.reading import SKEW_S

PAGE = 500
MAX_PAGES = 20
ASK_EACH = 20
"""Up to so many queues are asked for one by one; above, all queues of the host in pages."""
PASSIVE_LOOKS = 12
"""After so many looks without the management API it is tried again."""
NAMES = "name,auto_delete,exclusive"
NUMBERS = (
    "name,messages,messages_ready,messages_unacknowledged,consumers,"
    "message_stats.publish,head_message_timestamp"
)
# Not for jobs: remote control, monitoring events, replies, and the steps of native delays.
_NOT_JOBS = re.compile(r"(^|\.)celeryev(\.|$)|\.pidbox$|^amq\.gen|celery_delayed_\d+$")
_DELAY_STEP = re.compile(r"celery_delayed_\d+$")
_REPLIES = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def open_rabbit(source: str, url: str, options: Mapping[str, Any]) -> "RabbitProbe":
    """Open a probe of the RabbitMQ at this broker URL."""
    queues = queues_in(options)
    try:
        broker, vhost = broker_address(url)
    except ValueError as error:
        raise ProbeError(bad_option("url", f"an address ({error})")) from error
    try:
        management = management_address(str(options.get("management_url", "")), broker)
    except ValueError as error:
        raise ProbeError(bad_option("management_url", f"an address: {error}")) from error
    return RabbitProbe(source, broker, vhost, management, queues)


class RabbitProbe:
    """One virtual host with Celery queues in it; satisfies `tailback.core.system.Probe`."""

    def __init__(
        self,
        source: str,
        broker: Address,
        vhost: str,
        management: Address,
        queues: Sequence[str],
    ) -> None:
        self._source = source
        self._vhost = vhost
        self._shown = management.shown
        self._passive = Passive(broker, vhost)
        self._api = Management(management)
        self._wanted = list(queues)
        self._counts: dict[str, PublishCounts] = {}
        self._delays = False
        self._passive_looks = 0

    def discover(self) -> Sequence[str]:
        try:
            found = self._pages(NAMES)
        except ManagementUnreachableError:
            # AMQP itself has no list of queues; those of the configuration remain.
            return sorted(self._wanted)
        names = [str(one.get("name", "")) for one in found]
        self._delays = any(_DELAY_STEP.search(name) for name in names)
        jobs = {
            name
            for name, one in zip(names, found, strict=True)
            if name and not _NOT_JOBS.search(name) and not _is_private(name, one)
        }
        return sorted(jobs | set(self._wanted))

    def read(self, queues: Sequence[str], now: float) -> Sequence[QueueReading]:
        if self._passive_looks:
            self._passive_looks -= 1
            return self._read_passively(queues, now)
        try:
            found = self._find(queues)
        except ManagementUnreachableError:
            readings = self._read_passively(queues, now)
            self._passive_looks = PASSIVE_LOOKS
            return readings
        delayed = sum(
            _number(one, "messages") or 0
            for name, one in found.items()
            if _DELAY_STEP.search(name)
        )
        for queue in self._counts.keys() - set(queues):
            del self._counts[queue]
        exact = self._exact([queue for queue in queues if queue in found])
        return [
            self._reading(queue, found.get(queue), exact.get(queue), delayed, now)
            for queue in queues
        ]

    def close(self) -> None:
        self._api.close()
        self._passive.close()

    def _find(self, queues: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return the API's answer by queue; one that does not exist has none."""
        if len(queues) > ASK_EACH or self._delays:
            return {str(one.get("name")): one for one in self._pages(NUMBERS)}
        columns = urlencode({"columns": NUMBERS})
        found = {q: self._api.get(f"{queue_path(self._vhost, q)}?{columns}") for q in queues}
        return {queue: one for queue, one in found.items() if isinstance(one, dict)}

    def _pages(self, columns: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for page in range(1, MAX_PAGES + 1):
            asked = urlencode({"page": page, "page_size": PAGE, "columns": columns})
            answer = self._api.get(f"{queue_path(self._vhost)}?{asked}")
            items = answer.get("items") if isinstance(answer, dict) else None
            if not isinstance(items, list):
                raise ProbeError(management_odd(self._shown, 404))
            found += [one for one in items if isinstance(one, dict)]
            if page >= (_number(answer, "page_count") or 1):
                break
        return found

    def _exact(self, queues: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return ready messages and consumers as they are now, where AMQP can be asked.

        Only of queues that exist: RabbitMQ writes a line into its log for every other.
        """
        try:
            return self._passive.count(queues)
        except PassiveError:
            return {}

    def _reading(
        self,
        queue: str,
        one: Mapping[str, Any] | None,
        exact: tuple[int, int] | None,
        delayed: int,
        now: float,
    ) -> QueueReading:
        if one is None:
            return QueueReading(
                source=self._source, queue=queue, taken_at=now, waiting=0, workers=0
            )
        ready, taken = _number(one, "messages_ready"), _number(one, "messages_unacknowledged")
        consumers = _number(one, "consumers")
        if exact is not None:
            ready, consumers = exact
        clock = self._api.date if self._api.date is not None else now
        shift = now - clock if abs(now - clock) > SKEW_S else 0.0
        # Statistics of a message that was taken meanwhile tell nothing.
        stamp = _head_time(one) if ready else None
        seen = self._counts.setdefault(queue, PublishCounts()).look(
            now, _published(one), ready or 0
        )
        due = min(stamp + shift, now) if stamp is not None and stamp <= clock + SKEW_S else None
        if stamp is None and ready:
            due = seen
        notes = {"held-by-workers": taken or 0, "delayed-for-all-queues": delayed}
        return QueueReading(
            source=self._source,
            queue=queue,
            taken_at=now,
            broker_now=self._api.date,
            waiting=ready,
            oldest_due_at=due,
            oldest_source=None if due is None else "broker" if stamp is not None else "first_seen",
            ready_wait=None if due is None else max(0.0, now - due),
            workers=consumers,
            notes=tuple(f"{name}={number}" for name, number in notes.items() if number),
            # What workers hold can be counted, not read: only when there is nothing is all seen.
            sees_all=ready == 0 and taken == 0 and not delayed,
        )

    def _read_passively(self, queues: Sequence[str], now: float) -> list[QueueReading]:
        try:
            counted = self._passive.count(queues)
        except PassiveError as error:
            raise ProbeError(management_unreachable(self._shown, str(error))) from error
        return [
            QueueReading(
                source=self._source,
                queue=queue,
                taken_at=now,
                waiting=ready,
                workers=consumers,
                notes=("without-management-api",),
            )
            for queue, (ready, consumers) in counted.items()
        ]


def _is_private(name: str, one: Mapping[str, Any]) -> bool:
    """Return whether a queue belongs to one connection or holds replies of the rpc backend."""
    return bool(one.get("exclusive")) or (
        bool(one.get("auto_delete")) and _REPLIES.fullmatch(name) is not None
    )


def _number(one: Mapping[str, Any], name: str) -> int | None:
    value = one.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _published(one: Mapping[str, Any]) -> int | None:
    stats = one.get("message_stats")
    return _number(stats, "publish") if isinstance(stats, dict) else None


def _head_time(one: Mapping[str, Any]) -> float | None:
    """Return the time that the publisher wrote on the first ready message."""
    value = one.get("head_message_timestamp")
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else None
