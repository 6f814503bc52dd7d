"""What is told at two in the morning, read as the tired person who gets it.

Ten troubles go through the whole chain on a virtual clock; each message that arrives is held against
the fixed order, its limits, and what really was in the recording at that moment.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tailback.core.model import Lane
from tailback.core.wording import duration
from tailback.server.replay import Line
from tests.server.night import BEGIN, Night, done, line

RECEIPTS = Lane(
    key="receipt-emails", name="Receipt emails", source="shop", queue="emails", promise_s=300.0,
    promise_assumed=False, customer_action="get a receipt after paying", owner="ana",
    wake_someone=True,
)  # fmt: skip
TEMPLATE = {
    "type": "jinja2.exceptions.UndefinedError", "message": "'customer' has no attribute 'name'",
}  # fmt: skip
LIMIT = {"type": "shop.Limited", "message": "429 Too Many Requests", "status": 429}
ORDER = (
    r"\. (Customers|Whether customers) ", r"\. Oldest is ", r"\. Last success ",
    r" unfinished", r"\. Top error: ", r"\. Began ", r"\. Owner: ",
)  # fmt: skip
INTERNAL = re.compile(r"\w_\w|cause:|episode|\bNone\b|\bnan\b|(?<!\.)\.\.(?!\.)|\(\)|  ")


def steady(until: float, begin: float = 0.0, every: float = 10.0, **more: Any) -> list[Line]:
    """Return work that goes well, a job every so many seconds."""
    name = more.get("queue", "ok")
    return [
        one
        for n in range(int((until - begin) / every))
        for one in done(begin + n * every, f"{name}-{begin}-{n}", tenant=f"acct_{n}", **more)
    ]


def failing(begin: float, until: float, error: dict[str, Any], pause_s: float) -> list[Line]:
    """Return jobs that fail and are tried again until the end, one more every ten seconds."""
    lines = []
    for n in range(int((until - begin) / 10)):
        at = begin + 10.0 * n
        about: dict[str, Any] = {"tenant": f"acct_{n}"}
        lines.append(line("enqueued", at, f"bad-{n}", **about))
        for attempt in range(1, 9):
            if at >= until:
                break
            due = BEGIN + at + pause_s
            lines.append(line("started", at + 0.1, f"bad-{n}", worker="w", **about))
            about = {**about, "attempt": attempt, "error": error}
            lines.append(line("retrying", at + 0.4, f"bad-{n}", due_at=due, ran_for=0.3, **about))
            about = {"tenant": f"acct_{n}"}
            at += pause_s
    return lines


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[list[Night]]:
    found: list[Night] = []
    yield found
    for night in found:
        night.close()


class Told:
    """What arrived, by channel, and the recording it is about."""

    def __init__(self, night: Night, lines: list[Line], lanes: Iterable[Lane]) -> None:
        self.queues = {lane.key: lane.queue for lane in lanes}
        self.hooks = [got.body for got in night.hook.received]
        self.mails = [_said(got.text) for got in night.mail.received]
        self.subjects = [got.headers["Subject"] for got in night.mail.received]
        self.slack = [got.text.split("\n") for got in night.slack.received]
        self.pages = [got.body for got in night.pager.received]
        self.lines = lines

    def unfinished(self, lane: str, at: float) -> list[float]:
        """Return when each job of a lane that was unfinished at a moment was first due."""
        queue = self.queues[lane]
        due: dict[str, float] = {}
        for one in sorted(self.lines, key=lambda one: one.at):
            if one.at >= at:
                break
            if one.queue != queue:
                continue
            if one.kind == "enqueued":
                due.setdefault(one.id, one.at)
            elif one.kind == "succeeded":
                due.pop(one.id, None)
        return list(due.values())


@pytest.fixture
def tell(nights: list[Night], tmp_path: Path) -> Any:
    def play(
        lines: list[Line], after_s: float = 60.0, *lanes: Lane, blind: str | None = None
    ) -> Told:
        lanes = lanes or (RECEIPTS,)
        night = Night(tmp_path, lanes)
        nights.append(night)
        night.play(lines, after_s, blind=blind)
        told = Told(night, lines, lanes)
        check(told)
        return told

    return play


def _said(text: str) -> str:
    """Return a mail without its links."""
    return text.replace("\r\n", "\n").split("\n\n")[0]


def check(told: Told) -> None:
    """Hold every message against what all of them must keep."""
    assert told.hooks, "nobody was told"
    for body in told.hooks:
        text = body["text"]
        assert len(body["title"]) <= 80
        assert not INTERNAL.search(text), text
        sentences = text.removesuffix(".").split(". ")
        assert len(set(sentences)) == len(sentences), text
        places = [found.start() for part in ORDER if (found := re.search(part, text))]
        assert places == sorted(places), text
        if body["kind"] in ("resolved", "acknowledged", "digest"):
            continue
        assert "Owner: ana." in text
        oldest = re.search(r"Oldest is (.+?) old", text)
        if oldest:
            due = told.unfinished(body["lane"], body["at"])
            assert oldest[1] == duration(body["at"] - min(due)), text
            assert f"{len(due)} job{'s' if len(due) > 1 else ''} unfinished" in text
    for subject in told.subjects:
        assert len(subject.removeprefix("Re: ")) <= 80
    for title, *rest in told.slack:
        assert title.startswith("*")
        assert title.strip("*") not in " ".join(rest), "said twice"
    for page in told.pages:
        assert len(page["payload"]["summary"]) <= 160
        assert not INTERNAL.search(page["payload"]["summary"])
        assert not INTERNAL.search(page["payload"]["component"])


def test_an_outage_after_a_deploy_names_template_accounts_and_release(tell: Any) -> None:
    deploy = line("deploy", 1_790, release="4f2c")
    told = tell([*steady(1_800), deploy, *failing(1_800, 2_700, TEMPLATE, 60.0)])

    first, second = told.mails[:2]
    assert first.startswith(
        "Receipt emails are stuck. Customers cannot get a receipt after paying. Oldest is "
    )
    assert "Top error: Template field missing: name. Began 10 s after deploy 4f2c." in first
    assert re.search(r"unfinished, \d+ accounts\.", first)
    assert second.startswith("Half of the promise has passed. Receipt emails are stuck.")
    assert [page["event_action"] for page in told.pages[:2]] == ["trigger", "trigger"]
    assert [page["payload"]["severity"] for page in told.pages[:2]] == ["warning", "critical"]


def test_a_retry_loop_beside_work_that_goes_on_is_slow_and_names_the_limit(tell: Any) -> None:
    told = tell([*steady(2_700), *failing(1_800, 2_700, LIMIT, 15.0)])

    assert told.mails[0].startswith("Receipt emails are slow. Customers wait to get a receipt")
    assert "rate limit" in told.mails[0].lower()


def test_a_poison_job_is_named_with_how_often_it_took_its_worker_down(tell: Any) -> None:
    lines = [*steady(3_000), line("enqueued", 1_800, "a7")]
    for n in range(6):
        lines.append(line("started", 1_801 + 60 * n, "a7", attempt=n + 1, worker=f"w{n}"))
        lines.append(line("lost", 1_820 + 60 * n, "a7", worker=f"w{n}"))
    told = tell(lines)

    assert re.search(r"Job a7 took its worker down \d times\. Oldest is", told.mails[0])


def test_a_schedule_that_did_not_begin_says_when_it_should_have(tell: Any) -> None:
    nightly = replace(
        RECEIPTS, key="nightly", name="Nightly report", queue="nightly", schedule="0 0 * * *",
        customer_action="see the sales of yesterday", promise_s=3_600.0,
    )  # fmt: skip
    lines = [
        one
        for day in range(3)
        for one in done(day * 86_400 - 295_200, f"n{day}", queue="nightly", job="report")
    ]
    told = tell(lines, 86_400 + 5_400, nightly)

    assert told.mails[0].startswith(
        "Nightly report is missing. Customers cannot see the sales of yesterday. Did not start at"
        " 00:00"
    )


def test_what_cannot_be_seen_claims_nothing_and_says_why(tell: Any) -> None:
    told = tell(steady(1_800), 900, blind="Connection refused")

    (mail, *_more) = told.mails
    assert mail.startswith(
        "Receipt emails cannot be seen. Whether customers can get a receipt after paying is not"
        " known. Not measured"
    )
    assert "Connection refused" in mail
    assert "cannot get" not in mail


def test_a_broker_that_is_gone_is_one_message_for_all_its_lanes(tell: Any) -> None:
    names = ("Receipt emails", "Exports", "Order sync")
    lanes = [replace(RECEIPTS, key=n, name=n, queue=n) for n in names]
    lines = [one for n in names for one in steady(1_800, queue=n)]
    told = tell(lines, 900, *lanes, blind="Connection refused")

    first = told.mails[0]
    assert "cannot be seen. Connection refused. 3 lanes suffer from it. Whether customers" in first
    assert len({body["episode"] for body in told.hooks}) == 1


def test_forty_lanes_without_a_worker_are_one_message_that_names_five(tell: Any) -> None:
    lanes = [replace(RECEIPTS, key=f"l{n}", name=f"Shop {n}", queue=f"q{n}") for n in range(40)]
    lines = []
    for n in range(40):
        lines += steady(600, every=300, queue=f"q{n}")
        lines += [line("workers", at, queue=f"q{n}", alive=a) for at, a in ((590, 1), (610, 0))]
        lines.append(line("enqueued", 620, f"x{n}", queue=f"q{n}"))
    told = tell(lines, 300, *lanes)

    assert (
        "have no worker. 40 lanes suffer from it. Customers cannot get a receipt"
        in (told.mails[0])
    )
    assert told.mails[0].endswith("and 35 more. Owner: ana.")
    assert len(told.hooks[0]["children"]) == 40


def test_the_end_says_how_late_it_was_and_an_escalation_for_how_long_nobody_answered(
    tell: Any,
) -> None:
    bad = failing(1_800, 2_400, TEMPLATE, 60.0)
    names = {one.id for one in bad}
    mended = [
        one
        for n, job in enumerate(sorted(names))
        for one in (
            line("started", 2_450 + n, job, worker="w"),
            line("succeeded", 2_450.5 + n, job, ran_for=0.5),
        )
    ]
    told = tell([*steady(1_800), *bad, *mended, *steady(3_400, 2_600)], 0.0)

    texts = [body["text"] for body in told.hooks]
    assert re.fullmatch(
        r"Receipt emails are well again after \d+ min; the oldest was 1\d min old\.", texts[-1]
    )
    slack = [" ".join(rest) for _title, *rest in told.slack]
    assert any(text.startswith("Nobody has acknowledged for 5 min. Customers") for text in slack)


def test_many_troubles_of_their_own_become_a_digest_that_says_so(tell: Any) -> None:
    lanes = [
        replace(RECEIPTS, key=f"l{n}", name=f"Shop {n} mails", queue=f"q{n}", wake_someone=False)
        for n in range(30)
    ]
    lines = []
    for n in range(30):
        lines += steady(1_800, queue=f"q{n}", every=60.0)
        for k in range(12):
            lines.append(line("enqueued", 1_800 + k * 30, f"y{n}-{k}", queue=f"q{n}"))
    told = tell(lines, 600, *lanes)

    digests = [text for text in told.mails if "messages in one" in text]
    assert digests
    assert "This channel got 20 messages within an hour" in digests[0]
    assert "\n- Shop 29 mails are slow" in digests[0]
