"""`tailback init`: writes a first `tailback.toml` from what it finds."""

import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from tailback import clock, systems
from tailback.cli import _place
from tailback.cli._first_file import First, Found, first_file
from tailback.core import proposals, wording_init
from tailback.core.system import ProbeError
from tailback.server.config import Source, scrub_url
from tailback.server.config.values import duration_s
from tailback.server.loops.probe import describe

LOOK_AT = 200


@click.command("init")
@click.argument("url")
@click.option("--system", type=click.Choice(systems.NAMES), help="Which job system it is.")
@click.option("--owner", prompt=wording_init.WHO, help="The first person.")
@click.option("--first", help="The queue that matters most to customers.")
@click.option("--action", help='What they cannot do when it is late: "get a receipt".')
@click.option("--noticed-after", help='After how long a customer notices: "5m".')
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(_place.DEFAULT_CONFIG),
    show_default=True,
)
def command(
    url: str,
    system: str | None,
    owner: str,
    first: str | None,
    action: str | None,
    noticed_after: str | None,
    out: Path,
) -> None:
    """Find the queues of a broker or database and write a file to go on from.

    What is not given is asked for, with a proposal; where nobody can answer, proposals are taken.
    """
    if out.exists():
        raise click.UsageError(f"{out} exists already; name another with --out.")
    name = system or _system_of(url)
    found = _look(name, url)
    click.echo(wording_init.found(len(found)))
    for one in found:
        click.echo(wording_init.queue_line(one.queue, one.jobs, one.waiting))
        if proposals.hides(one.queue, one.jobs):
            click.echo(f"    {wording_init.hides(one.queue, one.jobs)}")
    lane = _first(found, first, action, noticed_after)
    out.write_text(first_file(name, found, owner, lane), encoding="utf-8")
    click.echo(wording_init.done(str(out), lane.queue if lane else None))


def _look(system: str, url: str) -> list[Found]:
    source = Source(name=system, system=system, url=url)
    try:
        probe = systems.load_probe(system).open_probe(system, url, {})
        try:
            queues = list(probe.discover())
            readings = probe.read(queues[:LOOK_AT], clock.now())
        finally:
            probe.close()
    except (ProbeError, ModuleNotFoundError, ValueError, KeyError) as error:
        message = f"{scrub_url(url)} cannot be read: {describe(error, source)}"
        raise click.UsageError(message) from error
    seen = {reading.queue: reading for reading in readings}
    return [
        Found(queue, tuple(sorted(seen[queue].oldest_by_job)), seen[queue].waiting)
        if queue in seen
        else Found(queue)
        for queue in queues
    ]


def _first(
    found: Sequence[Found], queue: str | None, action: str | None, noticed_after: str | None
) -> First | None:
    names = [one.queue for one in found]
    if queue is not None and queue not in names:
        raise click.UsageError(
            f'There is no queue "{queue}"; found: {", ".join(names) or "none"}.'
        )
    best = proposals.matters_most([(one.queue, one.jobs) for one in found])
    if best is None:
        return None
    queue = queue or _ask(wording_init.WHICH, best, click.Choice(names))
    (jobs,) = (one.jobs for one in found if one.queue == queue)
    guess = proposals.propose((queue, *jobs))
    action = action or _ask(wording_init.WHAT, guess.action or wording_init.UNKNOWN_ACTION)
    noticed_after = noticed_after or _ask(wording_init.WHEN, guess.noticed_after)
    try:
        duration_s(noticed_after)
    except ValueError as error:
        raise click.UsageError(f'--noticed-after "{noticed_after}": {error}') from error
    return First(queue, action, noticed_after)


def _ask(question: str, proposal: str, kind: click.Choice[str] | None = None) -> str:
    if not sys.stdin.isatty():
        return proposal
    answer: str = click.prompt(question, default=proposal, type=kind)
    return answer


def _system_of(url: str) -> str:
    scheme = urlsplit(url).scheme
    fitting = [name for name in systems.NAMES if scheme in systems.load(name).url_schemes]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(fitting or systems.NAMES)
    raise click.UsageError(f"Say which job system it is: --system, one of {known}.")
