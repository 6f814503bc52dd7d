"""`tailback token`: made, listed without their secrets, and ended by number."""

from pathlib import Path

from tailback import clock
from tailback.store.sqlite.store import SqliteStore
from tests.cli.test_up import tailback


def test_a_token_is_listed_and_ended_by_its_number(tmp_path: Path) -> None:
    made = tailback(tmp_path, "token", "new", "--scope", "ingest", "--source", "shop")
    secret = made.stdout.strip()
    number = tailback(tmp_path, "token", "list").stdout.split("\t")[0]

    ended = tailback(tmp_path, "token", "revoke", number)
    again = tailback(tmp_path, "token", "revoke", number)

    assert made.returncode == ended.returncode == 0
    assert secret.startswith("tbi_")
    listed = tailback(tmp_path, "token", "list").stdout
    assert listed.rstrip("\n").split("\t") == [
        number,
        f"{secret[:8]}…",
        "ingest",
        "shop",
        "revoked",
        "",
    ]
    assert again.returncode == 64
    with SqliteStore(tmp_path / "tailback.db") as store:
        assert store.tokens.find(secret) is None


def test_the_database_of_the_file_is_used_even_when_its_secrets_are_missing(
    tmp_path: Path,
) -> None:
    (tmp_path / "tailback.toml").write_text(
        '[server]\ndatabase = "sqlite:///other.db"\n'
        '[[source]]\nname = "shop"\nsystem = "rq"\nurl = "${NOT_SET}"\n'
    )

    made = tailback(tmp_path, "token", "new", "--scope", "read", "--note", "grafana")

    assert made.returncode == 0, made.stderr
    with SqliteStore(tmp_path / "other.db") as store:
        [token] = store.tokens.all()
        assert (token.scope, token.note, token.revoked_at) == ("read", "grafana", None)
        assert token.created_at <= clock.now()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "tailback.toml").write_text("[server\n")
    broken = tailback(tmp_path, "token", "list")
    (tmp_path / "tailback.toml").write_text('server = "x"\n')
    odd = tailback(tmp_path, "token", "list")

    assert broken.returncode == 64
    assert "tailback.toml cannot be read" in broken.stderr
    assert odd.returncode == 0  # the token commands judge nothing but the database
