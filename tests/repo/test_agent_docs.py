"""Every setting of the agent is in its page, with its default."""

from pathlib import Path

from tailback.agent.settings import OPTIONS


def test_every_environment_variable_of_the_agent_is_documented(repo_root: Path) -> None:
    page = (repo_root / "docs/reference/agent.md").read_text(encoding="utf-8")

    assert OPTIONS
    for name, (default, _meaning) in OPTIONS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
        assert not default or f"`{default}`" in row
