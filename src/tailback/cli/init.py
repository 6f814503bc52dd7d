"""`tailback init`: writes a first `tailback.toml` from what it finds."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click
import tomlkit

from tailback import systems
from tailback.cli import _place
from tailback.core import wording
from tailback.core.system import ProbeError
from tailback.server.config import Source, scrub_url, slug
from tailback.server.loops.probe import describe


@click.command("init")
@click.argument("url")
@click.option("--system", type=click.Choice(systems.NAMES), help="Which job system it is.")
@click.option("--owner", prompt="Who should be told (one name)", help="The first person.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(_place.DEFAULT_CONFIG),
    show_default=True,
)
def command(url: str, system: str | None, owner: str, out: Path) -> None:
    """Find the queues of a broker or database and write a file to go on from."""
    if out.exists():
        raise click.UsageError(f"{out} exists already; name another with --out.")
    name = system or _system_of(url)
    source = Source(name=name, system=name, url=url)
    try:
        probe = systems.load_probe(name).open_probe(name, url, {})
        try:
            queues = probe.discover()
        finally:
            probe.close()
    except (ProbeError, ModuleNotFoundError, ValueError, KeyError) as error:
        message = f"{scrub_url(url)} cannot be read: {describe(error, source)}"
        raise click.UsageError(message) from error
    out.write_text(first_file(name, queues, owner), encoding="utf-8")
    click.echo(wording.init_done(str(out), len(queues)))


def first_file(system: str, queues: Sequence[str], owner: str) -> str:
    """Return the text of a first configuration: one lane per queue, one person, one channel."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Written by tailback init. Start with the lane that touches"))
    document.add(tomlkit.comment("money, sign-ups or a customer's first day; then the others."))
    source = tomlkit.aot()
    source.append(
        tomlkit.item({"name": system, "system": system, "url": "${TAILBACK_SOURCE_URL}"})
    )
    document["source"] = source
    lanes = tomlkit.aot()
    for queue in queues:
        lane = tomlkit.table()
        lane["name"] = queue
        if slug(queue) != queue:
            lane["key"] = slug(queue)
        lane["queue"] = queue
        lane.add(tomlkit.comment('customer_action = "…"    # completes "Customers cannot …"'))
        lane["noticed_after"] = "15m"
        lane["owner"] = owner
        lanes.append(lane)
    document["lane"] = lanes
    document["person"] = _one({"name": owner, "channels": ["chat"]})
    document["channel"] = _one({"name": "chat", "kind": "slack", "url": "${SLACK_WEBHOOK}"})
    return tomlkit.dumps(document)


def _one(values: dict[str, object]) -> tomlkit.items.AoT:
    found = tomlkit.aot()
    found.append(tomlkit.item(values))
    return found


def _system_of(url: str) -> str:
    scheme = urlsplit(url).scheme
    fitting = [name for name in systems.NAMES if scheme in systems.load(name).url_schemes]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(fitting or systems.NAMES)
    raise click.UsageError(f"Say which job system it is: --system, one of {known}.")
