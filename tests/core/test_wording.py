"""Sentences people read: real numbers, rounded down, and the words of the design."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailback.core import wording


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (40.99, "40 s"),
        (59.99, "59 s"),
        (60, "1 min"),
        (44 * 60 + 59, "44 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (86399, "23 h 59 min"),
        (86400, "1 d"),
        (3 * 86400 + 4 * 3600, "3 d 4 h"),
    ],
)
def test_durations_are_rounded_down(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@given(st.floats(min_value=0, max_value=1e9))
def test_a_duration_never_says_more_than_has_passed(seconds: float) -> None:
    units = {"s": 1, "min": 60, "h": 3600, "d": 86400}
    words = wording.duration(seconds).split()
    said = sum(int(n) * units[unit] for n, unit in zip(words[::2], words[1::2], strict=True))

    assert said <= seconds
    assert seconds - said < max(1.0, said, 60.0)


def test_a_promise_is_said_exactly() -> None:
    assert [wording.promise(s) for s in (45, 90, 300, 5400)] == [
        "45 s",
        "90 s",
        "5 min",
        "1 h 30 min",
    ]
    assert wording.age_against_promise(2640, 300) == "44 min of 5 min"
    assert wording.age_against_promise(None, 300) == "not measured"


def test_what_is_not_measured_says_since_when_and_why() -> None:
    assert wording.not_measured("10:02", None) == "Unknown: not measured since 10:02"
    assert wording.not_measured(None, wording.unreadable("shop")) == (
        "Unknown: not measured yet, source shop cannot be read"
    )


def test_the_countdown_turns_into_how_long_customers_notice() -> None:
    assert wording.customers_notice(None) == ""
    assert wording.customers_notice(190) == "customers notice in 3 min"
    assert wording.customers_notice(-725) == "customers have been noticing for 12 min"


def test_accounts_are_about_unless_counted() -> None:
    assert wording.accounts(120, exact=False) == "about 120 accounts"
    assert wording.accounts(1, exact=True) == "1 account"
    assert wording.accounts(None, exact=None) == ""
    assert wording.count(1250, "batch", "batches") == "1,250 batches"


@pytest.mark.parametrize(
    ("lanes", "summary"),
    [
        ([], "No lanes yet: connect the first worker"),
        ([("healthy", "A", None, 0.0)], "All is well: the only lane is on time"),
        ([("healthy", "A", None, 0.0)] * 3, "All is well: all 3 lanes are on time"),
        (
            [
                ("stuck", "Receipts", "get a receipt after paying", 2640.0),
                ("slow", "Exports", None, 900.0),
                *[("healthy", "A", None, None)] * 4,
            ],
            "2 of 6 lanes are in trouble: customers cannot get a receipt after paying (44 min)",
        ),
        (
            [("slow", "Exports", "download an export", 900.0)],
            "The only lane is in trouble: customers wait to download an export (15 min)",
        ),
        ([("slow", "Exports", None, None)], "The only lane is in trouble: Exports are slow"),
        (
            [("missing", "Nightly", None, None), ("unknown", "B", None, None)],
            "1 of 2 lanes is in trouble: Nightly is missing; 1 lane cannot be seen",
        ),
        (
            [("unknown", name, None, None) for name in "ABCD"],
            "4 of 4 lanes cannot be seen: A, B and 2 more",
        ),
    ],
)
def test_one_sentence_says_how_the_whole_is(lanes: list[tuple], summary: str) -> None:
    assert wording.board_summary(lanes) == summary


def test_not_all_is_well_when_there_are_queues_that_nobody_watches() -> None:
    lanes = [("healthy", f"q{number}", None, None) for number in range(2)]

    assert wording.board_summary(lanes, 1) == (
        "All 2 lanes are on time; 1 further queue is not watched: name the lanes that matter"
    )


def test_not_all_is_well_while_the_problem_of_a_healthy_lane_is_open() -> None:
    lanes = [("healthy", "Exports", None, None), ("healthy", "Receipts", None, 60.0)]

    assert wording.board_summary(lanes, ails=True).endswith(
        "on time, but Tailback itself needs help"
    )
    assert wording.board_summary([("slow", "A", None, None)], ails=True) == (
        wording.board_summary([("slow", "A", None, None)])
    )
    assert wording.board_summary(lanes, not_over=["Receipts"]) == (
        "All 2 lanes are on time, but the problem of Receipts is not over"
    )
    assert wording.board_summary(lanes, 3, ["Exports", "Receipts"]) == (
        "All 2 lanes are on time, but the problems of Exports, Receipts are not over; "
        "3 further queues are not watched: name the lanes that matter"
    )
    assert wording.board_summary([("slow", "A", None, None)], not_over=["B"]) == (
        "The only lane is in trouble: A is slow"
    )


def test_the_word_of_the_verdict_is_not_said_twice() -> None:
    assert wording.without_verdict("Stuck: nothing has finished") == "Nothing has finished"
    assert wording.without_verdict("Since 10:02: odd") == "Since 10:02: odd"


def test_small_words() -> None:
    assert wording.ago(3) == "just now"
    assert wording.ago(1260) == "21 min ago"
    assert wording.ago_calm(1260) == "21 min ago"
    assert wording.ago_calm(40) == "in the last minute"
    assert wording.heartbeat_failed("Nightly") == "Nightly reported that it failed"
    assert wording.not_measured_short("10:02") == "not measured since 10:02"
    assert wording.not_measured_short("") == "not measured yet"
    assert wording.where("shop", "celery", "emails", []) == "queue emails of shop (celery)"
    assert wording.where("shop", None, "q", list("abcde")).endswith("only a, b, c and 2 more")
    assert wording.source_state(blind=True, seen=True, why="refused") == "cannot be read: refused"
    assert wording.source_state(blind=True, seen=False, why=None) == "cannot be read"
    assert wording.source_state(blind=False, seen=True, why=None) == "connected"
    assert wording.source_state(blind=False, seen=False, why=None) == "nothing received yet"


def test_support_gets_a_sentence_to_send() -> None:
    assert wording.account_sentence("acct_42", ["get a receipt"], affected=True) == (
        "Yes: acct_42 is affected and cannot get a receipt at the moment"
    )
    assert wording.account_sentence("acct_42", [], affected=None).startswith("Not known")
    assert wording.account_sentence("acct_42", [], affected=False).startswith("No: nothing of")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            wording.up_ready("http://x/in"),
            (
                "Tailback is watching.\nBoard (this link works once): http://x/in\n"
                "Set this for workers:"
            ),
        ),
        (
            wording.one_time_link("ana", "http://x/in"),
            "ana signs in once, within one day, with: http://x/in",
        ),
        (wording.check_passed("t.toml", 1, 2), "t.toml is good: 1 lane, 2 sources."),
        (
            wording.waits_for_restart(["a", "b", "c"]),
            "A running server takes it over within seconds, but a, b and c only at its next start.",
        ),
        (
            wording.no_server_found("/x/local.json"),
            (
                "No server is known here: /x/local.json does not exist. Start `tailback up`, or set "
                "TAILBACK_URL and TAILBACK_TOKEN."
            ),
        ),
        (
            wording.not_reachable("http://x", "refused"),
            "http://x does not answer (refused). Is `tailback up` running there?",
        ),
        (
            wording.not_allowed("http://x"),
            (
                "http://x does not accept this token. Make one with `tailback token new --scope "
                "read`."
            ),
        ),
        (
            wording.no_tailback("http://x"),
            "What answers at http://x is no Tailback server of this version. Check the address.",
        ),
        (wording.doctor_line("clock", "right", None), "ok    clock: right"),
        (
            wording.doctor_line("clock", "5 s behind", "Run ntpd."),
            "FAIL  clock: 5 s behind. Run ntpd.",
        ),
        (wording.customers_cannot(None), ""),
    ],
)
def test_commands_say_what_to_do_next(said: str, text: str) -> None:
    assert said == text


def test_what_is_normal_is_said_for_this_hour() -> None:
    assert wording.normal_age(40) == "40 s at this hour"
    assert wording.normal_age(None) == "not known yet"
