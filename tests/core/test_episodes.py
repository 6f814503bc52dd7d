"""One continuous problem: opened once, joined, acknowledged, reopened, resolved."""

from tailback.core.episodes import EpisodeMachine
from tailback.core.judge.finding import Finding
from tailback.core.judge.verdict import Judgement
from tailback.core.model import Verdict

STUCK = Verdict(verdict="stuck", cause="workers_gone", sentence="Stuck")
WELL = Verdict(verdict="healthy", cause="idle", sentence="Healthy")
UNKNOWN = Verdict(verdict="unknown", cause="cannot_see", sentence="Unknown")
PROMISE = 300.0


def finding(rule="age", kind="late", value=100.0, sure=True):
    return Finding(rule, kind, value, 1.0, 0.0, sure)


def bad(*rules, age=60.0):
    found = tuple(
        rule if isinstance(rule, Finding) else finding(rule) for rule in rules or ("age",)
    )
    return Judgement(STUCK, found, None, age, None, calm=False)


def well(**more):
    return Judgement(WELL, (), None, 0.0, None, **more)


def unseen(*firing):
    return Judgement(UNKNOWN, firing, None, None, None, blind=True, calm=False)


def machine(wake=True):
    return EpisodeMachine("receipts", PROMISE, wake=wake)


def said(events):
    return [(event.event, event.rule) for event in events]


def run(one, judgement, since, until, step=15):
    events = []
    for now in range(int(since), int(until), step):
        events += one.step(judgement, float(now))
    return events


def test_rules_that_fire_later_join_once_each() -> None:
    one = machine()

    assert said(one.step(bad("age", "workers"), 0.0)) == [("opened", "age")]
    assert said(one.step(bad("age", "running"), 15.0)) == [("attached", "running")]
    assert said(one.step(bad("running", "workers", "age"), 30.0)) == []


def test_it_resolves_only_after_a_while_of_being_well() -> None:
    one = machine()
    one.step(bad(), 0.0)

    assert run(one, well(), 15, 315) == []
    assert said(one.step(well(), 315.0)) == [("resolved", "age")]
    assert one.open is None


def test_a_lane_that_is_not_yet_young_again_does_not_resolve() -> None:
    one = machine()
    one.step(bad(), 0.0)

    assert run(one, well(calm=False), 15, 3600) == []
    assert one.open is not None


def test_a_moment_of_trouble_begins_the_wait_again() -> None:
    one = machine()
    one.step(bad(), 0.0)
    run(one, well(), 15, 290)
    one.step(well(calm=False), 300.0)

    assert run(one, well(), 315, 600) == []


def test_nothing_opens_and_nothing_resolves_while_a_lane_cannot_be_seen() -> None:
    one = machine()
    assert run(one, unseen(), 0, 600) == []
    one.step(bad(), 600.0)

    assert run(one, unseen(), 615, 7200) == []
    assert one.open is not None


def test_what_comes_back_within_half_an_hour_is_the_same_episode() -> None:
    one = machine()
    one.step(bad(), 0.0)
    one.acknowledge("ana", 5.0)
    first = one.current
    run(one, well(), 15, 400)

    events = one.step(bad("workers"), 1000.0)
    assert said(events) == [("reopened", "workers"), ("attached", "workers")]
    assert one.current is first
    assert first.state == "firing"
    assert first.acknowledged_by is None


def test_what_comes_back_later_is_another_episode() -> None:
    one = machine()
    one.step(bad(), 0.0)
    first = one.current
    run(one, well(), 15, 400)

    assert said(one.step(bad(), 4000.0)) == [("opened", "age")]
    assert one.current.id != first.id


def test_an_episode_that_flaps_is_held_open_for_half_an_hour() -> None:
    one = machine()
    now = 0.0
    for _ in range(4):
        one.step(bad(), now)
        now += 15
        if len(one.current.reopened) < 3:
            run(one, well(), now, now + 330)
        now += 330
    assert one.current.state == "firing"

    events = run(one, well(), now, now + 1790)
    assert events == []
    assert said(run(one, well(), now + 1790, now + 2000)) == [("resolved", "age")]


def test_an_acknowledgement_runs_out_when_nothing_is_mended() -> None:
    one = machine()
    one.step(bad(age=200.0), 0.0)

    assert said(one.acknowledge("ana", 60.0)) == [("acknowledged", "age")]
    assert run(one, bad(age=400.0), 75, 3660) == []
    events = run(one, bad(age=4000.0), 3661, 3700)
    assert said(events) == [("escalated", "age")]
    assert events[0].page
    assert one.current.acknowledged_by is None


def test_nobody_acknowledges_what_is_not_there() -> None:
    assert machine().acknowledge("ana", 0.0) == []


def test_it_pages_once_at_half_of_the_promise() -> None:
    one = machine()
    first = one.step(bad(age=100.0), 0.0)
    later = run(one, bad(age=150.0), 15, 100)

    assert [event.page for event in first] == [False]
    assert [(event.event, event.page) for event in later] == [("escalated", True)]


def test_weak_evidence_and_blindness_wake_nobody() -> None:
    one = machine()
    one.step(bad(finding(sure=False), age=900.0), 0.0)
    assert not one.current.paged

    other = machine()
    other.step(unseen(finding("blind", "blind")), 0.0)
    assert not other.current.paged
    assert machine(wake=False).step(bad(age=900.0), 0.0)[0].page is False


def test_a_silence_pages_by_its_own_length() -> None:
    one = machine()
    assert not one.step(bad(finding("silence", value=100.0), age=None), 0.0)[0].page
    assert one.step(bad(finding("silence", value=200.0), age=None), 15.0)[0].page


def test_a_silence_ends_with_an_arrival_only() -> None:
    one = machine()
    one.step(bad("silence"), 1000.0)

    assert run(one, well(), 1015, 9000) == []
    assert run(one, well(arrived_at=900.0), 9000, 12000) == []
    assert said(run(one, well(arrived_at=12000.0), 12000, 12400)) == [("resolved", "silence")]


def test_what_is_seen_after_blindness_is_another_episode_even_in_the_same_second() -> None:
    one = machine()
    opened = one.step(unseen(finding("blind", "blind")), 100.0)
    events = one.step(bad(), 100.0)

    assert said(events) == [("resolved", "blind"), ("opened", "age")]
    assert opened[0].episode.id == "receipts-100"
    assert events[1].episode.id == "receipts-100-2"


def test_a_lane_that_is_seen_and_well_ends_its_blindness() -> None:
    one = machine()
    one.step(unseen(finding("blind", "blind")), 0.0)

    assert said(run(one, well(), 15, 400)) == [("resolved", "blind")]
