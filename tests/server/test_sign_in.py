"""Signing in by password, one-time link and board link; what each role may see and change."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tailback import clock
from tailback.server.access import COOKIE, LINK_PURPOSE
from tailback.server.passwords import (
    FREE_TRIES,
    MAX_WAIT_S,
    Patience,
    hash_password,
    is_password,
    weakness,
)
from tailback.store.access import Role
from tests.server.live import Live

PASSWORD = "correct horse battery"
OWN = {"Sec-Fetch-Site": "same-origin"}
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
CHANGES = ("/sign-out", "/you/password", "/you/sessions/end")


def account(live: Live, name: str, role: Role = "viewer", **options: object) -> None:
    made = live.store.users.create(
        name,
        role,
        now=clock.now(),
        password_hash=hash_password(PASSWORD),
        **options,  # type: ignore[arg-type]
    )
    assert made is not None


@contextmanager
def signed_in(live: Live, name: str) -> Iterator[httpx.Client]:
    with live.client(None) as browser:
        answer = enter(browser, name, PASSWORD)
        assert answer.status_code == 303, answer.text
        yield browser


def enter(browser: httpx.Client, name: str, password: str, target: str = "/") -> httpx.Response:
    form = {"name": name, "password": password, "next": target}
    return browser.post("/sign-in", data=form, headers=OWN)


def csrf(browser: httpx.Client) -> str:
    found = CSRF.search(browser.get("/you").text)
    assert found is not None
    return found.group(1)


def test_name_and_password_open_the_board_and_the_page_that_was_wanted(live: Live) -> None:
    account(live, "ana")

    with live.client(None) as browser:
        stranger = browser.get("/lanes/emails?range=6h", headers={"Accept": "text/html"})
        answer = enter(browser, "ana", PASSWORD, "/you?x=1")

        assert 'name="password"' in stranger.text
        assert 'value="/lanes/emails?range=6h"' in stranger.text
        assert answer.headers["location"] == "/you?x=1"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil", "/a\\b", "", "/\nx"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(live: Live, target: str) -> None:
    if live.store.users.by_name("eve") is None:
        account(live, "eve")

    with live.client(None) as browser:
        assert enter(browser, "eve", PASSWORD, target).headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(live: Live) -> None:
    account(live, "bo")

    with live.client(None) as browser:
        wrong = enter(browser, "bo", "not the password")
        unknown = enter(browser, "no such bo", "not the password")

        assert wrong.status_code == unknown.status_code == 403
        assert "do not fit together" in wrong.text
        assert wrong.text.replace('"bo"', '"no such bo"') == unknown.text
        assert COOKIE not in browser.cookies
    assert live.store.audit.newest(1, subject="bo")[0].action == "sign in refused"


def test_who_guesses_must_wait(live: Live) -> None:
    account(live, "guessed")

    with live.client(None) as browser:
        for _ in range(FREE_TRIES):
            assert enter(browser, "guessed", "wrong wrong wrong").status_code == 403
        refused = enter(browser, "guessed", PASSWORD)

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert "Too many tries" in refused.text


def test_a_password_form_sent_by_another_site_is_refused(live: Live) -> None:
    with live.client(None) as browser:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {}, {"Origin": "https://evil"}):
            form = {"name": "ana", "password": PASSWORD}
            assert browser.post("/sign-in", data=form, headers=headers).status_code == 403


def test_a_change_without_the_word_of_ones_own_pages_is_refused(live: Live) -> None:
    account(live, "cleo")

    with signed_in(live, "cleo") as browser:
        for path in CHANGES:
            assert browser.post(path, headers=OWN).status_code == 403, path
            wrong = browser.post(path, headers=OWN, data={"csrf": "0" * 64})
            assert wrong.status_code == 403, path
        assert browser.get("/").status_code == 200


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(live: Live) -> None:
    account(live, "dan")

    with signed_in(live, "dan") as browser:
        stolen = browser.cookies[COOKIE]
        answer = browser.post("/sign-out", headers=OWN, data={"csrf": csrf(browser)})

    assert answer.status_code == 303
    with live.client(None) as thief:
        thief.cookies.set(COOKIE, stolen)
        assert thief.get("/").status_code == 401


def test_a_new_password_replaces_the_old_one_and_ends_other_sessions(live: Live) -> None:
    account(live, "finn")
    fresh = "another long password"

    with signed_in(live, "finn") as other, signed_in(live, "finn") as browser:
        word = csrf(browser)

        def change(present: str, new: str) -> httpx.Response:
            form = {"csrf": word, "present": present, "new": new}
            return browser.post("/you/password", headers=OWN, data=form)

        assert change("not mine at all", fresh).status_code == 403
        assert change(PASSWORD, "short").status_code == 400
        assert change(PASSWORD, fresh).headers["location"] == "/you?done=password"
        assert "is changed" in browser.get("/you?done=password").text
        assert other.get("/").status_code == 401
        assert browser.get("/").status_code == 200
    with live.client(None) as later:
        assert enter(later, "finn", PASSWORD).status_code == 403
        assert enter(later, "finn", fresh).status_code == 303


def test_who_came_by_a_one_time_link_can_set_a_password(live: Live) -> None:
    live.store.users.create("gil", "viewer", now=clock.now())
    link = live.store.links.create(LINK_PURPOSE, now=clock.now(), ttl_s=60, subject="gil")

    with live.client(None) as browser:
        browser.get(f"/welcome/{link}")
        assert "Set a password" in browser.get("/you").text
        form = {"csrf": csrf(browser), "new": PASSWORD}
        assert browser.post("/you/password", headers=OWN, data=form).status_code == 303
        ended = browser.post("/you/sessions/end", headers=OWN, data={"csrf": csrf(browser)})
        assert "sessions of yours are ended" in browser.get(ended.headers["location"]).text
    with signed_in(live, "gil") as again:
        assert again.get("/").status_code == 200


def test_a_board_link_shows_the_board_and_changes_nothing(live: Live) -> None:
    secret = live.store.board_links.create(now=clock.now(), ttl_s=3600, note="wall")

    with live.client(None) as wall:
        first = wall.get(f"/look/{secret}")
        assert first.status_code == 303
        assert "max-age=3" in first.headers["set-cookie"].lower()
        assert wall.get("/").status_code == 200
        assert wall.get("/api/v1/lanes").status_code == 200
        for path in ("/you", "/audit"):
            assert wall.get(path).status_code == 403, path
        for path in CHANGES:
            assert wall.post(path, headers=OWN).status_code == 403, path


@pytest.mark.parametrize("fault", ["ended", "expired", "unknown"])
def test_a_board_link_that_is_over_shows_nothing(live: Live, fault: str) -> None:
    now = clock.now()
    secret = live.store.board_links.create(now=now - 100, ttl_s=10 if fault == "expired" else 3600)
    if fault == "ended":
        link = live.store.board_links.find(secret, now=now)
        assert link is not None
        live.store.board_links.end(link.id, now=now)
    if fault == "unknown":
        secret += "x"

    with live.client(None) as browser:
        answer = browser.get(f"/look/{secret}")
        assert answer.status_code == 403
        assert "This link has ended" in answer.text
        browser.cookies.set(COOKIE, secret)
        assert browser.get("/").status_code == 401


@pytest.mark.parametrize(
    ("role", "audit", "scopes"),
    [
        ("viewer", 403, {"read"}),
        ("operator", 403, {"read", "operate", "actions"}),
        ("admin", 200, {"read", "operate", "actions"}),
    ],
)
def test_every_role_may_do_what_it_is_for(
    live: Live, role: Role, audit: int, scopes: set[str]
) -> None:
    account(live, f"the {role}", role)

    with signed_in(live, f"the {role}") as browser:
        assert browser.get("/audit").status_code == audit
        who = live.running.services.gate.of_cookie(browser.cookies[COOKIE])
        assert who is not None
        assert who.scopes == scopes
        assert who.details is (role != "viewer")
    assert live.get("/audit").status_code == 403


def test_a_disabled_account_is_out_within_seconds(live: Live) -> None:
    account(live, "hal")

    with signed_in(live, "hal") as browser:
        user = live.store.users.by_name("hal")
        assert user is not None
        live.store.users.change(user.id, disabled_at=clock.now())
        live.running.services.gate.forget()
        assert browser.get("/").status_code == 401
        assert enter(browser, "hal", PASSWORD).status_code == 403


def test_the_audit_page_lists_hostile_names_as_text(live: Live) -> None:
    account(live, "root", "admin")
    live.store.audit.add("<script>x</script>", "silence", "<img>", now=1.0, detail={"a": "<b>"})

    with signed_in(live, "root") as browser:
        html = browser.get("/audit").text
        older = browser.get("/audit?before=1").text

    assert "&lt;script&gt;x" in html
    assert "<script>" not in html
    assert "<img" not in html
    assert "Nothing was done" in older


def test_passwords_are_judged_by_length_not_by_signs() -> None:
    assert weakness("four plain words here", "ana") is None
    assert weakness("a" * 11, "ana") is not None
    assert weakness("aaaaaaaaaaaaa", "ana") is not None
    assert weakness("x" * 600, "ana") is not None
    assert weakness("annabelleann"[:12], "annabelleann") is not None


def test_nothing_fits_where_no_password_is_stored() -> None:
    assert not is_password(None, "nobody has this password")
    assert not is_password("damaged", "x")


def test_patience_grows_and_ends() -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    waits = []
    for _ in range(20):
        patience.failed("name:ana")
        waits.append(patience.wait_s("name:ana", "from:x"))

    assert waits[: FREE_TRIES - 1] == [0.0] * (FREE_TRIES - 1)
    assert sorted(waits) == waits
    assert waits[-1] == MAX_WAIT_S
    now[0] += MAX_WAIT_S + 1
    assert patience.wait_s("name:ana") == 0.0
    now[0] += 3600
    patience.failed("name:ana")
    assert patience.wait_s("name:ana") == 0.0
    patience.succeeded("name:ana", "never seen")
    for number in range(10_002):
        patience.failed(f"name:{number}")
    now[0] += 3600
    patience.failed("name:last")
    assert patience.wait_s("name:last") == 0.0
