"""Installs the hook of a job system when the app imports that system, or at once if it has.

The registry is data in `tailback.systems`, reached by name: the agent does not know the systems.
"""

import sys
from importlib import import_module

from tailback.agent.guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

_REGISTRY = "tailback.systems"

installed: set[str] = set()


class Finder:
    """A meta path finder that finds nothing itself: it asks the others, and watches the loading.

    It leaves `sys.meta_path` when every library it waits for has been loaded.
    """

    def __init__(self, waiting: "dict[str, str]") -> None:
        self.waiting = waiting  # library -> name of the job system
        self._asking: set[str] = set()

    def find_spec(
        self,
        name: str,
        path: "Sequence[str] | None" = None,
        target: "ModuleType | None" = None,
    ) -> "ModuleSpec | None":
        """Return the spec that the other finders have for a library we wait for, else None."""
        if name not in self.waiting or name in self._asking:
            return None
        self._asking.add(name)
        try:
            spec = self._others(name, path, target)
        finally:
            self._asking.discard(name)
        if spec is not None and spec.loader is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec, self)  # type: ignore[assignment]
        return spec

    def _others(
        self, name: str, path: "Sequence[str] | None", target: "ModuleType | None"
    ) -> "ModuleSpec | None":
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None and finder is not self else None
            if spec is not None:
                return spec  # type: ignore[no-any-return]
        return None

    def loaded(self, library: str) -> None:
        """Install the hook of a library that has just been loaded."""
        system = self.waiting.pop(library, None)
        if not self.waiting and self in sys.meta_path:
            sys.meta_path.remove(self)
        if system is not None:
            install_hook(system)


class _Loader:
    """Stands before the real loader for the moment of loading; answers everything else by it."""

    def __init__(self, spec: "ModuleSpec", finder: Finder) -> None:
        self._spec = spec
        self._real: Any = spec.loader
        self._finder = finder

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def create_module(self, spec: "ModuleSpec") -> "ModuleType | None":
        made: ModuleType | None = self._real.create_module(spec)
        return made

    def exec_module(self, module: "ModuleType") -> None:
        # The library sees its real loader, as without us.
        self._spec.loader = self._real
        module.__loader__ = self._real
        self._real.exec_module(module)
        self._finder.loaded(module.__name__)


@guarded
def install() -> None:
    """Install the hooks of libraries that are loaded, and wait for the others."""
    waiting: dict[str, str] = {}
    for system, library in import_module(_REGISTRY).LIBRARIES.items():
        if library is None or system in installed:
            continue
        if library in sys.modules:
            install_hook(system)
        else:
            waiting[library] = system
    for finder in sys.meta_path:
        if isinstance(finder, Finder):
            return
    if waiting:
        sys.meta_path.insert(0, Finder(waiting))


@guarded
def install_hook(system: str) -> None:
    """Load and install the hook of one job system, once."""
    if system in installed:
        return
    installed.add(system)
    try:
        import_module(f"{_REGISTRY}.{system}.hook").install()
    except Exception:
        installed.discard(system)
        raise
