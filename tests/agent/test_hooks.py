import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback import systems
from tailback.agent import guard, hooks
from tailback.agent.hooks import Finder

LIBRARY = "tailback_test_library"
INSTALLED: list[str] = []


@pytest.fixture
def library(fresh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A library on the path, and a job system `fake` that waits for it."""
    package = tmp_path / LIBRARY
    package.mkdir()
    (package / "__init__.py").write_text(
        "LOADER = type(__loader__).__name__, type(__spec__.loader).__name__\n"
    )
    (package / "data.txt").write_text("data")
    (package / "__main__.py").write_text("print('main of the library')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(systems, "LIBRARIES", {"fake": LIBRARY, "none": None})
    monkeypatch.setattr(hooks, "installed", set())
    hook = types.ModuleType("tailback.systems.fake.hook")
    hook.install = lambda: INSTALLED.append("fake")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tailback.systems.fake", types.ModuleType("fake"))
    monkeypatch.setitem(sys.modules, "tailback.systems.fake.hook", hook)
    INSTALLED.clear()
    before = list(sys.meta_path)
    yield package
    sys.meta_path[:] = before
    sys.modules.pop(LIBRARY, None)


def finders() -> list[Finder]:
    return [finder for finder in sys.meta_path if isinstance(finder, Finder)]


def test_the_registry_says_what_the_systems_say_themselves() -> None:
    for name in systems.NAMES:
        assert systems.load(name).library == systems.LIBRARIES[name]
        assert systems.load(name).name == name


@pytest.mark.usefixtures("library")
def test_a_library_that_is_imported_later_gets_its_hook_when_it_is_complete() -> None:
    hooks.install()
    assert INSTALLED == []
    assert len(finders()) == 1

    module = importlib.import_module(LIBRARY)

    assert INSTALLED == ["fake"]
    assert module.LOADER == ("SourceFileLoader", "SourceFileLoader")
    assert module.__spec__ is not None
    assert module.__spec__.submodule_search_locations
    assert finders() == []


@pytest.mark.usefixtures("library")
def test_a_library_that_is_there_already_gets_its_hook_at_once() -> None:
    importlib.import_module(LIBRARY)

    hooks.install()

    assert INSTALLED == ["fake"]
    assert finders() == []


@pytest.mark.usefixtures("library")
def test_installing_again_and_again_installs_once() -> None:
    hooks.install()
    hooks.install()
    assert len(finders()) == 1

    importlib.import_module(LIBRARY)
    hooks.install()
    hooks.install_hook("fake")

    assert INSTALLED == ["fake"]


@pytest.mark.usefixtures("library")
def test_asking_whether_a_library_exists_imports_nothing_and_works() -> None:
    hooks.install()

    spec = importlib.util.find_spec(LIBRARY)

    assert spec is not None
    assert spec.loader is not None
    assert spec.loader.get_data(str(Path(spec.origin or "").parent / "data.txt")) == b"data"  # type: ignore[attr-defined]
    assert INSTALLED == []
    assert len(finders()) == 1

    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert INSTALLED == ["fake"]


@pytest.mark.usefixtures("library")
def test_a_library_that_is_not_installed_is_still_not_found() -> None:
    systems.LIBRARIES["gone"] = "tailback_no_such_library"
    hooks.install()

    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tailback_no_such_library")

    assert len(finders()) == 1


def test_a_library_whose_import_fails_may_be_imported_again(library: Path) -> None:
    hooks.install()
    source = (library / "__init__.py").read_text()
    (library / "__init__.py").write_text("raise ImportError('not today')")
    with pytest.raises(ImportError, match="not today"):
        importlib.import_module(LIBRARY)
    assert INSTALLED == []

    (library / "__init__.py").write_text(source + "AGAIN = True\n")
    importlib.invalidate_caches()
    importlib.import_module(LIBRARY)

    assert INSTALLED == ["fake"]


@pytest.mark.usefixtures("library")
def test_other_finders_that_do_the_same_keep_working() -> None:
    asked: list[str] = []

    class Other:
        busy = False

        def find_spec(self, name: str, *_: object) -> object:
            if name != LIBRARY or self.busy:
                return None
            asked.append(name)
            self.busy = True
            try:
                return importlib.util.find_spec(name)
            finally:
                self.busy = False

    sys.meta_path.insert(0, Other())  # type: ignore[arg-type]
    hooks.install()
    sys.meta_path.insert(0, Other())  # type: ignore[arg-type]

    importlib.import_module(LIBRARY)

    assert INSTALLED == ["fake"]
    assert asked


@pytest.mark.usefixtures("library")
def test_a_finder_of_the_old_kind_is_passed_over() -> None:
    class Ancient:
        """Python before 3.12 tolerates finders without `find_spec`."""

    hooks.install()
    (finder,) = finders()
    sys.meta_path.insert(0, Ancient())  # type: ignore[arg-type]

    assert finder.find_spec(LIBRARY) is not None


@pytest.mark.usefixtures("library")
def test_a_hook_that_fails_does_not_break_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise AttributeError("the library has changed")

    monkeypatch.setattr(sys.modules["tailback.systems.fake.hook"], "install", broken)
    hooks.install()

    assert importlib.import_module(LIBRARY).LOADER

    assert list(guard.swallowed) == ["AttributeError in tailback.agent.hooks.install_hook"]
    assert hooks.installed == set()


@pytest.mark.usefixtures("library")
def test_a_finder_without_loaders_to_run_is_left_alone() -> None:
    class Namespace:
        def find_spec(self, name: str, *_: object) -> object:
            return importlib.util.spec_from_loader(name, None) if name == LIBRARY else None

    hooks.install()
    sys.meta_path.append(Namespace())  # type: ignore[arg-type]
    (Path(sys.path[0]) / LIBRARY / "__init__.py").unlink()
    (Path(sys.path[0]) / LIBRARY).rename(Path(sys.path[0]) / "moved")
    importlib.invalidate_caches()

    spec = importlib.util.find_spec(LIBRARY)

    assert spec is not None
    assert spec.loader is None


@pytest.mark.usefixtures("library")
def test_a_loaded_library_nobody_waited_for_is_nothing() -> None:
    finder = Finder({})

    finder.loaded(LIBRARY)

    assert INSTALLED == []
