"""Every address for programs, walked without a token and with a token of each wrong scope."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tailback import clock
from tailback.server.access import SCOPES
from tailback.server.web import application
from tailback.store.access import Scope
from tests.server.live import Live, live_server

OPEN = {
    "/healthz",
    "/ping/{token:str}",
    "/ping/{token:str}/start",
    "/ping/{token:str}/fail",
}
SENDING = {
    "/api/v1/events",
    "/api/v1/queues",
    "/api/v1/deploys",
    "/api/v1/outcomes",
}
READING = {
    "/api/v1/lanes",
    "/api/v1/lanes/{lane:str}/series",
    "/api/v1/reasons",
    "/api/v1/jobs",
    "/api/v1/jobs/{job_id:path}",
    "/api/v1/episodes",
    "/api/v1/accounts/{tenant:path}",
    "/api/v1/events/stream",
    "/metrics",
    "/openapi.json",
}
FOR_PROGRAMS = ("/api/", "/metrics", "/ping/", "/healthz", "/openapi.json", "/v1/")
SAFE = ("GET", "HEAD")
Route = tuple[str, str]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("routes") / "t.db") as server:
        yield server


def routes(live: Live) -> dict[Route, str | None]:
    """The scope of every (path, method) for programs of the real application."""
    found: dict[Route, str | None] = {}
    for route in application(live.running).routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods:
                if route.path.startswith(FOR_PROGRAMS):
                    found[route.path, str(method)] = handler.opt.get("scope")
    return found


def example(path: str) -> str:
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


def ask(live: Live, route: Route, **headers: str) -> httpx.Response:
    """Ask, and look at the head of the answer only: a stream never ends."""
    path, method = route
    with (
        httpx.Client(base_url=live.url, trust_env=False, timeout=30) as client,
        client.stream(method, example(path), headers=headers) as answer,
    ):
        return answer


def with_token(live: Live, route: Route, scope: Scope) -> httpx.Response:
    source = "shop" if scope == "ingest" else None
    return ask(live, route, Authorization=f"Bearer {live.token(scope, source)}")


def test_the_addresses_of_the_design_exist_with_their_scope(live: Live) -> None:
    scopes = routes(live)

    assert {path for path, _ in scopes} >= OPEN | SENDING | READING
    for path in OPEN:
        assert scopes[path, "GET"] == "open", path
    for path in OPEN - {"/healthz"}:
        assert scopes[path, "POST"] == "open", path
    for path in SENDING:
        assert scopes[path, "POST"] == "ingest", path
    for path in READING:
        assert scopes[path, "GET"] == "read", path


def test_nothing_is_open_but_what_the_design_says(live: Live) -> None:
    assert {path for (path, _), scope in routes(live).items() if scope == "open"} == OPEN


def test_what_changes_something_needs_more_than_to_read(live: Live) -> None:
    for (path, method), scope in routes(live).items():
        if method not in (*SAFE, "OPTIONS") and path not in OPEN:
            assert scope in ("ingest", "operate", "actions"), (path, method)


def test_without_a_token_every_closed_address_says_nothing(live: Live) -> None:
    for route, scope in routes(live).items():
        answer = ask(live, route)
        if scope == "open":
            assert answer.status_code in (200, 404), route
        elif scope is None:
            assert answer.status_code == 403, route  # what the framework adds: OPTIONS
        else:
            assert answer.status_code == 401, route
            assert answer.headers["www-authenticate"] == "Bearer", route


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_of_another_scope_opens_nothing(live: Live, scope: Scope) -> None:
    for route, wanted in routes(live).items():
        answer = with_token(live, route, scope)
        if wanted in (scope, "open"):
            assert answer.status_code not in (401, 403, 500), route
        else:
            assert answer.status_code == 403, route


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer tbr_" + "x" * 40},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + "x" * 8_000},
        {"Cookie": "tailback_session=1.1.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Original-URL": "/healthz", "X-Rewrite-URL": "/healthz"},
    ],
)
def test_no_header_is_a_way_around(live: Live, headers: dict[str, str]) -> None:
    for route, scope in routes(live).items():
        if scope not in ("open", None):
            assert ask(live, route, **headers).status_code == 401, route


def test_a_revoked_token_opens_nothing_within_seconds(live: Live) -> None:
    secret, token = live.store.tokens.create("read", now=clock.now())
    live.store.tokens.revoke(token.id, now=clock.now())

    for route, scope in routes(live).items():
        if scope == "read":
            answer = ask(live, route, Authorization=f"Bearer {secret}")
            assert answer.status_code == 401, route


def test_other_spellings_of_an_address_open_nothing(live: Live) -> None:
    """Slashes, dots and escapes must not lead around the guard."""
    spellings = (
        *("/api/v1/lanes/", "//api/v1/lanes", "/API/V1/LANES", "/api/v1/./lanes"),
        *("/api/v1/../v1/lanes", "/%61pi/v1/lanes", "/healthz/../api/v1/lanes", "/metrics/"),
        *("/ping/x/../../metrics", "/ping/..%2f..%2fmetrics", "/api/v1/lanes;x", "/openapi.json/"),
    )
    for path in spellings:
        answer: Any = httpx.get(f"{live.url}{path}", trust_env=False)
        assert answer.status_code in (401, 403, 404), path
        assert "lanes" not in answer.text or answer.status_code != 200, path
