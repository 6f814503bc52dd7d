from pathlib import Path

import pytest

from tailback.agent.settings import OPTIONS, DsnError, parse_dsn, read_settings


def test_a_dsn_names_token_server_and_source() -> None:
    dsn = parse_dsn("http://tbi_abc@jobs.example.com:8765/shop")

    assert (dsn.token, dsn.host, dsn.port, dsn.source) == (
        "tbi_abc",
        "jobs.example.com",
        8765,
        "shop",
    )
    assert (dsn.secure, dsn.path) == (False, "")


def test_a_dsn_may_be_secure_and_lie_below_a_path() -> None:
    dsn = parse_dsn(" https://t%2Fk@[::1]/tools/tailback/my%20shop/ ")

    assert (dsn.secure, dsn.port, dsn.path) == (True, 443, "/tools/tailback")
    assert (dsn.token, dsn.source) == ("t/k", "my shop")
    assert dsn.shown == "https://[::1]:443/tools/tailback"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it does not start with http"),
        ("redis://t@h/shop", "it does not start with http"),
        ("http://host/shop", "the ingest token before the @ is missing"),
        ("http://tok@/shop", "the host is missing"),
        ("http://tok@host", "the source after the last / is missing"),
        ("http://tok@host/", "the source after the last / is missing"),
        ("http://tok@host:port/shop", "its port is not a number"),
        ("http://tok@host:99999/shop", "its port is not a number"),
        ("http://tok@[::1/shop", "it is not a URL"),
    ],
)
def test_a_wrong_dsn_says_what_is_wrong_without_the_token(text: str, reason: str) -> None:
    with pytest.raises(DsnError) as caught:
        parse_dsn(text)

    assert str(caught.value).startswith(reason)
    assert "tok" not in str(caught.value).replace("ingest token", "")


def test_the_address_for_people_has_no_token() -> None:
    assert parse_dsn("http://tok@host/shop").shown == "http://host:80"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", 0.5), ("2", 2.0), ("0", 0.05), ("99", 10.0), ("nan", 0.05), ("soon", 0.5)],
)
def test_the_gathering_time_is_kept_within_its_range(text: str, seconds: float) -> None:
    settings = read_settings("http://t@h/s", {"TAILBACK_FLUSH_S": text})

    assert settings.flush_s == seconds


def test_options_come_from_the_environment() -> None:
    settings = read_settings(
        "http://t@h/s",
        {
            "TAILBACK_TENANT_ARG": "account_id, ,tenant",
            "TAILBACK_RELEASE": "4f2c",
            "TAILBACK_DEBUG": "1",
        },
    )

    assert settings.tenant_args == ("account_id", "tenant")
    assert (settings.release, settings.debug) == ("4f2c", True)


def test_without_options_nothing_is_assumed() -> None:
    settings = read_settings("http://t@h/s", {"TAILBACK_DEBUG": "0"})

    assert (settings.tenant_args, settings.release, settings.debug) == ((), None, False)


def test_every_option_is_in_the_docs_with_its_default(repo_root: Path) -> None:
    page = (repo_root / "docs/reference/agent.md").read_text(encoding="utf-8")

    for name, (default, meaning) in OPTIONS.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert default in row
        assert meaning
