"""Dead and poison jobs as a list and as files, and advice on retries."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tailback import clock
from tailback.core.ledger import desk
from tailback.core.model import Lane
from tailback.server.config import Config
from tests.server.live import Live, job, live_server, until

BOOM = {"type": "ValueError", "message": "=HYPERLINK(1) is no amount", "trace": "secret line"}
KILLED = {"type": "WorkerLostError", "message": "Worker exited prematurely: signal 9 (SIGKILL)"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    lane = Lane(
        key="mail", name="Mail", source="shop", queue="emails", max_attempts=3,
        max_retry_age_s=7200.0, owner="ana",
    )  # fmt: skip
    path: Path = tmp_path_factory.mktemp("live") / "tailback.db"
    with live_server(path, Config(lanes=[lane])) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def story(live: Live) -> float:
    now = clock.now()
    live.send(
        job("enqueued", now - 900, "dead", tenant="=acct"),
        job("started", now - 890, "dead", attempt=1, worker="w1"),
        job("dead", now - 880, "dead", attempt=1, error=BOOM),
        job("enqueued", now - 800, "once"),
        job("failed", now - 790, "once", attempt=1, max_attempts=2, error=BOOM),
        job("enqueued", now - 700, "crasher"),
        job("failed", now - 690, "crasher", attempt=1, error=KILLED),
        job("started", now - 689, "crasher", attempt=2),
        job("failed", now - 680, "crasher", attempt=2, error=KILLED),
        job("enqueued", now - 9000, "ancient"),
        job("failed", now - 680, "ancient", attempt=1, error=BOOM),
        job("enqueued", now - 650, "fine"),
    )
    retries = [job("enqueued", now - 600, "stubborn")]
    for attempt in range(1, 18):
        at = now - 600 + attempt
        retries += [
            job("started", at, "stubborn", attempt=attempt),
            job("retrying", at + 0.1, "stubborn", attempt=attempt, due_at=at + 30.1, error=BOOM),
        ]
    live.send(*retries)
    until(lambda: live.get("/api/v1/jobs/stubborn").status_code == 200)
    live.lane("mail", lambda lane: lane["dead"] == 1)
    return now


def test_dead_and_poison_jobs_are_listed_the_newest_first(live: Live) -> None:
    answer = live.get("/api/v1/dead").json()

    assert answer["total"] == 4
    assert [(one["id"], one["poison"]) for one in answer["jobs"]] == [
        ("stubborn", "attempts"), ("crasher", "lost"), ("dead", None), ("ancient", "retry_age"),
    ]  # fmt: skip
    assert answer["jobs"][2]["worker"] == "w1"


def test_the_list_can_be_searched_and_paged(live: Live) -> None:
    found = live.get("/api/v1/dead", params={"q": "state:dead"}).json()
    second = live.get("/api/v1/dead", params={"limit": 1, "offset": 1}).json()

    assert [one["id"] for one in found["jobs"]] == ["dead"]
    assert (second["total"], [one["id"] for one in second["jobs"]]) == (4, ["crasher"])
    assert live.get("/api/v1/dead", params={"q": "state:bad"}).status_code == 400
    assert live.get("/api/v1/jobs", params={"q": "worker:w1"}).json()["jobs"][0]["id"] == "dead"


def test_the_csv_holds_all_of_them_and_no_formula(live: Live) -> None:
    answer = live.get("/api/v1/dead/export")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="dead-jobs.csv"'
    assert [row["id"] for row in rows] == ["stubborn", "crasher", "dead", "ancient"]
    assert rows[2]["tenant"] == "'=acct"
    assert rows[2]["error_message"] == "'" + BOOM["message"]
    assert rows[1]["poison"] == "It took its worker down at least twice"
    assert "secret line" not in answer.text


def test_the_json_file_is_one_list(live: Live) -> None:
    rows: list[dict[str, Any]] = live.get("/api/v1/dead/export", params={"form": "json"}).json()

    assert [row["id"] for row in rows] == ["stubborn", "crasher", "dead", "ancient"]
    assert live.get("/api/v1/dead/export", params={"form": "pdf"}).status_code == 400
    nothing = live.get("/api/v1/dead/export", params={"form": "json", "q": "tenant:nobody"})
    assert nothing.json() == []


def test_retries_without_end_or_patience_are_named_with_an_example(live: Live) -> None:
    rows = live.get("/api/v1/advice").json()["advice"]

    assert [(row["kind"], row["id"], row["lane"]) for row in rows] == [
        ("no_cap", "stubborn", "mail"),
        ("no_backoff", "stubborn", "mail"),
    ]
    assert "set a greatest number of attempts" in rows[0]["sentence"]
    assert rows[1]["sentence"].startswith("shop.send_receipt is tried again every 30 s")


def test_the_review_recommends_the_same(live: Live) -> None:
    keys = [row["key"] for row in live.get("/api/v1/review").json()["advice"]]

    place = "shop:emails:shop.send_receipt"
    assert [key for key in keys if key.endswith(place)] == [
        f"no_cap:{place}",
        f"no_backoff:{place}",
    ]


def test_traces_are_for_those_who_may_see_details(live: Live) -> None:
    one = live.get("/api/v1/jobs/dead").json()

    assert one["first_error"]["trace"] == "secret line"


def test_the_page_shows_why_with_raw_errors_and_leads_to_the_files(live: Live) -> None:
    shown = live.get("/dead").text

    assert "4 jobs given up, or doing harm again and again" in shown
    assert "<b>It took its worker down at least twice.</b>" in shown
    assert "ValueError: =HYPERLINK(1) is no amount" in shown
    assert "shop.send_receipt is tried again every 30 s: wait longer each time" in shown
    assert 'href="/api/v1/dead/export?form=csv&amp;q="' in shown
    assert "secret line" not in shown


def test_advice_on_retries_stands_on_the_page_of_its_lane(live: Live) -> None:
    said = "shop.send_receipt is tried again every 30 s: wait longer each time"

    assert said in live.get("/lanes/mail").text
    assert said not in live.get("/dead", params={"q": "queue:none"}).text


def test_the_page_is_narrowed_by_reason_and_paged(live: Live) -> None:
    reason = live.get("/api/v1/jobs/crasher").json()["reason"]
    narrowed = live.get("/dead", params={"q": f'reason:"{reason}"'}).text
    everything = live.get("/dead").text

    named = quote(f'reason:"{reason}"', safe="")
    assert f"/dead?q={named}" in everything
    assert "1 job given up" in narrowed
    assert "crasher" in narrowed
    assert "ancient" not in narrowed
    assert "No more jobs." in live.get("/dead", params={"offset": 50}).text
    assert "No dead or poison job matches." in live.get("/dead", params={"q": "id:no"}).text
    wrong = live.get("/dead", params={"q": "state:bad"})
    assert (wrong.status_code, "state: is one of" in wrong.text) == (400, True)


def test_a_job_beyond_its_own_greatest_number_of_attempts_is_poison(live: Live) -> None:
    now = clock.now()
    about = {"queue": "others", "job": "shop.sync", "max_attempts": 1, "error": BOOM}
    failed = [job("failed", now - 10 + n, "over", attempt=n, **about) for n in (1, 2)]
    live.send(job("enqueued", now - 20, "over", queue="others", job="shop.sync"), *failed)
    found = until(lambda: live.get("/api/v1/dead", params={"q": "id:over"}).json()["jobs"])

    assert [(one["poison"], one["max_attempts"]) for one in found] == [("attempts", 1)]
    assert "2 of 1" in live.get("/dead", params={"q": "id:over"}).text
    page = live.get("/jobs/over").text
    assert "<dd>2 of 1</dd>" in page
    assert "attempt 2 of 1" in page
    live.send(job("succeeded", now, "over", queue="others", job="shop.sync", attempt=3))
    until(lambda: live.get("/api/v1/jobs/over").json()["state"] == "succeeded")
    assert live.get("/api/v1/jobs/over").json()["max_attempts"] == 1


def test_dead_jobs_beyond_what_is_listed_are_said_on_the_board_and_on_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MAX_DEAD", 2)
    now = clock.now()
    said = "3 older dead jobs are not listed or counted here"
    with live_server(tmp_path / "t.db") as live:
        live.send(*(job("dead", now - 60 + n, f"j{n}", error=BOOM) for n in range(5)))
        live.lane("emails", lambda found: found["dead"] == 2)
        until(lambda: said in live.get("/lanes/emails").text)

        assert live.get("/api/v1/dead").json()["unlisted"] == 3
        assert live.get("/api/v1/dead", params={"q": "queue:other"}).json()["unlisted"] == 0
        assert said in live.get("/dead").text
        assert said in live.get("/").text
        found = live.get("/api/v1/jobs", params={"q": "state:dead"}).json()["jobs"]
        assert {one["id"] for one in found} == {f"j{n}" for n in range(5)}
