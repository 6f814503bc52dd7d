"""The weekly review of a running server: JSON, page and terminal say the same."""

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tailback import clock
from tailback.cli.main import main
from tailback.core.causes import ITSELF
from tailback.core.rollups import Deltas, Minute, MinuteKey, ReasonMinuteKey
from tailback.server.config import load
from tailback.server.payload import Payload, encode
from tailback.store.alerts import Change, SavedEpisode
from tailback.store.base import LogBatch
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import OWNER, Live, live_server, until

FILE = """
[server]
time_zone = "UTC"

[[source]]
name = "shop"

[[lane]]
name = "Receipt emails"
queue = "emails"
source = "shop"
noticed_after = "10m"
owner = "ana"

[[lane]]
name = "Exports | all"
queue = "exports"
source = "shop"
noticed_after = "10m"
owner = "ana"
"""
DRIFT = [60.0, 60.0, 60.0, 60.0, 120.0, 240.0]


def last_monday(now: float) -> dt.date:
    today = dt.datetime.fromtimestamp(now, dt.UTC).date()
    return today - dt.timedelta(days=today.weekday() + 7)


def six_weeks(now: float) -> Deltas:
    """Receipts drift, exports stay; one minute of each day is enough."""
    deltas = Deltas()
    monday = last_monday(now)
    for number, age in enumerate(DRIFT):
        for day in range(7):
            date = monday + dt.timedelta(days=7 * (number - 5) + day)
            at = int(dt.datetime.combine(date, dt.time(12), dt.UTC).timestamp())
            receipts = Minute.of([50, 50, 50, 0, 30 if number == 5 else 1, 0, 0, 0, 0, 0], age)
            deltas.minutes[MinuteKey("shop", "emails", "send", at)] = receipts
            deltas.minutes[MinuteKey("shop", "exports", "export", at)] = Minute.of([9] * 10, 60.0)
            if number == 5:
                deltas.reasons[ReasonMinuteKey("shop", "emails", "send", at, "timeout-crm")] = 4
    return deltas


def opened_at(now: float) -> float:
    """The Thursday of the reviewed week at 15:00."""
    date = last_monday(now) + dt.timedelta(days=3)
    return dt.datetime.combine(date, dt.time(15), dt.UTC).timestamp()


def incident(now: float) -> tuple[Deltas, Change]:
    """Retries every minute for a quarter of an hour before the alert."""
    deltas, opened = Deltas(), opened_at(now)
    for minute in range(15):
        at = int(opened) - 60 * minute
        retrying = Minute.of([0, 0, 0, 9, 9, 0, 0, 0, 0, 0])
        deltas.minutes[MinuteKey("shop", "emails", "send", at)] = retrying
    episode = SavedEpisode(
        id="receipt-emails-1",
        lane="receipt-emails",
        state="resolved",
        rule="failing",
        cause="failing_repeatedly",
        opened_at=opened,
        resolved_at=opened + 1800,
        acknowledged_by=None,
        acknowledged_until=None,
        owner="ana",
        page=False,
        step=0,
        next_step_at=None,
        message="Receipt emails are stuck.",
        body=b"",
        changed_at=opened + 1800,
    )
    return deltas, Change(episode=episode)


@contextmanager
def server_with_weeks(folder: Path) -> Iterator[Live]:
    """Serve two lanes with six weeks behind them and an incident in the last."""
    (folder / "tailback.toml").write_text(FILE + OWNER, encoding="utf-8")
    now = clock.now()
    with SqliteStore(folder / "t.db") as store:
        store.log.append([LogBatch(None, 0, "shop", now, encode(Payload(events=[])))])
        deltas, change = incident(now)
        deltas.merge(six_weeks(now))
        store.rollups.commit(1, deltas)
        store.episodes.save([change]).result()
    with live_server(folder / "t.db", load(folder / "tailback.toml")) as server:
        until(lambda: len(server.lanes()) == 2)
        yield server


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with server_with_weeks(tmp_path_factory.mktemp("review")) as server:
        yield server


def test_the_lane_that_drifts_comes_first_with_its_weeks(live: Live) -> None:
    review = live.get("/api/v1/review").json()

    first, second = review["lanes"]
    assert (first["lane"], first["ages"], first["drifts"]) == ("receipt-emails", DRIFT, True)
    assert first["retries_rise"]
    assert (second["name"], second["drifts"]) == ("Exports | all", False)
    assert review["headline"].startswith("1 lane got older two weeks running")
    assert review["days"][0] == last_monday(clock.now()).isoformat()


def test_the_reasons_of_the_week_stand_beside_the_week_before(live: Live) -> None:
    (reason,) = live.get("/api/v1/review").json()["reasons"]

    assert reason == {
        "key": "timeout-crm",
        "sentence": "timeout-crm",
        "this_week": 28,
        "week_before": 0,
        "lanes": ["Receipt emails"],
    }


def test_another_week_can_be_asked_for(live: Live) -> None:
    year, week, _ = (last_monday(clock.now()) - dt.timedelta(days=7)).isocalendar()

    review = live.get("/api/v1/review", params={"week": f"{year}-W{week:02}"}).json()

    assert review["week"] == f"{year}-W{week:02}"
    assert review["lanes"][0]["ages"][-1] == 120.0
    assert review["reasons"] == []


@pytest.mark.parametrize("week", ["yesterday", "2026-W99", "2026", "-W1"])
def test_what_is_not_a_week_is_refused_with_an_example(live: Live, week: str) -> None:
    answer = live.get("/api/v1/review", params={"week": week})

    assert answer.status_code == 400
    assert "2026-W47" in answer.text


def test_the_page_shows_it_and_escapes_what_it_shows(live: Live) -> None:
    page = live.get("/review").text

    assert "Rises for two weeks: 1 min was usual, now 4 min of 10 min. Look today: ana" in page
    assert "timeout-crm" in page
    assert "Alert not proven in 30 days" in page


def test_the_review_is_for_those_who_may_read(live: Live) -> None:
    with live.client(None) as client:
        assert client.get("/api/v1/review").status_code == 401
        assert client.get("/review").status_code in (303, 401)


def test_the_incident_of_the_week_is_told_with_what_showed_up_first(live: Live) -> None:
    incident = live.get("/api/v1/review").json()["incident"]

    assert incident["lane"] == "receipt-emails"
    assert incident["sentence"] == "Receipt emails, lasted 30 min: Receipt emails are stuck."
    assert incident["first_signal"] == {
        "what": "retries",
        "at": opened_at(clock.now()) - 14 * 60,
        "before_alert_s": 14 * 60,
    }
    assert "Retries rose first, 14 min before the alert" in live.get("/review").text


@pytest.mark.parametrize(
    ("lane", "named"),
    [("cause:workers:shop", "Several lanes at once"), (ITSELF, "Tailback itself")],
)
def test_an_incident_of_no_single_lane_is_named_in_words(
    tmp_path: Path, lane: str, named: str
) -> None:
    with server_with_weeks(tmp_path) as live:
        known = incident(clock.now())[1].episode
        later = replace(known, id="c1", lane=lane, opened_at=known.opened_at + 3_600.0)
        live.store.episodes.save([Change(episode=later)]).result()

        told = live.get("/api/v1/review").json()["incident"]
        assert told["sentence"].startswith(f"{named}, ")
        assert told["first_signal"] is None
        assert lane not in live.get("/review").text


def test_the_terminal_prints_markdown_or_json(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAILBACK_URL", live.url)
    monkeypatch.setenv("TAILBACK_TOKEN", live.token("read"))

    assert main(["review"]) == 0
    text = capsys.readouterr().out
    (exports,) = [line for line in text.splitlines() if line.startswith("| Exports \\| all")]
    assert exports.split()[5:12] == ["1", "min", "|", "1", "min", "|", "1"]
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(line) for line in table}) == 1
    assert "Look today: ana" in text

    assert main(["review", "--json"]) == 0
    assert '"drifts":true' in capsys.readouterr().out


def test_the_terminal_says_what_is_wrong(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAILBACK_URL", live.url)
    monkeypatch.setenv("TAILBACK_TOKEN", live.token("read"))
    assert main(["review", "--week", "soon"]) == 64
    assert "2026-W47" in capsys.readouterr().err

    monkeypatch.setenv("TAILBACK_TOKEN", "wrong")
    assert main(["review"]) == 3

    monkeypatch.setenv("TAILBACK_URL", "http://127.0.0.1:9")
    assert main(["review"]) == 3
    assert "does not answer" in capsys.readouterr().err


WOBBLES = [[60, 60, 60, 60, 60, 60], [60, 60, 60, 60, 130, 85], [60, 110, 70, 105, 65, 72]]
PLANTED = [[60, 60, 60, 60, 95, 150], [90, 90, 90, 90, 180, 380], [80, 80, 80, 80, 120, 185]]
SEEDS = range(5)


def noisy_weeks(now: float) -> Deltas:
    """Three planted drifts and three wobbles a seed; the first wobble has one terrible day."""
    deltas = Deltas()
    monday = last_monday(now)
    for seed in SEEDS:
        rng = random.Random(seed)
        kinds = [("drift", one) for one in PLANTED] + [("wobble", one) for one in WOBBLES]
        for number, (kind, levels) in enumerate(kinds):
            for day in range(42):
                age = levels[day // 7] * rng.lognormvariate(0, 0.15)
                age *= 30.0 if (kind, number, day) == ("wobble", 3, 38) else 1.0
                date = monday + dt.timedelta(days=day - 35)
                at = int(dt.datetime.combine(date, dt.time(12), dt.UTC).timestamp())
                key = MinuteKey("shop", f"{kind}-{seed}-{number}", "work", at)
                deltas.minutes[key] = Minute.of([50, 50, 50, 0, 0, 0, 0, 0, 0, 0], age)
    return deltas


def test_of_six_noisy_weeks_the_review_names_exactly_what_was_planted(tmp_path: Path) -> None:
    names = [f"drift-{seed}-{n}" for seed in SEEDS for n in range(3)]
    names += [f"wobble-{seed}-{n}" for seed in SEEDS for n in range(3, 6)]
    lanes = "".join(
        f'[[lane]]\nname = "{name}"\nqueue = "{name}"\nnoticed_after = "10m"\nowner = "ana"\n'
        for name in names
    )
    file = '[server]\ntime_zone = "UTC"\n[[source]]\nname = "shop"\n' + lanes + OWNER
    (tmp_path / "tailback.toml").write_text(file, encoding="utf-8")
    now = clock.now()
    with SqliteStore(tmp_path / "t.db") as store:
        store.log.append([LogBatch(None, 0, "shop", now, encode(Payload(events=[])))])
        store.rollups.commit(1, noisy_weeks(now))
    with live_server(tmp_path / "t.db", load(tmp_path / "tailback.toml")) as server:
        until(lambda: len(server.lanes()) == len(names))
        review = server.get("/api/v1/review").json()

    assert {one["lane"] for one in review["lanes"] if one["drifts"]} == set(names[:15])


def test_a_reason_that_rises_whenever_another_lane_slows_is_said(tmp_path: Path) -> None:
    """Every 20th hour the exports run six times as long, and receipts time out."""
    deltas = Deltas()
    begin = int(dt.datetime.combine(last_monday(clock.now()), dt.time(), dt.UTC).timestamp())
    for hour in range(150):
        slow, at = hour % 20 == 7, begin + 3600 * hour + 60
        run_ms = 60_000 if slow else 10_000
        key = MinuteKey("shop", "exports", "export", at)
        deltas.minutes[key] = Minute.of([10, 10, 10, 0, 0, 0, 0, 0, run_ms, 0], 60.0)
        if slow:
            deltas.reasons[ReasonMinuteKey("shop", "emails", "send", at, "timeout-crm")] = 40
    (tmp_path / "tailback.toml").write_text(FILE + OWNER, encoding="utf-8")
    with SqliteStore(tmp_path / "t.db") as store:
        store.log.append([LogBatch(None, 0, "shop", clock.now(), encode(Payload(events=[])))])
        store.rollups.commit(1, deltas)
    with live_server(tmp_path / "t.db", load(tmp_path / "tailback.toml")) as server:
        until(lambda: len(server.lanes()) == 2)
        review = server.get("/api/v1/review").json()

    (said,) = [one for one in review["advice"] if one["key"].startswith("rises-with:")]
    assert said["sentence"].startswith(
        "Receipt emails: “timeout-crm” rises whenever Exports | all slows, in 8 of the 8 hours"
    )
