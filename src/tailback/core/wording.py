"""Every sentence a person reads about lanes: durations, verdicts and the line above the board.

Durations are floor-rounded: what is shown has really passed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tailback.core.wording_names import says

if TYPE_CHECKING:
    from tailback.core.model import VerdictWord

_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_LONG_S = 100 * _HOUR
_WELL = "All is well: "
_TROUBLE = ("stuck", "missing", "slow")


def duration(seconds: float) -> str:
    """Return "40 s", "44 min", "1 h 5 min", "3 d 4 h"; never more than has passed."""
    whole = int(max(0.0, seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        return _two(whole, _HOUR, "h", _MINUTE, "min")
    return _two(whole, _DAY, "d", _HOUR, "h")


def promise(seconds: float) -> str:
    """Return a configured length exactly: "90 s", "5 min", "1 h 30 min"."""
    if seconds < _MINUTE * 2 and seconds % _MINUTE:
        return f"{seconds:g} s"
    return duration(seconds)


def age_against_promise(age_s: float | None, promise_s: float) -> str:
    """Return "44 min of 5 min", or "not measured" when the age is not known."""
    if age_s is None:
        return "not measured"
    return f"{duration(age_s)} of {promise(promise_s)}"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return "1 job", "1,250 jobs"."""
    word = singular if number == 1 else plural or singular + "s"
    return f"{number:,} {word}"


def customers_cannot(action: str | None, *, slow: bool = False) -> str:
    """Return "customers cannot get a receipt", or "" when nobody said what customers do.

    Where work is `slow`, they can in the end: "customers wait to get a receipt".
    """
    if not action:
        return ""
    return f"customers wait to {action}" if slow else f"customers cannot {action}"


def not_measured(since: str | None, why: str | None) -> str:
    """Say that a lane cannot be seen, since when ("10:02") and why."""
    text = f"Unknown: not measured since {since}" if since else "Unknown: not measured yet"
    return f"{text}, {why}" if why else text


def customers_notice(seconds: float | None) -> str:
    """Return the countdown to customers noticing, or for how long they have been."""
    if seconds is None:
        return ""
    if seconds > 0:
        return f"customers notice in {duration(seconds)}"
    return f"customers have been noticing for {duration(-seconds)}"


def accounts(number: int | None, *, exact: bool | None) -> str:
    """Return "about 120 accounts", "1 account", or "" when not known."""
    if number is None:
        return ""
    return count(number, "account") if exact else f"about {count(number, 'account')}"


def board_summary(
    lanes: Sequence[tuple["VerdictWord", str, str | None, float | None]],
    unwatched: int = 0,
    not_over: Sequence[str] = (),
    *,
    ails: bool = False,
) -> str:
    """Return the one sentence above the board.

    Each lane is (verdict, name, customer action, oldest age in seconds), worst first. `unwatched`
    is how many further queues there are than can be watched, `not_over` are the names of healthy
    lanes whose problem is still open: with either not all is well, nor while Tailback itself
    `ails`.
    """
    said = _of_lanes(lanes)
    if ails and said.startswith(_WELL):
        said = f"{said.removeprefix(_WELL)}, but Tailback itself needs help"
        said = said[:1].upper() + said[1:]
    if not_over and said.startswith(_WELL):
        problems = "problem" if len(not_over) == 1 else "problems"
        are = "is" if len(not_over) == 1 else "are"
        said = (
            f"{said.removeprefix(_WELL)}, but the {problems} of {_listed(not_over)} {are} not over"
        )
        said = said[:1].upper() + said[1:]
    if not unwatched:
        return said
    said = said.removeprefix(_WELL)
    queues = count(unwatched, "further queue")
    are = "is" if unwatched == 1 else "are"
    return f"{said[:1].upper()}{said[1:]}; {queues} {are} not watched: name the lanes that matter"


def _of_lanes(lanes: Sequence[tuple["VerdictWord", str, str | None, float | None]]) -> str:
    if not lanes:
        return "No lanes yet: connect the first worker"
    trouble = [lane for lane in lanes if lane[0] in _TROUBLE]
    unseen = [lane for lane in lanes if lane[0] == "unknown"]
    total = len(lanes)
    if not trouble:
        if not unseen:
            return _WELL + _of_all(total) + " on time"
        return (
            f"{_share(len(unseen), total)} cannot be seen: {_listed([lane[1] for lane in unseen])}"
        )
    verdict, name, action, age = trouble[0]
    what = customers_cannot(action, slow=verdict == "slow") or says(name, verdict)
    how_long = f" ({duration(age)})" if age is not None else ""
    more = f"; {count(len(unseen), 'lane')} cannot be seen" if unseen else ""
    are = "is" if len(trouble) == 1 else "are"
    return f"{_share(len(trouble), total)} {are} in trouble: {what}{how_long}{more}"


def _share(part: int, total: int) -> str:
    return "The only lane" if total == 1 else f"{part} of {total} lanes"


def _of_all(total: int) -> str:
    return "the only lane is" if total == 1 else f"all {total} lanes are"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:2])
    return shown + (f" and {len(names) - 2} more" if len(names) > 2 else "")  # noqa: PLR2004


def _two(whole: int, big: int, big_word: str, small: int, small_word: str) -> str:
    rest = whole % big // small
    head = f"{whole // big} {big_word}"
    return f"{head} {rest} {small_word}" if rest else head


def ago(seconds: float) -> str:
    """Return "21 min ago", or "just now" below five seconds."""
    return f"{duration(seconds)} ago" if seconds >= 5 else "just now"  # noqa: PLR2004


def ago_calm(seconds: float) -> str:
    """Return as `ago`, but nothing that changes every second while all is well."""
    return ago(seconds) if seconds >= _MINUTE else "in the last minute"


def not_measured_short(since: str) -> str:
    """Return what stands where the age would stand; `since` is a clock time or ""."""
    return f"not measured since {since}" if since else "not measured yet"


def without_verdict(sentence: str) -> str:
    """Return a verdict's sentence without its first word, which stands beside it already."""
    head, colon, rest = sentence.partition(": ")
    if not colon or head.lower() not in (*_TROUBLE, "healthy", "unknown"):
        return sentence
    return rest[:1].upper() + rest[1:]


def normal_age(seconds: float | None) -> str:
    """Return what is normal at this hour, or that nobody knows it yet."""
    return "not known yet" if seconds is None else f"{duration(seconds)} at this hour"


def where(source: str, system: str | None, queue: str, jobs: Sequence[str]) -> str:
    """Return which queue of which source a lane watches, and which job types."""
    place = f"queue {queue} of {source}" + (f" ({system})" if system else "")
    if not jobs:
        return place
    shown = ", ".join(jobs[:3]) + (f" and {len(jobs) - 3} more" if len(jobs) > 3 else "")  # noqa: PLR2004
    return f"{place}, only {shown}"


def source_state(*, blind: bool, seen: bool, why: str | None) -> str:
    """Return how a source is doing."""
    if blind:
        return f"cannot be read: {why}" if why else "cannot be read"
    return "connected" if seen else "nothing received yet"


def up_ready(link: str) -> str:
    """Return what `tailback up` prints when it serves."""
    return f"Tailback is watching.\nBoard (this link works once): {link}\nSet this for workers:"


def one_time_link(name: str, link: str) -> str:
    """Return what `tailback user add` prints."""
    return f"{name} signs in once, within one day, with: {link}"


def waits_for_restart(tables: Sequence[str]) -> str:
    """Return what of a file a running server does not take over."""
    named = f"{', '.join(tables[:-1])} and {tables[-1]}"
    return f"A running server takes it over within seconds, but {named} only at its next start."


def check_passed(file: str, lanes: int, sources: int) -> str:
    """Return that a configuration file is good."""
    return f"{file} is good: {count(lanes, 'lane')}, {count(sources, 'source')}."


NOBODY = "nobody is told"


def no_server_found(path: str) -> str:
    """Say how to tell a command where the server is."""
    return (
        f"No server is known here: {path} does not exist. Start `tailback up`, "
        "or set TAILBACK_URL and TAILBACK_TOKEN."
    )


def not_reachable(url: str, why: str) -> str:
    """Say that a server does not answer."""
    return f"{url} does not answer ({why}). Is `tailback up` running there?"


def no_tailback(url: str) -> str:
    """Say that what answers at an address is something else."""
    return f"What answers at {url} is no Tailback server of this version. Check the address."


def not_allowed(url: str) -> str:
    """Say that a token is not accepted."""
    return f"{url} does not accept this token. Make one with `tailback token new --scope read`."


def unreadable(source: str) -> str:
    """Return the half sentence that a source cannot be read."""
    return f"source {source} cannot be read"


def account_sentence(account: str, actions: Sequence[str], *, affected: bool | None) -> str:
    """Return the answer to "is this account affected?" as support can send it."""
    if affected:
        what = " and cannot ".join(dict.fromkeys(actions))
        return f"Yes: {account} is affected and cannot {what} at the moment"
    if affected is None:
        return f"Not known: too many accounts are affected to name {account} among them"
    return f"No: nothing of {account} is late or failing"


def doctor_line(what: str, says: str, remedy: str | None, *, warning: bool = False) -> str:
    """Return one line of `tailback doctor`; a warning is nothing that failed."""
    if remedy is None:
        return f"ok    {what}: {says}"
    return f"{'warn' if warning else 'FAIL'}  {what}: {says}. {remedy}"


def heartbeat_failed(lane: str) -> str:
    """Return the error of scheduled work that says itself that it failed."""
    return f"{lane} reported that it failed"
