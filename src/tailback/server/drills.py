"""What is known of drills, as the page and the API show it."""

from typing import Literal

import msgspec

from tailback.core.drill import PREFIX, is_proven
from tailback.core.wording_drills import unproven
from tailback.server.services import Services
from tailback.store.alerts import EpisodeStore, SavedEpisode

LOOKED_THROUGH = 500
SHOWN = 20
NEWEST = 1e15


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The alert of one lane that tells somebody; `unproven` says in words why it is not proven.

    `drilled_at` is when a person last answered a drill of it, Unix seconds; null: never.
    """

    lane: str
    name: str
    owner: str
    proven: bool
    unproven: str | None
    drilled_at: float | None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened in a drill, `after_s` seconds after its beginning."""

    what: str
    detail: str
    actor: str
    at: float
    after_s: float


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One drill; `broken` is the link that broke: rule, worker, channel or answer."""

    id: str
    lane: str
    state: Literal["going on", "passed", "failed"]
    broken: str | None
    message: str
    answered_by: str | None
    begun_at: float
    ended_at: float | None
    links: list[Link]


class Drills(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts are proven, and the latest drills, the newest first."""

    as_of: float
    alerts: list[Proof]
    drills: list[Run]


def drills_of(services: Services) -> Drills:
    """Return what to show; reads the store, so call it on a thread."""
    now, store = services.now(), services.store.episodes
    found = [r for r in store.newest(LOOKED_THROUGH, before=NEWEST) if r.lane.startswith(PREFIX)]
    return Drills(
        as_of=now,
        alerts=[
            Proof(
                lane=row.view.lane,
                name=row.name,
                owner=row.view.owner,
                proven=(proven := is_proven(row.view.drilled_at, now)),
                unproven=None if proven else unproven(row.view.drilled_at),
                drilled_at=row.view.drilled_at,
            )
            for row in services.hub.board.rows
            if row.view.owner
        ],
        drills=[_run(row, store) for row in found[:SHOWN]],
    )


def _run(row: SavedEpisode, store: EpisodeStore) -> Run:
    over, passed = row.state == "resolved", row.acknowledged_by is not None
    return Run(
        id=row.id,
        lane=row.lane.removeprefix(PREFIX),
        state="going on" if not over else "passed" if passed else "failed",
        broken=row.cause if over and not passed and row.cause != row.rule else None,
        message=row.message,
        answered_by=row.acknowledged_by,
        begun_at=row.opened_at,
        ended_at=row.resolved_at,
        links=[
            Link(
                what=line.what,
                detail=line.detail,
                actor=line.actor,
                at=line.at,
                after_s=line.at - row.opened_at,
            )
            for line in store.timeline(row.id)
        ],
    )
