"""Outside services and the way to them."""

TYPES = """
rate-limit: ErrorServerBusy RateLimitError RateLimitExceeded RateLimitExceededException
    TooManyRequests
    TooManyRequestsError TooManyRequestsException Throttled RateLimited RateLimitedError
    ThrottlingError ThrottlingQuotaExceededError RateLimitException TooManyRequest
    RateLimitReachedError google:ResourceExhausted firebase_admin:ResourceExhaustedError
    FloodWaitError RetryAfter FloodWait ThrottledError OverRateLimit RateLimitReached
    RampLimitExceededError ThrottleException RateLimiterTimeoutException RateLimitHit
    OverLimitError ConcurrencyExceededError LimitExceeded ThrottlingException SlowDownError
    QuotaViolationError ThrottleError RequestNotPermitted
quota-used-up: QuotaExceededError SpendLimitReached ContractSpendLimitReachedError QuotaExceeded
    EnforcedSpendLimitReachedError LinkedOrganizationSpendLimitReachedError
login-refused: AuthenticationError AuthenticationException UnauthorizedError Unauthorized
    InvalidClientError InvalidGrantError google:Unauthenticated google:RefreshError RefreshError
    NotAuthenticated BadCredentialsException SalesforceAuthenticationFailed UnauthorizedException
    UnauthenticatedError AuthenticationFailed AuthenticationFailedError InvalidCredentialsError
    ClientAuthenticationError NoValidCredentials BadAuthenticationType
    LDAPInvalidCredentialsResult LDAPBindError INVALID_CREDENTIALS UnauthorizedClientError
    InvalidToken OAuthError SlackTokenRotationError LoginError ImapLoginError TokenRetrievalError
    UnauthorizedSSOTokenError UnableToAuthenticate IncorrectPassword InvalidApiKey
    InvalidAPIKeyError AuthError LoginFailed PasswordRequiredException google:Unauthorized
    UnauthorizedAccessException PartialAuthentication
mail-login-refused: SMTPAuthenticationError AuthenticationFailedException
token-expired: ExpiredSignatureError SalesforceExpiredSession TokenExpiredError ExpiredToken
    ExpiredSignature TokenExpiredException ExpiredTokenError SSOTokenLoadError
    LoginRefreshRequired
not-allowed: PermissionDeniedError PermissionDenied ForbiddenError Forbidden AccessDenied
    google:Forbidden google:PermissionDenied ForbiddenException AuthorizationError
    AccessDeniedError SalesforceRefusedRequest NotAuthorizedError AccessDeniedException
    InsufficientScopeError NotPermitted InsufficientPermissionsError
    LDAPInsufficientAccessRightsResult AuthorizationException OperationNotPermitted
    cancan:AccessDenied pundit:NotAuthorizedError
bad-signature: InvalidSignatureError SignatureVerificationError BadSignature SignatureExpired
    InvalidSignature InvalidTokenError InvalidWebhookSignatureError fernet:InvalidToken
    cryptography:InvalidToken jwt:DecodeError jwt:InvalidSignatureError InvalidAudienceError
    InvalidIssuerError ImmatureSignatureError InvalidKeyError APIWebhookValidationError
    messageverifier:InvalidSignature InvalidMessage VerificationError
    activesupport:InvalidMessage InvalidTag DecryptException
upstream-error: InternalServerError ServerError BadGateway ServiceUnavailable BadGatewayError
    ServiceUnavailableError GatewayTimeoutError GatewayTimeout OverloadedError google:Unknown
    google:Aborted ServiceUnavailableException InternalServerErrorException ServerException
    VaultDown GatewayTimeoutException UnavailableError ServiceException BadGatewayException
    HttpServerErrorException ServiceBusyError DownForMaintenanceError VaultSealed zeep:Fault
    zeep:TransportError UnexpectedEOFFromService TemporarilyUnavailable RemoteServerError
    CircuitBreakerError CircuitOpenError CircuitBreakerOpen
bad-response: TooManyRedirects APIResponseValidationError UnexpectedResponse MalformedResponse
    ContentDecodingError DecodingError InvalidResponseError InvalidResponse
timeout: ReadTimeout ConnectTimeout ConnectionTimeoutError httpx:PoolTimeout OpenTimeout
    WriteTimeout ReadTimeoutError ConnectTimeoutError ConnectTimeoutException SocketTimeoutError
    ServerTimeoutError APITimeoutError ConnectionTimeout RequestTimeout HttpTimeoutException
    APIConnectionTimeoutError SocketTimeoutException DeadlineExceeded DeadlineExceededError
    TimeoutException ServiceRequestTimeoutError ServiceResponseTimeoutError RequestTimeoutError
    net:OpenTimeout net:ReadTimeout net:WriteTimeout faraday:TimeoutError httpx:TimeoutException
    WriteTimeoutException LDAPResponseTimeoutError restclient:Timeout BannerTimeout
    ConnectionTimeoutException HTTPTimeoutError requests:Timeout HeadersTimeoutError
    BodyTimeoutError
dns: NameResolutionError ClientConnectorDNSError gaierror UnknownHostException
    UnresolvableContactPoints ResolutionError
tls-hostname: CertificateHostnameMismatch ServerFingerprintMismatch
tls: SSLError SSLCertVerificationError ClientConnectorCertificateError ClientConnectorSSLError
    SSLHandshakeException TlsError SSLZeroReturnError SSLEOFError ClientSSLError
    SSLPeerUnverifiedException openssl:SSLError LDAPCertificateError CertificateError
    faraday:SSLError SSLWantReadError
proxy: ProxyError InvalidProxyURL ClientProxyConnectionError ProxyConnectionError
    ClientHttpProxyError ProxySchemeUnknown
dropped: RemoteDisconnected ConnectionResetError ServerDisconnectedError RemoteProtocolError
    ConnectionAbortedError ConnectionClosedError ContentTooShortError BrokenPipeError
    ChunkedEncodingError ClientPayloadError IncompleteRead BadStatusLine IncompleteReadError
    ProtocolError ConnectionClosed httpx:ReadError httpx:WriteError ResponseStreamingError
    StreamLostError ConnectionForced SMTPServerDisconnected RecoverableConnectionError
    AMQPHeartbeatTimeout ConnectionClosedByBroker EOFError ConnectionOpenAborted
    ClientConnectionResetError ConnectionClosedOK NetworkExceptionError httpx:CloseError
    net:HTTPBadResponse NoHttpResponseException InvalidChunkLength ServerDisconnected
    ConnectionDoneError ConnectionLostError
unreachable: ConnectionRefusedError NewConnectionError ClientConnectorError APIConnectionError
    EndpointConnectionError faraday:ConnectionFailed NoRouteToHostException ConnectException
    ServiceRequestError HttpHostConnectException AMQPConnectionError NoValidConnectionsError
    SMTPConnectError ResourceAccessException ConnectionFailed BrokerConnectionError
    docker:DockerException SERVER_DOWN LDAPSocketOpenError TransferStalledError
    httpx:ConnectError httpcore:ConnectError ClientConnectionError ConnectionFailedError
    TCPConnectError
"""
