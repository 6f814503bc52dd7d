"""What a person reads when a source with Huey in it cannot be understood."""


def no_time_zone(name: str) -> str:
    """Say that the configured zone does not exist."""
    return f'There is no time zone "{name}". Write one as "Europe/Lisbon", or leave it out.'


def unreadable(path: str, why: str) -> str:
    """Say that the SQLite file cannot be asked."""
    return (
        f"Huey's SQLite file {path} cannot be read: {why}. Check the path (sqlite:///relative.db, "
        "sqlite:////absolute/path.db), that a Huey application has used it, and that this account "
        "may read the file and the folder that it is in."
    )


def unknown_storage() -> str:
    """Say what must be known before a drill is put into an empty queue."""
    return (
        "the queue is empty, which hides whether it keeps priorities: "
        "say priority = true (PriorityRedisHuey) or false (RedisHuey) in the source"
    )
