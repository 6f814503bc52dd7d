"""The story of a problem says in order what happened, and who was faster."""

from dataclasses import replace

from tailback.core import wording_story
from tailback.core.review import FirstSignal, Moment, signals_before
from tailback.core.sketch import DurationSketch
from tailback.core.story import Story, WhatIf, alerted_by_ages, earlier, jobs_late

STORY = Story(
    episode="mail-1",
    lane="mail",
    name="Receipt emails",
    promise_s=60.0,
    opened_at=1000.0,
    alerted_at=1001.0,
    acknowledged_at=1100.0,
    acknowledged_by="ana",
    complained_at=1200.0,
    resolved_at=1300.0,
    notice_at=1032.5,
    worst_age_s=85.0,
    jobs_late=12,
    accounts=9,
    accounts_exact=False,
    reason="Template field missing: *name*",
    signals=(FirstSignal("retries", 900.0, 100.0), FirstSignal("reason", 940.0, 60.0)),
    deploys=((870.0, "4f2c"),),
    replayed=True,
    what_if=(WhatIf(30.0, 15.0),),
)


def test_the_lead_before_the_first_customer_is_said_with_its_seconds() -> None:
    assert wording_story.lead(STORY) == (
        "Alerted 31 s before the first customer would have noticed"
    )
    late = replace(STORY, alerted_at=1092.5)
    assert wording_story.lead(late) == (
        "Alerted 1 min after the first customer could have noticed"
    )
    assert wording_story.lead(replace(STORY, alerted_at=None)) == "Nobody was told"
    unknown = replace(STORY, notice_at=None)
    assert unknown.lead_s is None
    assert wording_story.lead(unknown).endswith("is not known")


def test_what_it_cost_is_said_with_what_is_known() -> None:
    assert wording_story.cost(STORY) == (
        "The oldest job was 1 min old; 12 jobs finished later than the promise of 1 min;"
        " about 9 accounts affected at one time"
    )
    assert "account" not in wording_story.cost(replace(STORY, accounts=None))


def test_the_page_tells_everything_in_order() -> None:
    text = wording_story.markdown(STORY, [(1400.0, "bo", "Test the template")], str)

    assert text == (
        "# Receipt emails, 1000.0\n\n"
        "Alerted 31 s before the first customer would have noticed. The oldest job was 1 min old;"
        " 12 jobs finished later than the promise of 1 min; about 9 accounts affected at one time.\n"
        "The team was told 3 min before the first complaint.\n\n"
        "## What happened\n"
        "- 870.0 Deploy 4f2c\n"
        "- 900.0 Retries rose, 1 min before the alert\n"
        "- 940.0 Failures for one reason rose, 1 min before the alert"
        " (Template field missing: \\*name\\*)\n"
        "- 1000.0 The problem was seen\n"
        "- 1001.0 The alert was delivered\n"
        "- 1032.5 The first customer would have noticed\n"
        "- 1100.0 ana acknowledged\n"
        "- 1200.0 The first user complained\n"
        "- 1300.0 It was over\n\n"
        "## What would have caught it earlier\n"
        "- With a promise of 30 s instead of 1 min: 15 s earlier\n\n"
        "## Notes\n"
        "- 1400.0 bo: Test the template\n"
    )


def test_what_did_not_happen_is_left_out() -> None:
    bare = replace(
        STORY,
        alerted_at=None,
        notice_at=None,
        acknowledged_at=None,
        complained_at=None,
        resolved_at=None,
        signals=(FirstSignal("reason", 940.0, 60.0),),
        reason=None,
        replayed=False,
        deploys=(),
    )

    text = wording_story.markdown(bare, [], str)

    assert wording_story.steps(bare) == [
        (940.0, "Failures for one reason rose, 1 min before the alert"),
        (1000.0, "The problem was seen"),
    ]
    assert "cannot be replayed" in text
    assert "complaint" not in text
    assert wording_story.told_first(bare) is None


def test_a_shorter_promise_helps_or_does_not() -> None:
    assert earlier([(60.0, 1000.0), (30.0, 985.0), (15.0, 1000.0), (5.0, None)]) == (
        WhatIf(30.0, 15.0),
    )
    assert earlier([(60.0, None), (30.0, 985.0)]) == ()
    assert wording_story.what_if(replace(STORY, what_if=())) == [
        "A shorter promise would not have caught it earlier"
    ]


def test_by_ages_only_what_lasted_until_the_alert_counts() -> None:
    ages = [(0.0, 40.0), (60.0, 1.0), (120.0, 31.0), (180.0, None), (240.0, 90.0)]

    assert alerted_by_ages(ages, 60.0) == 120.0 + 60.0 + 6.0
    assert alerted_by_ages(ages, 600.0) is None


def test_a_story_says_how_it_knows_what_shorter_promises_would_have_brought() -> None:
    bare = replace(STORY, replayed=False, what_if=(WhatIf(30.0, 15.0),))

    assert wording_story.what_if(replace(bare, by_ages=True))[0] == (
        "Judged by its oldest age of each minute, as no events of it are kept"
    )
    assert wording_story.what_if(replace(bare, by_ages=True, too_many=True))[0] == (
        "Judged by its oldest age of each minute, as more events of it are kept than can be replayed"
    )
    assert wording_story.what_if(bare) == [
        "It cannot be replayed: no events of it are kept, and its oldest age was not measured"
    ]


def test_jobs_are_late_beyond_the_promise() -> None:
    ages = DurationSketch()
    ages.add(50.0, 3)
    ages.add(70.0, 2)

    assert jobs_late(ages, 60.0) == 2


def test_every_signal_before_an_alert_is_found_the_first_one_first() -> None:
    calm = [Moment(60.0 * n, 0, 1.0, 2.0) for n in range(20)]
    before = [
        Moment(1200.0, 5, 1.0, 2.0),
        Moment(1260.0, 5, 1.0, 2.0, 4),
        Moment(1320.0, 5, 30.0, 2.0, 4),
        Moment(1380.0, 5, 60.0, 50.0, 4),
    ]

    found = signals_before(calm + before, 1400.0, 100.0)

    assert [(one.what, one.before_alert_s) for one in found] == [
        ("retries", 200.0),
        ("reason", 140.0),
        ("age", 80.0),
        ("finish", 20.0),
    ]
    assert signals_before([], 1400.0, 100.0) == []
