"""The command `tailback`: the agent's three commands need nothing, the rest the server extra."""

import sys
from importlib import import_module

from tailback.core import wording_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BARE = ("run", "deploy", "outcome")
USAGE_ERROR = 64
OUR_BUG = 70
INTERRUPTED = 130

# The modules of the extra `server`: only when one of these is missing is installing it the remedy.
EXTRA = frozenset(
    {
        *("apprise", "argon2", "click", "cronsim", "holidays", "httptools", "httpx", "huey"),
        *(
            "jinja2",
            "joserfc",
            "litestar",
            "msgspec",
            "psycopg",
            "psycopg_pool",
            "redis",
            "rich",
            "tomlkit",
        ),
        *("uvicorn", "zstandard"),
    }
)


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run one command and return its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    name = args[0] if args else ""
    try:
        if name in BARE:
            return _code(import_module(f"tailback.cli.{name}").main(args[1:]))
        return _code(import_module("tailback.cli.main").main(args))
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRA:
            return _our_bug(error)
        sys.stderr.write(f"{wording_agent.extra_missing(missing)}\n")
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last one to say something useful
        return _our_bug(error)


def _code(answer: object) -> int:
    return answer if isinstance(answer, int) else 0


def _our_bug(error: Exception) -> int:
    import traceback  # noqa: PLC0415 - only for a bug

    traceback.print_exception(error)
    sys.stderr.write(f"{wording_agent.our_bug(type(error).__name__)}\n")
    return OUR_BUG


if __name__ == "__main__":
    sys.exit(main())
