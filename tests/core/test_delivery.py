"""What becomes of a message after an attempt."""

import pytest

from tailback.core.delivery import Outcome, Receipt, from_status, outcome, wait_s


def after(receipt: Receipt, now: float = 1.0, **changes: object) -> Outcome:
    about = {"attempts": 1, "due_at": 0.0, "page": False, "share": 0.0, **changes}
    return outcome(receipt, now, **about)  # type: ignore[arg-type]


def test_what_was_taken_is_sent() -> None:
    assert after(Receipt(ok=True)) == Outcome(state="sent")


def test_what_will_never_be_taken_fails_and_goes_elsewhere() -> None:
    assert after(Receipt(ok=False, permanent=True)) == Outcome(state="failed", fall_back=True)


def test_what_was_not_taken_is_tried_again_later_and_later() -> None:
    waits = [wait_s(n, 0.0) for n in range(1, 8)]

    assert waits == [5.0, 15.0, 45.0, 135.0, 300.0, 300.0, 300.0]
    assert wait_s(400, 0.5) == 375.0
    assert after(Receipt(ok=False), attempts=2) == Outcome(state="due", again_at=16.0)


def test_a_channel_that_asks_for_a_pause_gets_it_within_reason() -> None:
    assert after(Receipt(ok=False, retry_after_s=60.0)).again_at == 61.0
    assert after(Receipt(ok=False, retry_after_s=1.0)).again_at == 6.0
    assert after(Receipt(ok=False, retry_after_s=1e9)).again_at == 3_601.0


def test_a_page_that_will_not_be_there_in_90_seconds_goes_elsewhere_as_well() -> None:
    assert after(Receipt(ok=False), 50.0, attempts=3, page=True) == Outcome(
        state="due", again_at=95.0, fall_back=True
    )
    assert not after(Receipt(ok=False), 40.0, attempts=3, page=True).fall_back
    assert not after(Receipt(ok=False), 50.0, attempts=3).fall_back


def test_after_a_day_it_is_given_up() -> None:
    assert after(Receipt(ok=False), 86_401.0) == Outcome(state="failed", fall_back=True)


@pytest.mark.parametrize(
    ("status", "ok", "permanent"),
    [
        (200, True, False),
        (202, True, False),
        (301, False, True),
        (307, False, True),
        (400, False, True),
        (401, False, True),
        (404, False, True),
        (410, False, True),
        (408, False, False),
        (429, False, False),
        (500, False, False),
        (503, False, False),
    ],
)
def test_what_a_status_means(status: int, ok: bool, permanent: bool) -> None:
    receipt = from_status(status, said="no", retry_after_s=7.0)

    assert (receipt.ok, receipt.permanent, receipt.status) == (ok, permanent, status)
    assert receipt.reason == ("" if ok else f"answered {status}: no")


def test_an_answer_without_words_is_named_by_its_status() -> None:
    assert from_status(500, said="").reason == "answered 500"
