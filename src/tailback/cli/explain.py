"""`tailback explain`: why each of some failures happened, in plain words."""

import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from tailback.core.failures import Reason, error_of_record, reason_of
from tailback.core.text import clean_name

_WRONG_USAGE = 64
_LINE_CHARS = 200


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def explain(file: BinaryIO, *, as_json: bool) -> None:
    """Say why failures happened: bucket, reason, sentence and the rule that decided.

    FILE has one JSON object per line: {"id", "exc_type", "message", "traceback_tail",
    "http_status"}. Without FILE, or with -, standard input is read.
    """
    refused = 0
    answers: list[tuple[str, Reason]] = []
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            record = _record(line)
            reason = reason_of(error_of_record(record))
        except ValueError as trouble:
            refused += 1
            click.echo(f"line {number}: {trouble}", err=True)
            continue
        identity = record.get("id")
        if as_json:
            sys.stdout.write(_as_json(identity, reason))
        else:
            answers.append((clean_name(str(identity or number), _LINE_CHARS), reason))
    for reason, identities in _grouped(answers):
        click.echo(_in_words(reason, identities))
    if refused:
        count = "1 line" if refused == 1 else f"{refused} lines"
        click.echo(f"{count} could not be read; the others are answered.", err=True)
        sys.exit(_WRONG_USAGE)


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except UnicodeDecodeError as trouble:
        raise ValueError("not UTF-8 text: write the file as UTF-8") from trouble
    except (json.JSONDecodeError, RecursionError) as trouble:
        raise ValueError(
            f"not valid JSON ({trouble}): write one object per line, as {{...}}"
        ) from trouble
    if not isinstance(record, dict):
        raise ValueError(  # noqa: TRY004 - the content of a line is wrong, not a call
            "not a JSON object: write one object per line, as {...}"
        )
    return record


def _as_json(identity: object, reason: Reason) -> str:
    answer = {
        "id": identity,
        "bucket": reason.bucket,
        "reason_key": reason.key,
        "sentence": reason.sentence,
        "first_error": {"type": reason.first_error_type, "message": reason.first_error_message},
        "decided_by": reason.decided_by,
    }
    return json.dumps(answer) + "\n"


def _grouped(answers: list[tuple[str, Reason]]) -> Iterator[tuple[Reason, list[str]]]:
    groups: dict[str, tuple[Reason, list[str]]] = {}
    for identity, reason in answers:
        groups.setdefault(reason.key, (reason, []))[1].append(identity)
    yield from sorted(groups.values(), key=lambda group: -len(group[1]))


def _in_words(reason: Reason, identities: list[str]) -> str:
    """Three lines for each reason: ten copies of one failure read as one problem."""
    error = f"{reason.first_error_type}: {reason.first_error_message.strip()}"
    return "\n".join(
        (
            f"{len(identities):>6}  {reason.bucket}: {_plain(reason.sentence)}",
            f"        {_plain(error)}",
            f"        {reason.key} (by {_plain(reason.decided_by)}; first: {identities[0]})\n",
        )
    )


def _plain(text: str) -> str:
    """Job text is hostile: one line, no control characters, at most 200 characters."""
    return clean_name(text.partition("\n")[0], _LINE_CHARS)


if __name__ == "__main__":
    explain()
