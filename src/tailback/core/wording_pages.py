"""What the pages behind the board say: what a source cannot tell, and the words of a range."""

from collections.abc import Sequence

from tailback.core.system import Capabilities
from tailback.core.wording import ago, duration

_BLIND = {
    "probe_waiting": "how many jobs wait",
    "probe_age": "the age of the oldest waiting job",
    "probe_age_across_retries": "the age across retries",
    "probe_running": "how many jobs run",
    "probe_running_age": "since when a job runs",
    "probe_retrying": "jobs that wait for a retry",
    "probe_scheduled": "jobs that are scheduled",
    "probe_dead": "jobs that were given up",
    "probe_workers": "the workers",
    "probe_paused": "whether a queue is paused",
    "probe_completions": "how many jobs finish",
}
_HOOK = {
    "hook_enqueue": "jobs as they are enqueued",
    "hook_start": "when attempts begin",
    "hook_result": "how jobs end",
    "hook_error": "why attempts fail",
}

BADGE_OF_ALL = "background jobs"
NO_PAGE = "No page has this address."


def from_now(seconds: float) -> str:
    """Return where a moment lies, `seconds` after now: "in 3 min", "21 min ago", "just now"."""
    return f"in {duration(seconds)}" if seconds >= 1 else ago(-seconds)


def badge_of_all(verdict: str, lanes: int) -> str:
    """Return the few words of a badge about all lanes: "healthy", "2 stuck"."""
    return verdict if verdict == "healthy" or not lanes else f"{lanes} {verdict}"


def not_seen_by_probe(can: Capabilities) -> list[str]:
    """Return what a probe alone cannot tell of this job system."""
    return [text for name, text in _BLIND.items() if not getattr(can, name)]


def seen_by_hook(can: Capabilities) -> list[str]:
    """Return what the hook in the workers tells."""
    return [text for name, text in _HOOK.items() if getattr(can, name)]


def measured_how(*, probed: bool, hooked: bool) -> str:
    """Return who measures a source."""
    if probed and hooked:
        return "by a read-only probe of the broker and by the hook in the workers"
    if probed:
        return "by a read-only probe of the broker alone; the workers send nothing"
    return "by what the workers send" if hooked else "nothing was received lately"


def chart_label(name: str, done: int, failed: int, oldest_s: float | None, span_s: float) -> str:
    """Return in words what a chart shows, for those who do not see it."""
    oldest = f", the oldest job was {duration(oldest_s)} old" if oldest_s is not None else ""
    return f"{name} in {duration(span_s)}: {done:,} finished, {failed:,} attempts failed{oldest}"


def seconds(value: float | None) -> str:
    """Return a length that may be far below a second: "80 ms", "2.4 s", "3 min", "—"."""
    if value is None:
        return "—"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 10 else duration(value)  # noqa: PLR2004


def size(value: int | None) -> str:
    """Return a number of bytes: "812 bytes", "1.4 kB", "2.3 MB", "not known"."""
    if value is None:
        return "not known"
    if value < 1000:  # noqa: PLR2004 - below a kilobyte
        return f"{value} bytes"
    if value < 999_950:  # noqa: PLR2004 - what rounds to a megabyte
        return f"{value / 1000:.1f} kB"
    return f"{value / 1_000_000:,.1f} MB"


def failed_share(share: float | None) -> str:
    """Return how much of the workers' time was in vain, "" when that is not known."""
    if share is None:
        return ""
    said = "less than 1" if 0 < share < 0.01 else f"{share * 100:.0f}"  # noqa: PLR2004 - a percent
    return f"{said} % of the workers' time went into attempts that failed."


def listed(parts: Sequence[str]) -> str:
    """Return "one, two and three"."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
