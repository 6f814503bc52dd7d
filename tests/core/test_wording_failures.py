"""Sentences of failures read like a person wrote them: names as they are spelled, no file paths first."""

import pytest

from tailback.core.wording_failures import failure_sentence


@pytest.mark.parametrize(
    ("kind", "entity", "sentence"),
    [
        ("timeout", "a service called in crm", "A service that crm calls does not answer in time"),
        ("timeout", "stripe", "Stripe does not answer in time"),
        ("rate-limit", "aws dynamodb", "AWS DynamoDB is rate limiting us"),
        ("rate-limit", "aws s3", "AWS S3 is rate limiting us"),
        ("dns", "aws lambda", "The address of AWS Lambda cannot be found (DNS)"),
        ("object-missing", "azure", "A stored file is missing in Azure"),
        ("db-pool", "sqlalchemy", "No free connection to the database"),
        ("db-pool", "redis", "No free connection to Redis"),
        ("sql-error", "postgresql tax", "PostgreSQL does not understand a query (tax)"),
        ("sql-error", "mysql", "MySQL does not understand a query"),
        ("sql-error", None, "The database does not understand a query"),
        ("job-missing", None, "The job is no longer in the queue"),
        ("bad-recipient", "phone number", "A recipient's phone number does not work"),
        ("bad-recipient", None, "A recipient's address does not work"),
        ("bad-file", "csv", "A file cannot be read: CSV"),
        ("setting-missing", "fax_url", "Setting missing: FAX_URL"),
        ("bad-index", "shop/tasks.py send", "Code expects more items than there are: send in shop/tasks.py"),
        ("bad-index", "shop/tasks.py <module>", "Code expects more items than there are: shop/tasks.py"),
        ("check-failed", "accounts_balance", "Value not allowed: accounts balance"),
        ("token-expired", "jwt", "A login or token has expired: JSON web token"),
    ],
)  # fmt: skip
def test_a_failure_is_said_in_plain_words(kind: str, entity: str | None, sentence: str) -> None:
    assert failure_sentence(kind, entity) == sentence
