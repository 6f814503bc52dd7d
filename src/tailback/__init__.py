"""Tells a team that background work is late or stuck before their users notice.

The public names are lazy, so that `import tailback` costs nothing until one of them is used:
`install`, `tenant`, `outcome`, `deploy` and `__version__`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tailback.agent import deploy as deploy
    from tailback.agent import install as install
    from tailback.agent import outcome as outcome
    from tailback.agent.tenants import tenant as tenant

    __version__: str

__all__ = ["__version__", "deploy", "install", "outcome", "tenant"]

_HOMES = {
    "install": "tailback.agent",
    "tenant": "tailback.agent.tenants",
    "outcome": "tailback.agent",
    "deploy": "tailback.agent",
    "__version__": "tailback.agent.release",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module 'tailback' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - paid only by who uses a public name

    found: object = getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
