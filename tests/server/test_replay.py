"""Recorded events through the real chain on a virtual clock."""

import io
import json
from typing import Any

import pytest

from tailback.server.config import Config, read
from tailback.server.replay import Replay, ReplayError, read_lines

NINE = 1_767_571_200.0 + 9 * 3600.0  # Monday 2026-01-05 09:00 UTC
MINUTE = 60.0
LANE = """
[[source]]
name = "shop"
system = "celery"

[[lane]]
name = "Receipts"
queue = "emails"
noticed_after = "5m"
customer_action = "get a receipt"
wake_someone = true
owner = "ana"

[[person]]
name = "ana"
channels = ["chat"]

[[channel]]
name = "chat"
kind = "webhook"
url = "http://127.0.0.1:9/"
"""


def config(extra: str = "", text: str = LANE) -> Config:
    return read(text.replace('owner = "ana"\n', f'owner = "ana"\n{extra}', 1), env={})


def line(kind: str, at: float, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "at": NINE + at, "queue": "emails", **more}


def done(at: float, name: str, **more: Any) -> list[dict[str, Any]]:
    begun = line("started", at, id=name, attempt=1, **more)
    ended = line("succeeded", at + 1, id=name, attempt=1, ran_for=1.0, **more)
    return [line("enqueued", at, id=name, **more), begun, ended]


def replayed(
    rows: list[dict[str, Any]], of: Config | None = None, name: str = "day.ndjson"
) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    replay = Replay(of or config(), said.append)
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    for lines in read_lines([(name, io.BytesIO(data))]):
        replay.feed(lines)
    replay.finish()
    return said


def episodes(said: list[dict[str, Any]]) -> list[tuple[str, str, float]]:
    return [
        (row["event"], row["rule"], row["at"] - NINE) for row in said if row["kind"] == "episode"
    ]


def stuck(minutes: int = 10) -> list[dict[str, Any]]:
    """Workers that are gone after a first good job, and a job every 20 seconds."""
    rows = [*done(0, "first"), line("workers", 5, alive=0)]
    rows += [line("enqueued", 20.0 * n, id=f"j{n}", tenant=f"t{n}") for n in range(1, 3 * minutes)]
    return rows


def test_an_outage_is_opened_paged_and_told_in_words() -> None:
    said = replayed(stuck())

    first = said[0]
    assert (first["kind"], first["lane"], first["verdict"]) == ("verdict", "receipts", "healthy")
    opened = next(row for row in said if row.get("event") == "opened")
    assert opened["rule"] == "workers"
    assert opened["owner"] == "ana"
    assert opened["message"].startswith("Receipts are stuck. Customers cannot get a receipt.")
    assert [row["page"] for row in said if row.get("event") == "escalated"] == [True]
    now = [row for row in said if row["kind"] == "verdict"][-1]
    assert (now["verdict"], now["cause"]) == ("stuck", "workers_gone")
    assert now["affected_accounts"] is not None


def test_the_clock_is_that_of_the_lines_which_may_be_five_minutes_out_of_order() -> None:
    rows = stuck()

    assert replayed(rows[::-1][:12] + rows[: len(rows) - 12]) == replayed(rows)


def test_an_end_of_the_outage_resolves_it() -> None:
    rows = [*stuck(5), line("workers", 300, alive=4)]
    for number in range(1, 15):
        rows.append(line("started", 301.0 + number, id=f"j{number}", attempt=1))
        rows.append(line("succeeded", 302.0 + number, id=f"j{number}", attempt=1, ran_for=1.0))
    rows += [event for n in range(60) for event in done(320.0 + 20 * n, f"later{n}")]

    ends = [row for row in replayed(rows) if row.get("event") == "resolved"]
    assert len(ends) == 1
    assert ends[0]["message"].startswith("Receipts are well again after ")


def test_without_a_file_every_queue_has_an_assumed_promise() -> None:
    said = replayed(stuck(30), Config())

    assert {row["lane"] for row in said} == {"emails"}
    assert [row["page"] for row in said if row.get("event") == "escalated"] == []


def test_a_lane_of_which_no_line_tells_is_watched_as_well() -> None:
    rows = [event for n in range(0, 90, 3) for event in done(n * MINUTE, f"j{n}", queue="other")]
    said = replayed(rows, config('schedule = "0 10 * * *"\n'))

    assert any("Did not start at 10:00, " in row.get("message", "") for row in said)
    assert ("opened", "schedule") in [(event, rule) for event, rule, _ in episodes(said)]
    assert {row["lane"] for row in said} == {"receipts", "other"}


def test_the_rest_of_a_mixed_queue_is_a_lane_of_its_own_that_grows() -> None:
    rows = [event for n in range(20) for event in done(n * 30.0, f"r{n}", job="receipt")]
    rows += [event for n in range(20) for event in done(n * 30.0, f"s{n}", job="sync")]
    rows += [line("enqueued", 100.0 + n, id=f"e{n}", job="export") for n in range(9)]
    rows += [event for n in range(60) for event in done(600 + n * 30.0, f"l{n}", job="receipt")]
    said = replayed(rows, config('jobs = ["receipt"]\n'))

    opened = [row["lane"] for row in said if row.get("event") == "opened"]
    assert {row["lane"] for row in said} == {"receipts", "emails"}
    assert opened == ["emails"]


def test_readings_of_a_probe_count_as_they_do_live() -> None:
    rows = [
        line(
            "reading", 15.0 * n, waiting=9, running=0, retrying=0, workers=0,
            oldest_due_at=NINE, oldest_source="exact",
        )
        for n in range(60)
    ]  # fmt: skip
    said = replayed(rows)

    assert episodes(said)[0][:2] == ("opened", "workers")
    assert [row for row in said if row["kind"] == "verdict"][-1]["cause"] == "nobody_consumes"


def test_outcomes_that_nothing_follows_are_missing_work() -> None:
    expects = 'expects = { from = "payments", within = "1m", ratio = 1.0 }\n'
    rows = [event for n in range(180) for event in done(n * 10.0, f"j{n}")]
    rows += [
        line("outcome", n * 10.0, name="payments", count=1 if n < 180 else 2) for n in range(360)
    ]
    said = replayed(rows, config(expects))

    assert ("opened", "outcome") in [(event, rule) for event, rule, _ in episodes(said)]


def test_on_a_holiday_of_its_owner_a_lane_is_not_held_against_working_days() -> None:
    # Four hours each day, a job every two minutes; New Year's Day breaks off after two of them.
    day_s, first = 1440 * MINUTE, -14 * 1440 * MINUTE
    rows = [
        event
        for day in range(11)
        for n in range(120 if day < 10 else 60)
        for event in done(first + day * day_s + n * 120.0, f"j{day}-{n}")
    ]
    rows.append(line("workers", first + 10 * day_s + 180 * MINUTE, alive=2))
    off = LANE.replace('name = "ana"\n', 'name = "ana"\nholidays = "PT"\n')

    assert ("opened", "silence") in {one[:2] for one in episodes(replayed(rows))}
    assert episodes(replayed(rows, config(text=off))) == []


def test_an_outcome_without_a_count_is_one() -> None:
    expects = 'expects = { from = "payments", within = "1m", ratio = 1.0 }\n'
    rows = [line("outcome", n * 5.0, name="payments") for n in range(240)]

    assert episodes(replayed(rows, config(expects)))[0][:2] == ("opened", "outcome")


def test_a_deploy_mutes_absent_workers_for_five_minutes() -> None:
    quiet = replayed([line("deploy", 1, release="r2"), *stuck(2)])

    assert episodes(quiet) == []


def test_a_line_that_cannot_be_read_is_named_with_its_file_and_number() -> None:
    data = io.BytesIO(
        b'{"kind":"deploy","at":1,"release":"r"}\n\n{"kind":"started","at":"soon"}\n'
    )

    with pytest.raises(ReplayError, match=r"day.ndjson, line 3: .*docs/reference/replay"):
        list(read_lines([("day.ndjson", data)]))


def test_an_empty_recording_says_nothing() -> None:
    assert replayed([]) == []


def swallowed(of: Config) -> list[dict[str, Any]]:
    """Ten payments a minute; after an hour jobs still succeed, but nothing is delivered any more."""
    rows: list[dict[str, Any]] = []
    for number in range(900):
        at = 6.0 * number
        rows.append({"kind": "outcome", "at": NINE + at, "name": "payments.succeeded", "count": 1})
        rows += done(at, f"r{number}")
        if at < 3600.0:
            sent = {"kind": "outcome", "at": NINE + at + 2, "name": "receipts.delivered"}
            rows.append({**sent, "count": 1})
    return [row for row in replayed(rows, of) if row.get("event") == "opened"]


def test_a_job_that_swallows_its_error_is_caught_by_its_counter_within_minutes() -> None:
    pair = """
[[outcome]]
name = "receipts.delivered"
lane = "Receipts"
expects = { from = "payments.succeeded", within = "2m", ratio = 0.95 }
"""

    (opened,) = swallowed(read(LANE + pair, env={}))

    assert opened["rule"] == "outcome"
    # Two minutes are allowed, and two without any receipt are enough: the promise is not over yet.
    assert 3600.0 < opened["at"] - NINE < 3600.0 + 5 * MINUTE
    assert "Payments.succeeded goes on, but only" in opened["message"]


def test_without_the_pair_nothing_is_seen() -> None:
    assert swallowed(config()) == []
