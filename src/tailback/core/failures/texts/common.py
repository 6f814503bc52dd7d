"""Common words for data and transport trouble: the last that is tried."""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "file-missing",
        """
        no such file | file does not exist | file not found | cannot find the file
        cannot find the path | failed to open stream
        """,
        ("ErrorException", "fopen(/data/in.csv): failed to open stream: gone"),
    ),
    rule(
        "record-missing",
        """
        matching query does not exist | couldn't find | could not find | no row was found
        cannot find | no results for query | record not found | does not exist in the database
        no query results for model
        an operation failed because it depends on one or more records
        record to update not found | record to delete does not exist | no rows in result set
        expected at least one result | has been deleted | was deleted | no longer exists
        no such | not found
        does not exist | doesn't exist
        matches the given query
        recordnotfound, class
        """,
        ("LookupError", "Order 5 not found"),
    ),
    rule(
        "several-records",
        """
        multiple rows were found | returned more than one | more than one row
        query returned more than one | expected one result, got
        """,
        ("Error", "get() returned more than one Order -- it returned 2!"),
    ),
    rule(
        "request-too-big",
        """
        request entity too large | payload too large | maximum context length
        context_length_exceeded | body exceeded | message too large | message size exceeds
        file too large | too large | exceeds maximum size | prompt is too long | size limit
        exceeded the maximum | maximum allowed size | larger than the maximum
        exceeds the maximum
        """,
        ("ApiFailure", "payload too large"),
    ),
    rule(
        "mail-refused",
        """
        message rejected | rejected as spam | blocked&spam | policy violation
        message content rejected | spam message | considered spam | blocklist | blacklist
        dmarc | spamhaus
        """,
        ("MailError", "Message rejected as spam by Content Filtering."),
    ),
    rule(
        "mailbox-full",
        """
        mailbox full | mailbox is full | over quota | inbox is full
        exceeded storage allocation
        """,
        ("MailError", "452 The email account that you tried to reach is over quota"),
    ),
    rule(
        "conflict",
        """
        conflict | already in progress | already exists | already been processed
        version mismatch | was updated concurrently | already been captured
        already been refunded | idempotency
        """,
        ("ApiFailure", "The resource already exists"),
    ),
    rule(
        "invalid-field",
        """
        field required | is a required property | missing data for required field
        missing required field | validation error | validation failed | is not of type
        can't be blank | must not be blank | is required | should not be empty | must be a valid
        none is not an allowed value | value is not a valid | required field | not a valid
        missing required parameter | cast to&failed for | must be greater than
        must be less than | must be positive | must not be | is not one of | is not allowed
        missing field | must contain | invalid type | is too short | is too long
        extra inputs are not permitted | additional properties are not allowed | required key
        invalid payload  | not a recognized | unsupported currency
        unsupported value | is not a valid | invalid format | must be one of | must be
        is missing | is invalid | does not match | unknown field | invalid input | invalid value
        expected a
        cannot unmarshal
        """,
        ("ActiveRecord::Something", "Validation failed: Email can't be blank"),
    ),
    rule(
        "bad-header",
        """
        header values can't contain | newlines (got | invalid header value
        illegal header value
        """,
        ("ValueError", "Invalid header value b'a\\nb'"),
    ),
    rule(
        "command-timeout",
        """
        command&timed out after | process timed out | exceeded the timeout of&process
        """,
        ("ProcessError", 'The process "ffmpeg -i a" exceeded the timeout of 60 seconds.'),
    ),
    rule(
        "file-not-allowed",
        """
        permission denied | operation not permitted | read-only file system
        """,
        ("ErrorException", "mkdir(): Permission denied"),
    ),
    rule(
        "timeout",
        """
        timed out | timeout | time-out | deadline exceeded | execution expired | etimedout
        did not respond in time | no response within | took too long | curl error 28
        context deadline | operation was aborted due to timeout
        """,
        ("RuntimeError", "Partner did not respond in time"),
    ),
    rule(
        "unreachable",
        """
        connection refused | econnrefused | no route to host | network is unreachable
        network unreachable | failed to establish a new connection | connect call failed
        cannot connect | could not connect | unable to connect | failed to connect
        can't connect | host is down | host unreachable | failed to open tcp connection
        curl error 7 | connection error | network error | fetch failed | connection failed
        failed to fetch | network is down | actively refused | ehostunreach
        connection could not be established | connecterror | error sending request
        no connection established | can't contact ldap server | could not establish tcp connection
        """,
        ("Exception", "dial tcp 10.0.0.9:443: connect: connection refused"),
    ),
    rule(
        "dropped",
        """
        connection reset | econnreset | connection aborted | broken pipe | remote end closed
        server disconnected | socket hang up | connection closed | epipe
        peer closed connection | connection was closed | closed connection without
        incomplete read | incompleteread | unexpected eof | end of file reached
        premature close | connection broken | connection lost | response ended prematurely
        connection dropped | unexpectedly closed | curl error 52 | curl error 56
        empty reply from server | empty response from server | other side closed | http2 stream
        stream closed | goaway | transport endpoint is not connected | prematurely | eoferror
        forcibly closed | not connected | bad status line | badstatusline
        connection terminated
        ": eof
        error reading ssh protocol banner
        """,
        ("Exception", "read tcp 10.0.0.1:443: read: connection reset by peer"),
    ),
    rule(
        "upstream-error",
        """
        internal server error | service unavailable | bad gateway | gateway timeout
        server error | temporarily unavailable | is overloaded | overloaded
        upstream connect error | try again later | backend error | service is down
        server had an error | currently unavailable | service outage | is down
        responded with an error | an unknown error occurred | internal error encountered
        server overloaded | is unavailable | unavailable
        """,
        ("ApiFailure", "upstream connect error or disconnect/reset before headers"),
    ),
    rule(
        "cancelled",
        """
        cancelled | canceled | was aborted
        """,
        ("SomethingError", "operation was canceled"),
    ),
    rule(
        "bad-value",
        """
        invalid input syntax | badly formed hexadecimal uuid | incorrect padding
        invalid base64 | non-hexadecimal number | unable to parse | could not parse
        cannot parse | failed to parse | invalid enum | unsupported format | invalid uuid
        is not a valid objectid | cannot convert | not in list | unexpected value | invalid data
        invalid argument | unprocessable | bad request
        """,
        ("ValueError", "badly formed hexadecimal UUID string"),
    ),
)
