"""One episode with all that is needed to go on telling people of it after a restart."""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import msgspec

from tailback.core.episodes import Episode
from tailback.core.messages import Child, Message, MessageKind
from tailback.core.policy.escalation import Progress
from tailback.core.policy.plan import Plan, fallbacks_of
from tailback.store.alerts import Change, Line, Outgoing, SavedEpisode

ACTOR = "tailback"


@dataclass(slots=True, kw_only=True)
class Case:
    """An episode, its plan as it was at the opening, and how far that went.

    `sent` counts messages, so that each has a key of its own; `told_at` is when the first step
    was last taken; `acknowledged_at` and `by` outlive the acknowledgement, to say that it passed.
    `clear_since` is the episode's when it was last written. `notice_at` is when, as seen at the
    opening, the first customer notices; `accounts` are the most that were affected at one time.
    `parent` is the episode of the cause that it was last part of; while it is `attached`, people
    are told of that one alone. `informed` are the owners of its lanes who were told that somebody
    else looks after it.
    """

    episode: Episode
    plan: Plan
    subject: str
    progress: Progress = field(default_factory=Progress)
    sent: int = 0
    told_at: float | None = None
    by: str | None = None
    acknowledged_at: float | None = None
    first_kind: MessageKind = "opened"
    message: str = ""
    clear_since: float | None = None
    notice_at: float | None = None
    accounts: int | None = None
    accounts_exact: bool | None = None
    parent: str | None = None
    attached: bool = False
    informed: list[str] = field(default_factory=list)

    def others(self, cases: Iterable["Case"], lanes: Collection[str]) -> dict[str, list[str]]:
        """Return who owns which of these lanes as part of this cause and does not know of it."""
        known = {self.plan.owner, *self.informed}
        found: dict[str, list[str]] = {}
        for case in cases:
            owner, lane = case.plan.owner, case.episode.lane
            mine = case.attached and case.parent == self.episode.id and lane in lanes
            if mine and owner is not None and owner not in known:
                found.setdefault(owner, []).append(lane)
        return found


class Draft:
    """What changes of a case in one look; `change` is kept as a whole or not at all."""

    def __init__(
        self, case: Case, now: float, board_url: str | None, *, serial: str | None = None
    ) -> None:
        """Begin with no change at `now`; `serial` goes into keys instead of the case's count."""
        self._serial = serial
        self.case = case
        self._now = now
        self._board_url = board_url
        self._lines: list[Line] = []
        self._outgoing: list[Outgoing] = []
        self._to_told: Outgoing | None = None
        self._supersede = False

    def note(self, what: str, detail: str = "", actor: str = ACTOR) -> None:
        """Add to the timeline."""
        self._lines.append(Line(self.case.episode.id, self._now, actor, what, detail))

    def tell(
        self,
        people: Sequence[str],
        kind: MessageKind,
        title: str,
        text: str,
        children: tuple[Child, ...] = (),
    ) -> None:
        """Send to every channel of these people, once where several share one."""
        self.case.message = text
        made = self._made(kind, title, text, page=self.case.episode.paged, children=children)
        seen: set[str] = set()
        for name in people:
            seen |= self._send(made, name, seen)

    def inform(self, name: str, title: str, text: str) -> None:
        """Let somebody know who need not do anything."""
        self.case.informed.append(name)
        self._send(self._made("attached", title, text, page=False), name, frozenset())

    def tell_told(
        self, kind: MessageKind, title: str, text: str, *, supersede: bool = False
    ) -> None:
        """Send to whoever was told of this episode before."""
        made = self._made(kind, title, text, page=self.case.episode.paged)
        self._to_told = replace(made, page=False)
        self._supersede = supersede

    def change(self) -> Change:
        """Return the change to keep."""
        self.case.clear_since = self.case.episode.clear_since
        return Change(
            episode=saved(self.case, self._now),
            lines=tuple(self._lines),
            outgoing=tuple(self._outgoing),
            to_told=self._to_told,
            supersede=self._supersede,
        )

    def _send(self, made: Outgoing, name: str, without: AbstractSet[str]) -> set[str]:
        """Queue a message to a person and return the channels by which it goes."""
        plan = self.case.plan
        channels = [one for one in plan.person(name).channels if one not in without]
        self._outgoing += [
            replace(
                made,
                key=f"{made.key}:{channel}",
                channel=channel,
                person=name,
                fallbacks=fallbacks_of(plan, name),
            )
            for channel in channels
        ]
        return set(channels)

    def _made(
        self,
        kind: MessageKind,
        title: str,
        text: str,
        *,
        page: bool,
        children: tuple[Child, ...] = (),
    ) -> Outgoing:
        case, episode = self.case, self.case.episode
        case.sent += 1
        message = Message(
            kind=kind,
            episode=episode.id,
            lane=episode.lane,
            subject=case.subject,
            title=title,
            text=text,
            at=self._now,
            opened_at=episode.opened_at,
            page=page,
            rule=episode.rule,
            cause=episode.cause,
            owner=case.plan.owner,
            board_url=self._board_url,
            children=children,
        )
        return Outgoing(
            key=f"{episode.id}:{self._serial or case.sent}",
            channel="",
            person="",
            kind=kind,
            body=msgspec.json.encode(message),
            due_at=self._now,
            page=page,
        )


def saved(case: Case, now: float) -> SavedEpisode:
    """Return the row of a case."""
    episode = case.episode
    return SavedEpisode(
        id=episode.id,
        lane=episode.lane,
        state=episode.state,
        rule=episode.rule,
        cause=episode.cause,
        opened_at=episode.opened_at,
        resolved_at=episode.resolved_at,
        acknowledged_by=episode.acknowledged_by,
        acknowledged_until=episode.acknowledged_until,
        owner=case.plan.owner,
        page=episode.paged,
        step=case.progress.step,
        next_step_at=case.progress.next_at,
        message=case.message,
        parent=case.parent,
        body=msgspec.json.encode(case),
        changed_at=now,
    )


def revived(row: SavedEpisode) -> Case:
    """Return the case of a row; what a newer version added has its default."""
    return msgspec.json.decode(row.body, type=Case)
