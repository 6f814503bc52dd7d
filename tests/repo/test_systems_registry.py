"""A job system is complete: folder, description, contract test, docs page, example, one word in the registry."""

from pathlib import Path

import pytest

from tailback import systems


def test_the_folders_are_exactly_the_registered_names(repo_root: Path) -> None:
    folders = {p.parent.name for p in (repo_root / "src/tailback/systems").glob("*/__init__.py")}

    assert folders == set(systems.NAMES)


@pytest.mark.parametrize("name", systems.NAMES)
def test_every_system_describes_itself_and_comes_with_test_page_and_example(
    name: str, repo_root: Path
) -> None:
    system = systems.load(name)

    assert system.name == name
    assert system.url_schemes
    assert (repo_root / f"src/tailback/systems/{name}/probe.py").exists() == system.has_probe
    assert (repo_root / f"src/tailback/systems/{name}/hook.py").exists() == bool(system.library)
    assert list((repo_root / "tests/systems").glob(f"test_{name}*.py"))
    assert list((repo_root / f"examples/{name}").glob("*"))
    page = (repo_root / f"docs/systems/{name}.md").read_text(encoding="utf-8")
    assert system.title in page


def test_nothing_in_the_registry_is_listed_twice() -> None:
    assert len(set(systems.NAMES)) == len(systems.NAMES)
