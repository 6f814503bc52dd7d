"""Reads Celery's Redis keys with a handful of read-only commands, in a bounded number of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import redis

from tailback.core import wording_redis
from tailback.core.actions import Target
from tailback.core.model import QueueReading
from tailback.core.redis_memory import full_notes
from tailback.core.system import ProbeError
from tailback.systems.celery.keys import Bindings, Keys, keys_of, queues_in
from tailback.systems.celery.memory import Memory
from tailback.systems.celery.message import MAX_BYTES, id_in, parse, parse_unacked
from tailback.systems.celery.message_list import Command, MessageList, depth_of
from tailback.systems.celery.reading import Placed, RawQueue, make_reading

TIMEOUT_S = 5.0
SEARCH = 10_000
"""How far the last head of a list is looked for: about 1 ms of the server's time."""
MAX_TAKEN = 10_000
MAX_TAKEN_READ = 500
"""New messages in the hands of workers that one look reads; the others follow."""
TAKEN_BYTES = 4 * 1024 * 1024
SCANS = 20
SCAN_COUNT = 1_000
MAX_MEMBERS = 1_000

READ_COMMANDS = frozenset(
    {"TIME", "LLEN", "LINDEX", "LRANGE", "LPOS", "ZCARD", "ZRANGE", "HSTRLEN", "HMGET", "SCAN"}
    | {"SRANDMEMBER", "INFO"}
)


def open_redis(source: str, url: str, options: Mapping[str, Any]) -> "RedisProbe":
    """Open a probe of the Redis at this broker URL."""
    shown = shown_url(url)
    keys, queues = keys_of(options), queues_in(options)
    try:
        client = redis.Redis.from_url(
            redis_url(url), socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
    except (ValueError, TypeError) as error:
        raise ProbeError(wording_redis.bad_url(shown, str(error))) from error
    return RedisProbe(source, client, keys, queues, shown)


def shown_url(url: str) -> str:
    """Return the address without user, password and options, for people."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def redis_url(url: str) -> str:
    """Return the URL in the words of redis-py, from those of Celery's `broker_url`."""
    parts = urlsplit(url.split(";", maxsplit=1)[0])
    asked = dict(parse_qsl(parts.query))
    if parts.scheme in {"redis+socket", "unix"}:
        database = asked.pop("virtual_host", asked.pop("db", "0"))
        login = parts.netloc if "@" in parts.netloc else ""
        # `urlunsplit` leaves out the empty host, which redis-py wants to see.
        return f"unix://{login}{parts.path}?{urlencode({**asked, 'db': database})}"
    wanted = asked.get("ssl_cert_reqs", "")
    if wanted.startswith("CERT_"):
        asked["ssl_cert_reqs"] = wanted.removeprefix("CERT_").lower()
    return urlunsplit((*parts[:3], urlencode(asked), ""))


class RedisProbe:
    """One Redis database with Celery queues in it; satisfies `tailback.core.system.Probe`."""

    def __init__(
        self, source: str, client: Any, keys: Keys, queues: Sequence[str], shown: str
    ) -> None:
        self._source = source
        self._client = client
        self._keys = keys
        self._wanted = list(queues)
        self._shown = shown
        self._memory = Memory()
        self._bindings = Bindings()
        self._cursor = 0
        self._found: set[str] = set()

    def discover(self) -> Sequence[str]:
        names = self._binding_sets()
        answers = self._ask([("SRANDMEMBER", name, MAX_MEMBERS) for name in names])
        for name, members in zip(names, answers, strict=True):
            exchange = self._keys.exchange_of(name)
            if exchange is not None and members:
                texts = [_text(member) for member in members]
                self._found.update(self._bindings.learn(exchange, texts, self._keys.sep))
        return sorted({*self._wanted, *self._found})

    def read(self, queues: Sequence[str], now: float) -> Sequence[QueueReading]:
        places = {queue: self._keys.lists(queue) for queue in queues}
        keys = [key for lists in places.values() for key in lists]
        clock, info, count, index, *lengths = self._ask(
            [
                ("TIME",),
                ("INFO", "memory"),
                ("ZCARD", self._keys.unacked_index),
                ("ZRANGE", self._keys.unacked_index, 0, MAX_TAKEN - 1, "WITHSCORES"),
                *(("LLEN", key) for key in keys),
            ]
        )
        broker_now = float(clock[0]) + float(clock[1]) / 1e6
        self._memory.forget_lists(set(keys))
        filled = {key: length for key, length in zip(keys, lengths, strict=True) if length}
        lists = self._read_lists(list(filled), broker_now)
        for key in keys:
            if key not in filled:
                self._memory.ladder(key).climb(broker_now, 0, None)
        raws = {
            queue: _raw(queue, [lists[k] for k in at if k in lists])
            for queue, at in places.items()
        }
        self._add_taken(raws, scored(index or ()), count or 0)
        return [
            make_reading(self._source, raw, self._memory, now, broker_now, full_notes(info))
            for raw in raws.values()
        ]

    def payload_bytes(self, jobs: Sequence[Target]) -> Mapping[str, int]:
        """Return the size of messages at both ends of the lists, and of those last taken."""
        wanted = {job.id for job in jobs}
        keys = [key for queue in {job.queue for job in jobs} for key in self._keys.lists(queue)]
        found = [(id_in(raw, wanted), len(raw)) for raw in self._both_ends(keys)]
        found += self._taken_sizes()
        return {job: size for job, size in found if job in wanted and job is not None}

    def close(self) -> None:
        self._client.close()

    def _binding_sets(self) -> list[str]:
        """Return the binding sets in a bounded part of the key space; the next call goes on."""
        names: dict[str, None] = {}
        pattern = self._keys.bindings_pattern()
        for _ in range(SCANS):
            command = ("SCAN", self._cursor, "MATCH", pattern, "COUNT", SCAN_COUNT)
            cursor, keys = self._ask([command])[0]
            self._cursor = int(cursor)
            names.update(dict.fromkeys(_text(key) for key in keys))
            if self._cursor == 0:
                break
        return [name for name in names if self._keys.exchange_of(name) is not None]

    def _read_lists(self, keys: Sequence[str], broker_now: float) -> dict[str, MessageList]:
        marks = self._memory.marks
        asked: list[Command] = []
        for key in keys:
            mark = marks.get(key)
            search = ("LPOS", key, mark, "MAXLEN", SEARCH) if mark is not None else ("LLEN", key)
            asked += [("LLEN", key), search, ("LINDEX", key, 0), ("LINDEX", key, -1)]
        answers = iter(self._ask(asked))
        lists: dict[str, MessageList] = {}
        for key, length, place, head, tail in zip(
            keys, answers, answers, answers, answers, strict=True
        ):
            if not length or head is None or tail is None:
                continue  # drained, or no list at all
            self._memory.ladder(key).climb(broker_now, length, place if key in marks else None)
            if len(head) <= MAX_BYTES:
                marks[key] = head
            else:
                marks.pop(key, None)
            lists[key] = MessageList(key, length, depth_of(head, tail))
        self._read_ends(list(lists.values()), broker_now)
        return lists

    def _read_ends(self, lists: Sequence[MessageList], broker_now: float) -> None:
        answers = iter(self._ask([command for one in lists for command in one.ends()]))
        for one in lists:
            head = next(answers) or []
            tail = [] if one.whole else next(answers) or []
            # Counted from the tail: there the oldest stand, and nothing is pushed.
            length = len(head) if one.whole else one.length
            counted = [(length - at, raw) for at, raw in enumerate(head)]
            counted += [(len(tail) - at, raw) for at, raw in enumerate(tail)]
            ladder = self._memory.ladder(one.key)
            one.placed = [
                Placed(parse(raw), ladder.seen_at(place) or broker_now) for place, raw in counted
            ]

    def _both_ends(self, keys: Sequence[str]) -> list[bytes]:
        asked = [
            command
            for key in keys
            for command in (("LLEN", key), ("LINDEX", key, 0), ("LINDEX", key, -1))
        ]
        answers = iter(self._ask(asked))
        lists = [
            MessageList(key, length, depth_of(head, tail))
            for key, length, head, tail in zip(keys, answers, answers, answers, strict=True)
            if length and head is not None and tail is not None
        ]
        parts = self._ask([command for one in lists for command in one.ends()])
        return [raw for part in parts for raw in part or ()]

    def _taken_sizes(self) -> list[tuple[str | None, int]]:
        command = ("ZRANGE", self._keys.unacked_index, -MAX_TAKEN_READ, -1)
        tags = [_text(tag) for tag in self._ask([command])[0] or ()]
        return [(parse_unacked(raw).id, len(raw)) for raw in self._taken(tags).values()]

    def _add_taken(
        self, raws: Mapping[str, RawQueue], scores: Mapping[str, float], count: int
    ) -> None:
        """Give every message in the hands of workers to its queue: they share one hash."""
        known = self._memory.tags
        for tag in [tag for tag in known if tag not in scores]:
            del known[tag]
        self._read_taken([tag for tag in scores if tag not in known][:MAX_TAKEN_READ])
        complete = len(known) >= count
        queues = list(raws)
        for raw in raws.values():
            raw.all_taken_read = complete
        for tag, message in known.items():
            queue = self._bindings.queue_of(message.exchange, message.routing_key, queues)
            raw_or_none = raws.get(queue) if queue is not None else None
            if raw_or_none is not None:
                raw_or_none.placed.append(Placed(message, scores[tag], taken=True))

    def _read_taken(self, tags: Sequence[str]) -> None:
        for tag, raw in self._taken(tags).items():
            self._memory.tags[tag] = parse_unacked(raw)

    def _taken(self, tags: Sequence[str]) -> dict[str, bytes]:
        """Return the messages of these tags that are small enough, together too."""
        hash_key = self._keys.unacked
        sizes = self._ask([("HSTRLEN", hash_key, tag) for tag in tags])
        small: list[str] = []
        total = 0
        for tag, size in zip(tags, sizes, strict=True):
            total += size if 0 < (size or 0) <= MAX_BYTES else 0
            if 0 < (size or 0) <= MAX_BYTES and total <= TAKEN_BYTES:
                small.append(tag)
        if not small:
            return {}
        (values,) = self._ask([("HMGET", hash_key, *small)])
        found = zip(small, values or (), strict=False)
        return {tag: value for tag, value in found if value is not None}

    def _ask(self, commands: Sequence[Command]) -> list[Any]:
        """Send the commands in one round trip; a key of another type answers None.

        So does INFO where it is not allowed. Not as a transaction, which needs more rights and
        holds the server.
        """
        if not commands:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            if command[0] not in READ_COMMANDS:
                raise AssertionError(f"{command[0]} is not one of the probe's commands")
            pipeline.execute_command(*command)
        try:
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        except (redis.RedisError, OSError) as error:
            raise ProbeError(wording_redis.unreachable(self._shown, str(error))) from error
        return [
            self._checked(command[0], answer)
            for command, answer in zip(commands, answers, strict=True)
        ]

    def _checked(self, command: str, answer: Any) -> Any:
        if command == "INFO" and isinstance(answer, redis.exceptions.ResponseError):
            return None
        if isinstance(answer, redis.exceptions.NoPermissionError):
            raise ProbeError(wording_redis.refused(self._shown, str(answer))) from answer
        if isinstance(answer, redis.exceptions.ResponseError) and "WRONGTYPE" in str(answer):
            return None
        if isinstance(answer, Exception):
            raise ProbeError(wording_redis.unreachable(self._shown, str(answer))) from answer
        return answer


def _raw(queue: str, lists: Iterable[MessageList]) -> RawQueue:
    raw = RawQueue(queue)
    for one in lists:
        raw.length += max(one.length, len(one.placed))
        raw.sampled += len(one.placed)
        raw.placed += one.placed
    return raw


def scored(answer: Sequence[Any]) -> dict[str, float]:
    """Return member -> score, from either shape that a Redis client gives them in."""
    if answer and isinstance(answer[0], list | tuple):
        return {_text(member): float(score) for member, score in answer}
    flat = iter(answer)
    return {_text(member): float(score) for member, score in zip(flat, flat, strict=True)}


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
