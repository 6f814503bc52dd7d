"""What the hook costs a Celery worker: the same tasks with and without it, in interleaved rounds.

    python benchmarks/celery_overhead.py [--rounds 41] [--tasks 400] [--work-ms 0 5] [--json]

Two real workers (prefork, one child, Redis) live through the whole run, one of them with the hook
and a server that accepts its events. Every round gives each the same number of tasks, in turns, and
waits until they are done: `--work-ms 0` is a task that does nothing, which no shop has and which
shows the hook at its largest; the others burn so much CPU each. Time runs from a first to a last
task that note the clock; CPU is that of the worker's main process and its child together, the
hook's sender thread included. Throughput is what a second of wall clock did, so it contains the
noise of the machine, while CPU per task does not. Every event is counted at the server first.

Many short rounds, because a machine changes its speed; the loss is the median of the ratios of a
round. The gate is the loss of throughput at the largest `--work-ms`; the loss at 0 is printed beside
it. Where half of the rounds differ by more than the gate could show, there is no verdict.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import _harness as h

GATE = 0.03
NOISE = 0.10
WARM_TASKS = 500

APP = """
import json, os, time
from celery import Celery
app = Celery("bench", broker=os.environ["BENCH_BROKER"])
app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False, worker_prefetch_multiplier=4)

def cpu_s(pid):
    return time.clock_gettime((~pid << 3) | 2)

@app.task(name="bench.noop")
def noop(work_s):
    end = time.thread_time() + work_s
    while time.thread_time() < end:
        pass

@app.task(name="bench.mark")
def mark(path):
    seen = {"at": time.monotonic(), "cpu_s": cpu_s(os.getpid()) + cpu_s(os.getppid())}
    with open(path + ".part", "w") as out:
        json.dump(seen, out)
    os.rename(path + ".part", path)
"""


def serve() -> None:
    """Accept batches until standard input ends, then say how many events they had."""
    counts = {"events": 0, "dropped": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = zlib.decompress(self.rfile.read(int(self.headers["Content-Length"])), 31)
            batch = json.loads(body)
            counts["events"] += len(batch["events"])
            counts["dropped"] += batch["dropped"]
            answer = b'{"accepted":0,"rejected":[]}'
            self.send_response(202)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    print(json.dumps(counts), flush=True)


class Worker:
    """One live worker on a queue of its own."""

    def __init__(self, name: str, place: Path, broker: str, dsn: str) -> None:
        self.queue = name
        self.hooked = bool(dsn)
        self.place = place
        environment = {"BENCH_BROKER": broker, "PYTHONPATH": str(place)}
        if dsn:
            environment["TAILBACK_DSN"] = dsn
        options = ["-P", "prefork", "-c", "1", "-Q", name, "-n", f"{name}@bench", "-l", "WARNING"]
        celery = [str(Path(sys.executable).parent / "celery"), "-A", "bench_app", "worker"]
        watched = [sys.executable, "-m", "tailback", "run"] if dsn else []
        command = [*watched, *celery, *options, "--without-gossip"]
        command += ["--without-mingle"]
        self.program = h.Program(name, command, place, environment)

    def run(self, app: Any, tasks: int, work_s: float) -> tuple[float, float]:
        """Return (wall seconds, CPU seconds) of `tasks` tasks."""
        paths = [self.place / f"{self.queue}-{end}" for end in ("first", "last")]
        for path in paths:
            path.unlink(missing_ok=True)
        # Gathered aside and given at once: the producer's speed is not what is measured.
        aside = f"aside-{self.queue}"
        stamp = {"tailback": {"first": time.time()}} if self.hooked else None
        with app.producer_pool.acquire() as producer:
            calls = [("bench.mark", (str(paths[0]),)), *[("bench.noop", (work_s,))] * tasks]
            for name, args in [*calls, ("bench.mark", (str(paths[1]),))]:
                app.send_task(name, args, queue=aside, producer=producer, headers=stamp)
            producer.channel.client.rename(aside, self.queue)
        h.until(paths[1].exists, f"{self.queue} is done", self.program, 600)
        first, last = (json.loads(path.read_text()) for path in paths)
        return last["at"] - first["at"], last["cpu_s"] - first["cpu_s"]


def measure(
    app: Any, workers: tuple[Worker, Worker], rounds: int, tasks: int, work_ms: float
) -> dict[str, Any]:
    rows = []
    for number in range(rounds):
        order = workers if number % 2 else workers[::-1]
        row = {worker.queue: worker.run(app, tasks, work_ms / 1e3) for worker in order}
        rows.append((row["plain"], row["hook"]))
    loss = [1 - plain[0] / hooked[0] for plain, hooked in rows]
    cpu = [(hooked[1] - plain[1]) / tasks * 1e6 for plain, hooked in rows]
    share = [hooked[1] / plain[1] - 1 for plain, hooked in rows]
    return {
        "work_ms": work_ms,
        "rounds": rounds,
        "tasks": tasks,
        "plain_per_s": round(tasks / statistics.median(plain[0] for plain, _ in rows)),
        "hook_per_s": round(tasks / statistics.median(hooked[0] for _, hooked in rows)),
        "throughput_loss": round(statistics.median(loss), 4),
        "throughput_loss_half_of_rounds": quartiles(loss),
        "plain_cpu_us": round(statistics.median(plain[1] for plain, _ in rows) / tasks * 1e6, 1),
        "hook_adds_cpu_us": round(statistics.median(cpu), 1),
        "cpu_share": round(statistics.median(share), 4),
        "cpu_share_half_of_rounds": quartiles(share),
    }


def quartiles(values: list[float]) -> tuple[float, float]:
    low, _, high = statistics.quantiles(values, n=4)
    return round(low, 3), round(high, 3)


def run(rounds: int, tasks: int, work_ms: list[float]) -> dict[str, Any]:
    from celery import Celery

    with h.folder() as place:
        (place / "bench_app.py").write_text(APP)
        redis, broker = h.redis_server(place)
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )  # fmt: skip
        assert server.stdout is not None
        dsn = f"http://bench@127.0.0.1:{int(server.stdout.readline())}/bench"
        app = Celery("bench", broker=broker)
        workers = (Worker("plain", place, broker, ""), Worker("hook", place, broker, dsn))
        try:
            for worker in workers:
                worker.run(app, WARM_TASKS, 0)
            found = [
                measure(app, workers, rounds, tasks if ms == 0 else tasks // 4, ms)
                for ms in work_ms
            ]
        finally:
            for worker in workers:
                worker.program.stop()
            redis.stop()
        counted = json.loads(server.communicate()[0])
    done = WARM_TASKS + 2 + sum((one["tasks"] + 2) * one["rounds"] for one in found)
    if counted["dropped"] or counted["events"] != 2 * done:
        sys.exit(f"events are missing: {counted}, expected {2 * done}; no speed is worth a thing")
    return {
        "machine": h.machine(),
        "load": os.getloadavg()[0],
        "events": counted,
        "results": found,
    }


def report(found: dict[str, Any]) -> bool:
    print(f"{found['machine']}, load {found['load']:.1f}; events {found['events']}, as expected")
    for one in found["results"]:
        low, high = one["throughput_loss_half_of_rounds"]
        cpu_low, cpu_high = one["cpu_share_half_of_rounds"]
        print(
            f"task of {one['work_ms']:g} ms: {one['plain_per_s']}/s plain, {one['hook_per_s']}/s"
            f" with the hook; loss {one['throughput_loss']:.1%} (half of the rounds {low:.1%} to"
            f" {high:.1%}); CPU {one['plain_cpu_us']} us a task, the hook adds"
            f" {one['hook_adds_cpu_us']} us, {one['cpu_share']:.1%} (half of the rounds"
            f" {cpu_low:.1%} to {cpu_high:.1%}); {one['rounds']} rounds of {one['tasks']}"
        )
    last = max(found["results"], key=lambda one: one["work_ms"])
    low, high = last["throughput_loss_half_of_rounds"]
    if high - low > NOISE:
        print("no verdict on throughput (noise): the machine was not steady enough")
        return bool(last["cpu_share"] <= GATE)
    kept = last["throughput_loss"] <= GATE
    print(f"gate {GATE:.0%} at {last['work_ms']:g} ms: {'kept' if kept else 'MISSED'}")
    return bool(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--tasks", type=int, default=400, help="tasks of one round")
    parser.add_argument("--work-ms", type=float, nargs="+", default=[0, 5])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve()
        return
    found = run(chosen.rounds, chosen.tasks, chosen.work_ms)
    if chosen.json:
        print(json.dumps(found))
    sys.exit(0 if report(found) else 1)


if __name__ == "__main__":
    main()
