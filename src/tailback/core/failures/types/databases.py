"""Databases and other datastores, and what they say of the data they are given."""

TYPES = """
db-deadlock: Deadlocked DeadlockError DeadlockLoserDataAccessException LockAcquisitionException
    DeadlockLoser SQLTransactionRollbackException
db-lock-timeout: LockWaitTimeout activerecord:LockWaitTimeout CannotAcquireLockException
    PessimisticLockingFailureException LockTimeoutException LockTimeout NotLocked
db-lock-lost: LockNotOwnedError redlock:LockError UnableToAcquireLock
db-query-timeout: StatementTimeout activerecord:QueryCanceled activerecord:StatementTimeout
    QueryTimeoutException ExecutionTimeout SequelizeTimeoutError QueryTimeoutError
    cassandra:ReadTimeout cassandra:WriteTimeout cassandra:OperationTimedOut SQLTimeoutException
db-serialization: DbUpdateConcurrencyException SerializationFailure WriteConflict StaleDataError
    StaleObjectError
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
db-lost: dbconnection:ConnectionError AutoReconnect AdapterError ConnectionLost NotConnectedError
    CursorNotFound
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
    opensearchpy:AuthenticationException redisclient:AuthenticationException mongo:Unauthorized
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
check-failed: CheckViolation CheckConstraintError
sql-error: psycopg:SyntaxError psycopg2:SyntaxError pg:SyntaxError asyncpg:PostgresSyntaxError
    CompileError UnsupportedCompilationError ObjectNotExecutableError
command-error: NoScriptError ExecAbortError ClusterCrossSlotError
job-missing: NoSuchJobError JobDoesNotExist JobNotFound ResultNotFound
"""
