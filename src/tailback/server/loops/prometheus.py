"""Asks a Prometheus how much a business counter grew in a span of time; reads only."""

import math
from typing import Any

import httpx

from tailback.core.system import ProbeError
from tailback.server.config.sections import WINDOW

TIMEOUT_S = 5.0
MAX_ANSWER = 64 * 1024


def grown_between(url: str, query: str, since: float, until: float) -> int:
    """Return the one number that `query` answers at `until`, to the nearest whole.

    `:window` in the query becomes the length of the span, such as "60s". No answer is not 0:
    ProbeError says what is wrong, and the same span is asked for again with the next one.
    """
    expression = query.replace(WINDOW, f"{math.ceil(until - since)}s")
    wanted = {"query": expression, "time": f"{until:.3f}"}
    address = f"{url.rstrip('/')}/api/v1/query"
    client = httpx.Client(timeout=TIMEOUT_S, trust_env=False)
    with client, client.stream("GET", address, params=wanted) as answer:
        body = b""
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER:
                raise ProbeError("Prometheus answers too much. Write: sum(increase(…[:window])).")
    if answer.status_code != httpx.codes.OK:
        raise ProbeError(f"Prometheus answered {answer.status_code}. Check the address and query.")
    return _number(httpx.Response(200, content=body))


def _number(answer: httpx.Response) -> int:
    try:
        data: Any = answer.json()["data"]
        result = data["result"]
        pairs = [result] if data["resultType"] == "scalar" else [one["value"] for one in result]
        values = [float(pair[1]) for pair in pairs]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ProbeError("this is no answer of Prometheus. Check the address.") from error
    if len(values) != 1 or not math.isfinite(values[0]):
        found = "nothing" if not values else f"{len(values)} series" if values[1:] else "no number"
        raise ProbeError(f"the query answers {found}, not one number. Write: sum(…).")
    return round(values[0])
