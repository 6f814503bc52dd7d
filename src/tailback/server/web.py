"""The web application of a server: its addresses, their headers, and what an error answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import HTTPException
from litestar.types import Message, Scope

from tailback.server.access import guard
from tailback.server.accounts import account_router
from tailback.server.ack_pages import ack_router
from tailback.server.action_pages import action_pages_router
from tailback.server.action_routes import action_router
from tailback.server.api import api_router
from tailback.server.app import Running
from tailback.server.badge import badge_router
from tailback.server.complaints import complaints_router
from tailback.server.dead_pages import dead_pages_router
from tailback.server.drill_pages import drill_pages_router
from tailback.server.drill_routes import drill_router
from tailback.server.episode_pages import episode_pages_router
from tailback.server.episodes_api import episodes_router
from tailback.server.history import history_router
from tailback.server.ingest import ingest_router
from tailback.server.intake.limits import MAX_WIRE_BYTES
from tailback.server.job_pages import job_pages_router
from tailback.server.jobs import jobs_router
from tailback.server.lane_page import lane_router
from tailback.server.oidc_pages import oidc_router
from tailback.server.openapi import CONFIG, openapi_router
from tailback.server.pages import pages_router
from tailback.server.problem_routes import problem_router
from tailback.server.problems import answer_bug, answer_http, answer_store
from tailback.server.quiet_pages import quiet_router
from tailback.server.reason_pages import reason_pages_router
from tailback.server.reason_routes import reason_router
from tailback.server.review import review_router
from tailback.server.review_notes import review_notes_router
from tailback.server.schedule_routes import schedules_router
from tailback.server.setup_pages import setup_router
from tailback.server.sign_in import sign_in_router
from tailback.server.stories import stories_router
from tailback.store.errors import StoreError

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

ROUTERS = (
    ingest_router,
    api_router,
    history_router,
    jobs_router,
    reason_router,
    problem_router,
    account_router,
    episodes_router,
    pages_router,
    lane_router,
    sign_in_router,
    job_pages_router,
    dead_pages_router,
    action_router,
    action_pages_router,
    reason_pages_router,
    episode_pages_router,
    drill_router,
    drill_pages_router,
    ack_router,
    review_router,
    review_notes_router,
    complaints_router,
    setup_router,
    stories_router,
    quiet_router,
    oidc_router,
    badge_router,
    openapi_router,
    schedules_router,
)


def application(running: Running) -> Litestar:
    """Return the web application of a server; every route without a scope is closed."""

    @asynccontextmanager
    async def life(app: Litestar) -> AsyncIterator[None]:
        app.state.services = running.services
        app.state.gate = running.services.gate
        running.services.hub.attach(asyncio.get_running_loop())
        yield
        running.services.hub.close()

    return Litestar(
        route_handlers=list(ROUTERS),
        guards=[guard],
        lifespan=[life],
        openapi_config=CONFIG,
        exception_handlers={
            HTTPException: answer_http,
            StoreError: answer_store,
            Exception: answer_bug,
        },
        before_send=[_add_headers],
        # A compressed stream would hold events back until its buffer is full.
        compression_config=CompressionConfig(
            backend="gzip", gzip_compress_level=5, exclude=["^/board/stream", "^/api/v1/events"]
        ),
        request_max_body_size=MAX_WIRE_BYTES,
        logging_config=None,
    )


async def _add_headers(message: Message, _scope: Scope) -> None:
    """Put the strict headers on every answer, refusals and errors too."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers[name] = value
