"""The text of an alert."""

from tailback.core import wording_alerts
from tailback.core.impact import Impact
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement
from tailback.core.messages import Message
from tailback.core.model import Lane, Verdict

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
    unknown = Verdict(verdict="unknown", cause="cannot_see", sentence="")
    text = wording_alerts.alert(LANE, judged(verdict=unknown), Signals(1.0, oldest_s=5.0))

    assert text.startswith("Receipt emails cannot be seen. ")
    assert "Nothing is known of it until it can be read again" in text
    assert "Oldest" not in text


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
