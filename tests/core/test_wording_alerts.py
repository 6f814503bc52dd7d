"""The text of an alert."""

from dataclasses import replace

import pytest

from tailback.core import wording_alerts
from tailback.core.impact import Impact
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement
from tailback.core.messages import Message
from tailback.core.model import Lane, Verdict, VerdictWord
from tailback.testing.channel_contract import MESSAGE

LANE = Lane(
    key="receipts", name="Receipt emails", source="s", queue="q", promise_s=300.0, owner="Ana",
    customer_action="get a receipt after paying",
)  # fmt: skip
STUCK = Verdict(verdict="stuck", cause="failing_repeatedly", sentence="")


def judged(reason=None, verdict=STUCK):
    return Judgement(verdict, (), None, 1080.0, reason)


def test_an_alert_says_everything_in_its_fixed_order() -> None:
    signals = Signals(
        10_000.0, oldest_s=1080.0, unfinished=143, last_success_at=10_000.0 - 1260,
        deploy=(10_000.0 - 1440, "4f2c"),
    )  # fmt: skip
    reason = FailingReason("k", 143, first_error={"type": "E"}, sentence="template field missing")

    text = wording_alerts.alert(LANE, judged(reason), signals, Impact(120, False, -780.0))

    assert text == (
        "Receipt emails are stuck. Customers cannot get a receipt after paying. Oldest is 18 min "
        "old (promise 5 min). Last success 21 min ago. 143 jobs unfinished, about 120 accounts. "
        "Top error: template field missing. Began 6 min after deploy 4f2c. Owner: Ana."
    )


def test_what_is_not_known_is_left_out() -> None:
    lane = Lane(key="q", name="q", source="s", queue="q")

    assert (
        wording_alerts.alert(lane, judged(), Signals(1.0)) == "q is stuck. Owner: nobody is told."
    )


def test_a_lane_that_cannot_be_seen_claims_no_age() -> None:
    said = "Unknown: not measured since 10:02, Connection refused"
    unknown = Verdict(verdict="unknown", cause="cannot_see", sentence=said)
    text = wording_alerts.alert(LANE, judged(verdict=unknown), Signals(1.0, oldest_s=5.0))

    assert text == (
        "Receipt emails cannot be seen. Whether customers can get a receipt after paying is not"
        " known. Not measured since 10:02, Connection refused. Owner: Ana."
    )
    bare = Verdict(verdict="unknown", cause="not_measured", sentence="")
    nameless = Lane(key="q", name="q", source="s", queue="q")
    assert wording_alerts.alert(nameless, judged(verdict=bare), Signals(1.0)) == (
        "q cannot be seen. Owner: nobody is told."
    )


@pytest.mark.parametrize(
    ("word", "cause", "sentence", "said"),
    [
        ("stuck", "paused", "Stuck: the queue is paused and 3 jobs wait", "The queue is paused"),
        ("stuck", "workers_gone", "Stuck: all workers are gone and …", "All workers are gone"),
        (
            "slow",
            "poison_job",
            "Slow: job a7 took its worker down 3 times",
            "Job a7 took its worker down 3 times",
        ),
        (
            "stuck",
            "poison_job",
            "Stuck: job a7 failed 9 times: template field missing",
            "Job a7 failed 9 times",
        ),
        (
            "slow",
            "capacity",
            "Slow: the oldest job is 4 min old (promise 5 min); 90 jobs came and 20 finished",
            "90 jobs came and 20 finished",
        ),
        ("slow", "workers_lost", "Slow: the oldest job is 4 min old (promise 5 min)", None),
        ("stuck", "nothing_finishes", "Stuck: nothing has finished for 5 min", None),
    ],
)
def test_what_is_the_matter_is_said_where_no_number_tells_it(
    word: VerdictWord, cause: str, sentence: str, said: str | None
) -> None:
    reason = FailingReason("k", 9, first_error={"type": "E"}, sentence="template field missing")
    customers = f"customers {'wait to' if word == 'slow' else 'cannot'} get a receipt after paying"
    verdict = Verdict(verdict=word, cause=cause, sentence=f"{sentence}; {customers}")
    text = wording_alerts.alert(LANE, judged(reason, verdict=verdict), Signals(1.0, oldest_s=9.0))

    start = f"Receipt emails are {word}. C{customers[1:]}. "
    assert text.startswith(f"{start}{said}. Oldest" if said else f"{start}Oldest")
    assert text.count("template field missing") == 1


def test_below_its_title_a_text_does_not_say_it_again() -> None:
    said = MESSAGE.title + ". Customers cannot get a receipt."

    def below(text: str) -> str:
        return wording_alerts.below_title(replace(MESSAGE, text=text))

    assert below(said) == "Customers cannot get a receipt."
    assert below(f"It came back. {said}") == "It came back. Customers cannot get a receipt."
    assert below("Something else.") == "Something else."


def test_an_error_without_a_known_reason_is_quoted() -> None:
    signals = Signals(1.0, unfinished=1)
    error = {"type": "shop.errors.Odd", "message": "no\x00 way"}
    quoted = wording_alerts.alert(LANE, judged(FailingReason("k", 1, first_error=error)), signals)
    bare = wording_alerts.alert(
        LANE, judged(FailingReason("k", 1, first_error={"type": "Odd"})), signals
    )
    none = wording_alerts.alert(
        LANE, judged(FailingReason("k", 1)), signals, Impact(0, True, None)
    )

    assert "Top error: Odd: no way." in quoted
    assert "Top error: Odd." in bare
    assert "Top error" not in none
    assert "1 job unfinished." in none


def test_a_deploy_after_the_begin_or_long_before_it_is_not_blamed() -> None:
    for at in (9_990.0, 1.0):
        signals = Signals(10_000.0, oldest_s=60.0, deploy=(at, "r1"))
        assert "deploy" not in wording_alerts.alert(LANE, judged(), signals)


def test_a_deploy_is_not_blamed_for_what_nobody_knows_the_begin_of() -> None:
    unknown = Signals(10_000.0, deploy=(9_990.0, "r1"))
    since_success = Signals(10_000.0, last_success_at=9_900.0, deploy=(9_880.0, "r1"))

    assert "deploy" not in wording_alerts.alert(LANE, judged(), unknown)
    assert "Began 20 s after deploy r1" in wording_alerts.alert(LANE, judged(), since_success)


def test_a_title_is_at_most_eighty_and_a_short_message_at_most_160_characters() -> None:
    lane = Lane(key="q", name="n" * 200, source="s", queue="q")

    assert len(wording_alerts.title(lane, "stuck")) == 80
    assert wording_alerts.sms("short") == "short"
    cut = wording_alerts.sms("word " * 60)
    assert len(cut) <= 160
    assert cut.endswith("word...")


def test_recovery_says_how_late_it_was_and_for_how_long() -> None:
    assert wording_alerts.recovered(LANE, 2640.0, 3700.0) == (
        "Receipt emails are well again after 1 h 1 min; the oldest was 44 min old."
    )


def test_a_message_of_a_server_that_does_not_know_its_address_has_no_links() -> None:
    message = Message(
        kind="opened",
        episode="e1",
        lane="receipts",
        subject="Receipts",
        title="Title",
        text="They are stuck.",
        at=2.0,
        opened_at=1.0,
    )

    assert wording_alerts.plain(message) == "They are stuck.\n"
