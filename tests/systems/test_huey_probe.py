"""The probe of Huey on a real Redis and on SQLite, where Huey itself put the messages."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from huey import PriorityRedisHuey, RedisHuey, SqliteHuey
from redis import Redis

from tailback.core.actions import Target
from tailback.core.system import ProbeError
from tailback.systems.huey import reading as reading_module
from tailback.systems.huey.probe import open_probe
from tailback.systems.huey.reading import Memory
from tailback.testing.redis_guard import read_only_url

HOUR = 3600.0


@pytest.fixture
def local_time() -> Iterator[None]:
    """Live in New York, where Huey's scores are hours away from Unix time."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def looked(url: str, now: float | None = None, queue: str = "emails", **options):
    with closing(open_probe("shop", url, options)) as probe:
        return probe.read([queue], now if now is not None else time.time())[0]


def schedule(huey, *seconds: float) -> None:
    """Lay jobs aside as a worker does."""
    task = huey.task(name="send")(len)
    for later in seconds:
        one = task.s()
        one.eta = (
            datetime.now(UTC).replace(tzinfo=None) if huey.utc else datetime.now()
        ) + timedelta(seconds=later)
        huey.add_schedule(one)


def test_a_schedule_written_in_another_zone_is_read_by_its_etas(
    redis_url: str, local_time: None
) -> None:
    huey = RedisHuey("emails", url=redis_url)
    schedule(huey, -60)
    url = read_only_url(redis_url)

    late, early = looked(url), looked(url, now=time.time() - 2 * 60)

    assert (late.scheduled, late.overdue_scheduled) == (1, 1)
    assert late.oldest_due_at == pytest.approx(time.time() - 60, abs=5)
    assert late.oldest_source == "first_seen"
    assert (early.overdue_scheduled, early.oldest_due_at) == (0, None)


def test_overdue_jobs_beyond_the_sample_are_counted_in_their_own_zone(
    redis_url: str, local_time: None
) -> None:
    schedule(RedisHuey("emails", url=redis_url), *[-60.0] * 120, *[HOUR] * 30)

    reading = looked(read_only_url(redis_url))

    assert (reading.scheduled, reading.overdue_scheduled) == (150, 120)


@pytest.mark.parametrize(
    "options", [{"utc": False}, {"utc": False, "time_zone": "America/New_York"}]
)
def test_an_application_that_is_not_on_utc_is_read_in_its_zone(
    redis_url: str, local_time: None, options
) -> None:
    schedule(RedisHuey("emails", url=redis_url, utc=False), -60)

    assert looked(read_only_url(redis_url), **options).oldest_due_at == pytest.approx(
        time.time() - 60, abs=5
    )


def test_a_zone_that_does_not_exist_is_refused(redis_url: str) -> None:
    with pytest.raises(ProbeError, match="There is no time zone"):
        open_probe("shop", redis_url, {"utc": False, "time_zone": "Mars/Olympus"})


def test_a_priority_queue_knows_its_last_enqueue(redis_url: str) -> None:
    huey = PriorityRedisHuey("emails", url=redis_url)
    task = huey.task(name="send")(len)
    before = time.time()
    task()
    huey.enqueue(task.s(priority=7))

    reading = looked(read_only_url(redis_url), now=time.time() + 100)

    assert reading.waiting == 2
    assert reading.oldest_due_at == pytest.approx(before, abs=2)
    assert reading.oldest_by_job == {f"{len.__module__}.send": reading.oldest_due_at}


def test_an_age_is_kept_while_a_retry_moves_about(redis_url: str) -> None:
    huey = RedisHuey("emails", url=redis_url)
    task = huey.task(name="send", retries=9)(len)
    task()
    start = time.time()
    with closing(open_probe("shop", read_only_url(redis_url), {})) as probe:
        first = probe.read(["emails"], start)[0]
        running = huey.dequeue()
        gone = probe.read(["emails"], start + 10)[0]
        running.eta = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
        huey.add_schedule(running)
        waiting = probe.read(["emails"], start + 20)[0]

    assert first.oldest_due_at == start
    assert gone.oldest_due_at is None
    assert waiting.oldest_due_at == start


def test_queues_are_found_by_what_they_hold(redis_url: str, tmp_path: Path) -> None:
    for make in (
        lambda name: RedisHuey(name, url=redis_url),
        lambda name: SqliteHuey(name, filename=str(tmp_path / "h.db")),
    ):
        make("my-emails").task(name="send")(len)()
        schedule(make("exports"), HOUR)

    with (
        closing(open_probe("shop", read_only_url(redis_url), {})) as on_redis,
        closing(open_probe("shop", f"sqlite:///{tmp_path}/h.db", {})) as on_file,
    ):
        assert on_redis.discover() == ["exports", "myemails"]
        assert on_file.discover() == ["exports", "my-emails"]


def test_messages_of_another_serializer_are_counted_and_said_to_be_unreadable(
    redis_url: str,
) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.lpush("huey.redis.emails", b'{"id": 1}', b"\xff")

    reading = looked(read_only_url(redis_url))

    assert reading.waiting == 2
    assert reading.oldest_due_at is None
    assert reading.notes == ("unreadable-messages=2",)


@pytest.mark.parametrize("path", ["nowhere/h.db", "not-a-database.txt", "empty.db"])
def test_a_file_that_cannot_be_read_is_explained_and_never_made(tmp_path: Path, path: str) -> None:
    (tmp_path / "not-a-database.txt").write_text("x" * 5000, encoding="utf-8")
    (tmp_path / "empty.db").touch()

    with pytest.raises(ProbeError, match="cannot be read"):
        looked(f"sqlite:///{tmp_path}/{path}")

    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_nobody_has_open_is_read(tmp_path: Path) -> None:
    huey = SqliteHuey("emails", filename=str(tmp_path / "h.db"))
    huey.task(name="send")(len)()
    huey.storage.close()

    assert looked(f"sqlite:///{tmp_path}/h.db").waiting == 1


def test_a_server_that_is_away_is_explained() -> None:
    with pytest.raises(ProbeError, match="cannot be asked") as caught:
        looked("redis://user:secret@127.0.0.1:1/0")

    assert "secret" not in str(caught.value)


def test_an_address_that_cannot_be_one_is_told_without_its_password() -> None:
    with pytest.raises(ProbeError, match="address") as caught:
        open_probe("shop", "redis://user:secret@127.0.0.1:port/0", {})

    assert "secret" not in str(caught.value)


def test_an_account_without_rights_is_told_what_it_needs(redis_url: str) -> None:
    with Redis.from_url(redis_url) as admin:
        admin.execute_command("ACL", "SETUSER", "nobody", "reset", "on", ">x", "+@connection")

    with pytest.raises(ProbeError, match="read-only rules"):
        looked(redis_url.replace("redis://", "redis://nobody:x@"))


def test_queues_are_found_among_many_other_keys(redis_url: str) -> None:
    RedisHuey("emails", url=redis_url).task(name="send")(len)()
    with Redis.from_url(redis_url) as redis, redis.pipeline(transaction=False) as pipeline:
        for number in range(5_000):
            pipeline.set(f"huey.r.o.{number}", "x")
        pipeline.execute()

    with closing(open_probe("shop", read_only_url(redis_url), {})) as probe:
        assert probe.discover() == ["emails"]
        assert probe.read([], time.time()) == []


def test_how_much_of_an_unreadable_schedule_is_overdue_is_not_known(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.zadd("huey.schedule.emails", {b"?": time.time() - 60})

    reading = looked(read_only_url(redis_url))

    assert (reading.scheduled, reading.overdue_scheduled) == (1, None)


def test_a_foreign_member_of_a_priority_queue_is_counted(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.zadd("huey.redis.emails", {b"?": 1})

    reading = looked(read_only_url(redis_url))

    assert (reading.waiting, reading.notes) == (1, ("unreadable-messages=1",))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "MAX_REMEMBERED", 2)
    memory = Memory()

    told = [
        memory.first_due(job, due) for job, due in [("a", 5.0), ("b", 6.0), ("c", 7.0), ("b", 9.0)]
    ]

    assert told == [5.0, 6.0, 7.0, 6.0]
    assert list(memory.due) == ["c", "b"]


@pytest.mark.parametrize("storage", ["redis", "priority", "sqlite"])
def test_the_size_of_a_message_is_told_while_it_waits(
    storage: str, redis_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "huey.db"
    huey = {
        "redis": lambda: RedisHuey("emails", url=redis_url),
        "priority": lambda: PriorityRedisHuey("emails", url=redis_url),
        "sqlite": lambda: SqliteHuey("emails", filename=str(file)),
    }[storage]()
    job = huey.enqueue(huey.task(name="send")(len).s("x" * 3_000)).id
    url = f"sqlite:///{file}" if storage == "sqlite" else read_only_url(redis_url)
    with closing(open_probe("shop", url, {})) as probe:
        found = probe.payload_bytes([Target(job, "emails"), Target("gone", "emails")])

    assert found.keys() == {job}
    assert 3_000 < found[job] < 3_500
