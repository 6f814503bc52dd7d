"""Outside services: limits, certificates, names, logins and templates they refuse."""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "not-allowed",
        """
        permission to send an sms has not been enabled
        """,
        (
            "twilio.base.exceptions.TwilioRestException",
            "Permission to send an SMS has not been enabled for the region of the 'To' number",
        ),
    ),
    rule(
        "mail-login-refused",
        """
        failed to authenticate on smtp server
        """,
        (
            "Swift_TransportException",
            'Failed to authenticate on SMTP server with username "a": code "535"',
        ),
    ),
    rule(
        "timeout",
        """
        tls handshake timeout
        """,
        ("go", 'Post "https://api.fax.example": net/http: TLS handshake timeout'),
    ),
    rule(
        "rate-limit",
        """
        quota exceeded&per minute | quota exceeded&per second | quota exceeded&per 100 seconds
        quota exceeded&per user
        """,
        (
            "google.api_core.exceptions.Something",
            "Quota exceeded for quota metric 'Reads' and limit 'Reads per minute per user'",
        ),
    ),
    rule(
        "quota-used-up",
        """
        insufficient_quota | exceeded your current quota | quota exceeded
        quota has been exceeded | monthly quota | daily quota | quotaexceeded | spending limit
        out of credits | insufficient credit | account_quota | credit balance is too low
        maximum credits exceeded | monthly limit | usage limit reached | usage limit exceeded
        plan limit
        """,
        ("openai.RateLimitError", "Error code: 429 - {'error': {'code': 'insufficient_quota'}}"),
    ),
    rule(
        "rate-limit",
        """
        application request limit | request limit reached | too many calls
        rate limit | rate-limit | ratelimit | rate_limit | too many requests
        request limit exceeded | api limit exceeded | exceeded the limit of requests | slow down
        too many login attempts | sending rate exceeded | concurrent requests limit
        reduce your request rate | request rate is too | too many messages | requests per minute
        requests per second | calls per second | hourly limit | flood wait | over_query_limit
        queries per second | throttled | throttling | throttle limit
        """,
        ("RuntimeError", "Shop API says: rate limit exceeded, try later"),
    ),
    rule(
        "tls-expired",
        """
        certificate has expired | certificate is expired | certificate expired
        cert_has_expired | certificate has expired or is not yet valid | notafter
        """,
        (
            "ssl.SSLCertVerificationError",
            (
                "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
                "failed: certificate has expired (_ssl.c:1)"
            ),
        ),
    ),
    rule(
        "tls-hostname",
        """
        hostname mismatch | doesn't match either of | hostname/ip does not match
        certificate is not valid for | ip address mismatch | certificate is valid for
        no alternative certificate subject name | does not match certificate
        does not match the server certificate | ssl: certificate subject name
        doesn't match '
        """,
        (
            "ssl.SSLCertVerificationError",
            (
                "certificate verify failed: Hostname mismatch, "
                "certificate is not valid for 'a.example'."
            ),
        ),
    ),
    rule(
        "tls-untrusted",
        """
        self signed certificate | self-signed certificate | unable to get local issuer
        unable to get issuer | signed by unknown authority
        unable to verify the first certificate | unable to find valid certification path
        certificate verify failed | certificate_unknown | unknown ca
        """,
        (
            "requests.exceptions.SSLError",
            "certificate verify failed: unable to get local issuer certificate",
        ),
    ),
    rule(
        "tls",
        """
        [ssl: | sslerror | ssl_error | ssl handshake | tls handshake | handshake failure
        handshake_failure | wrong version number | wrong_version_number
        unexpected_eof_while_reading | eof occurred in violation of protocol
        ssl_connect returned | ssl routines | tlsv1 | tls_error | curl error 35
        unsupported protocol&ssl
        """,
        (
            "urllib3.exceptions.SSLError",
            "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1007)",
        ),
    ),
    rule(
        "dns",
        """
        name or service not known | temporary failure in name resolution | nodename nor servname
        getaddrinfo | no address associated with hostname | failed to resolve
        could not translate host name | could not resolve host | no such host | name resolution
        dns lookup | dns resolution | unknown host | unknownhost | enotfound | eai_again
        eai_noname | nxdomain | no route to dns | nameresolutionerror
        dns query name does not exist | dns operation timed out | unknown mysql server host
        dns server | non-existing domain
        """,
        ("httpx.ConnectError", "[Errno -2] Name or service not known"),
    ),
    rule(
        "proxy",
        """
        proxyerror | unable to connect to proxy | cannot connect to proxy
        tunnel connection failed | proxy authentication required | proxy error
        """,
        (
            "urllib3.exceptions.MaxRetryError",
            (
                "Max retries exceeded (Caused by ProxyError('Unable to connect to "
                "proxy', OSError('Tunnel connection failed: 403 Forbidden')))"
            ),
        ),
    ),
    rule(
        "credentials-missing",
        """
        unable to locate credentials | must specify a region | could not load credentials
        could not find credentials | default credentials were not found
        missing credentials in config | no api key provided | api key not provided
        missing credentials | could not resolve authentication method | credentials are required
        missing region | aws credentials | unable to load credentials
        api_key client option must be set | api key is missing | no api key
        api key is required | set your api key | missing api key | neither apikey nor
        default credentials | credentials were not provided | credentials not found
        username and a password | no credentials
        """,
        ("stripe._error.AuthenticationError", "No API key provided. (HINT: set your API key)"),
    ),
    rule(
        "provider-template",
        """
        template&not found&sendgrid | template not approved | template does not exist
        template&does not exist&email | template_id&invalid | invalid template
        unknown_template | template id&not | rendering attribute | missing rendering
        template was not found | template name does not exist | failed to render template&api
        transactional template | templateid&valid | template is not valid | template with id
        no such template | template paused | missing template data | template is disabled
        template_id must be | template_id&valid
        """,
        (
            "botocore.exceptions.ClientError",
            (
                "An error occurred (Unexpected) when calling the "
                "SendTemplatedEmail operation: Template welcome does not exist"
            ),
        ),
    ),
    rule(
        "sender-unverified",
        """
        email address is not verified | not a verified sender | sender identity
        verified sender identity | from address does not match | domain is not verified
        unverified sender | domain not verified | from email address is not verified
        sender address rejected | is not verified. check | not authorized to send from
        sandbox&verif | unverified numbers | sender signature
        """,
        (
            "botocore.errorfactory.MessageRejected",
            (
                "An error occurred (MessageRejected) when calling the "
                "SendEmail operation: Email address is not verified."
            ),
        ),
    ),
    rule(
        "template-syntax",
        """
        no filter named ' | no test named ' | unterminated control keyword
        unterminated tag or expression | invalid block tag | unclosed tag on line
        is not a registered tag library
        parse error on line&expecting ' | expected variable end | unexpected token: }}
        """,
        ("RenderFailed", "No filter named 'money'."),
    ),
    rule(
        "template-field",
        """
        ' is undefined | has no attribute&jinja2 | undefined variable in template
        undefined variable $&view | undefined local variable or method&template
        failed lookup for key | missing template variable
        not defined in [object | variable "&does not exist in "
        object' has no attribute
        attempted to output null or undefined value
        """,
        ("RenderError", "Error rendering email body: (UndefinedError) 'first_name' is undefined"),
    ),
    rule(
        "template-missing",
        """
        template not found | templatenotfound | template does not exist: | failed to lookup view
        view [ | missing template
        unable to find template
        """,
        ("InvalidArgumentException", "View [emails.receipt] not found."),
    ),
    rule(
        "unregistered-task",
        """
        received unregistered task | unregistered task | unknown task | no such task
        no handler registered | task not registered | is not a registered task
        unknown job type | no worker registered | no processor registered
        missing process handler for job type | job kind is not registered
        function&not found in registry | not registered&worker | actor&not declared
        unknown job name | invalid attribute name | uninitialized constant&job
        uninitialized constant&worker | no job class | unknown worker | no job handler
        missing processor | is not a registered job | no such actor | unknown function
        not found in taskregistry
        job failed to load
        """,
        ("KeyError", "\"Received unregistered task of type 'shop.tasks.old'.\""),
    ),
)
