"""Durable ingest end to end against a server that only accepts and decodes, in interleaved rounds.

    python benchmarks/ingest.py [--rounds 7] [--batch 50 500] [--events 50000] [--json]

Both are real processes of the same Litestar, uvicorn and msgspec, fed the same batches by the same
four connections. Ours is `tailback up`: token, checks, commit (SQLite, FULL) before the answer,
ledger, counts, judging. The measure is CPU seconds of the server's process per event, until it has
counted everything. What ours stored and what it holds is compared with an oracle before any speed
is printed. The gate is the median ratio per round at the largest batch.
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import _harness as h
import uvicorn
from _store_subjects import DONE, make_work
from litestar import Litestar, Request, post

from tailback.core.ledger import Ledger
from tailback.server.intake.limits import MAX_WIRE_BYTES
from tailback.server.payload import Envelope
from tailback.store.sqlite.store import SqliteStore

GATE = 0.12
CONNECTIONS = 4


def serve_decode_only(port: int) -> None:
    """The peer: what no server on this stack can do without."""
    import msgspec

    decoder = msgspec.json.Decoder(Envelope)

    @post("/api/v1/events", status_code=202)
    async def take(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return {"accepted": len(decoder.decode(await request.body()).events), "rejected": []}

    app = Litestar(
        route_handlers=[take],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=MAX_WIRE_BYTES,
    )
    uvicorn.run(
        app,
        port=port,
        loop="asyncio",  # as ours
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
    )


def numbered(batches: list[bytes], first: int) -> list[bytes]:
    """Give each batch what an agent gives it: a producer, a number, a system."""
    return [
        b'{"source":"app","system":"celery","agent":"bench","producer":"bench","seq":%d,%s'
        % (seq, body[1:])
        for seq, body in enumerate(batches, first)
    ]


def feed(url: str, token: str, batches: list[bytes]) -> int:
    """Send the batches over four connections; return how many events were accepted."""
    accepted = [0] * CONNECTIONS

    def send(number: int) -> None:
        connection = h.Connection(url, token)
        for body in batches[number::CONNECTIONS]:
            accepted[number] += connection.post(body)["accepted"]

    threads = [threading.Thread(target=send, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(accepted)


def counted(store: SqliteStore) -> bool:
    return store.rollups.committed_upto() == store.log.last_offset()


class Round:
    """CPU seconds and events per second of one server and one round."""

    def __init__(self, server: h.Program, url: str, token: str, store: SqliteStore | None) -> None:
        self.server, self.url, self.token, self.store = server, url, token, store
        self.accepted = 0
        self.cpu_s: list[float] = []
        self.wall_s: list[float] = []

    def run(self, batches: list[bytes]) -> None:
        cpu, begin = self.server.cpu_s(), time.perf_counter()
        self.accepted += feed(self.url, self.token, batches)
        self.wall_s.append(time.perf_counter() - begin)
        if self.store is not None:
            store = self.store
            h.until(lambda: counted(store), "counting everything", self.server)
        self.cpu_s.append(self.server.cpu_s() - cpu)


def check(database: Path, states: Counter[str], events: int, accepted: list[int]) -> None:
    """End with an error when anything was lost, counted twice or confused."""
    found: Counter[str] = Counter()
    with SqliteStore(database) as store:
        for minute in store.rollups.overview(from_=0, to=2**40).values():
            found.update(succeeded=minute.completed, dead=minute.dead)
        checkpoint = store.checkpoints.latest()
        if checkpoint is None or checkpoint.offset != store.log.last_offset():
            sys.exit("totals cannot be checked: the stopped server left no complete checkpoint")
    found["open"] = Ledger.restore(checkpoint.blob).open_jobs()
    expected = Counter({state: states[state] for state in DONE})
    expected["open"] = states.total() - expected.total()
    if found != expected or any(one != events for one in accepted):
        sys.exit(
            f"totals are wrong, so no speed means anything: {found}, accepted {accepted};"
            f" it should be {expected} of {events} events"
        )


def measure(size: int, rounds: int, events: int) -> dict[str, Any]:
    """Measure one size of batch with fresh servers."""
    per_round = max(CONNECTIONS, events // size)
    work = make_work(rounds, per_round, size, begin=time.time() - 600)
    with h.folder() as place:
        ours = h.Tailback(place)
        port = h.free_port()
        peer = h.Program(
            "peer", [sys.executable, str(Path(__file__).absolute()), "--serve", str(port)], place
        )
        with h.running(ours), h.running(peer), SqliteStore(ours.database) as store:
            url = f"http://127.0.0.1:{port}"
            h.until(lambda: "started" in _ready(url), "the peer's start", peer)
            mine = Round(ours, ours.url, ours.ingest, store)
            other = Round(peer, url, "", None)
            void = []
            for number, batches in enumerate(work.batches):
                bodies = numbered(batches, number * per_round)
                before = h.anchor(place)
                for one in (mine, other) if number % 2 else (other, mine):
                    one.run(bodies)
                after = h.anchor(place)
                if max(before[1], after[1]) > 2 * min(before[1], after[1]):
                    void.append(number)
            idle = _idle_share(ours)
        check(ours.database, work.states, work.events, [mine.accepted, other.accepted])
    each = work.events // rounds
    valid = [number for number in range(rounds) if number not in void]
    ratios = [other.cpu_s[n] / mine.cpu_s[n] for n in valid or range(rounds)]
    return {
        "batch": size,
        "events": work.events,
        "ratio": round(statistics.median(ratios), 3),
        "range": [round(min(ratios), 3), round(max(ratios), 3)],
        "valid_rounds": len(valid),
        "rounds": rounds,
        "events_per_cpu_s": round(each / statistics.median(mine.cpu_s)),
        "events_per_s": round(each / statistics.median(mine.wall_s)),
        "decode_only_per_cpu_s": round(each / statistics.median(other.cpu_s)),
        "idle_cpu_share": round(idle, 3),
    }


def _ready(url: str) -> str:
    try:
        h.fetch(url + "/")
    except h.urllib.error.HTTPError:
        return "started"
    except OSError:
        return ""
    return "started"


def _idle_share(server: h.Program, seconds: float = 4.0) -> float:
    """CPU that our server uses for looking at its 200 lanes while nothing arrives."""
    cpu, begin = server.cpu_s(), time.perf_counter()
    time.sleep(seconds)
    return (server.cpu_s() - cpu) / (time.perf_counter() - begin)


def report(results: list[dict[str, Any]]) -> bool:
    """Print what was measured; return whether the gate is kept or nothing can be said."""
    print(h.machine())
    print("Totals equal the oracle in every run. Median of rounds:")
    for one in results:
        low, high = one["range"]
        print(
            f"  batch {one['batch']:3}: {one['events_per_cpu_s']:,} events per CPU second"
            f" ({one['events_per_s']:,} per second of wall clock),"
            f" decode-only {one['decode_only_per_cpu_s']:,};"
            f" ratio {one['ratio']} ({low}-{high}), {one['valid_rounds']} of {one['rounds']} rounds"
            f" valid; {one['events']:,} events; idle {100 * one['idle_cpu_share']:.0f} % of a CPU"
        )
    last = max(results, key=lambda one: one["batch"])
    if last["valid_rounds"] <= last["rounds"] // 2:
        print("no verdict (noise): the machine was not steady enough")
        return True
    kept = last["ratio"] >= GATE
    print(f"gate {GATE} at batch {last['batch']}: {'kept' if kept else 'MISSED'}")
    return bool(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batch", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--events", type=int, default=50_000, help="events of one round")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve_decode_only(chosen.serve)
        return
    results = [measure(size, chosen.rounds, chosen.events) for size in chosen.batch]
    if chosen.json:
        print(json.dumps({"totals": "right", "load": os.getloadavg()[0], "results": results}))
    sys.exit(0 if report(results) else 1)


if __name__ == "__main__":
    main()
