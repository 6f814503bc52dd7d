"""The text of an alert, in one fixed order with real numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tailback.core.text import clean_name, clean_text
from tailback.core.wording import (
    accounts,
    count,
    customers_cannot,
    duration,
    promise,
    without_verdict,
)
from tailback.core.wording_names import says

if TYPE_CHECKING:
    from tailback.core.impact import Impact
    from tailback.core.judge.signals import Signals
    from tailback.core.judge.verdict import Judgement
    from tailback.core.messages import Message
    from tailback.core.model import Lane

TITLE_CHARS = 80
SMS_CHARS = 160
ERROR_CHARS = 120
NAME_CHARS = 60
# Whose sentence says what the numbers of an alert do not.
OF_RUNS = frozenset({"started_late", "runs_overlap", "run_silent", "run_failed"})
OF_ONE = frozenset(
    {
        "poison_job",
        "job_type_stopped",
        "job_type_crowds",
        "account_crowds",
        "blocked_by_long_job",
    }
)
# Whose sentence says that only after the oldest age.
OF_PACE = frozenset({"workers_lost", "slow_dependency", "capacity", "catching_up"})
# Whose sentence holds the numbers of the alert as well.
_SHORT = {
    "paused": "The queue is paused",
    "not_promoted": "No scheduler starts what is due",
    "nobody_consumes": "No worker listens to the queue",
    "workers_gone": "All workers are gone",
    "workers_frozen": "All workers are busy and none finishes",
    "workers_elsewhere": "All workers are busy with other queues",
    "workers_idle": "Workers are connected but take nothing",
}
UNSEEN = " cannot be seen"


def alert(
    lane: "Lane", judgement: "Judgement", signals: "Signals", impact: "Impact | None" = None
) -> str:
    """Return the alert: what customers cannot do, how late, since when, who waits, why, owner."""
    parts = [title(lane, judgement.verdict.verdict)]
    word = judgement.verdict.verdict
    parts += impact_on(lane.customer_action, word)
    parts += _what(lane, judgement)
    if word != "unknown" and signals.oldest_s is not None:
        age, kept = duration(signals.oldest_s), promise(lane.promise_s)
        parts.append(f"Oldest is {age} old (promise {kept})")
    if signals.quiet_s is not None:
        parts.append(f"Last success {duration(signals.quiet_s)} ago")
    waiting = signals.unfinished or signals.waiting
    if waiting:
        who = ""
        if impact is not None and impact.accounts:
            who = f", {accounts(impact.accounts, exact=impact.exact)}"
        parts.append(f"{count(waiting, 'job')} unfinished{who}")
    parts += _why(judgement)
    parts += _deploy(signals)
    parts.append(f"Owner: {lane.owner}" if lane.owner else "Owner: nobody is told")
    return ". ".join(parts) + "."


def title(lane: "Lane", verdict: str) -> str:
    """Return "Receipt emails are stuck" in at most 80 characters."""
    if verdict == "unknown":
        return f"{clean_text(lane.name, TITLE_CHARS - len(UNSEEN))}{UNSEEN}"
    return says(lane.name, verdict, TITLE_CHARS)


def sms(text: str) -> str:
    """Cut an alert to 160 characters at a word, with an ellipsis."""
    if len(text) <= SMS_CHARS:
        return text
    return text[: SMS_CHARS - 3].rsplit(" ", 1)[0] + "..."


def recovered(lane: "Lane", worst_age_s: float, lasted_s: float) -> str:
    """Say that a lane is well again, how late it was and for how long."""
    late = duration(worst_age_s)
    well = says(lane.name, f"well again after {duration(lasted_s)}")
    return f"{well}; the oldest was {late} old."


def impact_on(action: str | None, verdict: str) -> list[str]:
    """Return what customers cannot do; of what cannot be seen, that this is not known."""
    if not action:
        return []
    if verdict == "unknown":
        return [f"Whether customers can {action} is not known"]
    said = customers_cannot(action, slow=verdict == "slow")
    return [said[0].upper() + said[1:]]


def _what(lane: "Lane", judgement: "Judgement") -> list[str]:
    """Return what is the matter, where no number of the alert tells it."""
    verdict = judgement.verdict
    if verdict.cause in _SHORT:
        return [_SHORT[verdict.cause]]
    text = without_verdict(verdict.sentence)
    for slow in (False, True):
        text = text.removesuffix(f"; {customers_cannot(lane.customer_action, slow=slow)}")
    if verdict.verdict in ("missing", "unknown") or verdict.cause in OF_RUNS:
        return [text] if text else []
    if verdict.cause in OF_PACE:
        text = text.partition("; ")[2]
        return [text[:1].upper() + text[1:]] if text else []
    if verdict.cause not in OF_ONE:
        return []
    reason = judgement.reason.sentence if judgement.reason is not None else ""
    return [text.removesuffix(f": {reason}") if reason else text]


def _why(judgement: "Judgement") -> list[str]:
    reason = judgement.reason
    if reason is None or not reason.first_error:
        return []
    if reason.sentence:
        return [f"Top error: {clean_text(reason.sentence, ERROR_CHARS)}"]
    kind = str(reason.first_error.get("type") or "error").rsplit(".", 1)[-1]
    message = str(reason.first_error.get("message") or "")
    text = f"{kind}: {message}" if message else kind
    return [f"Top error: {clean_text(text, ERROR_CHARS)}"]


def _deploy(signals: "Signals") -> list[str]:
    if signals.deploy is None:
        return []
    at, release = signals.deploy
    since = signals.oldest_s or signals.quiet_s
    if since is None:
        return []
    began = signals.now - since - at
    if not 0.0 <= began <= 3600.0:  # noqa: PLR2004 - an hour
        return []
    return [f"Began {duration(began)} after deploy {clean_text(release, 40)}"]


DIGEST_LINES = 30
DIGEST = "Many messages in one"


def digest_title(number: int) -> str:
    """Say that this is many messages in one."""
    return f"{count(number, 'message')} in one"


def digest(titles: Sequence[str], most: int) -> str:
    """Say why there is a digest, and what its messages say; each title stands once."""
    lines = list(dict.fromkeys(titles))
    shown = [f"- {clean_text(line, TITLE_CHARS)}" for line in lines[:DIGEST_LINES]]
    if len(lines) > DIGEST_LINES:
        shown.append(f"- and {len(lines) - DIGEST_LINES:,} more; the board shows all")
    why = f"This channel got {most} messages within an hour, so the next are put together here."
    return "\n".join([f"{digest_title(len(titles))}. {why}", *shown])


ACKNOWLEDGE = "Acknowledge"
BOARD = "Open the board"


def below_title(message: "Message") -> str:
    """Return the text for below its title, which it need not say again."""
    return message.text.replace(f"{message.title}. ", "", 1)


def plain(message: "Message", text: str | None = None) -> str:
    """Return a message as plain text: what is so, unless said in `text`, then where to answer."""
    lines = [text or message.text]
    if message.ack_url:
        lines.append(f"{ACKNOWLEDGE}: {message.ack_url}")
    if message.board_url:
        lines.append(f"{BOARD}: {message.board_url}")
    return "\n\n".join(lines) + "\n"


def bad_address() -> str:
    """Say that a channel's address cannot be used."""
    return "the address is not a web address"


def not_resolved(host: str, why: str) -> str:
    """Say that a name has no address."""
    return f"{host} has no address: {why}"


def private_address(host: str) -> str:
    """Say that a name leads inside, and how to permit it."""
    return f"{host} leads to a private address; write allow_private = true if that is meant"


def not_reached(host: str, why: str) -> str:
    """Say that a server did not answer."""
    return f"{host} did not answer: {why}"


def not_taken(why: str | None = None) -> str:
    """Say that a service took nothing, for it does not say why."""
    return "the service did not take it" + (f" ({why})" if why else "")


def password_in_the_clear(host: str) -> str:
    """Say why no password was sent."""
    return f"{host} offers no encryption, so the password was not sent; use smtps:// or STARTTLS"


def taken_over(who: str, lane: str) -> str:
    """Say that somebody looks after it."""
    return f"{clean_name(who, NAME_CHARS)} looks after {clean_name(lane, TITLE_CHARS)}"


def pages_now() -> str:
    """Say why there is another message so soon: from now on it may wake somebody."""
    return "Half of the promise has passed. "


def came_back() -> str:
    """Say that a problem that was over is there again."""
    return "It came back. "


def still_broken(who: str, seconds: float) -> str:
    """Say that an acknowledgement has passed or the trouble has grown since."""
    return f"{clean_name(who, NAME_CHARS)} acknowledged {duration(seconds)} ago. "


def unanswered(seconds: float) -> str:
    """Say for how long nobody has answered."""
    return f"Nobody has acknowledged for {duration(seconds)}. "


def nobody_is_told() -> str:
    """Say that a lane has no owner who can be reached."""
    return "the lane has no owner who can be reached"


def waits(*, silenced: bool) -> str:
    """Say what a message waits for."""
    return "for the end of a silence" if silenced else "for working hours"


def no_longer_watched(lane: str) -> str:
    """Say that a lane is gone from the configuration."""
    return f"{says(lane, 'no longer watched')}, so nothing more is known."


def instead_of(person: str, channel: str, why: str) -> str:
    """Say why a message meant for another came here."""
    who = clean_name(person, NAME_CHARS)
    return f" This comes to you because {channel} of {who} does not work: {why}."


def neglected(seconds: float) -> str:
    """Say that Tailback itself is late with telling the next person."""
    return f"Tailback is {duration(seconds)} late with telling the next person. "


def no_such_channel() -> str:
    """Say that a channel is gone from the configuration."""
    return "no such channel is configured any more"


def ack_question(person: str, by: str | None) -> str:
    """Say what the button means, and who has pressed it before."""
    who = clean_name(person, NAME_CHARS)
    text = (
        f"{who}: by acknowledging you say that you look after it. Nobody else is told for an hour."
    )
    return f"{clean_name(by, NAME_CHARS)} looks after it already. {text}" if by else text


def over_already() -> str:
    """Say that there is nothing left to acknowledge."""
    return "This is over already; there is nothing to acknowledge"


def link_is_void() -> str:
    """Say that a link cannot be used."""
    return "This link is not valid: it works for a day. Open the board instead"


def may_not_operate(url: str) -> str:
    """Say that a token may not change anything."""
    return f"{url} does not accept this. Make a token with `tailback token new --scope operate`."


def silenced(lane: str, seconds: float, number: int) -> str:
    """Say that a lane is quiet and for how long."""
    return f"{says(lane, 'quiet')} for {duration(seconds)} (silence {number})."
