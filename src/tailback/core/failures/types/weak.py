"""Types that can mean nearly anything: only when nothing better is known."""

TYPES = """
timeout: TimeoutError timeout Timeout HTTPTimeout
unreachable: ConnectionError NetworkError RequestException TransportError SocketError
    RequestError ConnectError URLError ClientOSError HTTPClientError ServiceResponseError
    NoConnectionException ConnectionException WebException
db-error: OperationalError DatabaseError DBAPIError InternalError redis:ResponseError RedisError
    BackendStoreError BulkIndexError
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
bad-type: InvalidCastException TypeError ClassCastException
bad-operation: ArgumentError InvalidArgumentException LogicException DomainException
bad-file: ParserError ParseError
not-json: ParsingError
template-failed: RenderException TemplateException
time-limit: JobTimeLimit
settings-wrong: ConfigException
unregistered-task: UnknownTask UnknownTaskException
"""
