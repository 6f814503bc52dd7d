"""What a person reads when a Redis server cannot be asked about its queues, or is full."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tailback.core.redis_memory import Full


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


def full(full: "Full") -> str:
    """Say what a server at its memory limit does to jobs."""
    room = f"{_size(full.used)} of {_size(full.limit)}"
    if full.evicts:
        return f"Redis is full ({room}) and throws keys away by {full.policy}: jobs can vanish"
    if full.refuses:
        return f"Redis is full ({room}): new jobs are refused"
    return f"Redis is nearly full ({room}): new jobs will be refused"


def evicts(policy: str) -> str:
    """Say what a server will do to jobs when it is full."""
    return f"Redis will throw keys away by {policy} when it is full: jobs can vanish"


def _size(size: int) -> str:
    return f"{size / 2**20:,.1f} MB".replace(".0 MB", " MB")
