"""What is said of drills: what was proven, and which link broke."""

import pytest

from tailback.core import wording_drills as words


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (words.title("Receipts"), "DRILL: Receipts"),
        (
            words.told("Receipts", real=False),
            (
                "DRILL, nothing is wrong with Receipts. Only the way of the message is proven, not "
                "the way of a job. Acknowledge to show that this reaches you."
            ),
        ),
        (
            words.failed("Receipts", words.broken("answer")),
            (
                "The drill of Receipts failed: nobody answered within 15 min. "
                "A real alert may be lost."
            ),
        ),
        (words.passed("ana", 75), "ana answered after 1 min"),
        (words.enqueued("emails"), "tailback.drill in queue emails"),
        (words.step(5, "channel", ""), "     5 s  channel"),
        (words.step(65, "channel", "taken"), "   1 min  channel: taken"),
        (words.refused(None), "no channel of the owner takes messages: unknown"),
        (words.not_enqueued("refused"), "the job could not be enqueued: refused"),
    ],
)
def test_a_drill_says_what_was_proven(said: str, text: str) -> None:
    assert said == text


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (words.told("Receipts", real=True), "through the real queue, a real worker and its hook"),
        (words.seen(), "a worker with the hook"),
        (words.under_way(), "one goes on at a time"),
        (words.no_write_url(), "no write_url"),
        (words.cannot("sql"), "cannot be enqueued for sql"),
    ],
)
def test_a_drill_says_how_far_it_went(said: str, part: str) -> None:
    assert part in said
