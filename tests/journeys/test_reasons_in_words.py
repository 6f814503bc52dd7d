"""What the pages of reasons and jobs say of real failures of Celery and RQ."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tailback.testing.waiting import eventually
from tests import services
from tests.cli.servers import answering
from tests.journeys.board import WAIT_S, Board, Told, lane
from tests.journeys.test_celery_trouble import Shop
from tests.systems.rq_rig import RqRig

KILLED = "The worker was killed, often for using too much memory"
DOCS = Path(__file__).parents[2] / "docs/reference/reasons.md"


def documented(sentence: str) -> bool:
    """Whether the docs show this sentence beside the failure that it is said of."""
    return f"| {sentence} |" in DOCS.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("reasons")
    (folder / "redis").mkdir()
    with (
        services.run_redis(folder / "redis") as url,
        Board(folder, "celery", url, lane("emails")) as board,
        Shop(url, folder, board) as shop,
    ):
        shop.worker("emails")
        yield shop


def test_a_task_that_fails_differently_each_time_is_filed_under_its_first_error(
    shop: Shop,
) -> None:
    job = shop.put("emails", "shop.differently")

    found = shop.board.job(job, "dead")

    assert (found["fails"], found["max_attempts"]) == (3, 3)
    assert found["first_error"]["message"] == "no receipt template"
    assert found["latest_error"]["message"] == "odd"
    kinds = [(step["kind"], step["attempt"]) for step in found["timeline"] if step["error"]]
    assert kinds == [("retrying", 1), ("retrying", 2), ("dead", 3)]
    page = shop.board.page(f"/jobs/{job}")
    assert "First error LookupError: no receipt template" in page
    assert "attempt 3 of 3" in page
    assert "Latest error ValueError: odd" in page
    reason = shop.board.page("/reasons/one", key=found["reason"])
    assert "First useful error LookupError: no receipt template" in reason
    assert found["sentence"] in reason
    assert documented(found["sentence"])


def test_giving_up_after_retries_is_said_as_what_was_wrong_at_first(shop: Shop) -> None:
    job = shop.put("emails", "shop.give_up")

    found = shop.board.job(job, "dead")

    sentence = "A value is not valid: ValueError: the order has no customer"
    assert found["sentence"] == sentence
    assert found["first_error"]["message"] == "the order has no customer"
    assert found["latest_error"]["type"] == "celery.exceptions.MaxRetriesExceededError"
    assert documented(sentence)
    assert sentence in shop.board.page(f"/jobs/{job}")
    reason = shop.board.page("/reasons/one", key=found["reason"])
    assert "First useful error ValueError: the order has no customer" in reason


@pytest.mark.parametrize(
    ("status", "bucket", "sentence"),
    [
        (401, "auth error", "A service that celery_app calls refuses our login or key (401)"),
        (429, "rate limit", "A service that celery_app calls is rate limiting us (429)"),
        (500, "third-party error", "A service that celery_app calls answers with errors (500)"),
    ],
)
def test_what_an_upstream_answers_is_kept_with_its_status(
    shop: Shop, status: int, bucket: str, sentence: str
) -> None:
    with ExitStack() as started:
        url, _ = started.enter_context(answering(b"no", status))
        job = shop.put("emails", "shop.ask", f"{url}/charge")
        found = shop.board.job(job, "dead")

    assert (found["bucket"], found["first_error"]["status"]) == (bucket, status)
    assert found["sentence"] == sentence
    assert documented(sentence)
    assert found["first_error"]["type"] == "httpx.HTTPStatusError"
    assert f"status {status}" in shop.board.page(f"/jobs/{job}")
    reason = shop.board.page("/reasons/one", key=found["reason"])
    assert f"Status code {status}" in reason
    assert found["sentence"] in reason


def test_a_killed_child_is_said_to_be_killed(shop: Shop) -> None:
    job = shop.put("emails", "shop.kill", str(shop.folder))

    found = shop.board.job(job, "dead")

    assert (found["bucket"], found["sentence"]) == ("lost worker", KILLED)
    assert documented(KILLED)
    assert KILLED in shop.board.page(f"/jobs/{job}")
    assert KILLED in shop.board.page("/reasons/one", key=found["reason"])


def test_a_task_that_is_tried_without_end_and_at_once_is_named_with_what_to_change(
    shop: Shop,
) -> None:
    job = shop.put("emails", "shop.forever")

    eventually(
        lambda: shop.board.client.get(f"/api/v1/jobs/{job}").json().get("fails") == 17,
        "it was tried 17 times",
        WAIT_S,
    )
    mine = [one for one in shop.board.get("/api/v1/advice")["advice"] if one["id"] == job]

    assert [one["kind"] for one in mine] == ["no_cap", "immediate"]
    page = shop.board.page("/lanes/emails")
    assert "shop.forever is tried without end (one job failed 17 times)" in page
    assert "shop.forever is tried again at once: wait between attempts" in page


class RqShop(Told, RqRig):
    """An RQ shop whose producers and workers tell a board."""

    def __init__(self, url: str, folder: Path, board: Board) -> None:
        self.board = board
        super().__init__(url, folder)
        self.app = "tests.systems.apps.rq_more"


def test_the_first_error_of_an_rq_job_is_kept_though_rq_forgets_it(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    with (
        services.run_redis(folder) as url,
        Board(tmp_path, "rq", url, lane("emails")) as board,
        RqShop(url, tmp_path, board) as shop,
    ):
        shop.start_worker(hook=True)
        producer = shop._producer(hook=True)
        job = producer.call("failing_differently", str(tmp_path))["answer"]
        killed = producer.call("simple", "die")["answer"]
        poison = producer.call("retried", "die")["answer"]

        found = board.job(job, "dead")
        assert (found["fails"], found["max_attempts"]) == (2, 2)
        assert found["first_error"]["message"] == "no receipt template"
        page = board.page(f"/jobs/{job}")
        assert "attempt 2 of 2" in page
        assert "First error LookupError: no receipt template" in page
        assert "Latest error ValueError: odd" in page

        found = board.job(killed, "dead")
        assert (found["bucket"], found["sentence"]) == ("lost worker", KILLED)
        assert KILLED in board.page("/reasons/one", key=found["reason"])

        found = board.job(poison, "dead")
        assert (found["fails"], found["bucket"]) == (2, "lost worker")
        assert found["payload_bytes"] == shop.redis.hstrlen(f"rq:job:{poison}", "data")
        listed = board.get("/api/v1/dead", params={"q": f"id:{poison}"})["jobs"]
        assert [one["poison"] for one in listed] == ["lost"]
        dead = board.page("/dead", q=f"id:{poison}")
        assert "It took its worker down at least twice." in dead
