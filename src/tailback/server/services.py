"""What the request handlers work with, made once by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from litestar import Request

from tailback.core.model import Lane
from tailback.server.access import Gate, Principal
from tailback.server.actions import ActionDesk
from tailback.server.config import Config
from tailback.server.config.current import Current
from tailback.server.config.file import ConfigFile
from tailback.server.corrections import Corrections
from tailback.server.engine import Engine
from tailback.server.hub import Hub
from tailback.server.intake.take import Intake
from tailback.server.itself import Itself
from tailback.server.loops.drill import DrillLoop
from tailback.server.loops.judge import JudgeLoop
from tailback.server.oidc import Provider
from tailback.server.payload_sizes import PayloadSizes
from tailback.server.pulse import Pulse
from tailback.server.readings import Readings
from tailback.server.schedules import ScheduleBook
from tailback.server.screen import Screen
from tailback.server.search import Finder
from tailback.server.story_teller import StoryTeller
from tailback.store.store import Store


@dataclass(slots=True, kw_only=True)
class Services:
    """Every long-lived part of a running server; `now` reads the wall clock.

    `file` and `provider` (of identities) are None when the server runs without one.
    """

    current: Current
    store: Store
    engine: Engine
    intake: Intake
    readings: Readings
    hub: Hub
    gate: Gate
    corrections: Corrections
    finder: Finder
    stories: StoryTeller
    lanes: Callable[[], list[Lane]]
    judge: JudgeLoop
    drills: DrillLoop
    actions: ActionDesk
    sizes: PayloadSizes
    pulse: Pulse
    schedules: ScheduleBook
    itself: Itself
    now: Callable[[], float]
    address: str
    screen: Screen
    secure: bool = False
    file: ConfigFile | None = None
    provider: Provider | None = None

    @property
    def config(self) -> Config:
        """The configuration as of now: it is replaced when the file changes."""
        return self.current()


def services_of(request: Request[Any, Any, Any]) -> Services:
    """Return the parts that serve this request."""
    services: Services = request.app.state.services
    return services


def name_in(request: Request[Any, Any, Any], before: str) -> str:
    """Return the name at the end of the address, as it was sent: it may hold any slashes."""
    raw: bytes = request.scope["raw_path"]
    return unquote(raw.decode("ascii", "replace").partition("?")[0]).removeprefix(before)


def principal_of(request: Request[Any, Any, Any]) -> Principal:
    """Return who asks; the guard has put it there."""
    principal: Principal = request.state.principal
    return principal
