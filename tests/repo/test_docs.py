"""The documentation cannot rot: every command, option, setting and job system is in it."""

import dataclasses
import re
from pathlib import Path

import click

from tailback import systems
from tailback.cli.main import cli


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name, command in sorted(group.commands.items()):
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


def test_every_command_and_option_is_documented(repo_root: Path) -> None:
    page = (repo_root / "docs/reference/cli.md").read_text(encoding="utf-8")

    for path, command in commands(cli):
        assert f"tailback {' '.join(path)}" in page, path
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[-1] in page, (path, parameter.opts)
    for bare in ("tailback run", "tailback deploy", "tailback outcome"):
        assert bare in page


def test_every_setting_is_documented(repo_root: Path) -> None:
    from tailback.server import config

    page = (repo_root / "docs/reference/configuration.md").read_text(encoding="utf-8")
    settings = config.documented_settings()

    assert len(settings) > 40
    for table, key in settings:
        assert re.search(rf"`{re.escape(key)}`", page), f"[{table}] {key}"


def test_every_job_system_is_in_the_readme_and_the_navigation(repo_root: Path) -> None:
    readme = (repo_root / "README.md").read_text(encoding="utf-8")
    navigation = (repo_root / "mkdocs.yml").read_text(encoding="utf-8")

    for name in systems.NAMES:
        assert f"docs/systems/{name}.md" in readme
        assert f"systems/{name}.md" in navigation


def test_every_page_is_reachable_from_the_navigation(repo_root: Path) -> None:
    navigation = (repo_root / "mkdocs.yml").read_text(encoding="utf-8")

    for page in (repo_root / "docs").rglob("*.md"):
        assert str(page.relative_to(repo_root / "docs")) in navigation, page


def test_every_picture_is_made_by_the_script_and_shown_on_a_page(repo_root: Path) -> None:
    script = (repo_root / "docs/screenshots.py").read_text(encoding="utf-8")
    made = set(re.findall(r'^    "([a-z-]+)": \("/', script, re.MULTILINE))
    kept = {picture.stem for picture in (repo_root / "docs/img").glob("*.png")}
    pages = "".join(page.read_text("utf-8") for page in (repo_root / "docs").rglob("*.md"))

    assert made == kept
    assert [name for name in sorted(made) if f"img/{name}.png" not in pages] == []


def test_capabilities_have_no_field_that_no_page_explains(repo_root: Path) -> None:
    from tailback.core.system import Capabilities

    page = (repo_root / "docs/systems/index.md").read_text(encoding="utf-8")
    for field in dataclasses.fields(Capabilities):
        if field.name != "notes":
            assert f"`{field.name}`" in page, field.name
