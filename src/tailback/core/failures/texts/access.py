"""What is missing or refused at an outside service, in words that others use too."""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "upstream-missing",
        """
        no such customer: ' | no such payment_intent: ' | no such subscription: '
        no such invoice: ' | no such price: ' | no such charge: ' | no such plan: '
        no such source: ' | no such token: ' | no such payment_method: '
        """,
        ("stripe.InvalidRequestError", "No such customer: 'cus_1'"),
    ),
    rule(
        "object-missing",
        """
        specified key does not exist | the specified blob does not exist | no such object
        nosuchkey | no such key | object does not exist | the specified version does not exist
        specified upload does not exist
        """,
        (
            "minio.error.S3Error",
            "S3 operation failed; code: NoSuchKey, message: Object does not exist",
        ),
    ),
    rule(
        "store-missing",
        """
        specified bucket does not exist | nosuchbucket | no such bucket | bucket does not exist
        queue does not exist | the specified queue does not exist | container does not exist
        the model `&does not exist | model_not_found | no such channel | topic does not exist
        specified bucket is not valid | no queue ' | bucket not found | not_found - no queue
        no exchange ' | index_not_found | no such index | specified container does not exist
        """,
        (
            "google.api_core.exceptions.NotFound",
            "404 GET https://storage.googleapis.com/b/x: The specified bucket does not exist.",
        ),
    ),
    rule(
        "login-refused",
        """
        invalid api key | incorrect api key | invalid access token | invalid_api_key
        api key not valid | bad credentials | invalid credentials | invalid_grant
        invalid_client | invalid token | expired api key | api key expired
        authentication failed | authentication failure | unauthorized | invalid authentication
        login failed | unauthenticated | invalid username or password
        incorrect username or password | not_authed | invalid_auth | invalid login
        permission denied (publickey | wrong password | auth failed | incorrect authentication
        security token included in the request is invalid
        signature we calculated does not match | api key you provided | could not authenticate
        bad username | session expired or invalid | access token validation | invalid x-api-key
        authorization has been refused | api token is invalid | revoked api key | invalid_token
        not logged in | authentication credentials | credentials are invalid
        login authentication | 530 login | 530 not logged | invalid session id
        authentication methods failed | bad authentication type | token_revoked
        aadsts7000215 | invalid client secret | aadsts50126 | aadsts700016
        """,
        ("github.GithubException", "Bad credentials"),
    ),
    rule(
        "token-expired",
        """
        token has expired | token is expired | expired token | jwt expired
        signature has expired | token expired | session has expired | expiredtoken
        refresh token is&expired | access token expired | token&has been expired
        id token expired
        aadsts7000222 | aadsts70008 | aadsts700082
        """,
        ("FacebookRequestError", "Error validating access token: token has expired"),
    ),
    rule(
        "not-allowed",
        """
        access denied | accessdenied | permission_denied | not authorized to
        does not have permission | insufficient permission | forbidden | missing_scope
        insufficient scope | permission denied on resource | not permitted to | access is denied
        does not have&access to | requires higher privileges | you do not have permission
        accessnotgranted | insufficient privileges | relay access denied | relaying denied
        unable to relay
        permission denied, on get
        sendasdenied
        """,
        (
            "google.api_core.exceptions.Something",
            "robot@x.example does not have permission to access the object",
        ),
    ),
    rule(
        "bad-signature",
        """
        signature verification | no signatures found matching | invalid signature
        signature does not match | signature mismatch | invalid webhook signature
        webhook signature | hmac mismatch | timestamp outside the tolerance | mac is invalid
        not enough segments | signatures did not match
        """,
        ("WebhookError", "No signatures found matching the expected signature for payload"),
    ),
)
