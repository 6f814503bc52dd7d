"""Whom a late lane concerns, and when customers notice."""

from tailback.core.events import Event
from tailback.core.facts import LaneFacts, gather
from tailback.core.impact import Impact, impact_of
from tailback.core.ledger import Ledger
from tailback.core.model import Lane, QueueReading

NOW = 1_000_000.0


def lane(accounts: str | int = "tenant") -> Lane:
    return Lane(key="q", name="q", source="s", queue="q", promise_s=300.0, accounts=accounts)


def facts_of(on: Lane, *ages: float, reading: QueueReading | None = None) -> LaneFacts:
    """Two jobs of each account, as old as `ages` say."""
    ledger = Ledger()
    for number, age in enumerate(ages):
        event = Event(
            "enqueued", NOW - age, f"j{number}", "q", "send", tenant=f"acct_{number // 2}"
        )
        ledger.apply("s", [event], NOW)
    return gather(ledger, reading, on, NOW)


def test_accounts_are_those_of_jobs_that_wait_longer_than_half_of_the_promise() -> None:
    facts = facts_of(lane(), 250.0, 240.0, 160.0, 10.0, 10.0, 10.0)

    assert impact_of(lane(), facts) == Impact(2, True, 50.0)


def test_a_lane_of_one_account_per_job_counts_its_late_jobs() -> None:
    facts = facts_of(lane("job"), 250.0, 240.0, 160.0, 10.0)

    assert impact_of(lane("job"), facts) == Impact(3, True, 50.0)


def test_a_configured_number_counts_as_soon_as_something_is_late_and_is_no_exact_number() -> None:
    late, young = facts_of(lane(40), 250.0), facts_of(lane(40), 10.0)

    assert impact_of(lane(40), late) == Impact(40, False, 50.0)
    assert impact_of(lane(40), young) == Impact(0, False, 290.0)


def test_customers_have_been_noticing_since_the_promise_ran_out() -> None:
    assert impact_of(lane(), facts_of(lane(), 420.0)).notice_in_s == -120.0


def test_what_nothing_measures_has_no_impact_that_could_be_told() -> None:
    for accounts in ("tenant", "job", 40):
        facts = gather(Ledger(), None, lane(accounts), NOW)

        assert impact_of(lane(accounts), facts) == Impact(None, None, None)


def test_a_probe_alone_tells_when_customers_notice_and_a_configured_number() -> None:
    def seen(age: float, accounts: str | int) -> Impact:
        reading = QueueReading(
            source="s", queue="q", taken_at=NOW, waiting=1, oldest_due_at=NOW - age
        )
        return impact_of(lane(accounts), gather(Ledger(), reading, lane(accounts), NOW))

    assert seen(200.0, 40) == Impact(40, False, 100.0)
    assert seen(100.0, 40) == Impact(None, None, 200.0)
    assert seen(200.0, "tenant") == Impact(None, None, 100.0)
