"""Signing in through an identity provider: only what it proves, to this browser, now."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from tailback import clock
from tailback.server.config import Config, ConfigError, Oidc, read
from tailback.server.oidc import _mac, opened, role_of
from tailback.server.passwords import hash_password
from tests.server.identity import CLIENT, SECRET, Identities
from tests.server.live import Live, live_server


@pytest.fixture(scope="module")
def provider() -> Iterator[Identities]:
    opened = Identities()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def live(provider: Identities, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    oidc = Oidc(
        issuer=provider.issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        admins=("sre",),
        operators=("backend",),
        viewers=("staff",),
    )
    folder = tmp_path_factory.mktemp("oidc")
    with live_server(folder / "t.db", Config(oidc=oidc)) as server:
        yield server


@pytest.fixture(autouse=True)
def usual(provider: Identities) -> None:
    provider.key, provider.algorithm, provider.described = provider.published, "RS256", {}


@pytest.fixture
def browser(live: Live) -> Iterator[httpx.Client]:
    with live.client(None) as opened:
        yield opened


def begin(
    live: Live, browser: httpx.Client, provider: Identities, target: str = "/", **claims: Any
) -> str:
    """Go to the provider, which gets ready to say `claims`; return the way back."""
    answer = browser.get("/sign-in/oidc", params={"next": target})
    assert answer.status_code == 303, answer.text
    asked = {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert asked["redirect_uri"] == f"{live.url}/sign-in/oidc/callback"
    assert asked["code_challenge_method"] == "S256"
    provider.challenge = asked["code_challenge"]
    now = int(clock.now())
    usual = {
        "iss": provider.issuer,
        "aud": CLIENT,
        "sub": "42",
        "iat": now,
        "exp": now + 300,
        "nonce": asked["nonce"],
        "email": "ana@example.com",
        "groups": ["staff", "sre"],
    }
    provider.claims = {k: v for k, v in (usual | claims).items() if v is not None}
    return f"/sign-in/oidc/callback?code=c&state={asked['state']}"


def test_somebody_comes_in_with_the_role_of_the_groups_and_lands_where_wanted(
    live: Live, browser: httpx.Client, provider: Identities
) -> None:
    assert "Sign in with your organisation" in browser.get("/sign-in").text
    answer = browser.get(begin(live, browser, provider, "/you?x=1"))

    assert answer.headers["location"] == "/you?x=1"
    assert "ana@example.com" in browser.get("/you").text
    user = live.store.users.by_name("ana@example.com")
    assert user is not None
    assert user.role == "admin"

    browser.get(begin(live, browser, provider, groups="backend"))
    changed = live.store.users.by_name("ana@example.com")
    assert changed is not None
    assert changed.role == "operator"
    assert live.store.audit.newest(1)[0].action == "sign in by identity provider"


def test_nobody_is_sent_elsewhere(live: Live, browser: httpx.Client, provider: Identities) -> None:
    assert browser.get(begin(live, browser, provider, "//evil")).headers["location"] == "/"


WRONG: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"aud": "another"},
    {"aud": [CLIENT, "another"], "azp": "another"},
    {"exp": 1_700_000_000},
    {"exp": None},
    {"sub": None},
    {"nonce": "of another sign-in"},
    {"nonce": None},
    {"nbf": 4_000_000_000},
    {"email": None},
    {"email": "a\nb"},
    {"email_verified": False},
    {"groups": ["customers"]},
    {"groups": {"sre": 1}},
]


@pytest.mark.parametrize(
    "claims", WRONG, ids=[f"{number}-{next(iter(claims))}" for number, claims in enumerate(WRONG)]
)
def test_what_is_not_said_to_us_now_and_rightly_opens_nothing(
    live: Live, browser: httpx.Client, provider: Identities, claims: dict[str, Any]
) -> None:
    answer = browser.get(begin(live, browser, provider, **claims))

    assert answer.status_code == 403
    assert "You are not signed in" in answer.text
    assert browser.get("/").status_code == 401


def strange_key(provider: Identities) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "two"}, private=True)


def same_name(provider: Identities) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)


def shared_secret(provider: Identities) -> None:
    provider.key = OctKey.import_key(SECRET.ljust(32), {"kid": "one"})  # type: ignore[assignment]
    provider.algorithm = "HS256"


@pytest.mark.parametrize("spoil", [strange_key, same_name, shared_secret])
def test_what_others_signed_opens_nothing(
    live: Live, browser: httpx.Client, provider: Identities, spoil: Callable[[Identities], None]
) -> None:
    spoil(provider)
    back = begin(live, browser, provider)

    assert browser.get(back).status_code == 403
    asked = provider.jwks_asked
    browser.get(back)
    assert provider.jwks_asked == asked


def test_a_new_key_of_the_provider_is_asked_for(
    live: Live, browser: httpx.Client, provider: Identities
) -> None:
    asker = live.running.services.provider
    assert asker is not None
    browser.get(begin(live, browser, provider))
    provider.published = provider.key = RSAKey.generate_key(2048, {"kid": "new"}, private=True)
    asker._keys_at = 0.0

    assert browser.get(begin(live, browser, provider)).status_code == 303


def test_a_sign_in_belongs_to_the_browser_that_began_it_and_to_its_time(
    live: Live, browser: httpx.Client, provider: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = begin(live, browser, provider)
    with live.client(None) as other:
        assert "not begun in this browser" in other.get(back).text
        other.cookies.set("tailback_oidc", "eyJ4Ijox.00", path="/sign-in/oidc")
        assert other.get(back).status_code == 403
    assert browser.get(back.replace("state=", "state=x")).status_code == 403
    assert "without signing you in" in browser.get(back.replace("code=c&", "")).text
    services = live.running.services
    now = services.now
    monkeypatch.setattr(services, "now", lambda: now() + 700)
    assert "took too long" in browser.get(back).text


def test_a_code_that_somebody_else_began_is_not_exchanged(
    live: Live, browser: httpx.Client, provider: Identities
) -> None:
    back = begin(live, browser, provider)
    provider.challenge = "of another browser"

    assert "does not answer" in browser.get(back).text


def test_an_account_is_not_taken_over_by_its_name(
    live: Live, browser: httpx.Client, provider: Identities
) -> None:
    now = clock.now()
    live.store.users.create("root@x", "admin", now=now, password_hash=hash_password("x" * 12))
    assert (
        "not made by signing in this way"
        in browser.get(begin(live, browser, provider, email="root@x")).text
    )

    assert browser.get(begin(live, browser, provider, email="bo@x", sub="7")).status_code == 303
    with live.client(None) as other:
        assert other.get(begin(live, other, provider, email="bo@x", sub="8")).status_code == 403
    user = live.store.users.by_name("bo@x")
    assert user is not None
    live.store.users.change(user.id, disabled_at=now)
    assert browser.get(begin(live, browser, provider, email="bo@x", sub="7")).status_code == 403


@pytest.mark.parametrize("described", [{"issuer": "https://evil"}, {"jwks_uri": None}])
def test_a_provider_that_is_not_the_one_configured_is_refused(
    live: Live, browser: httpx.Client, provider: Identities, described: dict[str, Any]
) -> None:
    asker = live.running.services.provider
    assert asker is not None
    asker._found = None
    provider.described = described
    answer = browser.get("/sign-in/oidc")

    assert answer.status_code == 502
    assert "does not describe itself" in answer.text


def test_a_provider_that_answers_something_else_is_refused(
    live: Live,
    browser: httpx.Client,
    provider: Identities,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    back = begin(live, browser, provider)
    monkeypatch.setattr(provider, "token", lambda _form, _who: ["odd"])

    assert "does not describe itself" in browser.get(back).text


def test_what_a_browser_keeps_is_opened_only_as_it_was_made() -> None:
    key = b"k"
    for body in ("e30=", "W10=", "not base64"):
        assert opened(key, f"{body}.{_mac(key, body)}", "state", 0.0) is None
    assert opened(key, "", "", 0.0) is None


def test_without_a_provider_there_is_no_such_sign_in(live: Live, browser: httpx.Client) -> None:
    services = live.running.services
    provider, services.provider = services.provider, None
    try:
        assert browser.get("/sign-in/oidc").status_code == 404
        assert "organisation" not in browser.get("/sign-in").text
    finally:
        services.provider = provider


def test_everyone_may_look_where_the_file_says_so() -> None:
    oidc = Oidc(issuer="", client_id="", client_secret="", viewers=("*",), admins=("sre",))

    assert role_of(oidc, {}) == "viewer"
    assert role_of(oidc, {"groups": ["sre"]}) == "admin"
    assert role_of(replace(oidc, viewers=()), {"groups": []}) is None


FILE = '[oidc]\nissuer = "https://id.example"\nclient_id = "t"\nclient_secret = "s"\nviewers = ["*"]\n'


def test_the_table_is_read_and_its_secret_is_in_no_representation() -> None:
    config = read(FILE.replace('"s"', '"${S}"'), env={"S": "hidden word"})

    assert config.oidc is not None
    assert config.oidc.viewers == ("*",)
    assert config.oidc.client_secret == "hidden word"
    assert not re.search("hidden word", repr(config))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (FILE.replace("https", "http"), "oidc.toml:2: [oidc] issuer: is not a safe address"),
        (FILE.replace('viewers = ["*"]\n', ""), "nobody could sign in"),
        ("oidc = 1\n", "is not a table"),
        ("[oidc]\n", '"client_secret" is missing'),
        (FILE + "odd = 1\n", 'unknown key "odd"'),
    ],
)
def test_a_mistake_in_the_table_is_named(wrong: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(wrong, "oidc.toml", {})

    assert said in str(caught.value)
