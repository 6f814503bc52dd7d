"""What a failure is about has one name, whatever the wording, the shard and the library."""

import pytest

from tailback.core.failures import reason_of
from tailback.core.failures.upstream import service_of_host


def about(type_: str, message: str, trace: str = "", status: int | None = None) -> str | None:
    return reason_of({"type": type_, "message": message, "trace": trace, "status": status}).entity


def app(file: str, function: str, line: str) -> str:
    return (
        f'Traceback (most recent call last):\n  File "{file}", line 3, in {function}\n    {line}\n'
    )


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("api.crmhub.example", "crmhub.example"),
        ("api3.crmhub7.example", "crmhub.example"),
        ("api.stripe.com", "stripe"),
        ("shop.s3.eu-west-1.amazonaws.com", "aws s3"),
        ("sqs.eu-west-1.amazonaws.com", "aws sqs"),
        ("amazonaws.com", "aws"),
        ("storage.googleapis.com", "google"),
        ("acc.blob.core.windows.net", "azure"),
        ("api.shop.co.uk", "shop.co.uk"),
        ("co.uk", "co.uk"),
        ("redis-7.internal", "redis"),
        ("pay.default.svc", "pay"),
        ("worker-12", "worker"),
        ("10.0.0.7", None),
        ("localhost", None),
        ("42", None),
    ],
)
def test_a_host_is_named_by_its_owner(host: str, service: str | None) -> None:
    assert service_of_host(host) == service


@pytest.mark.parametrize(
    ("message", "service"),
    [
        ("HTTPSConnectionPool(host='api.fax.example', port=443): Read timed out.", "fax.example"),
        ('Get "https://u:p@api.fax.example:443/v1": timeout', "fax.example"),
        ("timeout; see https://docs.fax.example/errors", None),
        ("timeout at https://fax.example/docs/timeouts", None),
        ("timeout of odd://fax.example/x", None),
        ("timeout while calling api.fax.example today", "fax.example"),
        ("timeout, ask support.fax.example", None),
        ("getaddrinfo EAI_AGAIN queue-3", "queue"),
        ("timed out: cannot connect to host fax:443", None),
        ("FaxHub API timed out", "faxhub"),
        ("request timed out", None),
        ("timed out (host=?)", None),
        ("timeout on http://10.0.0.7/x", None),
    ],
)
def test_a_service_is_found_in_a_message(message: str, service: str | None) -> None:
    assert about("shop.Failure", message) == service


def test_a_service_is_found_in_the_app_s_own_source_lines() -> None:
    trace = app("/app/fax/tasks.py", "send", 'httpx.get("https://api.fax.example/5")')

    assert about("httpx.ReadTimeout", "timed out", trace) == "fax.example"


def test_the_client_library_names_the_service() -> None:
    assert about("stripe._error.APIConnectionError", "x") == "stripe"
    assert about("google.api_core.exceptions.ServiceUnavailable", "503 x") == "google"
    assert (
        about(
            "httpx.ReadTimeout",
            "timed out",
            '  File "/app/site-packages/openai/_base.py", line 1, in x',
        )
        == "openai"
    )
    assert about(
        "shop.Failure",
        "x",
        '  File "/x.py", line 1, in y\nopenai.APITimeoutError: Request timed out.\n\n'
        "The above exception was the direct cause of the following exception:\n\nshop.Failure: x",
    ) == "openai"  # fmt: skip


def test_the_host_that_the_hook_saw_names_the_service() -> None:
    link = {
        "type": "httpx.ReadTimeout",
        "message": "timed out",
        "facts": {"host": "api2.fax.example"},
    }

    assert reason_of(link).key == "timeout-fax.example"
    assert reason_of({"type": "RetryError", "message": "x", "chain": [link]}).key == (
        "timeout-fax.example"
    )
    assert reason_of({**link, "facts": {"host": 5}}).key == "timeout"
    assert reason_of({**link, "facts": {"host": "10.0.0.1"}}).key == "timeout"


def test_a_module_of_the_app_or_the_standard_library_can_name_the_service() -> None:
    mail = '  File "/usr/lib/python3.11/smtplib.py", line 1, in connect'

    assert about("ConnectionRefusedError", "[Errno 111] Connection refused", mail) == "mail"


def test_a_client_library_further_down_the_chain_names_the_service() -> None:
    error = {
        "type": "shop.Failure",
        "message": "no summary",
        "status": 503,
        "chain": [{"type": "openai.InternalServerError", "message": "x", "status": None}],
    }

    assert reason_of(error).key == "upstream-error-openai"


def test_an_operation_of_aws_names_its_service() -> None:
    said = "An error occurred (Throttling) when calling the {} operation: x"

    assert about("botocore.exceptions.ClientError", said.format("SendEmail")) == "aws ses"
    assert about("botocore.exceptions.ClientError", said.format("NewThing")) == "aws newthing"
    assert about("Aws::S3::Errors::SlowDown", "x") == "aws s3"
    assert about("botocore.exceptions.ReadTimeoutError", "x") == "aws"
    assert about(
        "botocore.exceptions.EndpointConnectionError",
        'Could not connect to the endpoint URL: "https://s3.eu-west-1.amazonaws.com/"',
    ) == "aws s3"  # fmt: skip


def test_an_unnamed_service_is_known_by_the_part_of_the_app_that_calls_it() -> None:
    trace = app("/srv/shop/crm/tasks.py", "sync", "client.get(path)")
    reason = reason_of({"type": "httpx.ReadTimeout", "message": "timed out", "trace": trace})

    assert reason.sentence == "A service that crm calls does not answer in time"
    assert about("httpx.ReadTimeout", "x", app("/app/worker.py", "f", "x()")) == (
        "a service called in worker"
    )
    assert about("httpx.ReadTimeout", "x", app("/app/crm/sync.py", "f", "x()")) == (
        "a service called in sync"
    )
    assert about("Net::ReadTimeout", "x", "app/jobs/crm_sync_job.rb:5:in `perform'") == (
        "a service called in crm_sync"
    )


@pytest.mark.parametrize(
    ("type_", "message", "technology"),
    [
        ("redis.exceptions.TimeoutError", "x", "redis"),
        (
            "django.db.utils.OperationalError",
            "deadlock detected\nDETAIL:  Process 1",
            "postgresql",
        ),
        ("OperationalError", "(1213, 'x')", "mysql"),
        ("DeadlockDetected", "x", "postgresql"),
        ("Error", "connect ECONNREFUSED 10.0.0.1:27017", "mongodb"),
        ("ActiveRecord::Deadlocked", "x", None),
    ],
)
def test_the_datastore_is_named(type_: str, message: str, technology: str | None) -> None:
    assert about(type_, message) == technology


def test_a_datastore_is_found_by_the_library_in_the_trace() -> None:
    redis = '  File "/v/site-packages/redis/connection.py", line 1, in connect'
    amqp = '  File "/v/site-packages/amqp/transport.py", line 1, in connect'

    refused = {"type": "ConnectionRefusedError", "message": "[Errno 111] Connection refused"}
    assert reason_of({**refused, "trace": redis}).key == "db-down-redis"
    assert reason_of({**refused, "trace": amqp}).key == "unreachable-rabbitmq"
    assert reason_of(refused).key == "unreachable"


def test_a_pool_is_the_library_s_when_no_datastore_is_named() -> None:
    assert about("sqlalchemy.exc.TimeoutError", "QueuePool limit of size 5") == "sqlalchemy"
    assert about("shop.PoolTimeout", "QueuePool limit of size 5") is None


@pytest.mark.parametrize(
    ("type_", "message", "entity"),
    [
        ("psycopg.errors.UniqueViolation", 'violates unique constraint "users_email_key"', "users_email"),
        ("psycopg.errors.UniqueViolation", 'violates unique constraint "users_pkey"\nDETAIL:  Key (nr)=(5)', "users_nr"),
        ("psycopg.errors.UniqueViolation", 'violates unique constraint "users_pkey"', "users_id"),
        ("psycopg.errors.UniqueViolation", 'constraint "shop_user_email_1a2b3c4d_uniq"', "shop_user_email"),
        ("sqlite3.IntegrityError", "UNIQUE constraint failed: users.email", "users_email"),
        ("pymysql.err.IntegrityError", "(1062, \"Duplicate entry 'x' for key 'users.email'\")", "users_email"),
        ("pymongo.errors.DuplicateKeyError", "E11000 collection: shop.users index: email_1 dup key: { email: 5 }", "users_email"),
        ("PrismaClientKnownRequestError", "Unique constraint failed on the fields: (`email`)", "email"),
        ("psycopg.errors.ForeignKeyViolation", 'update on table "lines" violates something', "lines"),
        ("sqlite3.IntegrityError", "FOREIGN KEY constraint failed", None),
        ("psycopg.errors.CheckViolation", 'violates check constraint "_key"', "_key"),
    ],
)  # fmt: skip
def test_a_constraint_is_named_by_table_and_column(
    type_: str, message: str, entity: str | None
) -> None:
    assert about(type_, message) == entity


@pytest.mark.parametrize(
    ("message", "column"),
    [
        ('column "vat" of relation "orders" does not exist', "vat"),
        ("column o.vat does not exist", "vat"),
        ("no such column: o.vat", "vat"),
        ("Unknown column 'o.VAT' in 'field list'", "vat"),
    ],
)
def test_a_column_is_named_alone(message: str, column: str) -> None:
    assert about("django.db.utils.ProgrammingError", message) == column
    assert about("FieldError", "no name here") is None


@pytest.mark.parametrize(
    ("type_", "message", "line", "model"),
    [
        ("shop.models.Order.DoesNotExist", "Order matching query does not exist.", "", "order"),
        ("shop.models.Order.DoesNotExist", "gone", "", "order"),
        ("DoesNotExist", "gone", "", None),
        ("peewee.DoesNotExist", "gone", "", None),
        ("ActiveRecord::RecordNotFound", "Couldn't find Order with 'id'=5", "", "order"),
        (
            "ModelNotFoundException",
            "No query results for model [App\\Models\\Order] 5",
            "",
            "order",
        ),
        ("LookupError", "Order 5 not found", "", "order"),
        ("sqlalchemy.exc.NoResultFound", "No row was found", 'x("select * from orders")', "order"),
        ("sqlalchemy.exc.NoResultFound", "No row was found", "session.get(Order, 5)", "order"),
        ("sqlalchemy.exc.NoResultFound", "No row was found", "Order.query.one()", "order"),
        ("sqlalchemy.exc.NoResultFound", "No row was found", "x()", None),
        ("shop.NoRowFound", "[SQL: select * from categories]", "", "category"),
        ("shop.NoRowFound", "[SQL: select * from status]", "", "status"),
    ],
)
def test_a_record_is_named_by_its_model(
    type_: str, message: str, line: str, model: str | None
) -> None:
    assert about(type_, message, app("/app/a/b.py", "f", line) if line else "") == model


@pytest.mark.parametrize(
    ("type_", "message", "field"),
    [
        ("pydantic_core._pydantic_core.ValidationError", "2 validation errors for Order\nlines.0.qty\n  Field required", "lines.qty"),
        ("pydantic_core._pydantic_core.ValidationError", "1 validation error for Order\n0\n  Bad", None),
        ("marshmallow.exceptions.ValidationError", "{'email': ['Missing data']}", "email"),
        ("marshmallow.exceptions.ValidationError", "{'lines': {0: {'qty': ['x']}}}", "lines.qty"),
        ("jsonschema.exceptions.ValidationError", "'qty' is a required property\n\nFailed validating 'required' in schema\n\nOn instance['lines'][3]:\n {}", "lines.qty"),
        ("jsonschema.exceptions.ValidationError", "-1 is less than\n\nFailed validating 'minimum' in schema\n\nOn instance['lines'][3]['qty']:\n -1", "lines.qty"),
        ("jsonschema.exceptions.ValidationError", "{} is too short\n\nFailed validating 'x' in schema\n\nOn instance:\n {}", None),
        ("ActiveRecord::RecordInvalid", "Validation failed: Email can't be blank", "email"),
        ("django.core.exceptions.ValidationError", "['Enter a valid value.']", None),
        ("shop.RecordInvalid", "the value is wrong", None),
    ],
)  # fmt: skip
def test_a_field_is_named_without_its_place_in_a_list(
    type_: str, message: str, field: str | None
) -> None:
    assert about(type_, message) == field


@pytest.mark.parametrize(
    ("type_", "message", "entity"),
    [
        ("jinja2.exceptions.UndefinedError", "'customer_name' is undefined", "customer_name"),
        ("jinja2.exceptions.UndefinedError", "'dict object' has no attribute 'x'", "x"),
        ("jinja2.exceptions.TemplateNotFound", "mail/receipt.html", "mail/receipt"),
        ("jinja2.exceptions.TemplateSyntaxError", "x", "jinja2"),
        ("TemplateSyntaxError", "x", None),
        ("RuntimeError", "PAYRAIL_API_KEY is not set", "payrail_api_key"),
        ("RuntimeError", "setting 'mail.port' must be set", "mail.port"),
        ("celery.exceptions.NotRegistered", "'shop.send'", "shop.send"),
        ("ModuleNotFoundError", "No module named 'shop.tax'", "shop.tax"),
        ("AttributeError", "'Order' object has no attribute 'total'", "Order.total"),
        ("TypeError", "send() got an unexpected keyword argument 'x'", "send"),
        ("AttributeError", "'NoneType' object has no attribute 'email'", "email"),
        ("TypeError", "'NoneType' object is not iterable", "<value> object is not iterable"),
        ("IndexError", "list index out of range", "list index out of range"),
        ("IndexError", "", None),
        ("subprocess.TimeoutExpired", "Command '['/usr/bin/ffmpeg', 'x']' timed out", "ffmpeg"),
        ("botocore.exceptions.NoCredentialsError", "Unable to locate credentials", "aws"),
        ("shop.MissingCredentialsError", "google credentials", "google"),
        ("shop.MissingCredentialsError", "FAX_TOKEN missing", "fax"),
        ("shop.MissingCredentialsError", "missing", None),
        ("zipfile.BadZipFile", "x", "zip archive"),
        ("shop.EmptyFileError", "x", None),
        ("twilio.base.exceptions.TwilioRestException", "error: 21211", "phone number"),
        ("shop.UnregisteredError", "device gone", "device"),
        ("smtplib.SMTPRecipientsRefused", "{}", "mail address"),
        ("psycopg.errors.UndefinedFunction", "function tax(integer) does not exist", "postgresql tax"),
        ("psycopg.errors.UndefinedFunction", "x", "postgresql"),
        ("shop.CompileError", "x", None),
        ("celery.exceptions.SoftTimeLimitExceeded", "Soft time limit (5s) exceeded for shop.x[1]", "shop.x"),
    ],
)  # fmt: skip
def test_other_things_are_named(type_: str, message: str, entity: str | None) -> None:
    assert about(type_, message) == entity


def test_a_mistake_in_the_code_is_named_by_its_function_without_line_numbers() -> None:
    one = app("/app/shop/tax/rates.py", "rate", "x[3]")
    node = "IndexError: x\n    at rate (/app/tax/rates.js:3:5)\n    at run (/app/node_modules/b.js:1:2)"

    assert about("IndexError", "list index out of range", one) == "tax/rates.py rate"
    assert about("IndexError", "list index out of range", node) == "rate"
    assert about("IndexError", "x", "app/workers/tax_worker.rb:9:in `perform'") == "tax"
    assert about("IndexError", "x", '  File "/v/site-packages/a.py", line 1, in b\n    c') == "x"


@pytest.mark.parametrize(
    ("key", "line", "kind"),
    [
        ("'FAX_API_KEY'", "x", "setting-missing"),
        ("'fax'", 'os.environ["fax"]', "setting-missing"),
        ("'shop.tasks.send'", "x", "unregistered-task"),
        ("'first_name'", "TEXT.format(**values)", "template-field"),
        ("'currency'", 'payload["currency"]', "invalid-field"),
        ("'EUR'", "RATES[code]", "missing-key"),
        ("a 'mixed\" key", "RATES[code]", "missing-key"),
    ],
)
def test_a_key_error_is_what_its_key_and_place_show(key: str, line: str, kind: str) -> None:
    trace = app("/app/shop/x.py", "f", line)

    assert reason_of({"type": "KeyError", "message": key, "trace": trace}).kind == kind


def test_a_mistake_inside_a_template_is_the_template_s() -> None:
    trace = app("<template>", "top-level template code", "{{ a + b }}")

    def kind(type_: str, message: str, where: str = trace) -> str:
        return reason_of({"type": type_, "message": message, "trace": where}).kind

    assert kind("TypeError", "unsupported operand type(s) for +") == "template-failed"
    assert kind("AttributeError", "'Order' object has no attribute 'x'") == "template-field"
    assert kind("KeyError", "'x'") == "template-field"
    assert kind("TypeError", "unsupported operand type(s) for +", "") == "bad-type"
    assert kind("ActionView::Template::Error", "undefined method `x'", "") == "template-field"
    assert kind("ActionView::Template::Error", "odd", "") == "template-failed"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("[Errno 2] No such file or directory: '/data/in/5.csv'", "file-missing"),
        ("[Errno 2] No such file or directory: 'ffmpeg'", "program-missing"),
        ("[Errno 2] No such file or directory: '/usr/bin/ffmpeg'", "program-missing"),
        ("[Errno 2] No such file or directory: '/app/mail/hello.html'", "template-missing"),
        ("[Errno 2] No such file or directory", "file-missing"),
    ],
)
def test_a_missing_file_is_data_a_program_or_a_template(message: str, kind: str) -> None:
    assert reason_of({"type": "FileNotFoundError", "message": message}).kind == kind


def test_a_spawned_program_that_is_missing_is_named() -> None:
    reason = reason_of({"type": "Error", "message": "spawn ffmpeg ENOENT"})

    assert (reason.kind, reason.entity) == ("program-missing", "ffmpeg")
    fact = {"type": "Error", "message": "spawn ffmpeg", "facts": {"errno": 2}}
    assert reason_of(fact).kind == "program-missing"
