"""Every table and key of `tailback.toml` in words; the reference page and its test read this."""

SETTINGS: dict[str, dict[str, str]] = {
    "server": {
        "listen": 'host and port; "127.0.0.1:8765" unless said',
        "public_url": "the board's address as people reach it, for links",
        "database": '"sqlite:///tailback.db" (three slashes: relative, four: absolute)',
        "time_zone": 'for every clock time that is shown; "UTC" unless said',
        "dead_man_url": "posted to each minute while Tailback works: its own end is noticed",
        "review_day": 'when the weekly review is made; "Mon 09:00" unless said',
    },
    "oidc": {
        "issuer": "the identity provider's address, as it calls itself; required",
        "client_id": "what the provider calls this board; required",
        "client_secret": "the word agreed with the provider; required",
        "scope": 'what is asked for; "openid email profile" unless said',
        "name_claim": 'how accounts are called; "email" unless said',
        "groups_claim": 'where the provider lists groups; "groups" unless said',
        "admins": "groups whose people may change everything",
        "operators": "groups whose people may acknowledge, silence and drill",
        "viewers": 'groups whose people may look; ["*"] is everyone',
    },
    "source": {
        "name": "what lanes and tokens call it; required",
        "system": "which job system; required with `url`",
        "url": "where the probe looks, with a read-only account; without it events are pushed",
        "write_url": "an account that may write, only for drills and actions",
        "actions": "what operators may have done to jobs; needs a write_url",
    },
    "lane": {
        "name": "what people read; required",
        "key": "what paths and commands use; the slug of the name unless said",
        "source": "of which source; required when there are several",
        "queue": "which queue; required",
        "jobs": "only these job types of the queue",
        "customer_action": 'completes "Customers cannot …"',
        "noticed_after": "the promise: when a customer notices; 15 minutes are assumed without it",
        "affects": "who waits, in words",
        "accounts": '"tenant" (counted), "job" (one per job) or a number',
        "wake_someone": "whether it may page after hours; false unless said",
        "owner": "exactly one person; `tailback check` refuses a lane without",
        "owner_for": "another person for a bucket of failures",
        "max_attempts": "above this a job counts as poison",
        "max_retry_age": "how long retries may go on",
        "expects": "the counter upstream it follows: from, within, ratio",
        "schedule": 'five cron fields, for work that must arrive; "none": hold it to no schedule',
    },
    "lane.expects": {
        "from": "the name of the counter; required",
        "within": "how soon work must follow; required",
        "ratio": "which share must follow; 1 unless said",
    },
    "person": {
        "name": "what lanes call the person; required",
        "channels": "how messages reach the person; `tailback check` refuses a person without",
        "working_hours": '"Mon-Fri 09:00-18:00", several with commas; always unless said',
        "time_zone": "of the working hours; the server's unless said",
        "holidays": 'country code, such as "PT"',
        "backup": "who is told when this person does not answer",
        "turns": "a rota: the people for whom this name stands, one after the other by week",
        "hand_over": 'when the next turn begins; "Mon 00:00" unless said',
    },
    "channel": {
        "name": "what people call it; required",
        "kind": "email, slack, webhook, pagerduty or apprise; required",
        "to": "email: the address",
        "smtp": "email: the mail server, smtp://user:password@host:port",
        "from": "email: the sender",
        "url": "slack, webhook, apprise: the address; pagerduty: another than the usual",
        "secret": "webhook: signs every message",
        "routing_key": "pagerduty: the integration key",
        "allow_private": "slack, webhook, pagerduty: may lead inside; false unless said",
    },
    "silence": {
        "lane": "key or name of the lane; required",
        "from": "when it begins; now unless said",
        "until": "when it ends; required",
        "reason": "why, for everyone who wonders",
    },
    "outcome": {
        "name": "the counter; required",
        "source": "the database that is asked; with `query`",
        "query": "a select that counts between :since and :until, or PromQL over [:window]",
        "prometheus": "address of the Prometheus that is asked instead of a source",
        "every": "how often it is asked; a minute unless said",
        "lane": "key or name of the lane it speaks for; with `expects`",
        "expects": "the counter upstream it follows, as for a lane",
    },
    "heartbeat": {
        "lane": "key or name of the lane; required",
        "token": "the secret word of /ping/<token>; required",
    },
}


def documented_settings() -> list[tuple[str, str]]:
    """Return every (table, key) that the file may have."""
    return [(table, key) for table, keys in SETTINGS.items() for key in keys]
