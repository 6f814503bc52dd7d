"""What one event costs the app: beside an OpenTelemetry span, and a Prometheus counter.

    python benchmarks/agent.py [--rounds 9] [--events 2000] [--json]

First every event of a run against a real local server is counted there: accepted or reported as
dropped, none missing. Then the hot path alone is timed, round robin with its peers, in CPU
nanoseconds of the calling thread with the cost of the empty loop taken off; the gate is the
median of the ratios of a round; nobody listens by then, so all of it waits in memory. The span is not exported at all, in its favour. Last the time of
`import tailback` in a fresh interpreter, against an interpreter that imports nothing.
"""

import argparse
import contextlib
import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from subprocess import PIPE
from time import perf_counter, thread_time_ns
from typing import Any

import tailback
from tailback import agent

SPAN_GATE = 0.1
IMPORT_GATE_S = 0.005
TOTAL = 40_000
RATE = 20_000

Task = Callable[[int], None]


class Server:
    """A server in a process of its own, which says what has arrived when it is asked to end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve"], stdin=PIPE, stdout=PIPE, text=True
        )
        assert self._process.stdout is not None
        self.dsn = f"http://bench@127.0.0.1:{int(self._process.stdout.readline())}/bench"

    def end(self) -> dict[str, int]:
        """Return how many events were accepted, and how many reported as dropped."""
        out, _ = self._process.communicate()
        return dict(json.loads(out))


def serve() -> None:
    """Accept batches until standard input ends."""
    counts = {"events": 0, "dropped": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            batch = json.loads(gzip.decompress(raw))
            counts["events"] += len(batch["events"])
            counts["dropped"] += batch["dropped"]
            self.send_response(202)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    print(json.dumps(counts))


def emit(count: int) -> None:
    """Report one event as a hook does."""
    for _ in range(count):
        agent.emit("started", "b7e2f1c0", "emails", "shop.send", attempt=1, worker="w:1")


def check_totals(server: Server) -> None:
    """Stop unless everything is accounted for."""
    began = perf_counter()
    for number in range(TOTAL // 20):
        while perf_counter() < began + number * 20 / RATE:
            pass
        emit(20)
    if not agent.flush(30):
        sys.exit("the last events were not accepted: no speed is shown")
    counts = server.end()
    seen = counts["events"] + counts["dropped"]
    if seen != TOTAL:
        sys.exit(f"{TOTAL} events, but {seen} accounted for: no speed is shown")
    share = counts["dropped"] / TOTAL
    print(
        f"{TOTAL} events at {RATE} a second from one busy thread: every one accounted for, "
        f"{share:.1%} dropped and reported"
    )


def empty(count: int) -> None:
    """Cost nothing but the loop."""
    for _ in range(count):
        pass


def peers() -> dict[str, Task]:
    """Return the peers that are installed."""
    found: dict[str, Task] = {}
    try:
        found["otel"] = _span()
    except ImportError:
        print("opentelemetry-sdk is not installed: no verdict on the gate")
    with contextlib.suppress(ImportError):
        found["prometheus"] = _counter()
    return found


def _span() -> Task:
    from opentelemetry.sdk.trace import TracerProvider

    tracer = TracerProvider().get_tracer("bench")
    attributes = {"messaging.destination.name": "emails", "job": "shop.send", "attempt": 1}

    def span(count: int) -> None:
        for _ in range(count):
            with tracer.start_as_current_span("process", attributes=attributes):
                pass

    return span


def _counter() -> Task:
    from prometheus_client import CollectorRegistry, Counter

    counter = Counter("jobs", "Jobs.", ["queue", "job"], registry=CollectorRegistry())

    def count_one(count: int) -> None:
        for _ in range(count):
            counter.labels("emails", "shop.send").inc()

    return count_one


def nanoseconds(task: Task, events: int) -> float:
    """Return CPU time of this thread per event."""
    began = thread_time_ns()
    task(events)
    return (thread_time_ns() - began) / events


def measure(tasks: dict[str, Task], rounds: int, events: int) -> dict[str, list[float]]:
    """Time all tasks in turn, once a round; between rounds what was emitted is sent."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        loop = nanoseconds(empty, events)
        for name, task in tasks.items():
            times[name].append(nanoseconds(task, events) - loop)
            agent.flush(30)
    return times


def import_s(code: str) -> float:
    """Return the best of 15 fresh interpreters' own time for `code`."""
    source = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
    command = [sys.executable, "-I", "-c", source]
    return min(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(15)
    )


def main() -> int:
    """Run the benchmark; 1 when a gate is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve()
        return 0

    server = Server()
    tailback.install(server.dsn)
    check_totals(server)
    began = perf_counter()
    times = measure({"tailback": emit, **peers()}, args.rounds, args.events)
    result: dict[str, Any] = {
        "ns_per_event": {name: round(median(values)) for name, values in times.items()},
        "import_ms": round(import_s("import tailback") * 1_000, 2),
        "seconds": round(perf_counter() - began, 1),
    }
    for name in times:
        if name != "tailback":
            ratios = [
                ours / peer for ours, peer in zip(times["tailback"], times[name], strict=True)
            ]
            result[f"ratio_to_{name}"] = [round(f(ratios), 3) for f in (min, median, max)]
    print(json.dumps(result) if args.json else "\n".join(f"{k}: {v}" for k, v in result.items()))
    slow = result.get("ratio_to_otel", [0, 0, 0])[1] > SPAN_GATE
    return int(slow or result["import_ms"] > IMPORT_GATE_S * 1_000)


if __name__ == "__main__":
    sys.exit(main())
