"""The addresses that look deeper than the board."""

import pytest

from tailback import clock
from tailback.core.wording import duration
from tests.server.live import Live, job, until


@pytest.fixture(scope="module", autouse=True)
def story(live: Live) -> float:
    now = clock.now()
    error = {"type": "TimeoutError", "message": "upstream took 30 s", "status": 504}
    live.send(
        job("enqueued", now - 3000, "late", tenant="acct_1"),
        job("retrying", now - 2900, "late", attempt=1, due_at=now + 60, error=error),
        job("enqueued", now - 2000, "gone", tenant="acct_2"),
        job("dead", now - 1900, "gone", attempt=3, error=error, tenant="acct_2"),
        job("enqueued", now - 100, "done", tenant="acct_3"),
        job("started", now - 99, "done", attempt=1, worker="w1"),
        job("succeeded", now - 98, "done", ran_for=1.0),
    )
    live.lane("emails", lambda lane: lane["dead"] == 1)
    until(lambda: live.store.rollups.committed_upto() == live.store.log.last_offset())
    return now


def test_the_series_counts_what_happened(live: Live) -> None:
    answer = live.get("/api/v1/lanes/emails/series").json()

    points = answer["points"]
    assert answer["step_s"] == 60
    assert 60 <= len(points) <= 61
    assert sum(point["completions"] for point in points) == 1
    assert sum(point["arrivals"] for point in points) == 3
    assert sum(point["failures"] for point in points) == 2
    assert {point["failed_share"] for point in points} == {None, 0.0}
    runs = [point["run_p50_s"] for point in points if point["run_p50_s"] is not None]
    assert runs == [pytest.approx(1.0, rel=0.03)]
    assert any(point["oldest_age_s"] is None for point in points)


def test_the_series_can_be_asked_for_a_range_and_a_step(live: Live, story: float) -> None:
    options = {"from": story - 7200, "to": story, "step": 3600}

    answer = live.get("/api/v1/lanes/emails/series", params=options).json()

    assert answer["step_s"] == 3600
    assert len(answer["points"]) <= 3


@pytest.mark.parametrize(
    "options",
    [{"from": 5, "to": 4}, {"step": 1}, {"from": 0, "to": 30_000_000, "step": 60}, {"to": "x"}],
)
def test_a_series_that_makes_no_sense_is_refused(live: Live, options: dict[str, object]) -> None:
    assert live.get("/api/v1/lanes/emails/series", params=options).status_code == 400


def test_a_lane_that_does_not_exist_is_not_found(live: Live) -> None:
    assert live.get("/api/v1/lanes/nothing/series").status_code == 404


def test_support_can_ask_whether_an_account_is_affected(live: Live) -> None:
    hit = live.get("/api/v1/accounts/acct_1").json()
    other = live.get("/api/v1/accounts/acct_3").json()

    assert hit["affected"] is True
    assert (hit["lanes"][0]["late_jobs"], hit["unfinished_jobs"]) == (1, 1)
    assert hit["lanes"][0]["oldest_age_s"] >= 3000
    assert [one["jobs"] for one in hit["lanes"][0]["reasons"]] == [1]
    assert [one["id"] for one in hit["jobs"]] == ["late"]
    assert hit["sentence"].startswith("Yes: acct_1 is affected")
    assert other["affected"] is False
    assert other["lanes"] == []


def test_late_work_opens_one_episode_with_a_message_of_real_numbers(live: Live) -> None:
    now = clock.now()
    live.send(job("enqueued", now - 2650, "late", queue="slow-exports"))

    lane = live.lane("slow-exports", lambda lane: lane["episode_id"] is not None)
    number = lane["episode_id"]
    until(lambda: live.get(f"/api/v1/episodes/{number}").status_code == 200)
    rows = live.get("/api/v1/episodes").json()["episodes"]

    mine = [row for row in rows if row["lane"] == "slow-exports"]
    assert [row["id"] for row in mine] == [lane["episode_id"]]
    assert f"Oldest is {duration(lane['oldest_age_s'])} old (promise 15 min)" in mine[0]["message"]


def test_the_metrics_say_what_the_board_says(live: Live) -> None:
    text = live.get("/metrics").text

    assert 'tailback_lane_dead_jobs{lane="emails",source="shop",queue="emails"} 1' in text
    verdict = live.lane("emails", lambda _lane: True)["verdict"]
    assert f'verdict="{verdict}"}} 1' in text
    assert "None" not in text
    for line in text.splitlines():
        assert line.startswith("#") or float(line.rsplit(" ", 1)[1]) is not None


def test_the_openapi_document_describes_every_address_and_what_it_needs(live: Live) -> None:
    said = live.get("/openapi.json").json()
    paths = said["paths"]

    assert said["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation["summary"], (path, method)
            assert operation["description"], (path, method)
            assert any(status.startswith("2") for status in operation["responses"]), path
    assert paths["/api/v1/lanes"]["get"]["security"] == [{"token": ["read"]}]
    assert paths["/api/v1/events"]["post"]["security"] == [{"token": ["ingest"]}]
    assert paths["/healthz"]["get"]["security"] == []
    assert list(paths["/metrics"]["get"]["responses"]["200"]["content"]) == ["text/plain"]
    assert "/setup" not in paths
