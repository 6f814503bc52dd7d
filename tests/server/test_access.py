"""Closed by default: every route wants a token of its scope, or a session."""

import httpx
import pytest

from tailback import clock
from tailback.server.access import COOKIE, LINK_PURPOSE
from tailback.server.web import CSP, application
from tests.server.live import Live

OPEN = {
    "/healthz",
    "/ping/{token:str}",
    "/ping/{token:str}/start",
    "/ping/{token:str}/fail",
    "/welcome/{secret:str}",
    "/ack/{signed:str}",
    "/look/{secret:str}",
    "/sign-in",
    "/sign-in/oidc",
    "/sign-in/oidc/callback",
    "/static/{name:str}",
    "/favicon.ico",
}


def routes(live: Live) -> list[tuple[str, str]]:
    """Every (path, method) of the real application, with an example in place of parameters."""
    found = []
    for route in application(live.running).routes:
        for method in getattr(route, "methods", ()):
            found.append(
                (route.path_format if hasattr(route, "path_format") else route.path, method)
            )
    return sorted(set(found))


def paths_with_scope(live: Live) -> dict[tuple[str, str], str | None]:
    scopes: dict[tuple[str, str], str | None] = {}
    for route in application(live.running).routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods:
                scopes[(route.path, str(method))] = handler.opt.get("scope")
    return scopes


def example(path: str) -> str:
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


def test_every_route_that_is_not_open_by_design_refuses_a_stranger(live: Live) -> None:
    scopes = paths_with_scope(live)
    assert len(scopes) > 20

    with live.client(None) as stranger:
        for path, method in scopes:
            answer = stranger.request(method, example(path))
            if path in OPEN:
                assert answer.status_code != 401, (path, method)
            else:
                assert answer.status_code in (401, 403), (path, method, answer.status_code)


def test_only_the_routes_of_the_design_are_marked_open(live: Live) -> None:
    opened = {path for (path, _), scope in paths_with_scope(live).items() if scope == "open"}

    assert opened == OPEN


def test_an_address_that_only_ends_like_an_open_one_is_closed(live: Live) -> None:
    with live.client(None) as stranger:
        for path in (
            "/api/v1/healthz",
            "/api/v1/lanes/healthz",
            "/x/ping/t",
            "/api/v1/jobs/healthz",
        ):
            assert stranger.get(path).status_code in (401, 403, 404), path
        assert stranger.get("/api/v1/jobs/healthz").status_code == 401


def test_a_token_opens_only_what_its_scope_allows(live: Live) -> None:
    with live.client("ingest", "shop") as sender:
        assert sender.get("/api/v1/lanes").status_code == 403
    with live.client("read") as reader:
        assert reader.get("/api/v1/lanes").status_code == 200
        assert reader.post("/api/v1/events", content=b"{}").status_code == 403


def test_a_wrong_or_revoked_token_is_refused(live: Live) -> None:
    secret, token = live.store.tokens.create("read", now=clock.now())
    live.store.tokens.revoke(token.id, now=clock.now())

    for value in (f"Bearer {secret}", "Bearer nonsense", "Bearer", "Basic abc", "bearer x y"):
        answer = httpx.get(f"{live.url}/api/v1/lanes", headers={"Authorization": value})
        assert answer.status_code == 401, value


def test_the_one_time_link_signs_in_once(live: Live) -> None:
    link = live.store.links.create(LINK_PURPOSE, now=clock.now(), ttl_s=60, subject="ana")

    with live.client(None) as browser:
        first = browser.get(f"/welcome/{link}")
        assert first.status_code == 303
        assert first.headers["location"] == "/"
        cookie = first.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert browser.get("/").status_code == 200
    with live.client(None) as other:
        assert other.get(f"/welcome/{link}").status_code == 403
        assert other.get("/").status_code == 401
    user = live.store.users.by_name("ana")
    assert user is not None
    assert user.role == "admin"


def test_an_expired_link_signs_nobody_in(live: Live) -> None:
    link = live.store.links.create(LINK_PURPOSE, now=clock.now() - 100, ttl_s=60, subject="ana")

    with live.client(None) as browser:
        assert browser.get(f"/welcome/{link}").status_code == 403


@pytest.mark.parametrize(
    "cookie", ["", ".", "..", "1.2.3", "tbs_", "tbv_", "tbs_" + "0" * 64, "ü.1.x"]
)
def test_a_forged_cookie_opens_nothing(live: Live, cookie: str) -> None:
    header = {"Cookie": f"{COOKIE}={cookie}".encode("latin-1")}
    assert httpx.get(f"{live.url}/", headers=header).status_code == 401


def test_a_change_sent_by_another_site_with_a_session_is_refused(live: Live) -> None:
    from litestar import post
    from litestar.testing import TestClient

    @post("/change", opt={"scope": "operate"})
    async def change() -> str:
        return "changed"

    link = live.store.links.create(LINK_PURPOSE, now=clock.now(), ttl_s=60, subject="cleo")
    cookie = live.running.services.gate.welcome(link)
    app = application(live.running)
    app.register(change)
    app.state.gate = live.running.services.gate
    client = TestClient(app)
    client.cookies.set(COOKIE, str(cookie))

    who = live.running.services.gate.of_cookie(str(cookie))
    assert who is not None
    word = {"X-Tailback-Csrf": str(who.csrf)}
    for site in ("cross-site", "same-site", ""):
        headers = {"Sec-Fetch-Site": site, **word} if site else word
        assert client.post("/change", headers=headers).status_code == 403, site
    own = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/change", headers=own).status_code == 403
    assert client.post("/change", headers={**own, "X-Tailback-Csrf": "other"}).status_code == 403
    assert client.post("/change", headers={**own, **word}).status_code == 201
    assert client.post("/change", headers=own, data={"csrf": "other"}).status_code == 403
    assert client.post("/change", headers=own, data={"csrf": who.csrf}).status_code == 201
    old = {"Origin": str(client.base_url), "Host": client.base_url.host}
    assert client.post("/change", headers={**old, **word}).status_code == 201
    assert client.post("/change", headers={"Origin": "http://evil", **word}).status_code == 403


def test_a_route_without_a_scope_is_closed_even_to_an_admin(live: Live) -> None:
    from litestar import get
    from litestar.testing import TestClient

    @get("/forgotten")
    async def forgotten() -> str:
        return "secret"

    app = application(live.running)
    app.register(forgotten)
    app.state.gate = live.running.services.gate
    client = TestClient(app)

    token = live.token("actions")
    assert (
        client.get("/forgotten", headers={"Authorization": f"Bearer {token}"}).status_code == 403
    )


def test_every_answer_carries_the_strict_headers(live: Live) -> None:
    with live.client(None) as stranger:
        for path in ("/healthz", "/", "/static/board.js", "/nothing", "/api/v1/lanes"):
            answer = stranger.get(path)
            assert answer.headers["content-security-policy"] == CSP, path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"] == "same-origin", path
            assert "server" not in answer.headers, path


def test_static_files_never_leave_their_folder(live: Live) -> None:
    with live.client(None) as stranger:
        for path in ("..%2f..%2fapp.py", "%2e%2e%2fapp.py", "board.html", "board.css%00.js"):
            assert stranger.get(f"/static/{path}").status_code in (401, 404), path
        assert stranger.get("/static/board.css").status_code == 200
