"""The commands that need the server extra: one file of this folder per command."""

import importlib
from collections.abc import Sequence
from pathlib import Path

import click

from tailback.server.config import ConfigError
from tailback.store.errors import StoreError

USAGE_ERROR = 64
INTERRUPTED = 130
COMMANDS = (
    "ack",
    "check",
    "demo",
    "deploy",
    "doctor",
    "drill",
    "explain",
    "init",
    "outcome",
    "replay",
    "review",
    "run",
    "silence",
    "status",
    "token",
    "up",
    "user",
)
BARE = {
    "deploy": "Mark a deploy.",
    "outcome": "Count a business outcome.",
    "run": "Run an unmodified worker with the hook installed.",
}


class Commands(click.Group):
    """Finds each command in the module of its name, and imports only the one that is used."""

    @property
    def commands(self) -> dict[str, click.Command]:
        """Return every command by name; imports them all, for the documentation's tests."""
        found = {name: self.get_command(None, name) for name in self.list_commands(None)}
        return {name: command for name, command in found.items() if command is not None}

    @commands.setter
    def commands(self, _value: object) -> None:
        """Ignore what click sets at the start."""

    def list_commands(self, ctx: click.Context | None) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of all commands that are there."""
        folder = Path(__file__).parent
        return [name for name in COMMANDS if (folder / f"{name}.py").exists()]

    def get_command(self, ctx: click.Context | None, cmd_name: str) -> click.Command | None:
        """Return one command."""
        if cmd_name in BARE:
            return click.Command(cmd_name, help=BARE[cmd_name])
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"tailback.cli.{cmd_name}")
        command: click.Command = getattr(module, "command", None) or getattr(module, cmd_name)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tailback")
def cli() -> None:
    """Tell a team that background work is late or stuck before their users notice."""


def main(args: Sequence[str]) -> int:
    """Run one command; return 64 for wrong usage or configuration."""
    try:
        code = cli.main(list(args), prog_name="tailback", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE_ERROR
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return USAGE_ERROR
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return USAGE_ERROR
    except StoreError as error:
        click.echo(str(error), err=True)
        return USAGE_ERROR
    return code if isinstance(code, int) else 0
