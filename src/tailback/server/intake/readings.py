"""From the bytes of one request to readings of queues; a bad one never rejects the others."""

from typing import Any

from tailback.core import fields, wire
from tailback.core.model import QueueReading
from tailback.core.wire import WireError
from tailback.server.intake.lenient import load_body
from tailback.server.intake.limits import refuse

MAX_AHEAD_S = 30.0


def decode_readings(
    body: bytes, now: float
) -> tuple[str, list[QueueReading], list[dict[str, Any]]]:
    """Return the source that is named, the readings, and by index what is not taken and why."""
    try:
        said = wire.read_fields(fields.READINGS, load_body(body), "readings")
    except WireError as error:
        raise refuse(400, f"The readings cannot be read: {error}.") from error
    source: str = said["source"]
    readings: list[QueueReading] = []
    rejected: list[dict[str, Any]] = []
    for index, item in enumerate(said["readings"]):
        try:
            reading = wire.read_reading(source, item)
            _refuse_future(reading, now)
        except WireError as error:
            rejected.append({"index": index, "why": str(error)})
        else:
            readings.append(reading)
    return source, readings, rejected


def _refuse_future(reading: QueueReading, now: float) -> None:
    """A reading of tomorrow would look fresh until then, whatever happens to its sender."""
    ahead = reading.taken_at - now
    if ahead > MAX_AHEAD_S:
        why = f"lies {ahead:,.0f} s in the future; set the clock of the machine that sent it"
        raise WireError("taken_at", why)
