"""What the setup page says: the file and what is wrong with it, test messages, tokens."""

NO_FILE = (
    "This server runs without a file. Write one with `tailback init`, then start it again with "
    "`tailback up --config tailback.toml`."
)
SAVED = "Saved. The server follows within seconds."
REMOVED = "Removed. The server follows within seconds."
SAVED_FOR_LATER = (
    "Saved. It counts after a restart of the server, because the file names a source that this "
    "server did not know when it started."
)
TOKEN_ENDED = "The token is ended."  # noqa: S105 - a sentence
TOKEN_NEEDS_SOURCE = "An ingest token sends for one source: choose which."  # noqa: S105
HINTS = {
    ("email", "to"): "ana@example.com",
    ("email", "from"): "tailback@example.com",
    ("email", "smtp"): "smtp://user:${SMTP_PASSWORD}@mail.example.com:587",
    ("slack", "url"): "${SLACK_WEBHOOK}",
    ("webhook", "url"): "https://example.com/hook",
    ("webhook", "secret"): "${WEBHOOK_SECRET}, to sign messages",
    ("pagerduty", "routing_key"): "${PAGERDUTY_KEY}",
    ("pagerduty", "url"): "another address than PagerDuty's",
    ("apprise", "url"): "${APPRISE_URL}",
}
"""What may stand at a key of a kind of channel."""
TEST_TITLE = "Test message from Tailback"


def secret_in_file(name: str, key: str) -> str:
    """Say that a secret does not belong into the file."""
    return (
        f"{name}: {key} holds a secret, which does not belong into the file. Write a reference to "
        "a variable of the server's environment, such as ${MY_SECRET}."
    )


def still_needed(name: str, where: str, wrong: str) -> str:
    """Say what a table that should go is still needed for."""
    return f"{name} cannot be removed, because then {where}: {wrong}. Change that first."


def file_read_only(path: str) -> str:
    """Say that the file may not be written."""
    return (
        f"{path} is read-only for this server, so nothing can be changed here. Edit it where it "
        "is made; a running server takes changed lanes over within seconds."
    )


def file_changed(path: str) -> str:
    """Say that somebody else was faster."""
    return (
        f"{path} was changed meanwhile, so nothing was written. This page shows it as it is now: "
        "make your change again."
    )


def file_unreadable(path: str, why: str) -> str:
    """Say that the file is not there or cannot be read."""
    return f"{path} cannot be read: {why}."


def file_not_written(path: str, why: str) -> str:
    """Say that the file system refused."""
    return f"{path} could not be written: {why}. It is as it was."


def test_text(channel: str, by: str) -> str:
    """Return the text of a test message."""
    return (
        f"This is a test of the channel {channel}, sent by {by}. "
        "If you can read it, alerts reach you here. Nothing is wrong."
    )


def daily_text(channel: str) -> str:
    """Return what is sent once a day where no channel can be asked without a message."""
    return (
        f"Tailback works, and alerts reach you by {channel}. This comes once a day, because "
        "dead_man_url is set and no channel of yours shows without a message that it takes one."
    )


def test_taken(channel: str, took_s: float) -> str:
    """Say that the other side took a test message."""
    return f"{channel} took the test message in {took_s:.1f} s. Look whether it has arrived."


def test_refused(channel: str, why: str) -> str:
    """Say that a test message was not delivered."""
    return f"{channel} did not take the test message: {why}"


def no_channel(channel: str) -> str:
    """Say that no channel has this name."""
    return f'No channel is called "{channel}".'
