"""`tailback check`: judges the configuration file alone."""

from pathlib import Path

import click

from tailback.cli import _place
from tailback.core import wording
from tailback.server.config import ConfigError, Problem, load
from tailback.server.config.reload import WAITS_FOR_START


@click.command("check")
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(_place.DEFAULT_CONFIG),
    show_default=True,
)
def command(config_path: Path) -> int:
    """Judge the file; exit 1 when something must be mended."""
    if not config_path.exists():
        message = f"There is no file {config_path}; name one with --config, or run tailback init."
        raise click.UsageError(message)
    try:
        config = load(config_path)
    except ConfigError as error:
        return _report(error.problems)
    code = _report(config.findings)
    if code == 0:
        click.echo(wording.check_passed(str(config_path), len(config.lanes), len(config.sources)))
        click.echo(wording.waits_for_restart(WAITS_FOR_START))
    return code


def _report(problems: tuple[Problem, ...]) -> int:
    for problem in problems:
        prefix = "warning: " if problem.severity == "warning" else ""
        click.echo(f"{prefix}{problem}", err=True)
    return int(any(problem.severity != "warning" for problem in problems))
