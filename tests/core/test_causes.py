"""What lanes share, in causal order, and how it is said."""

from tailback.core import wording_causes
from tailback.core.causes import Cause, cause_of, shared
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement
from tailback.core.model import Lane, Verdict
from tailback.core.redis_memory import Full
from tailback.core.wording_causes import Child

Seen = tuple[Lane, Judgement, Signals]


def seen(
    n: int,
    source: str = "shop",
    reason: str | None = None,
    *,
    blind: bool = False,
    cause: str = "",
    **said: object,
) -> Seen:
    lane = Lane(key=f"l{n}", name=f"Lane {n}", source=source, queue=f"q{n}")
    failing = None if reason is None else FailingReason(reason, 3)
    verdict = Verdict(verdict="stuck", cause=cause, sentence="")
    judgement = Judgement(verdict, (), None, None, failing, blind=blind)
    return lane, judgement, Signals(0.0, **said)  # type: ignore[arg-type]


def test_a_cause_has_a_key_from_which_it_is_known_again() -> None:
    for cause in (Cause("monitor", ""), Cause("broker", "a:b"), Cause("reason", "x-1")):
        assert cause_of(cause.key) == cause


def test_what_enough_lanes_share_is_found_in_causal_order() -> None:
    reasons = [seen(n, reason="crm") for n in range(3)]
    idle = [seen(n, workers=0) for n in (3, 4)]
    gone = [seen(5, workers=0, unfinished=1), seen(6, cause="nobody_consumes", waiting=1)]
    refusing = Full(used=100, limit=100, policy="noeviction")
    full = [seen(n, "third", redis_full=refusing) for n in (11, 12)]
    throwing = Full(used=100, limit=100, policy="allkeys-lru")
    evicting = [seen(n, "fourth", redis_full=throwing) for n in (13, 14)]
    overdue = [seen(n, overdue_scheduled=2, scheduler_alive=False) for n in (7, 8)]
    blind = [seen(n, "other", blind=True) for n in (9, 10)]

    assert shared([*reasons, *idle, *gone, *overdue, *full, *evicting, *blind]) == {
        Cause("broker", "other"): ["l9", "l10"],
        Cause("full", "third"): ["l11", "l12"],
        Cause("scheduler", "shop"): ["l7", "l8"],
        Cause("workers", "shop"): ["l5", "l6"],
        Cause("reason", "crm"): ["l0", "l1", "l2"],
    }
    assert shared([*reasons[:2], gone[0], overdue[0], blind[0]]) == {}


def test_when_nothing_at_all_is_seen_of_several_sources_it_is_the_monitor() -> None:
    blind = [seen(1, "a", blind=True), seen(2, "b", blind=True)]

    assert shared(blind) == {Cause("monitor", ""): ["l1", "l2"]}
    assert shared(blind[:1]) == {}


def test_a_cause_covers_the_lanes_that_it_blinds() -> None:
    lane = seen(1)[0]

    assert Cause("monitor", "").covers(lane)
    assert Cause("broker", "shop").covers(lane)
    assert not Cause("broker", "other").covers(lane)
    assert not Cause("workers", "shop").covers(lane)


def test_each_cause_has_its_words() -> None:
    assert wording_causes.title(Cause("scheduler", "shop"), None) == (
        "The scheduler of shop does not run"
    )
    assert wording_causes.title(Cause("full", "shop"), None) == (
        "Redis of shop is full: new jobs are refused"
    )
    assert wording_causes.title(Cause("reason", "crm"), None) == "Jobs fail for one reason (crm)"
    assert wording_causes.title(Cause("reason", "x"), "CRM {scope} is down") == (
        "CRM {scope} is down"
    )
    one = [Child(seen(1)[0], None)]
    assert wording_causes.alert("T", one, None) == (
        "T. 1 lane suffers from it. Lane 1. Owner: nobody is told."
    )
    assert wording_causes.alert("T", [], "ana") == "T. 0 lanes suffer from it. Owner: ana."
