"""Every sentence the agent says in a worker's log or on a terminal."""

EXTRA = "tailback[server]"


def dsn_wrong(reason: str) -> str:
    """Say why TAILBACK_DSN cannot be used; the value itself holds a token and is never shown."""
    return (
        f"TAILBACK_DSN cannot be used: {reason}. Nothing is sent. It looks like "
        "http://<ingest token>@host:port/<source>; `tailback up` prints the right one, or make "
        "one with `tailback token new --scope ingest --source <source>`."
    )


def dsn_missing() -> str:
    """Say that there is no address to send to."""
    return (
        "TAILBACK_DSN is not set, so there is nowhere to send events. `tailback up` prints the "
        "line to set: TAILBACK_DSN=http://<ingest token>@host:port/<source>."
    )


def hook_failed(kind: str, detail: str) -> str:
    """Say that one of our hooks broke, and that the job did not."""
    return (
        f"Tailback's own code failed ({kind}: {detail}). The job was not affected; this kind of "
        "error is counted from now on and not logged again. Set TAILBACK_DEBUG=1 for the trace, "
        "and please report it."
    )


def refused_token(address: str, status: int) -> str:
    """Say that the server does not accept the ingest token."""
    return (
        f"{address} refused the ingest token in TAILBACK_DSN (HTTP {status}). Events are kept in "
        "memory meanwhile, up to 8 MiB. Make a token for this source with `tailback token new "
        "--scope ingest --source <source>` and restart the process with it."
    )


def refused_batch(address: str, status: int, answer: str) -> str:
    """Say that the server will never take a batch, so it was dropped and counted."""
    return (
        f"{address} refused a batch of events (HTTP {status}: {answer}). It was dropped and "
        "counted; is the server older than this agent?"
    )


def refused_events(address: str, count: int, why: str) -> str:
    """Say that single events were not accepted."""
    return f"{address} did not accept {count} of the events sent: {why}."


def unreachable(address: str, detail: str) -> str:
    """Say that the server cannot be reached; said once per outage."""
    return (
        f"{address} cannot be reached ({detail}). Jobs are not affected; events are kept in "
        "memory, up to 8 MiB, and sent when it answers again."
    )


def reachable_again(address: str) -> str:
    """Say that an outage that was announced is over."""
    return f"{address} answers again; what was kept in memory has been sent."


def batch_sent(seq: int, count: int, status: int | None) -> str:
    """Say what became of one batch; only while debugging."""
    return f"Tailback sent batch {seq} with {count} events: {status or 'no answer'}."


def run_usage() -> str:
    """Say how `tailback run` is called."""
    return (
        "Usage: tailback run <worker command>\n\n"
        "Runs an unmodified worker with Tailback's hook installed. The command takes this "
        "process over: signals and exit code are its own. Where events go is said by the "
        "environment variable TAILBACK_DSN.\n\n"
        "Examples: tailback run celery -A shop worker\n"
        "          tailback run rq worker emails\n"
        "          tailback run python -m huey.bin.huey_consumer shop.huey\n"
    )


def cannot_start(command: str, reason: str | None) -> str:
    """Say that the worker command does not exist or may not be started."""
    return (
        f"tailback run: {command} cannot be started ({reason or 'unknown reason'}). Is it "
        "installed, and its environment active?"
    )


def no_server() -> str:
    """Say that a shell command does not know where the server is."""
    return (
        "No server to tell: set TAILBACK_DSN=http://<ingest token>@host:port/<source>, or "
        "TAILBACK_URL and TAILBACK_TOKEN."
    )


def url_wrong(reason: str) -> str:
    """Say why TAILBACK_URL cannot be used."""
    return f"TAILBACK_URL cannot be used: {reason}. It looks like https://jobs.example.com."


def not_taken(address: str, status: int | None, detail: str) -> str:
    """Say that the server did not take what a shell command sent."""
    if status is None:
        return f"{address} cannot be reached: {detail}. Nothing was recorded; is the server up?"
    if status in {401, 403}:
        return (
            f"{address} refused the token (HTTP {status}). Make one with `tailback token new "
            "--scope ingest`."
        )
    return f"{address} did not take it (HTTP {status}): {detail}"


def extra_missing(module: str) -> str:
    """Say that the command needs the server extra."""
    return (
        f"This command needs the server, and its module {module} is not installed here: "
        "pip install 'tailback[server]'. Without it there are `tailback run`, `tailback deploy` "
        "and `tailback outcome`."
    )


def our_bug(kind: str) -> str:
    """Say that a command broke by our own fault."""
    return (
        f"This is a bug in Tailback ({kind}), not a mistake of yours. Please report it with the "
        "lines above and what you typed."
    )
