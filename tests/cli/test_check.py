"""`tailback check` refuses a file by which an alert would reach nobody, or never come back."""

from pathlib import Path

import pytest

from tests.cli.test_up import tailback

GOOD = """[[lane]]
name = "Mail"
queue = "mail"
noticed_after = "5m"
owner = "ana"

[[person]]
name = "ana"
channels = ["hook"]

[[channel]]
name = "hook"
kind = "webhook"
url = "https://example.com/"
secret = "s"

[[silence]]
lane = "mail"
until = "2026-12-02 02:00"
reason = "maintenance"
"""


def test_a_file_by_which_everybody_is_told_passes(tmp_path: Path) -> None:
    (tmp_path / "tailback.toml").write_text(GOOD)

    done = tailback(tmp_path, "check")

    assert (done.returncode, done.stderr) == (0, "")
    assert "tailback.toml is good: 1 lane" in done.stdout
    assert "but [server], [oidc] and [[source]] only at its next start" in done.stdout


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(
            'owner = "ana"\n',
            "",
            '1: [[lane]] 1 owner: has no owner, so nobody is told. Name exactly one person: owner = "',
            id="a lane without an owner",
        ),
        pytest.param(
            'owner = "ana"\n',
            'owner = "bo"\n',
            '5: [[lane]] 1 owner: no person is called "bo". Add [[person]] name = "bo".',
            id="an owner who is not in the file",
        ),
        pytest.param(
            'owner = "ana"\n',
            'owner = "ana"\nowner_for = { "rate limit" = "dan" }\n',
            '6: [[lane]] 1 owner_for: no person is called "dan". Did you mean "ana"?',
            id="an owner of one kind of failure who is not in the file",
        ),
        pytest.param(
            'channels = ["hook"]',
            "channels = []",
            "9: [[person]] 1 channels: has no channel, so messages cannot reach this person. Name at",
            id="an owner without a channel",
        ),
        pytest.param(
            'channels = ["hook"]',
            'channels = ["pigeon"]',
            '9: [[person]] 1 channels: no channel is called "pigeon". Add [[channel]] name = "pigeon"',
            id="an owner whose channel is not defined",
        ),
        pytest.param(
            'until = "2026-12-02 02:00"\n',
            "",
            '17: [[silence]] 1 until: "until" is missing. A silence must end: until = "2026-',
            id="a silence that never ends",
        ),
    ],
)
def test_what_would_leave_an_alert_unheard_is_refused_with_line_key_and_remedy(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in GOOD
    (tmp_path / "tailback.toml").write_text(GOOD.replace(before, after))

    done = tailback(tmp_path, "check")

    assert done.returncode == 1
    assert f"tailback.toml:{said}" in done.stderr
    assert done.stdout == ""
