"""What the documented exception types of libraries mean, as data.

A name alone means the same wherever it is raised; `package:Name` only in that package (the first
part of the qualified name, lower case). Names that mean something only with their text are not
here but among the text rules.
"""

from tailback.core.failures.table import table

# Sure: nothing in the message can make it something else (but see `texts.EARLY`).
TYPES = table("""
worker-crashed: BrokenProcessPool
worker-died: InterruptError WorkhorseTerminated AbandonedJobError WorkerLostError
    WorkerTerminated DeadWorkerError WorkerDiedError ProcessExitError
    WorkerLost ActorDiedError WorkerCrashedError ZombieJobError OrphanedError
worker-stopped: Shutdown dramatiq:Shutdown sidekiq:Shutdown ShutDownImminentException
    StopRequested WorkerShutdown WorkerTerminate SystemExit KeyboardInterrupt Interrupt
    SignalException Terminated
cancelled: TaskRevokedError JobCancelled JobAborted TaskCancelled JobStopped RevokedError
    CancelExecution JobCancelledError TaskCancelledException StopJob InterruptJob
stalled: StalledError JobStalledError ProcessPrunedError ProcessPruneError ProcessMissingError

template-field: jinja2:UndefinedError UndefinedError VariableDoesNotExist
    UndefinedVariableError liquid:UndefinedVariable liquid:UndefinedDropMethod
    handlebars:MissingVariable
template-missing: TemplateNotFound TemplatesNotFound TemplateDoesNotExist TopLevelLookupException
    TemplateLookupException MissingTemplate MissingExactTemplate actionview:MissingTemplate
template-syntax: TemplateSyntaxError TemplateAssertionError mako:SyntaxException
    mako:CompileException liquid:SyntaxError twig:SyntaxError haml:SyntaxError slim:SyntaxError
    TemplateEncodingError
template-failed: TemplateRuntimeError FilterArgumentError actionview:Error liquid:ArgumentError
    TemplateError RenderError mako:RuntimeException twig:RuntimeError ViewException
    TemplateProcessingException TemplateModelException
unregistered-task: NotRegistered ActorNotFound UnregisteredTask TaskNotFound UnknownTaskError
    UnknownJobClassError JobClassNotFound FunctionNotRegistered TaskNotRegisteredError

db-deadlock: Deadlocked DeadlockError DeadlockLoserDataAccessException LockAcquisitionException
    DeadlockLoser SQLTransactionRollbackException
db-lock-timeout: LockWaitTimeout activerecord:LockWaitTimeout CannotAcquireLockException
    PessimisticLockingFailureException LockTimeoutException LockTimeout NotLocked
db-lock-lost: LockNotOwnedError redlock:LockError UnableToAcquireLock
db-query-timeout: StatementTimeout activerecord:QueryCanceled activerecord:StatementTimeout
    QueryTimeoutException ExecutionTimeout SequelizeTimeoutError QueryTimeoutError
    cassandra:ReadTimeout cassandra:WriteTimeout cassandra:OperationTimedOut SQLTimeoutException
db-serialization: SerializationFailure WriteConflict StaleDataError StaleObjectError
    OptimisticLockException OptimisticLockError ObjectOptimisticLockingFailureException
    WatchError RecordModifiedError StaleEntryError
db-pool: activerecord:ConnectionTimeoutError PoolTimeout WaitQueueTimeoutError
    SequelizeConnectionAcquireTimeoutError PoolExhaustedException psycopg_pool:PoolTimeout
    PoolError TooManyRequestsInPool CannotCreateTransactionException sqlalchemy:TimeoutError
    KnexTimeoutError
db-down: ServerSelectionTimeoutError CannotConnectError ConnectionNotEstablished
    redis:ConnectionFailure NoHostAvailable NoBrokersAvailable PrismaClientInitializationError
    SequelizeConnectionRefusedError SequelizeConnectionError SequelizeHostNotReachableError
    MongooseServerSelectionError MongoServerSelectionError LeaderNotAvailableError
    BrokerNotAvailableError redisclient:CannotConnectError cassandra:Unavailable
    DatabaseConnectionError DBConnectionError CannotGetJdbcConnectionException NodeNotReadyError
    CommunicationsException mysql2:ConnectionError JedisConnectionException UnableToConnectError
    kafka:KafkaConnectionError KafkaUnavailableError RedisConnectionException
    RedisConnectionFailureException MongoSocketOpenException activerecord:ConnectionFailed
    MaxRetriesPerRequestError PoolInitializationException NoServerAvailable
db-lost: AutoReconnect AdapterError ConnectionLost NotConnectedError CursorNotFound
    activerecord:AdapterTimeout MongoNetworkError ClusterConnectionLost MongoSocketReadException
    RecoverableDataAccessException SSLServerClosed InterfaceError psycopg2:InterfaceError
db-timeout: NetworkTimeout redis:TimeoutError redisclient:TimeoutError
    redisclient:ReadTimeoutError RedisTimeoutException CommandTimeoutError
    MongoNetworkTimeoutError elasticsearch:ConnectionTimeout elastic_transport:ConnectionTimeout
    opensearchpy:ConnectionTimeout KafkaTimeoutError RequestTimedOutError MongoTimeoutException
    redis:BaseConnectionTimeout RedisCommandTimeoutException WTimeoutError
db-no-primary: NotPrimaryError NotMasterError ClusterDownError MasterDownError
    SlotNotCoveredError ClusterError MovedError AskError TryAgainError NotLeaderForPartitionError
    NotControllerError NotCoordinatorError MongoNotPrimaryException
db-starting: BusyLoadingError CoordinatorLoadInProgressError BusyLoading
db-read-only: ReadOnlyError redisclient:ReadOnlyError activerecord:ReadOnlyError
    redis:ReadOnlyError
db-connections: MaxConnectionsError redis:MaxConnectionsError TooManyConnections
    SequelizeConnectionTooManyError
db-memory: redis:OutOfMemoryError redisclient:OutOfMemoryError
db-locked: BusyException sqlite3:BusyException SQLiteBusyException sqlite3:LockedException
db-login-refused: redis:AuthenticationError redis:AuthenticationWrongNumberOfArgsError
    redisclient:AuthenticationError elasticsearch:AuthenticationException
    SaslAuthenticationFailedError cassandra:AuthenticationFailed SequelizeAccessDeniedError
    MongoSecurityException MongoAuthenticationException ProbableAuthenticationError
    opensearchpy:AuthenticationException redisclient:AuthenticationException
    mongo:Unauthorized
db-not-allowed: redis:NoPermissionError redis:AuthorizationError redisclient:PermissionError
    elasticsearch:AuthorizationException TopicAuthorizationFailedError AccessRefused
    GroupAuthorizationFailedError cassandra:Unauthorized ProbableAccessDeniedError
    opensearchpy:AuthorizationException ClusterAuthorizationFailedError
db-missing: NoDatabaseError activerecord:NoDatabaseError SequelizeDatabaseMissingError
    UnknownTopicOrPartitionError
missing-column: UnknownAttributeError activemodel:UnknownAttributeError FieldError
    FieldDoesNotExist UnmappedColumnError NoSuchColumnError NoReferencedColumnError
missing-table: NoSuchTableError UndefinedTable NoReferencedTableError PendingMigrationError
duplicate: RecordNotUnique DuplicateKeyError SequelizeUniqueConstraintError
    UniqueConstraintViolationException DuplicateKeyException UniqueConstraintError
    DuplicateEntryException AlreadyExistsError UniqueConstraintViolation
parent-missing: InvalidForeignKey SequelizeForeignKeyConstraintError ForeignKeyConstraintError
    ForeignKeyConstraintViolationException
value-missing: NotNullViolation NotNullConstraintViolationException
value-too-long: ValueTooLong
bad-number: activerecord:RangeError activemodel:RangeError
check-failed: CheckViolation CheckConstraintError
sql-error: psycopg:SyntaxError psycopg2:SyntaxError pg:SyntaxError asyncpg:PostgresSyntaxError
    CompileError UnsupportedCompilationError ObjectNotExecutableError
command-error: NoScriptError ExecAbortError ClusterCrossSlotError

record-missing: Http404 DoesNotExist ObjectDoesNotExist RecordNotFound NoResultFound
    ModelNotFoundException EntityNotFoundException EmptyResultDataAccessException
    EntityNotFoundError NoRowFound RecordNotFoundError NoRecordFound NoResultError
    DocumentNotFoundError DocumentNotFound NotFoundInDatabase ObjectDoesNotExistError
    ObjectDeletedError NoResultException RecordNotFoundException RecordDoesNotExist
    NoResultsError NotExistOrMultiple DocumentNotFoundException ObjectNotFoundException
    EctoNoResultsError
job-missing: NoSuchJobError JobDoesNotExist JobNotFound ResultNotFound
several-records: MultipleObjectsReturned MultipleResultsFound MultipleResultsError
    NonUniqueResultException MultipleRecordsFoundException NonUniqueObjectException
    IncorrectResultSizeDataAccessException SoleRecordExceeded
file-missing: FileNotFoundError activestorage:FileNotFoundError FileNotFoundException
    NoSuchFileException
object-missing: NoSuchKey activestorage:IntegrityError NoSuchVersion

invalid-field: pydantic_core:ValidationError pydantic:ValidationError marshmallow:ValidationError
    jsonschema:ValidationError jsonschema_rs:ValidationError RequestValidationError RecordInvalid
    msgspec:ValidationError DocumentError cerberus:DocumentError ZodError
    MissingRequiredClaimError mongoose:ValidationError
    ParamValidationError voluptuous:Invalid MultipleInvalid StructureHandlerNotFoundError
    ClassValidationError schema:SchemaError SchemaMissingKeyError SchemaWrongKeyError
    ConstraintViolationException MethodArgumentNotValidException ParameterMissing
    fastjsonschema:JsonSchemaValueException JsonSchemaValueException trafaret:DataError
    ForbiddenExtraKeysError BaseValidationError activemodel:ValidationError
    activerecord:RecordInvalid openapi:ValidationError django:ValidationError
    rest_framework:ValidationError peewee:ValidationError mongoengine:ValidationError
    wtforms:ValidationError tortoise:ValidationError PrismaClientValidationError CastError
not-json: JSONDecodeError requests:InvalidJSONError JsonParseException json:ParserError
    ContentTypeError oj:ParseError JsonProcessingException JsonSyntaxException
    orjson:JSONDecodeError JsonException yajl:ParseError multijson:ParseError
    MismatchedInputException MalformedInputException jason:DecodeError
bad-encoding: UnicodeDecodeError UnicodeEncodeError UnicodeError UndefinedConversionError
    InvalidByteSequenceError encoding:CompatibilityError UnicodeTranslateError
    MalformedInputError
bad-image: UnidentifiedImageError ImageProcessingError minimagick:Invalid vips:Error
    minimagick:Error ImageReadException
image-too-big: DecompressionBombError DecompressionBombWarning
bad-file: BadZipFile BadZipfile LargeZipFile tarfile:ReadError BadGzipFile XMLSyntaxError
    InvalidFileException PdfReadError PdfStreamError EmptyDataError malformedcsverror
    MalformedCSVError EmptyFileError FileNotDecryptedError WrongPasswordError XLRDError
    PackageNotFoundError ExpatError xml:ParseError pandas:ParserError _csv:Error csv:Error
    zlib:error lzma:LZMAError LZMAError nokogiri:SyntaxError SAXParseException zip:Error
    ZipException PDFSyntaxError PSEOF pdfminer:PDFSyntaxError PDFInfoNotInstalledError
    PDFPageCountError TOMLDecodeError yaml:ScannerError yaml:ParserError psych:SyntaxError
    YAMLException ScannerError ComposerError XmlDocumentError EmptyImageDataError
    CsvError pyarrow:ArrowInvalid ArrowInvalid rubyxl:Error roo:Error IllegalQuotingError
invalid-field: EmailNotValidError EmailSyntaxError
bad-recipient: NumberParseException EmailUndeliverableError
    SMTPRecipientsRefused InvalidPhoneNumber UnregisteredError SenderIdMismatchError
bad-header: BadHeaderError InvalidHeader
bad-date: date:Error dateutil:ParserError DateTimeParseException pandas:OutOfBoundsDatetime
    OutOfBoundsDatetime
bad-number: decimal:InvalidOperation InvalidOperation NumberFormatException ConversionSyntax
content-refused: ContentDisallowed
bad-message: kombu:DecodeError dramatiq:DecodeError UnpicklingError InvalidTaskError
    rq:DeserializationError arq:DeserializationError
bad-value: InvalidId bson:InvalidId BSONError InvalidBSON BSONTypeError InvalidStringData
    activerecord:InvalidEnumValue SuspiciousFileOperation SuspiciousOperation RequestDataTooBig
    binascii:Error
card-declined: CardError stripe:CardError CardException
request-too-big: PayloadTooLargeError ContentTooLargeError RequestTooLargeError DocumentTooLarge
    MessageSizeTooLargeError RecordListTooLargeError RequestEntityTooLarge TooLargeError

rate-limit: RateLimitError RateLimitExceeded RateLimitExceededException TooManyRequests
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
    HttpServerErrorException ServiceBusyError DownForMaintenanceError VaultSealed
    zeep:Fault zeep:TransportError UnexpectedEOFFromService TemporarilyUnavailable
    RemoteServerError CircuitBreakerError
    CircuitOpenError CircuitBreakerOpen
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
card-declined: PaymentRequired PaymentRequiredError
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
    httpx:ConnectError httpcore:ConnectError
    ClientConnectionError ConnectionFailedError TCPConnectError
out-of-memory: MemoryError NoMemoryError _ArrayMemoryError ArrayMemoryError OutOfMemoryError
    OutOfMemoryException OOMKilled OutOfMemory
time-limit: SoftTimeLimitExceeded TimeLimitExceeded JobTimeoutException JobTimeout TaskTimeout
    HorseMonitorTimeoutException BaseTimeoutException TimeoutExceededException
    JobExecutionTimeout JobTimeoutError TaskTimeoutError AirflowTaskTimeout
    DeadlineExceededException TimeoutJobError ProcessTimedOutException
command-timeout: TimeoutExpired
disk-full: DiskFullError

credentials-missing: NoCredentialsError NoRegionError PartialCredentialsError ProfileNotFound
    DefaultCredentialsError NoAuthTokenError CredentialRetrievalError MissingCredentialsError
    MissingRegionError UnknownRegionError InvalidRegionError CredentialsError
bad-url: MissingSchema InvalidSchema InvalidURL UnsupportedProtocol LocationParseError
    InvalidUrlClientError NonHttpUrlClientError URLRequired LocationValueError URLSchemeUnknown
    InvalidURI MalformedURLException InvalidURIError InvalidEndpointError httpx:InvalidURL
    URISyntaxException
alias-missing: ConnectionDoesNotExist InvalidCacheBackendError QueueNotFound
    dramatiq:QueueNotFound AdapterNotSpecified ConnectionNotDefined
settings-wrong: ImproperlyConfigured AppRegistryNotReady ConfigurationError InvalidConfigError
    KafkaConfigurationError UnknownServiceError ConfigParseError ConfigNotFound NoSuchModuleError
    InvalidConfigurationError SerializerNotInstalled InvalidEndpointConfigurationError
    UnsupportedSignatureVersionError InvalidDefaultsMode SlackClientConfigurationError
    ConfigurationException InvalidKeyFileFormat SecurityError ConfigError BadConfigError
    AdapterNotFound MissingDependencyException NoDBAPILoaded ZoneInfoNotFoundError
    BeanCreationException UnboundExecutionError DisallowedHost DatabaseConfigurationError
setting-missing: MissingSettingError UndefinedValueError MissingEnvironmentVariable EnvError
    SettingMissing DecoupleUndefinedValueError ConfigKeyError

missing-name: ImportError ModuleNotFoundError ClassNotFoundException NoClassDefFoundError
    LoadError BindingResolutionException ERR_MODULE_NOT_FOUND
undefined-name: NameError UnboundLocalError ReferenceError
wrong-arguments: TooFewArguments ArgumentCountError MissingMethodInvocationException
bad-index: IndexError IndexOutOfBoundsException ArrayIndexOutOfBoundsException StopIteration
    NoSuchElementException StringIndexOutOfBoundsException
bad-operation: ZeroDivisionError DivisionByZeroError OverflowError ArithmeticError
    FloatingPointError FloatDomainError ArithmeticException DivisionUndefined
none-value: NullPointerException
endless-recursion: RecursionError SystemStackError StackOverflowError
not-serialisable: EncodeError kombu:EncodeError PicklingError InvalidDocument
    bson:InvalidDocument activejob:SerializationError arq:SerializationError SerializationError
broken-assumption: AssertionError NotImplementedError FrozenError FrozenInstanceError
    NotImplementedException UnsupportedOperationException SyntaxError IndentationError TabError
    AbstractMethodError FunctionClauseError CaseClauseError IllegalArgumentException MatchError
    WithClauseError IllegalStateException InvalidStateError UnsupportedOperation
async-misuse: SynchronousOnlyOperation MissingGreenlet AwaitRequired
orm-misuse: DetachedInstanceError ObjectNotPersisted sqlalchemy:ArgumentError
    LazyInitializationException sqlalchemy:InvalidRequestError ResourceClosedError
    IllegalStateChangeError RelationshipNotFound NoValuesFetched IncompleteInstanceError
    UnmappedInstanceError AssociationTypeMismatch AssociationNotFoundError SubclassNotFound
missing-attribute: NoMethodError UndefinedFunctionError BadMethodCallException NoSuchMethodError
    UndefinedMethodError NoSuchFieldError
missing-key: KeyNotFoundError UnknownKeyError
""")

# Only when nothing better is known: the type can mean nearly anything.
WEAK_TYPES = table("""
timeout: TimeoutError timeout Timeout HTTPTimeout
unreachable: ConnectionError NetworkError RequestException TransportError SocketError
    RequestError ConnectError URLError ClientOSError HTTPClientError ServiceResponseError
    NoConnectionException ConnectionException WebException
db-error: OperationalError DatabaseError DBAPIError InternalError redis:ResponseError RedisError
    PDOException QueryException SQLException MongoServerError PyMongoError OperationFailure
    SequelizeDatabaseError RedisClusterException mysql2:Error pg:Error sqlite3:Error ReplyError
    MongoError DataAccessException JdbcSQLException
sql-error: ProgrammingError NotSupportedError PrismaClientUnknownRequestError
bad-value: DataError IntegrityError ArgumentOutOfRangeException
odd-value: ValueError
login-refused: AuthenticationRequired
upstream-error: APIError HttpResponseError GoogleAPICallError ApiException ApiError SlackApiError
    GithubException HttpError ClientResponseError APIStatusError BotoCoreError ClientError
    StripeError TwilioRestException S3Error HTTPStatusError
cancelled: CancelledError Cancelled JobCancellationException CancellationException AbortError
    InterruptedException
request-refused: BadRequestError BadRequest BadRequestsError UnprocessableEntityError
    InvalidRequestError UnprocessableEntity RequestFailed InvalidRequestException InvalidArgument
    BadRequestException UnprocessableEntityException
upstream-missing: NotFoundError NotFound NotFoundException ResourceNotFoundError ResourceNotFound
    UnknownObjectException HTTPNotFound ImageNotFound SalesforceResourceNotFound
conflict: ConflictError Conflict ResourceExistsError IdempotencyError ConflictException
    ResourceModifiedError google:AlreadyExists
file-not-allowed: PermissionError
invalid-field: ValidationError SequelizeValidationError SchemaValidationError
    FormValidationError DataValidationError
    InvalidInputError InvalidDataError BadDataError ValidationException
command-timeout: CommandTimedOut
missing-key: KeyError OutOfRangeException
missing-attribute: AttributeError
bad-type: TypeError ClassCastException
bad-operation: ArgumentError InvalidArgumentException LogicException DomainException
bad-file: ParserError ParseError
not-json: ParsingError
template-failed: RenderException TemplateException
time-limit: JobTimeLimit
settings-wrong: ConfigException
unregistered-task: UnknownTask UnknownTaskException
""")
