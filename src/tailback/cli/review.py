"""`tailback review`: the weekly review in a terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec

from tailback.cli import _operate, _place
from tailback.cli.status import NOT_REACHABLE, find_server
from tailback.core import wording, wording_review
from tailback.core.advice import no_owner_key
from tailback.server.review import Review

_TIMEOUT_S = 60.0
_HEAD = ("lane", "usual", "week before", "this week", "worst", "owner")


@click.command("review")
@_place.place_options
@click.option("--week", help="Such as 2026-W47; the last whole week when left out.")
@click.option("--send", is_flag=True, help="Send it by e-mail and Slack, each week once.")
@click.option("--json", "as_json", is_flag=True, help="What GET /api/v1/review answers.")
def command(
    config_path: Path | None,
    database: str | None,
    week: str | None,
    *,
    send: bool,
    as_json: bool,
) -> int:
    """Show what drifted in a week, why jobs failed, and what to look at; as Markdown.

    Exit 3: no answer or not allowed.
    """
    if send:
        with _operate.open_server(config_path, database) as client:
            answer = _operate.ask(client, "POST", "/api/v1/review/send", {"week": week})
        click.echo(wording_review.sent(answer["week"], answer["queued"]))
        return 0
    url, token = find_server(config_path, database)
    try:
        reply = httpx.get(
            f"{url}/api/v1/review",
            params={} if week is None else {"week": week},
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_S,
            trust_env=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        click.echo(wording.not_reachable(url, str(error) or type(error).__name__), err=True)
        return NOT_REACHABLE
    if reply.status_code == httpx.codes.BAD_REQUEST:
        raise click.UsageError(str(reply.json().get("detail", reply.text)))
    if reply.status_code != httpx.codes.OK:
        click.echo(wording.not_allowed(url), err=True)
        return NOT_REACHABLE
    click.echo(
        reply.text if as_json else markdown(msgspec.json.decode(reply.content, type=Review))
    )
    return 0


def markdown(review: Review) -> str:
    """Return the review as one page of Markdown, whose table is lined up for a terminal."""
    said = wording_review
    lines = [f"# Week {review.week} ({review.days[0]} to {review.days[1]})", "", review.headline]
    drifts = [f"{lane.name}: {said.lane_note(lane)}" for lane in review.lanes if lane.drifts]
    lines += ["", "## What drifts", *_or_none(drifts, "Nothing")]
    rows = [
        (
            lane.name,
            said.age(lane.usual_s),
            said.age(lane.ages[-2]),
            said.age(lane.ages[-1]),
            said.worst(lane),
            lane.owner or "nobody",
        )
        for lane in review.lanes
    ]
    lines += ["", "## Oldest job of each lane", *_table(_HEAD, rows)]
    lines += [
        "",
        "## Why jobs failed",
        *_or_none(
            [f"{reason.sentence}: {said.reason_trend(reason)}" for reason in review.reasons],
            said.NOTHING_FAILED,
        ),
    ]
    incident = review.incident
    lines += [
        "",
        "## One incident",
        *_or_none(
            [] if incident is None else [incident.sentence, said.signal(incident.first_signal)],
            said.NO_INCIDENT,
        ),
    ]
    look = [said.retries_note(lane) for lane in review.lanes if lane.retries_rise]
    look += [said.dead_note(lane) for lane in review.lanes if lane.dead_now]
    unproven = [lane.name for lane in review.lanes if lane.unproven]
    said_already = {one.key for one in review.advice}
    nobody = [
        lane.name
        for lane in review.lanes
        if lane.owner is None and no_owner_key(lane.lane) not in said_already
    ]
    look += [one.sentence for one in review.advice]
    look += [said.unproven(unproven)] if unproven else []
    look += [said.without_owner(nobody)] if nobody else []
    lines += ["", "## To look at", *_or_none(look, "Nothing")]
    notes = [said.todo(note) for note in review.notes if note.done_at is None]
    lines += ["", "## Notes", *_or_none(notes, "Nothing to do")]
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table; all columns but the first and the last hold numbers."""
    cells = [[_cell(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    last = len(head) - 1
    rule = [
        "-" * width if at in (0, last) else "-" * (width - 1) + ":"
        for at, width in enumerate(widths)
    ]
    lined_up = [
        [
            cell.ljust(width) if at in (0, last) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in cells
    ]
    return [f"| {' | '.join(row)} |" for row in (lined_up[0], rule, *lined_up[1:])]


def _or_none(lines: list[str], nothing: str) -> list[str]:
    return [f"- {_cell(line)}" for line in lines] or [f"{nothing}."]


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|")
