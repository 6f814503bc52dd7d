"""Searching jobs, unfinished, dead and ended, and reading one of them."""

from typing import Any

import pytest

from tailback import clock
from tailback.core.model import Lane
from tailback.server.search import QueryError, parse_query
from tailback.server.search.find import Cursor, cursor_text, read_cursor
from tests.server.live import Live, job, until

ERROR = {
    "type": "requests.exceptions.HTTPError",
    "message": "502 Server Error: Bad Gateway for url: https://api.crmhub.example/v1",
    "status": 502,
    "trace": 'File "shop/crm.py", line 7, in push',
}
WRAPPER = {"type": "celery.exceptions.MaxRetriesExceededError", "message": "gave up"}


@pytest.fixture(scope="module", autouse=True)
def story(live: Live) -> float:
    now = clock.now()
    live.send(
        job("enqueued", now - 3000, "late", tenant="acct_1"),
        job("started", now - 2950, "late", attempt=1, worker="w9"),
        job("retrying", now - 2900, "late", attempt=1, due_at=now + 60, error=ERROR),
        job("enqueued", now - 2000, "gone", tenant="acct_2"),
        job("dead", now - 1900, "gone", attempt=3, error=ERROR, tenant="acct_2"),
        job("enqueued", now - 100, "done", tenant="acct_3"),
        job("started", now - 99, "done", attempt=1, worker="w1", tenant="acct_3"),
        job("succeeded", now - 98, "done", attempt=1, ran_for=1.0, tenant="acct_3"),
        job("enqueued", now - 90, "saved", tenant="acct_2"),
        job("started", now - 89, "saved", attempt=1, worker="w1"),
        job("retrying", now - 88, "saved", attempt=1, due_at=now - 80, error=ERROR),
        job("started", now - 79, "saved", attempt=2, worker="w2"),
        job("succeeded", now - 78, "saved", attempt=2, ran_for=1.0),
        job("enqueued", now - 60, "revoked", queue="reports", job="shop.report"),
        job("discarded", now - 50, "revoked", queue="reports", job="shop.report"),
    )
    live.lane("emails", lambda lane: lane["dead"] == 1)
    live.lane("reports", lambda _lane: True)
    return now


def found(live: Live, query: str, **options: Any) -> list[str]:
    answer = live.get("/api/v1/jobs", params={"q": query, **options})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["jobs"]]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["gone", "late", "revoked", "saved", "done"]),
        ("lane:emails", ["gone", "late", "saved", "done"]),
        ("lane:reports", ["revoked"]),
        ("queue:emails state:dead", ["gone"]),
        ("state:retrying", ["late"]),
        ("state:succeeded", ["saved", "done"]),
        ("state:discarded", ["revoked"]),
        ("tenant:acct_1", ["late"]),
        ("tenant:acct_2", ["gone", "saved"]),
        ("tenant:acct_2 state:succeeded", ["saved"]),
        ("error:gateway", ["gone", "late", "saved"]),
        ('error:"bad gateway" tenant:acct_2', ["gone", "saved"]),
        ("error:nothing", []),
        ("GATEWAY acct_2", ["gone", "saved"]),
        ("reason:upstream-error-crmhub.example", ["gone", "late", "saved"]),
        ("reason:nothing", []),
        ("report", ["revoked"]),
        ("id:done", ["done"]),
        ("id:done lane:emails", ["done"]),
        ("id:gone lane:reports", []),
        ("id:late tenant:acct_2", []),
        ("id:never", []),
        ("job:nothing", []),
        ("queue:nothing", []),
        ("worker:w1", ["done"]),
        ("worker:w2", ["saved"]),
        ("job:shop.send_receipt state:retrying", ["late"]),
    ],
)
def test_jobs_are_found_by_qualifier_and_word(live: Live, query: str, ids: list[str]) -> None:
    assert found(live, query) == ids


def test_pages_follow_each_other_without_gap_or_repetition(live: Live) -> None:
    pages, cursor = [], None
    while True:
        options: dict[str, Any] = (
            {"limit": 2} if cursor is None else {"limit": 2, "cursor": cursor}
        )
        answer = live.get("/api/v1/jobs", params=options).json()
        pages.append([one["id"] for one in answer["jobs"]])
        cursor = answer["next"]
        if cursor is None:
            break

    assert sum(pages, []) == ["gone", "late", "revoked", "saved", "done"]  # noqa: RUF017
    assert all(len(page) <= 2 for page in pages)


@pytest.mark.parametrize("query", ["lane:nothing", "state:", "state:sleeping"])
def test_a_search_that_cannot_be_read_is_refused(live: Live, query: str) -> None:
    answer = live.get("/api/v1/jobs", params={"q": query})

    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize("cursor", ["x", "!!", "eyJhIjoxfQ", "WzEsMl0"])
def test_a_cursor_that_is_not_ours_is_refused(live: Live, cursor: str) -> None:
    assert live.get("/api/v1/jobs", params={"cursor": cursor}).status_code == 400


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = Cursor(after=(-12.5, "shop", "ä/?"))

    assert read_cursor(cursor_text(cursor)) == cursor
    assert read_cursor(None) == Cursor()


def test_a_query_knows_its_lane_and_keeps_blanks_in_quotes() -> None:
    lane = Lane(key="mail", name="Mail", source="shop", queue="emails")

    query = parse_query('lane:mail error:"read timed out" Slow "two words', [lane])

    assert query.lane == lane
    assert query.exact["error"] == "read timed out"
    assert query.words == ["slow", "two words"]
    with pytest.raises(QueryError):
        parse_query("lane:other", [lane])


def test_an_unfinished_job_shows_its_attempts_and_why_it_failed_first(live: Live) -> None:
    one = live.get("/api/v1/jobs/late", params={"source": "shop"}).json()

    assert (one["state"], one["lane"], one["fails"]) == ("retrying", "emails", 1)
    assert one["first_error"]["status"] == 502
    assert one["first_error"]["trace"] == ERROR["trace"]
    assert one["sentence"] == "Crmhub.example answers with errors (502)"
    assert [step["kind"] for step in one["timeline"]] == ["enqueued", "started", "retrying"]
    assert one["timeline"][1]["worker"] == "w9"
    assert one["timeline"][2]["error"]["message"] == ERROR["message"]
    assert one["ended_at"] is None


def test_an_ended_job_shows_all_its_attempts_too(live: Live, story: float) -> None:
    one = live.get("/api/v1/jobs/saved").json()

    assert (one["state"], one["bucket"], one["worker"]) == ("succeeded", "third-party error", "w2")
    assert one["ended_at"] == pytest.approx(story - 78)
    steps = [(step["kind"], step["attempt"]) for step in one["timeline"]]
    assert steps == [
        ("enqueued", None), ("started", 1), ("retrying", 1), ("started", 2), ("succeeded", 2),
    ]  # fmt: skip
    assert one["timeline"][2]["error"]["trace"] == ERROR["trace"]


def test_a_job_that_just_ran_has_three_steps(live: Live) -> None:
    one = live.get("/api/v1/jobs/done").json()

    assert [step["kind"] for step in one["timeline"]] == ["enqueued", "started", "succeeded"]
    assert (one["ran_for"], one["reason"], one["first_error"]) == (1.0, None, None)


def test_a_job_of_another_source_or_of_none_is_not_found(live: Live) -> None:
    assert live.get("/api/v1/jobs/never").status_code == 404
    assert live.get("/api/v1/jobs/late", params={"source": "other"}).status_code == 404
    assert live.get("/api/v1/jobs/done", params={"source": "other"}).status_code == 404


def test_a_later_wrapper_never_hides_the_first_error(live: Live, story: float) -> None:
    live.send(
        job("enqueued", story, "wrapped"),
        job("failed", story + 1, "wrapped", attempt=1, error=ERROR),
        job("dead", story + 2, "wrapped", attempt=2, error=WRAPPER),
    )
    until(lambda: live.get("/api/v1/jobs/wrapped").status_code == 200)

    one = live.get("/api/v1/jobs/wrapped").json()

    assert one["state"] == "dead"
    assert one["first_error"]["status"] == 502
    assert one["latest_error"]["message"] == "gave up"
