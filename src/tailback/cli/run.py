"""`tailback run <worker command>`: an unmodified worker with the hook installed."""

import os
import sys
from pathlib import Path

from tailback.agent.settings import DsnError, parse_dsn
from tailback.core import wording_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SITE = Path(__file__).parent.parent / "agent" / "site"
USAGE_ERROR = 64


def main(argv: "Sequence[str]") -> int:
    """Become the worker command; returns only when that is not possible, with the exit code.

    Signals and the exit code are the worker's own, because it takes this process over.
    """
    command = list(argv[1:] if argv[:1] == ["--"] else argv)
    if command[:1] in (["-h"], ["--help"]):
        sys.stdout.write(wording_agent.run_usage())
        return 0
    if not command or command[0].startswith("-"):
        sys.stderr.write(wording_agent.run_usage())
        return USAGE_ERROR
    refusal = _refusal(os.environ.get("TAILBACK_DSN", ""))
    if refusal is not None:
        sys.stderr.write(f"{refusal}\n")
        return USAGE_ERROR
    try:
        os.execvpe(command[0], command, environment(os.environ, os.getpid()))  # noqa: S606 - asked for
    except OSError as error:
        sys.stderr.write(f"{wording_agent.cannot_start(command[0], error.strerror)}\n")
    return USAGE_ERROR


def environment(env: "Mapping[str, str]", pid: int) -> dict[str, str]:
    """Return the environment of the worker: `env` with our start-up directory first."""
    paths = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {
        **env,
        "PYTHONPATH": os.pathsep.join([str(SITE), *(path for path in paths if path != str(SITE))]),
        "TAILBACK_RUN_PID": str(pid),
    }


def _refusal(dsn: str) -> str | None:
    if not dsn:
        return wording_agent.dsn_missing()
    try:
        parse_dsn(dsn)
    except DsnError as error:
        return wording_agent.dsn_wrong(str(error))
    return None
