"""Published alert rules of other monitors, on what each of them can see of a queue by the minute.

Every rule takes `Minutes` and returns for each minute whether its alert is on, its own "for"
included. Each is read generously: exact numbers, no scrape gaps.
"""

import heapq
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from _detection_queue import MINUTE
from numpy.lib.stride_tricks import sliding_window_view

Series = np.ndarray[Any, np.dtype[Any]]


class Minutes:
    """What happened in each minute, and how things stood at its end; ages in seconds.

    `head_s` is how long the oldest ready job has waited since it was enqueued last, which is what
    brokers tell; `oldest_s` the age of the oldest unfinished job since it was first due.
    """

    def __init__(self, rows: Iterable[dict[str, Any]], begin: float, count: int) -> None:
        names = ("arrivals", "started", "completed", "failed", "waited_10s", "run_s")
        self.arrivals, self.started, self.completed, self.failed, self.waited_10s, self.run_s = (
            np.zeros(count) for _ in names
        )
        self.waiting, self.running, self.workers, self.head_s, self.oldest_s = (
            np.zeros(count) for _ in range(5)
        )
        fold = _Fold(self)
        for row in rows:
            minute = int((row["at"] - begin) // MINUTE)
            fold.end_minutes(min(minute, count), begin)
            if minute < count:
                fold.take(row, minute)
        fold.end_minutes(count, begin)


class _Fold:
    """Follows every job through the lines of a recording."""

    def __init__(self, minutes: Minutes) -> None:
        self.minutes = minutes
        self.minute = 0
        self.alive = 0
        self.due: dict[str, float] = {}
        self.ready: dict[str, float] = {}
        self.ready_from: dict[str, float] = {}
        self.running: set[str] = set()
        self.by_due: list[tuple[float, str]] = []
        self.by_ready: list[tuple[float, str]] = []
        self.later: list[tuple[float, str]] = []

    def take(self, row: dict[str, Any], minute: int) -> None:
        minutes, kind, at, job = self.minutes, row["kind"], row["at"], row.get("id", "")
        if kind == "workers":
            self.alive = row["alive"]
        elif kind == "enqueued":
            minutes.arrivals[minute] += 1
            self.due[job] = row.get("due_at", at)
            heapq.heappush(self.by_due, (self.due[job], job))
            self._waits(job, self.due[job])
        elif kind == "started":
            minutes.started[minute] += 1
            minutes.waited_10s[minute] += at - self.ready_from.pop(job, at) > 10.0
            self.ready.pop(job, None)
            self.running.add(job)
        elif kind in ("retrying", "lost"):
            self.running.discard(job)
            minutes.failed[minute] += kind == "retrying"
            self._waits(job, row.get("due_at", at))
        elif kind in ("succeeded", "dead", "discarded"):
            self.running.discard(job)
            self.due.pop(job, None)
            minutes.completed[minute] += kind == "succeeded"
            minutes.failed[minute] += kind == "dead"
            minutes.run_s[minute] += row.get("ran_for", 0.0)

    def end_minutes(self, upto: int, begin: float) -> None:
        while self.minute < upto:
            self._note(self.minute, begin + (self.minute + 1) * MINUTE)
            self.minute += 1

    def _waits(self, job: str, at: float) -> None:
        self.ready_from[job] = at
        heapq.heappush(self.later, (at, job))

    def _note(self, minute: int, now: float) -> None:
        while self.later and self.later[0][0] <= now:
            at, job = heapq.heappop(self.later)
            if self.ready_from.get(job) == at:
                self.ready[job] = at
                heapq.heappush(self.by_ready, (at, job))
        while self.by_ready and self.ready.get(self.by_ready[0][1]) != self.by_ready[0][0]:
            heapq.heappop(self.by_ready)
        while self.by_due and self.by_due[0][1] not in self.due:
            heapq.heappop(self.by_due)
        minutes = self.minutes
        minutes.waiting[minute], minutes.running[minute] = len(self.ready), len(self.running)
        minutes.workers[minute] = self.alive
        minutes.head_s[minute] = now - self.by_ready[0][0] if self.by_ready else 0.0
        minutes.oldest_s[minute] = max(0.0, now - self.by_due[0][0]) if self.by_due else 0.0


def held(on: Series, minutes: int) -> Series:
    """Return where a condition has been true for so many minutes."""
    return windows(on, minutes, False).all(axis=1)


def windows(values: Series, minutes: int, before: Any = 0.0) -> Series:
    """Return for each minute the window that ends with it."""
    return sliding_window_view(np.concatenate([np.full(minutes - 1, before), values]), minutes)


def sums(values: Series, minutes: int) -> Series:
    total = np.cumsum(np.concatenate([np.zeros(minutes), values]))
    return total[minutes:] - total[:-minutes]


def _share(part: Series, whole: Series) -> Series:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def queue_length(m: Minutes) -> Series:
    return held(m.waiting > 100, 20)


def failure_rate(m: Minutes) -> Series:
    failed = sums(m.failed, 10)
    return held(_share(failed, failed + sums(m.completed, 10)) > 0.05, 2)


def worker_down(m: Minutes) -> Series:
    return held(m.workers == 0, 15)


def celery_mixin(m: Minutes) -> Series:
    return queue_length(m) | failure_rate(m) | worker_down(m)


def sidekiq_size(m: Minutes) -> Series:
    return held(m.waiting > 100, 2)


def sidekiq_latency(m: Minutes) -> Series:
    return m.head_s > 60.0


def sensu_latency(m: Minutes) -> Series:
    return m.head_s > 300.0


def horizon_wait(m: Minutes) -> Series:
    """Laravel Horizon's long wait: what waits times the mean run, shared by the workers."""
    mean = _share(sums(m.run_s, 60), sums(m.completed, 60))
    return m.waiting * mean / np.maximum(m.workers, 1) > 60.0


def rabbit_ready(m: Minutes) -> Series:
    return held(m.waiting > 1000, 2)


def rabbit_head(m: Minutes) -> Series:
    return held(m.head_s > 60.0, 3)


def rabbit_consumers(m: Minutes) -> Series:
    return held(m.workers == 0, 5)


def burrow_lag(m: Minutes) -> Series:
    """Kafka's Burrow: the lag has not fallen once in 15 minutes, and there is some."""
    lag = windows(m.waiting, 16)
    return held((lag[:, 1:] >= lag[:, :-1]).all(axis=1) & (lag > 0).all(axis=1), 15)


def gitlab_throttled(m: Minutes) -> Series:
    return (sums(m.arrivals, 10) > 0) & (sums(m.started, 20) == 0) & (m.running == 0)


def gitlab_slo(m: Minutes) -> Series:
    """Burn rates of "99 % start within 10 s", for queues of at least four jobs a minute."""
    burn = {w: _share(sums(m.waited_10s, w), sums(m.started, w)) / 0.01 for w in (5, 30, 60, 360)}
    fast = (burn[60] > 14.4) & (burn[5] > 14.4)
    slow = (burn[360] > 6.0) & (burn[30] > 6.0)
    return (fast | slow) & (sums(m.started, 360) / 360 >= 4.0)


def _adaptive(values: Series) -> Series:
    """Grafana's adaptive anomaly band: an hour's mean and a day's spread around it."""
    mean = sums(values, 60) / 60
    spread = np.sqrt(np.maximum(0.0, sums(values**2, 60) / 60 - mean**2))
    spread = np.where(spread > 0.5 * mean, spread, 0.0)
    kept = sums((spread > 0).astype(float), 26 * 60)
    usual = _share(sums(spread, 26 * 60), kept)
    high = np.maximum(mean + 2 * usual, 1.5 * mean)
    day = np.concatenate([np.zeros(1440), high[:-1440]])
    week = np.concatenate([np.zeros(7 * 1440), high[: -7 * 1440]])
    band = np.maximum(high, np.maximum(day, week))
    return held((values > np.concatenate([[np.inf], band[:-1]])) & (values > 1.0), 5)


def grafana_length(m: Minutes) -> Series:
    return _adaptive(m.waiting)


def grafana_age(m: Minutes) -> Series:
    return _adaptive(m.oldest_s / MINUTE)


def robust_age(m: Minutes) -> Series:
    """The same minute of past days: median plus three robust deviations, on our age."""
    days = m.oldest_s.reshape(-1, 1440)
    on = np.zeros(days.shape, dtype=bool)
    for day in range(3, len(days)):
        past = days[:day]
        middle = np.median(past, axis=0)
        spread = 1.4826 * np.median(np.abs(past - middle), axis=0)
        on[day] = days[day] > np.maximum(middle + 3 * spread, MINUTE)
    return held(on.reshape(-1), 15)


PEERS: dict[str, Callable[[Minutes], Series]] = {
    "celery-mixin: queue length > 100 for 20 min": queue_length,
    "celery-mixin: failures > 5 % of 10 min": failure_rate,
    "celery-mixin: no worker for 15 min": worker_down,
    "celery-mixin, all three": celery_mixin,
    "Sidekiq: size > 100": sidekiq_size,
    "Sidekiq: latency > 60 s": sidekiq_latency,
    "Sensu: Sidekiq latency > 300 s": sensu_latency,
    "Laravel Horizon: long wait > 60 s": horizon_wait,
    "RabbitMQ: ready > 1000": rabbit_ready,
    "RabbitMQ: head older than 60 s, 2 min": rabbit_head,
    "RabbitMQ: no consumer for 5 min": rabbit_consumers,
    "Burrow: lag does not fall": burrow_lag,
    "GitLab: nothing taken in 20 min": gitlab_throttled,
    "GitLab: 99 % start within 10 s": gitlab_slo,
    "Grafana adaptive, on queue length": grafana_length,
    "Grafana adaptive, on our age": grafana_age,
    "median + 3 deviations, on our age": robust_age,
}
