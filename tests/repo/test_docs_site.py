"""The documentation builds without a dead link, and what it tells people to write is right."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.cli.main import cli
from tailback.server.config import read

BLOCK = re.compile(r"^ *```toml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"\$\{(\w+)\}")
COMMAND = re.compile(r"^\s*tailback (\w+)", re.MULTILINE)
BARE = ("run", "deploy", "outcome")
ROOT = Path(__file__).parents[2]


def guides() -> list[Path]:
    return [ROOT / "docs/start.md", *sorted((ROOT / "docs/guides").glob("*.md"))]


def files() -> Iterator[tuple[str, str]]:
    for page in guides():
        for text in BLOCK.findall(page.read_text("utf-8")):
            yield page.name, text


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert built.returncode == 0, built.stderr + built.stdout
    assert (tmp_path / "guides/promises/index.html").exists()


@pytest.mark.parametrize(("page", "text"), list(files()), ids=[name for name, _text in files()])
def test_every_file_in_a_guide_is_accepted_as_it_stands(page: str, text: str) -> None:
    env = {name: f"redis://{name.lower()}" for name in VARIABLE.findall(text)}

    config = read(text, page, env)

    assert not config.findings, config.findings


def test_every_command_in_a_guide_exists() -> None:
    for page in guides():
        for name in COMMAND.findall(page.read_text("utf-8")):
            assert name in cli.commands or name in BARE, (page.name, name)
