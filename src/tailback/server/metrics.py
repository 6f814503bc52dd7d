"""The Prometheus text: one gauge per number of a lane; a number not known has no sample."""

from collections.abc import Iterable

from tailback.server.view import Board, LaneView

_GAUGES: tuple[tuple[str, str, str], ...] = (
    ("oldest_age_seconds", "oldest_age_s", "Age of the oldest unfinished job since first due."),
    ("promise_seconds", "promise_s", "How long until a customer notices."),
    ("waiting_jobs", "waiting", "Jobs ready to run."),
    ("running_jobs", "running", "Jobs running now."),
    ("retrying_jobs", "retrying", "Jobs waiting for another attempt."),
    ("scheduled_jobs", "scheduled", "Jobs whose time has not come."),
    ("dead_jobs", "dead", "Jobs given up."),
    ("workers", "workers", "Workers taking from the queue."),
    ("completions_5m", "completions_5m", "Jobs finished in the last five minutes."),
    ("arrivals_5m", "arrivals_5m", "Jobs arrived in the last five minutes."),
    ("failed_1h", "failed_1h", "Failed attempts in the last hour."),
    ("affected_accounts", "affected_accounts", "Accounts that wait too long or fail."),
    ("last_success_timestamp_seconds", "last_success_at", "When a job last finished well."),
)
VERDICTS = ("healthy", "slow", "stuck", "missing", "unknown")


def prometheus_text(board: Board, now: float) -> str:
    """Return the text format 0.0.4; ages are as of the last judgement, `now` dates that."""
    lines = [
        "# HELP tailback_judged_age_seconds Seconds since everything below was judged.",
        "# TYPE tailback_judged_age_seconds gauge",
        f"tailback_judged_age_seconds {max(0.0, now - board.as_of):.3f}",
    ]
    views = [row.view for row in board.rows]
    for name, field, help_text in _GAUGES:
        lines += _gauge(f"tailback_lane_{name}", help_text, _samples(views, field))
    verdicts = (
        (_labels(view) + f',verdict="{word}"', float(view.verdict == word))
        for view in views
        for word in VERDICTS
    )
    lines += _gauge("tailback_lane_verdict", "1 for the verdict of the lane, 0 else.", verdicts)
    readable = (
        (f'source="{_escape(s.name)}"', float(s.blind_since is None)) for s in board.sources
    )
    lines += _gauge("tailback_source_readable", "0 while a source cannot be read.", readable)
    return "\n".join(lines) + "\n"


def _samples(views: Iterable[LaneView], field: str) -> Iterable[tuple[str, float]]:
    for view in views:
        value = getattr(view, field)
        if value is not None:
            yield _labels(view), float(value)


def _gauge(name: str, help_text: str, samples: Iterable[tuple[str, float]]) -> list[str]:
    head = [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]
    return head + [f"{name}{{{labels}}} {value:.10g}" for labels, value in samples]


def _labels(view: LaneView) -> str:
    names = {"lane": view.lane, "source": view.source, "queue": view.queue}
    return ",".join(f'{name}="{_escape(value)}"' for name, value in names.items())


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
