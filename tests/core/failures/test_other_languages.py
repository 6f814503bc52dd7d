"""Failures as Ruby, Node, Java and PHP print them: their own ways to name causes and facts."""

import pytest

from tailback.core.failures import Reason, reason_of

NODE = "    at settle (/app/node_modules/axios/lib/core/settle.js:19:12)\n"


def reason(type_: str, message: str, trace: str = "", status: int | None = None) -> Reason:
    return reason_of({"type": type_, "message": message, "trace": trace, "status": status})


@pytest.mark.parametrize(
    ("message", "printed", "kind"),
    [
        ("Something", "  severity: 'FATAL',\n  code: '53300'", "db-connections"),
        ("Something", "  sqlState: '40001'", "db-serialization"),
        (
            "Authentication failed.",
            "  code: 18, codeName: 'AuthenticationFailed'",
            "login-refused",
        ),
        ("no", "  code: 'BlobNotFound', statusCode: 404", "object-missing"),
        ("no", "  response: { status: 502 }", "upstream-error"),
        ("no", "  status: 'failed'", "unknown"),
        ("no", "  status: 200", "unknown"),
        ("Message failed", "  code: 'EMESSAGE', responseCode: 550", "bad-recipient"),
        ("timeout of 5000ms exceeded", "  code: 'ECONNABORTED'", "timeout"),
        ("socket ended", "  code: 'ECONNABORTED'", "dropped"),
        ("read", "  code: 'ECONNRESET', syscall: 'read'", "dropped"),
    ],
)
def test_what_node_prints_below_the_stack_decides(message: str, printed: str, kind: str) -> None:
    assert reason("Error", message, f"Error: {message}\n{NODE}{printed}").kind == kind


def test_the_host_that_node_prints_names_the_service() -> None:
    trace = f"Error: socket hang up\n{NODE}  code: 'ECONNRESET',\n  host: 'api3.fax.example'"

    assert reason("Error", "socket hang up", trace).key == "dropped-fax.example"


def test_the_code_of_a_mongo_error_is_mongos() -> None:
    trace = "MongoServerError: no\n    at x (/app/a.js:1:1)\n  code: 18"

    assert reason("MongoServerError", "no", trace).key == "db-login-refused-mongodb"


def test_the_error_below_an_orm_of_node_names_the_column() -> None:
    trace = (
        "SequelizeUniqueConstraintError: Validation error\n    at Query.formatError (/app/q.js:1:2)\n"
        '  parent: error: duplicate key value violates unique constraint "users_email_key"'
    )

    assert reason("SequelizeUniqueConstraintError", "Validation error", trace).key == (
        "duplicate-users-email"
    )


@pytest.mark.parametrize(
    ("type_", "message", "key"),
    [
        ("StripeCardError", "Your card was declined.", "card-declined-stripe"),
        ("Net::SMTPServerBusy", "450 4.7.1 Error: too much mail", "rate-limit-mail"),
        (
            "Net::SSH::AuthenticationFailed",
            "Authentication failed for user a",
            "login-refused-sftp",
        ),
        ("Net::FTPPermError", "530 Login authentication failed", "login-refused-ftp"),
        ("Net::LDAP::Error", "Invalid Credentials", "login-refused-ldap"),
        ("Net::ReadTimeout", "Net::ReadTimeout", "timeout"),
    ],
)
def test_an_error_says_by_its_name_whose_it_is(type_: str, message: str, key: str) -> None:
    assert reason(type_, message).key == key


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ("undefined method `vat' for #<Company:0x00007f1e>", "missing-attribute-company.vat"),
        (
            "undefined method 'vat' for an instance of Shop::Company",
            "missing-attribute-company.vat",
        ),
        ("Call to undefined method App\\Models\\Company::vat()", "missing-attribute-company.vat"),
    ],
)
def test_a_method_is_named_with_its_class_in_every_language(message: str, key: str) -> None:
    assert reason("NoMethodError", message).key == key


def test_the_line_of_a_java_trace_that_names_the_host_counts() -> None:
    trace = (
        "org.apache.http.conn.HttpHostConnectException: Connect to api.fax.example:443 failed\n"
        "\tat org.apache.http.impl.Operator.connect(Operator.java:156)\n"
        "Caused by: java.net.ConnectException: Connection refused"
    )

    assert reason("java.net.ConnectException", "Connection refused", trace).key == (
        "unreachable-fax.example"
    )


@pytest.mark.parametrize(
    ("type_", "message", "kind"),
    [
        ("ftplib.error_perm", "530 User cannot log in.", "login-refused"),
        ("ftplib.error_perm", "550 in.csv: No such file", "upstream-missing"),
        ("ftplib.error_reply", "gibberish", "unknown"),
        ("ftplib.error_temp", "499 never heard of", "timeout"),
        ("pymssql.exceptions.OperationalError", "(1205, b'no')", "db-deadlock"),
        ("pyodbc.Error", "('28000', \"no. (18456) (SQLDriverConnect)\")", "db-login-refused"),
        ("pymssql.exceptions.OperationalError", "(99999, b'no')", "db-error"),
        (
            "grpc.RpcError",
            'status = StatusCode.UNAVAILABLE details = "failed to connect to all addresses"',
            "unreachable",
        ),
        ("grpc.RpcError", 'status = StatusCode.UNAVAILABLE details = "busy"', "upstream-error"),
        (
            "pydantic_core._pydantic_core.ValidationError",
            "1 validation error for Settings\nfax_url\n  Field required",
            "setting-missing",
        ),
    ],
)
def test_protocols_and_products_keep_their_own_codes(type_: str, message: str, kind: str) -> None:
    assert reason(type_, message).kind == kind


def test_a_setting_of_a_model_is_named() -> None:
    message = "1 validation error for Settings\nfax_url\n  Field required"

    assert reason("pydantic_core.ValidationError", message).key == "setting-missing-fax-url"


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ('Connection refused - connect(2) for "smtp.mailer.example" port 587', "unreachable-mail"),
        ("connect ECONNREFUSED 10.1.2.3:587", "unreachable-mail"),
        (
            "Failed to open TCP connection to search-2.internal:9200 (refused)",
            "db-down-elasticsearch",
        ),
    ],
)
def test_a_port_says_what_was_spoken_to(message: str, key: str) -> None:
    assert reason("Faraday::ConnectionFailed", message).key == key


FRAME = 'Traceback (most recent call last):\n  File "/app/shop/tasks.py", line {}, in {}\n    x\n'
DIRECT = "\n\nThe above exception was the direct cause of the following exception:\n\n"


def test_the_place_is_where_the_first_error_was_raised_not_where_it_was_wrapped() -> None:
    trace = (
        f"{FRAME.format(3, 'charge')}ZeroDivisionError: division by zero{DIRECT}"
        f"{FRAME.format(9, 'run')}RuntimeError: job 5 failed after 3 attempts"
    )

    assert reason("RuntimeError", "job 5 failed after 3 attempts", trace).key == (
        "bad-operation-shop-tasks.py-charge"
    )


def test_the_status_belongs_to_the_error_not_to_its_wrapper() -> None:
    bucket = "An error occurred (NoSuchBucket) when calling the PutObject operation: none"
    trace = (
        f"{FRAME.format(3, 'up')}botocore.errorfactory.NoSuchBucket: {bucket}{DIRECT}"
        f"{FRAME.format(9, 'run')}RuntimeError: giving up"
    )

    assert reason("RuntimeError", "giving up", trace, 404).key == "store-missing-aws-s3"
    nothing_behind = f"{FRAME.format(3, 'up')}RuntimeError: failed{DIRECT}{FRAME.format(9, 'run')}"
    assert (
        reason("RuntimeError", "giving up", f"{nothing_behind}x", 404).kind == "upstream-missing"
    )


def test_a_task_name_in_celerys_own_words_is_not_a_host() -> None:
    trace = (
        f"{FRAME.format(3, 'up')}urllib.error.HTTPError: HTTP Error 502: Bad Gateway{DIRECT}"
        f'  File "/app/shop/tasks.py", line 9, in run\n    get("https://api.fax.example/1")\n'
        "celery.exceptions.MaxRetriesExceededError: Can't retry shop.orders.store[5] args:()"
    )

    found = reason(
        "celery.exceptions.MaxRetriesExceededError",
        "Can't retry shop.orders.store[5] args:()",
        trace,
        502,
    )

    assert found.key == "upstream-error-fax.example"


@pytest.mark.parametrize(
    ("type_", "message", "key"),
    [
        ("jwt.exceptions.ExpiredSignatureError", "Signature has expired", "token-expired-jwt"),
        ("cryptography.fernet.InvalidToken", "", "bad-signature-cryptography"),
        ("neo4j.exceptions.ServiceUnavailable", "Failed to establish [Errno 111]", "db-down-neo4j"),
        ("elasticsearch.ApiError", "too many requests", "rate-limit-elasticsearch"),
        ("asyncpg.exceptions.UndefinedFunctionError", "function a(b) does not exist", "sql-error-postgresql-a"),
        ("ValueError", "missing field: sku", "invalid-field-sku"),
        ("Mongoid::Errors::DocumentNotFound", "Document(s) not found for class Member with id(s) 5.", "record-missing-member"),
        ("pydantic_core.ValidationError", "1 validation error for Feed\n  no [type=json_invalid]", "not-json"),
        ("pydantic_core.ValidationError", "1 validation error for Feed\nsku\n  Field required", "invalid-field-sku"),
        ("email_validator.EmailSyntaxError", "An email address must have an @-sign.", "invalid-field-email"),
        ("pymysql.err.DataError", "(1264, \"Out of range value for column 'price' at row 1\")", "bad-number-price"),
    ],
)  # fmt: skip
def test_more_libraries_name_what_is_concerned(type_: str, message: str, key: str) -> None:
    assert reason(type_, message).key == key


def test_deleting_a_record_in_use_is_not_a_missing_one() -> None:
    message = 'update or delete on table "members" violates foreign key constraint "points_member_id_fkey"'

    assert reason("psycopg.errors.ForeignKeyViolation", message).kind == "still-referenced"


def test_an_error_answer_is_not_expected_to_be_readable() -> None:
    assert reason("zeep.exceptions.TransportError", "invalid XML", status=500).kind == (
        "upstream-error"
    )
    assert (
        reason("zeep.exceptions.XMLSyntaxError", "Invalid XML content received").kind == "bad-file"
    )


def test_a_host_that_the_source_quotes_is_the_service() -> None:
    trace = (
        'Traceback (most recent call last):\n  File "/app/shop/tasks.py", line 3, in send\n'
        '    http.client.HTTPSConnection("gw2.fax.example").connect()\n'
        "ConnectionRefusedError: [Errno 111] Connection refused"
    )

    assert reason("ConnectionRefusedError", "[Errno 111] Connection refused", trace).key == (
        "unreachable-fax.example"
    )


def test_a_name_missing_in_a_template_of_mako_is_the_templates() -> None:
    trace = (
        "Traceback (most recent call last):\n"
        '  File "memory:0x7f54", line 18, in render_body\n'
        "NameError: 'first_name' is not defined"
    )

    assert reason("NameError", "'first_name' is not defined", trace).key == (
        "template-field-first-name"
    )


def test_a_function_that_the_worker_itself_looks_up_is_a_task() -> None:
    trace = (
        "Traceback (most recent call last):\n"
        '  File "/lib/python3.11/site-packages/rq/utils.py", line 107, in import_attribute\n'
        "AttributeError: module 'shop.tasks' has no attribute 'expire'"
    )

    assert reason(
        "AttributeError", "module 'shop.tasks' has no attribute 'expire'", trace
    ).key == ("unregistered-task-shop.tasks.expire")
    alone = reason("AttributeError", "module 'shop.tasks' has no attribute 'expire'")
    assert alone.key == "missing-name-expire"


@pytest.mark.parametrize(
    ("type_", "message", "key"),
    [
        ("ReferenceError", "ejs:1\n >> 1| Hi <%= total %>\n\ntotal is not defined", "template-field-total"),
        ("TypeError", "/app/a.pug:2\n  > 2| p= o.total\n\nCannot read properties of undefined (reading 'total')", "template-field-total"),
        ("Error", "ENOENT: no such file or directory, open '/app/views/mail/receipt.ejs'", "template-missing-mail-receipt"),
        ("Error", "Parse error on line 1:\n{{#if a}}x\n---^\nExpecting 'OPEN_ENDBLOCK', got 'EOF'", "template-syntax"),
        ("ValidationError", "notNull Violation: Account.plan cannot be null", "value-missing-plan"),
        ("TypeError", "Cannot destructure property 'street' of 'o' as it is undefined.", "none-value-street"),
        ("MaxRetriesPerRequestError", 'Refer to "maxRetriesPerRequest" option', "db-down-redis"),
        ("InvalidRequestError", "No such customer: 'cus_5'", "upstream-missing"),
    ],
)  # fmt: skip
def test_libraries_of_node_are_understood(type_: str, message: str, key: str) -> None:
    assert reason(type_, message).key == key


def test_a_general_state_that_node_prints_decides_nothing() -> None:
    message = "Duplicate entry 'A' for key 'sku'"
    trace = f"Error: {message}\n{NODE}  code: 'ER_DUP_ENTRY',\n  sqlState: '23000'"

    assert reason("Error", message, trace).key == "duplicate-sku"


def test_the_column_of_a_stack_frame_is_not_a_port() -> None:
    trace = "Error: socket hang up\n    at AxiosError.from (node:_http_client:587:11)"

    assert reason("Error", "socket hang up", trace).key == "dropped"


@pytest.mark.parametrize(
    ("type_", "message", "key"),
    [
        ("Swift_TransportException", 'Failed to authenticate on SMTP server, got code "535"', "mail-login-refused"),
        ("ErrorException", "simplexml_load_string(): Entity: line 1: parser error : Start tag expected", "bad-file-xml"),
        ("ErrorException", "file_get_contents(https://api.fax.example/a): Failed to open stream: HTTP request failed! HTTP/1.1 503 Busy", "upstream-error-fax.example"),
        ("ErrorException", "Undefined variable $total", "undefined-name-total"),
        ("airflow.exceptions.AirflowNotFoundException", "The conn_id `reporting` isn't defined", "alias-missing-reporting"),
        ("go", 'Get "https://api.fax.example/v1": EOF', "dropped-fax.example"),
        ("go", "json: cannot unmarshal string into Go struct field Order.total of type int", "invalid-field-order.total"),
        ("System.Collections.Generic.KeyNotFoundException", "The given key 'total' was not present in the dictionary.", "missing-key-total"),
        ("feign.FeignException$TooManyRequests", "during [GET] to [https://api.fax.example/a]", "rate-limit-fax.example"),
        ("Delayed::DeserializationError", "ActiveRecord::RecordNotFound, class: Order , primary key: 5", "record-missing-order"),
        ("Delayed::DeserializationError", "Job failed to load: undefined class/module OldJob.", "unregistered-task-oldjob"),
        ("Ecto.ConstraintError", '* "users_email_index" (unique_constraint)', "duplicate-users-email"),
        ("Error", "Could not find Chrome (ver. 121)", "program-missing-chrome"),
        ("fatal error", "all goroutines are asleep - deadlock!", "broken-assumption-all-goroutines-are-asleep-deadlock"),
    ],
)  # fmt: skip
def test_php_go_net_and_elixir_are_understood(type_: str, message: str, key: str) -> None:
    assert reason(type_, message).key == key


@pytest.mark.parametrize(
    ("type_", "message", "key"),
    [
        ("BindingResolutionException", "Target class [App\\Jobs\\Old] does not exist.", "missing-name-app-jobs-old"),
        ("TypeError", "{}.roundTotal is not a function", "missing-attribute-roundtotal"),
        ("NoMethodError", "private method `sum' called for nil:NilClass", "none-value-sum"),
        ("AirflowRuntimeError", "CONNECTION_NOT_FOUND: {'conn_id': 'reports'}", "alias-missing-reports"),
        ("ValidationException", "The email field is required.", "invalid-field-email"),
        ("ErrorException", "file_get_contents(/data/in.csv): Failed to open stream: No such file", "file-missing"),
        ("shop.errors.Gone", "Profile 5 does not exist", "record-missing-profile"),
    ],
)  # fmt: skip
def test_what_is_missing_has_its_name(type_: str, message: str, key: str) -> None:
    assert reason(type_, message).key == key
