"""Whatever order a job's events arrive in, and however often, the ledger ends the same."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tailback.core.events import Event
from tailback.core.ledger import Ledger
from tailback.core.sketch import duration_key
from tests.core.oracle import RANK, answer

T0 = 1_700_000_000.0
NOW = T0 + 10_000.0


@st.composite
def job_events(draw):
    """A handful of events of one job, plausible or not."""
    events = []
    for _ in range(draw(st.integers(1, 9))):
        at = T0 + draw(st.integers(0, 240)) * draw(st.sampled_from([1.0, 2.5, 0.25]))
        kind = draw(st.sampled_from(RANK))
        due = draw(st.sampled_from([None, None, at - 1, at, at + 30.5, at + 400]))
        first = draw(st.sampled_from([None, None, None, at, at - 0.5, at - 40, T0]))
        failed = kind in ("retrying", "failed", "dead", "lost")
        message = draw(st.sampled_from(["boom", "bang", None])) if failed else None
        events.append(
            Event(
                kind, at, "job-1", draw(st.sampled_from(["q", "q", "q2"])),
                draw(st.sampled_from(["mail", "mail", None])),
                first_enqueued_at=first, due_at=due,
                attempt=draw(st.sampled_from([None, None, 1, 1, 2, 3])),
                max_attempts=draw(st.sampled_from([None, None, None, 3, 5])),
                tenant=draw(st.sampled_from([None, "acct_1", "acct_2"])),
                worker="w1" if kind == "started" else None,
                ran_for=draw(st.sampled_from([None, 0.5])),
                error={"type": "E", "message": message} if message else None,
            )
        )  # fmt: skip
    unique = {}
    for event in events:
        unique.setdefault((event.kind, event.at, event.attempt or 0), event)
    return list(unique.values())


def fed(events, *, redelivers=True, batch=1):
    ledger = Ledger(redelivers=lambda source: redelivers)
    for start in range(0, len(events), batch):
        ledger.apply("s", events[start : start + batch], NOW)
    return ledger


def counts_of(ledger):
    found = Counter()
    for key, one in ledger.take_deltas().minutes.items():
        for name in ("arrivals", "started", "completed", "failed", "retried", "dead",
                     "discarded", "lost"):  # fmt: skip
            found[key.minute, name] += getattr(one, name)
    return +found


def everything(ledger):
    """All that can be asked about the job and the counts, in comparable form."""
    ledger.open_jobs()  # takes in what is held as mere events
    parts = [
        (
            part.key, list(part.phases), sorted(j.id for j in part.running), sorted(part.dead),
            {k: sorted(j.id for j in v) for k, v in part.failing.items()},
            part.failing_tenants.jobs, part.failing_tenants.nameless,
            part.last_success_at, part.oldest_dues(3), len(part.open.seconds),
        )
        for part in sorted(ledger.shared.slices, key=lambda part: part.key)
        if part.unfinished or part.dead or part.last_success_at
    ]  # fmt: skip
    deltas = ledger.take_deltas()
    minutes = {k: m for k, m in deltas.minutes.items() if any(m.counts) or m.tenants.count}
    return ledger.job("s", "job-1"), parts, minutes, deltas.reasons


@settings(max_examples=200, deadline=None)
@given(events=job_events(), data=st.data(), redelivers=st.booleans())
def test_any_order_and_any_duplication_end_in_the_same_state_and_the_same_counts(
    events, data, redelivers
):
    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events)))))
    batch = data.draw(st.integers(1, 4))

    straight = fed(sorted(events, key=lambda e: (e.at, RANK.index(e.kind), e.attempt or 0)),
                   redelivers=redelivers)  # fmt: skip
    mixed = fed(shuffled, redelivers=redelivers, batch=batch)

    assert everything(mixed) == everything(straight)


@settings(max_examples=200, deadline=None)
@given(events=job_events(), data=st.data(), redelivers=st.booleans())
def test_the_ledger_says_what_the_definitions_say(events, data, redelivers):
    truth = answer(events, redelivers=redelivers)

    ledger = fed(data.draw(st.permutations(events)), redelivers=redelivers)

    view = ledger.job("s", "job-1")
    assert view.state == truth.state
    assert view.first_due_at == truth.first_due
    assert view.fails == truth.fails
    assert (view.first_error or {}).get("message") == truth.first_error
    assert (view.latest_error or {}).get("message") == truth.latest_error
    ages = Counter()
    deltas = ledger.take_deltas()
    for key, one in deltas.minutes.items():
        for bucket, count in one.age.items():
            ages[key.minute, bucket] += count
    found = Counter()
    for key, one in deltas.minutes.items():
        for name in {what for _, what in truth.counts} | {"arrivals", "completed", "failed"}:
            found[key.minute, name] += getattr(one, name)
    assert +found == +truth.counts
    assert +ages == Counter((m, duration_key(age)) for m, age in truth.ages)


@settings(max_examples=100, deadline=None)
@given(events=job_events(), data=st.data(), redelivers=st.booleans())
def test_a_restored_ledger_goes_on_like_the_one_that_was_written(events, data, redelivers):
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    first = fed(shuffled[:cut], redelivers=redelivers)
    second = Ledger.restore(first.checkpoint(), redelivers=lambda source: redelivers)

    for ledger in (first, second):
        ledger.apply("s", shuffled[cut:], NOW + 1)

    assert second.checkpoint() == first.checkpoint()
    assert everything(second) == everything(first)
