"""What the OpenAPI document says beyond the handlers: bodies read by hand, answers, parameters."""

from typing import Any, Literal

import msgspec

from tailback.core.failures.overrides import Override
from tailback.core.story import Story
from tailback.server.complaints import ComplaintBody
from tailback.server.ingest import Accepted, DeployMark, OutcomeCount
from tailback.server.schedule_routes import Schedule
from tailback.server.schedules import Told
from tailback.store.alerts import SavedSilence
from tailback.store.review import Note


class Problem(msgspec.Struct):
    """Why a request was refused, and what to do; `detail` is for people."""

    status_code: int
    detail: str


class Health(msgspec.Struct):
    """`status` is ok, or what fails; `unproven` are the parts that are not proven to work."""

    status: str
    unproven: list[str]


class Schedules(msgspec.Struct):
    """What was found to run by itself, by source and scheduler."""

    schedules: list[Told]


class Episode(msgspec.Struct, kw_only=True):
    """One problem of one lane, or of what several share (`lane` begins with cause:)."""

    id: str
    lane: str
    state: Literal["firing", "acknowledged", "resolved"]
    rule: str
    cause: str
    page: bool
    owner: str | None
    opened_at: float
    resolved_at: float | None
    acknowledged_by: str | None
    acknowledged_until: float | None
    next_step_at: float | None
    message: str
    parent: str | None


class Episodes(msgspec.Struct):
    """Problems, the newest first."""

    episodes: list[Episode]


class EpisodeLine(msgspec.Struct):
    """One thing that happened to a problem."""

    at: float
    actor: str
    what: str
    detail: str


class EpisodeMessage(msgspec.Struct, kw_only=True):
    """One message about a problem; `state` is due, sending, sent, failed or dropped."""

    channel: str
    person: str | None
    kind: str
    state: str
    due_at: float
    attempts: int
    done_at: float | None
    why: str | None


class WholeEpisode(Episode, kw_only=True):
    """A problem with all that happened and whom it was told."""

    children: list[Episode]
    timeline: list[EpisodeLine]
    messages: list[EpisodeMessage]


class DrillBegun(msgspec.Struct):
    """`id` is the episode whose timeline tells how the drill goes."""

    id: str
    lane: str


class Silences(msgspec.Struct):
    """Quiet times that have not ended."""

    silences: list[SavedSilence]


class SilenceKept(msgspec.Struct):
    """The quiet time as it was kept."""

    id: int
    lane: str
    starts_at: float
    ends_at: float


class SilenceEnded(msgspec.Struct):
    """When a quiet time was ended."""

    id: int
    ended_at: float


class SeriesDeploy(msgspec.Struct):
    """A release that began."""

    at: float
    release: str
    service: str


class SeriesPoint(msgspec.Struct, kw_only=True):
    """One step that begins at `at`; what is not known is null."""

    at: int
    completions: int
    arrivals: int
    failures: int
    retries: int
    dead: int
    failed_share: float | None
    oldest_age_s: float | None
    baseline_age_s: float | None
    baseline_high_s: float | None
    wait_p50_s: float | None
    wait_p95_s: float | None
    wait_p99_s: float | None
    run_p50_s: float | None
    run_p95_s: float | None
    run_p99_s: float | None


class Series(msgspec.Struct, rename={"from_": "from"}, kw_only=True):
    """What a lane did between `from` and `to`."""

    lane: str
    from_: int
    to: int
    step_s: int
    promise_s: float
    deploys: list[SeriesDeploy]
    points: list[SeriesPoint]


class Rules(msgspec.Struct):
    """Corrections of reasons in the order in which they are applied."""

    rules: list[Override]


class ComplaintKept(msgspec.Struct):
    """The complaint, also when it was known."""

    id: int
    lane: str


class StoryNote(msgspec.Struct):
    """What somebody noted."""

    at: float
    by: str
    text: str


class NoteKept(msgspec.Struct):
    """The problem that a note was added to."""

    episode: str


class Notes(msgspec.Struct):
    """The notes of all reviews."""

    notes: list[Note]


class NoteAdded(msgspec.Struct):
    """How many notes were added."""

    added: int


class NoteDone(msgspec.Struct):
    """Which note is done."""

    done: str


class ReviewSent(msgspec.Struct):
    """Which week was sent, in how many messages."""

    week: str
    queued: int


BODIES: dict[str, type] = {
    "POST /api/v1/deploys": DeployMark,
    "POST /api/v1/outcomes": OutcomeCount,
    "POST /api/v1/complaints": ComplaintBody,
    "POST /api/v1/schedules": Schedule,
}
"""Bodies that a handler reads by hand; those of events and readings come from the wire format."""

ANSWERS: dict[str, Any] = {
    "GET /healthz": Health,
    "POST /api/v1/events": Accepted,
    "POST /api/v1/schedules": Accepted,
    "GET /api/v1/schedules": Schedules,
    "GET /api/v1/episodes": Episodes,
    "GET /api/v1/episodes/{episode}": WholeEpisode,
    "POST /api/v1/episodes/{episode}/ack": Episode,
    "POST /api/v1/episodes/{episode}/notes": NoteKept,
    "GET /api/v1/episodes/{episode}/story": Story,
    "POST /api/v1/drills": DrillBegun,
    "GET /api/v1/drills/{number}": WholeEpisode,
    "GET /api/v1/silences": Silences,
    "POST /api/v1/silences": SilenceKept,
    "POST /api/v1/silences/{number}/end": SilenceEnded,
    "GET /api/v1/lanes/{lane}/series": Series,
    "GET /api/v1/reason-rules": Rules,
    "POST /api/v1/reason-rules": Override,
    "DELETE /api/v1/reason-rules/{rule_id}": Override,
    "POST /api/v1/complaints": ComplaintKept,
    "POST /api/v1/complaints/webhook": ComplaintKept,
    "GET /api/v1/review/notes": Notes,
    "POST /api/v1/review/notes": NoteAdded,
    "POST /api/v1/review/notes/{note}/done": NoteDone,
    "POST /api/v1/review/send": ReviewSent,
}
"""Answers that a handler puts together by hand."""

STORY_ADDS = {"sentence": str, "notes": list[StoryNote]}
"""What the answer of a story has besides the story."""

FORMS = {
    "GET /metrics": "text/plain",
    "GET /api/v1/events/stream": "text/event-stream",
    "GET /api/v1/dead/export": "text/csv",
    **{
        f"{method} /ping/{{token}}{end}": "text/plain"
        for method in ("GET", "POST")
        for end in ("", "/start", "/fail")
    },
}
"""What is answered as text instead of JSON."""

SUMMARIES = {
    "/ping/{token}": "Scheduled work finished",
    "/ping/{token}/start": "Scheduled work began",
    "/ping/{token}/fail": "Scheduled work failed",
}

PARAMETERS = {
    "account": "Dotted path to the account in the body.",
    "action_id": "Id of an action, as its preview answered it.",
    "after": "Answer jobs after this number of the action's list.",
    "before": "Go on from this moment (Unix seconds), as the last item answered it.",
    "cursor": "`next` of the page before.",
    "episode": "Id of an episode; to acknowledge also the key of its lane.",
    "form": "In which form to answer.",
    "from": "Begin, Unix seconds.",
    "job_id": "Id of a job; slashes in it are sent as %2F.",
    "key": "Key of a reason; slashes in it are sent as %2F.",
    "lane": "Key of a lane.",
    "lane_from": "Dotted path to the lane in the body.",
    "limit": "How many at most.",
    "note": "Id of a note.",
    "number": "Id, as it was answered when it began.",
    "offset": "How many to skip.",
    "q": "Qualifiers and free words; see the search of jobs.",
    "reference": "Dotted path to the ticket's number in the body.",
    "rule_id": "Id of a correction.",
    "source": "Name of a source, where the id alone is not unique.",
    "step": "Length of a step in seconds, 60 to 86400.",
    "tenant": "Name of an account; slashes in it are sent as %2F.",
    "text": "Dotted path to the text in the body.",
    "to": "End, Unix seconds.",
    "token": "The token of a `[[heartbeat]]`.",
    "week": "Week of the calendar, such as 2026-W47; the last whole one when left out.",
}

QUERIES = {
    "GET /api/v1/review": ("week",),
    "POST /api/v1/complaints/webhook": ("lane", "lane_from", "text", "account", "reference"),
}
"""Query parameters that a handler reads by hand; none is required."""
