"""What a support person reads of a failure: one sentence for each kind."""

import re

# `{it}` is the service, table, field … in words. Where nothing is named, a closing ": {it}" falls
# away and any other becomes "an outside service" or "the database".
SENTENCES: dict[str, str] = {
    "timeout": "{it} does not answer in time",
    "upstream-error": "{it} answers with errors",
    "mail-refused": "{it} refuses our messages",
    "bad-response": "{it} sends answers we cannot read",
    "rate-limit": "{it} is rate limiting us",
    "quota-used-up": "Our quota at {it} is used up",
    "login-refused": "{it} refuses our login or key",
    "not-allowed": "{it} does not allow what we ask for",
    "bad-signature": "A signature or token is not valid: {it}",
    "token-expired": "A login or token has expired: {it}",
    "db-login-refused": "{it} refuses our login",
    "db-not-allowed": "{it} does not allow what we ask for",
    "mail-login-refused": "The mail server refuses our login",
    "invalid-field": "Field missing or not valid: {it}",
    "duplicate": "Already exists: {it}",
    "check-failed": "Value not allowed: {it}",
    "still-referenced": "Still in use, cannot be deleted: {it}",
    "value-missing": "Value missing: {it}",
    "value-too-long": "Value too long: {it}",
    "several-records": "More than one record where one was expected: {it}",
    "request-refused": "{it} does not accept our data",
    "card-declined": "The payment was declined",
    "request-too-big": "What we send is too big for {it}",
    "conflict": "Conflicts with what is there already: {it}",
    "bad-file": "A file cannot be read: {it}",
    "not-json": "Data is not valid JSON",
    "bad-encoding": "Text has a wrong character encoding",
    "bad-image": "An image cannot be read",
    "image-too-big": "An image is too big",
    "bad-recipient": "A recipient's {it} does not work",
    "mailbox-full": "A recipient's mailbox is full",
    "bad-number": "A number is not valid: {it}",
    "bad-date": "A date is not valid",
    "odd-value": "A value is not valid: {it}",
    "bad-value": "A value is not valid",
    "bad-header": "A message header is not valid",
    "bad-message": "A job message cannot be read",
    "record-missing": "Record no longer exists: {it}",
    "parent-missing": "Refers to a record that is gone: {it}",
    "object-missing": "A stored file is missing in {it}",
    "upstream-missing": "{it} does not know what we ask for",
    "job-missing": "The job is no longer in {it}",
    "file-missing": "A file is missing",
    "db-deadlock": "{it}: jobs block each other (deadlock)",
    "db-lock-timeout": "{it}: waited too long for a lock",
    "db-query-timeout": "{it}: a query takes too long",
    "db-down": "{it} cannot be reached",
    "db-lost": "{it} dropped the connection",
    "db-connections": "{it} has too many connections",
    "db-pool": "No free connection to {it}",
    "db-read-only": "{it} is read-only",
    "db-serialization": "{it}: the same record was changed at the same time",
    "db-starting": "{it} is starting up",
    "db-timeout": "{it} does not answer in time",
    "db-locked": "{it} is locked",
    "db-damaged": "{it} reports damaged data",
    "db-error": "{it} reports an error",
    "db-no-primary": "{it} has no main server",
    "db-lock-lost": "A lock in {it} was lost",
    "dns": "The address of {it} cannot be found (DNS)",
    "unreachable": "{it} cannot be reached",
    "dropped": "{it} dropped the connection",
    "tls-expired": "The certificate of {it} has expired",
    "tls-untrusted": "The certificate of {it} is not trusted",
    "tls-hostname": "The certificate of {it} is for another name",
    "tls": "No secure connection to {it} is possible",
    "proxy": "The proxy does not let us reach {it}",
    "time-limit": "The job ran into its time limit: {it}",
    "command-timeout": "A program takes too long: {it}",
    "db-memory": "{it} is out of memory",
    "db-temp-space": "{it} is out of temporary space for a query",
    "db-disk": "{it} is out of disk space",
    "out-of-memory": "Out of memory",
    "disk-full": "Disk is full",
    "open-files": "Too many open files",
    "too-many-processes": "Too many processes or threads",
    "missing-name": "Code asks for something that is not there: {it}",
    "missing-attribute": "Code asks for something that is not there: {it}",
    "missing-key": "Code expects an entry that is not there: {it}",
    "undefined-name": "Code uses an unknown name: {it}",
    "wrong-arguments": "Called with wrong arguments: {it}",
    "unregistered-task": "Workers do not know a task: {it}",
    "none-value": "Code expects a value where there is none: {it}",
    "bad-index": "Code expects more items than there are: {it}",
    "bad-type": "Code combines values that do not fit together: {it}",
    "bad-operation": "Code calculates something impossible: {it}",
    "not-serialisable": "A value cannot be stored or sent: {it}",
    "broken-assumption": "Code relies on something that is not so: {it}",
    "async-misuse": "Asynchronous code is used wrongly: {it}",
    "orm-misuse": "Database objects are used wrongly: {it}",
    "endless-recursion": "Code calls itself without end: {it}",
    "missing-column": "Database column missing: {it}",
    "missing-table": "Database table missing: {it}",
    "sql-error": "{it} does not understand a query",
    "command-error": "{it} does not understand a command",
    "template-field": "Template field missing: {it}",
    "template-missing": "A template is missing: {it}",
    "provider-template": "{it} refuses the message template",
    "template-syntax": "A template is broken: {it}",
    "template-failed": "A template cannot be filled in",
    "setting-missing": "Setting missing: {it}",
    "credentials-missing": "No login or region is configured: {it}",
    "store-missing": "The configured bucket, queue or table does not exist: {it}",
    "sender-unverified": "Our sender is not verified at {it}",
    "db-missing": "The configured database does not exist: {it}",
    "alias-missing": "A connection is not configured: {it}",
    "program-missing": "Program not installed: {it}",
    "bad-url": "An address in the settings is not valid",
    "file-not-allowed": "A file may not be used by the worker",
    "content-refused": "Workers refuse the format of job messages",
    "settings-wrong": "Settings are wrong",
    "worker-killed": "The worker was killed, often for using too much memory",
    "worker-crashed": "The worker crashed",
    "worker-died": "The worker died during the job",
    "worker-stopped": "The worker was stopped during the job",
    "cancelled": "The job was cancelled",
    "stalled": "The worker stopped reporting on the job",
    "opaque": "The code does not say what went wrong",
    "retries-used-up": "Given up after many attempts; the first error was not kept",
    "unknown": "Unknown error: {it}",
}
_STATUS_KINDS = frozenset(
    {"upstream-error", "rate-limit", "login-refused", "not-allowed", "request-refused", "timeout",
     "upstream-missing", "request-too-big", "conflict", "quota-used-up"}
)  # fmt: skip
_NAMES = {
    "postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite", "redis": "Redis",
    "mongodb": "MongoDB", "elasticsearch": "Elasticsearch", "opensearch": "OpenSearch",
    "kafka": "Kafka", "rabbitmq": "RabbitMQ", "cassandra": "Cassandra", "oracle": "Oracle",
    "sql-server": "SQL Server", "memcached": "Memcached", "aws": "AWS", "openai": "OpenAI",
    "github": "GitHub", "gitlab": "GitLab", "sendgrid": "SendGrid", "hubspot": "HubSpot",
    "paypal": "PayPal", "mail": "the mail server", "sftp": "the SFTP server",
    "ftp": "the FTP server", "jwt": "JSON web token", "cryptography": "encrypted data",
    "neo4j": "Neo4j", "clickhouse": "ClickHouse", "snowflake": "Snowflake", "influxdb": "InfluxDB",
    "ldap": "the LDAP server", "minio": "MinIO",
}  # fmt: skip
_SPELLED = frozenset(
    {"template-field", "invalid-field", "value-missing", "value-too-long", "duplicate",
     "check-failed", "parent-missing", "still-referenced", "bad-number"}
)  # fmt: skip
# What is named is somebody: written like a name.
_NAMED = _STATUS_KINDS | {
    "dropped", "unreachable", "bad-signature", "token-expired", "credentials-missing",
    "store-missing", "sender-unverified", "object-missing", "provider-template",
}  # fmt: skip
_AWS_NAMES = {"dynamodb": "DynamoDB", "secretsmanager": "Secrets Manager"}
_SHORT_NAME_CHARS = 3
_FILE_KINDS = frozenset({"csv", "pdf", "xml", "yaml"})
_CALLED_IN = "a service called in "
_PLACE = re.compile(r"(\S+\.py) ([\w.<>]+)")
MAX_SENTENCE_CHARS = 160


def failure_sentence(
    kind: str, entity: str | None, status: int | None = None, after_deploy: str | None = None
) -> str:
    """Return the sentence of a reason, at most 160 characters without its deploy mark.

    `status` is the HTTP status seen, `after_deploy` the release after which it first appeared.
    """
    sentence = SENTENCES[kind]
    if "{it}" in sentence:
        sentence = _filled(sentence, kind, entity)
    if status and kind in _STATUS_KINDS:
        sentence = f"{sentence} ({status})"
    sentence = sentence[:1].upper() + sentence[1:]
    if len(sentence) > MAX_SENTENCE_CHARS:
        sentence = f"{sentence[: MAX_SENTENCE_CHARS - 1]}…"
    return since_deploy(sentence, after_deploy)


def since_deploy(sentence: str, release: str | None) -> str:
    """Return the sentence with the release after which it was seen first, if there was one."""
    return f"{sentence}, first seen after deploy {release}" if release else sentence


def _filled(sentence: str, kind: str, entity: str | None) -> str:
    if entity and kind == "sql-error":
        name, _, word = entity.partition(" ")
        sentence, entity = f"{sentence} ({word})" if word else sentence, name
    if entity:
        return sentence.replace("{it}", _in_words(kind, entity))
    return sentence.removesuffix(": {it}").replace("{it}", _nobody(kind))


def _nobody(kind: str) -> str:
    if kind == "job-missing":
        return "the queue"
    if kind == "bad-recipient":
        return "address"
    return (
        "the database" if kind.startswith(("db-", "sql-", "command-e")) else "an outside service"
    )


def _in_words(kind: str, entity: str) -> str:
    if kind in _SPELLED:
        return entity.replace("_", " ").replace(".", " ")
    if entity in _FILE_KINDS or (kind == "setting-missing" and "_" in entity):
        return entity.upper()
    place = _PLACE.fullmatch(entity)
    if place:
        return place[1] if place[2] == "<module>" else f"{place[2]} in {place[1]}"
    return _somebody(kind, entity)


def _somebody(kind: str, entity: str) -> str:
    name = _NAMES.get(entity)
    if name or kind == "db-pool":
        # A pool that only a library names is one of connections to the database.
        return name or "the database"
    if entity.startswith("aws "):
        return f"AWS {_aws_name(entity[4:])}"
    if entity.startswith(_CALLED_IN):
        return f"a service that {entity.removeprefix(_CALLED_IN)} calls"
    plain = entity.isalpha() and entity.islower() and kind in _NAMED
    return entity.capitalize() if plain else entity


def _aws_name(name: str) -> str:
    return _AWS_NAMES.get(name) or (
        name.upper() if len(name) <= _SHORT_NAME_CHARS else name.capitalize()
    )


POISON: dict[str, str] = {
    "lost": "It took its worker down at least twice",
    "attempts": "It failed more often than it or its lane allows",
    "retry_age": "It has been failing for longer than its lane allows",
}


def unlisted(jobs: int) -> list[str]:
    """Say that a source has more dead jobs than are kept at hand; nothing when it has not."""
    said = (
        f"{jobs:,} older dead jobs are not listed or counted here: the newest 100,000 of a source "
        "are. Jobs and accounts finds them by state:dead for 14 days; actions do not reach them."
    )
    return [said] if jobs else []


def retry_advice(kind: str, job: str, attempts: int, delay_s: float | None) -> str:
    """Return what to change in the retries of a job type."""
    if kind == "no_cap":
        return (
            f"{job} is tried without end (one job failed {attempts} times): "
            "set a greatest number of attempts"
        )
    if kind == "immediate":
        return f"{job} is tried again at once: wait between attempts, longer each time"
    return f"{job} is tried again every {delay_s or 0.0:.0f} s: wait longer each time"
