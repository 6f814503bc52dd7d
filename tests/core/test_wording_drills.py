"""What is said of drills names the lane, the person and the link that broke."""

import pytest

from tailback.core import wording_drills as words
from tailback.core.drill import Link


def test_a_drill_says_at_once_that_nothing_is_wrong_and_what_it_proves() -> None:
    assert words.title("Receipts") == "DRILL: Receipts"
    assert words.told("Receipts", real=True).startswith(
        "DRILL, nothing is wrong with Receipts. A "
    )
    assert "Only the way of the message" in words.told("Receipts", real=False)


@pytest.mark.parametrize(
    ("link", "said"), [("worker", "hook"), ("channel", "channel"), ("answer", "nobody answered")]
)
def test_the_link_that_broke_is_named(link: Link, said: str) -> None:
    assert said in words.broken(link)
    assert words.failed("Receipts", words.broken(link)).startswith(
        "The drill of Receipts failed: "
    )


def test_why_no_job_was_sent_is_said() -> None:
    assert "write_url" in words.no_write_url()
    assert "for huey" in words.cannot("huey")
    assert words.not_enqueued("refused") == "the job could not be enqueued: refused"
    assert words.refused(None).endswith("unknown")
    assert "one goes on at a time" in words.under_way()


def test_each_step_is_a_line_with_its_time() -> None:
    assert words.step(61.0, "told", "ana").split() == ["1", "min", "told:", "ana"]
    assert words.step(1.0, "seen", "").strip() == "1 s  seen"
    assert words.passed("ana", 90.0) == "ana answered after 1 min"
    assert words.enqueued("emails") == "tailback.drill in queue emails"
    assert words.seen() == "a worker with the hook reported it"
