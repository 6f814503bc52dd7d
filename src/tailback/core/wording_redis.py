"""What a person reads when a Redis server cannot be asked about its queues."""


def unreachable(shown: str, why: str) -> str:
    """Say that the server did not answer; `shown` is its URL without the password."""
    return (
        f"Redis at {shown} cannot be asked: {why}. Check that it runs, that its address and "
        "password are right and that this machine may connect to it."
    )


def refused(shown: str, why: str) -> str:
    """Say that the account lacks a right; the rules stand in the docs of the job system."""
    return (
        f"Redis at {shown} refused the account: {why}. Give it the read-only rules of the page of "
        "this job system in the docs (ACL SETUSER … +@read +@connection +time)."
    )


def bad_url(shown: str, why: str) -> str:
    """Say that the address cannot be understood."""
    return (
        f"{shown!r} is no address of a Redis server: {why}. Write it as "
        "redis://user:password@host:6379/0, rediss://… or unix:///path/to/redis.sock?db=0."
    )
