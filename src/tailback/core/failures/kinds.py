"""Every kind of failure Tailback can name: its bucket, and what tells two of the kind apart.

A rule only says which kind its evidence means; what follows from the kind is decided here, and
its sentence stands in `core/wording_failures`.
"""

from typing import Literal, NamedTuple, get_args

Bucket = Literal[
    "third-party timeout", "third-party error", "rate limit", "auth error", "bad input data",
    "missing record", "database problem", "network problem", "resource exhausted", "code error",
    "template error", "configuration error", "lost worker", "unknown",
]  # fmt: skip
BUCKETS: tuple[Bucket, ...] = get_args(Bucket)


class Kind(NamedTuple):
    """`entity` names the extractor (see `entities`) that tells one reason of the kind apart."""

    bucket: Bucket
    entity: str


def _kinds(bucket: Bucket, **entities: str) -> dict[str, Kind]:
    """Return kinds of one bucket; `_` in a name stands for `-`."""
    return {
        name.replace("_", "-"): Kind(bucket, entity)
        for entity, names in entities.items()
        for name in names.split()
    }


KINDS: dict[str, Kind] = {
    **_kinds("third-party timeout", upstream="timeout"),
    **_kinds("third-party error", upstream="upstream-error mail-refused bad-response"),
    **_kinds("rate limit", upstream="rate-limit quota-used-up"),
    **_kinds(
        "auth error",
        upstream="login-refused not-allowed bad-signature token-expired",
        technology="db-login-refused db-not-allowed",
        nothing="mail-login-refused",
    ),
    **_kinds(
        "bad input data",
        field="invalid-field",
        constraint="duplicate check-failed still-referenced",
        column="value-missing value-too-long bad-number",
        model="several-records",
        upstream="request-refused card-declined request-too-big conflict",
        text="odd-value",
        file_type="bad-file",
        recipient="bad-recipient",
        nothing="not-json bad-encoding bad-image image-too-big mailbox-full"
        " bad-date bad-value bad-header bad-message",
    ),
    **_kinds(
        "missing record",
        model="record-missing",
        constraint="parent-missing",
        upstream="object-missing upstream-missing",
        technology="job-missing",
        nothing="file-missing",
    ),
    **_kinds(
        "database problem",
        technology="db-deadlock db-lock-timeout db-query-timeout db-down db-lost db-connections"
        " db-read-only db-serialization db-starting db-timeout db-locked db-damaged"
        " db-error db-no-primary db-lock-lost",
        pool="db-pool",
    ),
    **_kinds(
        "network problem",
        upstream="dns unreachable dropped tls-expired tls-untrusted tls-hostname tls proxy",
    ),
    **_kinds(
        "resource exhausted",
        area="time-limit",
        command="command-timeout",
        technology="db-memory db-disk db-temp-space",
        nothing="out-of-memory disk-full open-files too-many-processes",
    ),
    **_kinds(
        "code error",
        name="missing-name missing-attribute missing-key undefined-name",
        function="wrong-arguments",
        task="unregistered-task",
        none="none-value",
        place="bad-index bad-type bad-operation not-serialisable broken-assumption"
        " async-misuse orm-misuse endless-recursion",
        column="missing-column",
        table="missing-table",
        query="sql-error",
        technology="command-error",
    ),
    **_kinds(
        "template error",
        variable="template-field",
        template="template-missing",
        upstream="provider-template",
        engine="template-syntax",
        nothing="template-failed",
    ),
    **_kinds(
        "configuration error",
        setting="setting-missing",
        provider="credentials-missing",
        upstream="store-missing sender-unverified",
        technology="db-missing",
        alias="alias-missing",
        command="program-missing",
        nothing="bad-url file-not-allowed settings-wrong content-refused",
    ),
    **_kinds(
        "lost worker",
        nothing="worker-killed worker-crashed worker-died worker-stopped cancelled stalled",
    ),
    **_kinds("unknown", nothing="opaque retries-used-up", text="unknown"),
}

# The same trouble has another name when it is our own datastore that has it.
OF_DATABASE = {
    "unreachable": "db-down",
    "dropped": "db-lost",
    "timeout": "db-timeout",
    "login-refused": "db-login-refused",
    "not-allowed": "db-not-allowed",
    "upstream-error": "db-error",
}
# A kind that says little gives way to one of these from further down the chain.
VAGUE = frozenset({"unreachable", "db-down", "db-lost", "upstream-error", "dropped", "tls"})
SHARPER = frozenset({"dns", "tls-expired", "tls-untrusted", "tls-hostname", "proxy"})
