"""Trouble with databases and other datastores themselves, by their documented wording."""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "db-deadlock",
        """
        deadlock
        """,
        ("Mysql2::Error", "Deadlock found when trying to get lock; try restarting transaction"),
    ),
    rule(
        "db-lock-timeout",
        """
        lock wait timeout | lock timeout | could not obtain lock | lock not available
        lock_timeout | unable to acquire lock | failed to acquire lock | could not acquire lock
        lock request time out | couldn't acquire lock
        """,
        ("pymysql.err.OperationalError", "Lock wait timeout exceeded; try restarting transaction"),
    ),
    rule(
        "db-locked",
        """
        database is locked | database table is locked | database schema is locked
        """,
        ("sqlite3.OperationalError", "database is locked"),
    ),
    rule(
        "db-lock-lost",
        """
        cannot release an unlocked lock | cannot release a lock that's no longer owned
        lock no longer owned | lock was not acquired | cannot extend a lock
        cannot reacquire a lock
        """,
        ("redis.exceptions.LockError", "Cannot release a lock that's no longer owned"),
    ),
    rule(
        "db-query-timeout",
        """
        statement timeout | canceling statement due to | query execution was interrupted
        maximum statement execution time | max_statement_time | operation exceeded time limit
        maxtimems | query timeout | query timed out | timeout&exceeded&query | statement_timeout
        idle-in-transaction timeout | query read timeout | search_phase_execution&time
        query execution time
        """,
        ("django.db.utils.OperationalError", "canceling statement due to statement timeout"),
    ),
    rule(
        "db-serialization",
        """
        could not serialize access | serialization failure | restart transaction | writeconflict
        write conflict | has changed since last read | watched variable changed
        expected to update 1 row | write skew
        please retry your operation or multi-document transaction | stale object
        concurrent update
        """,
        (
            "django.db.utils.OperationalError",
            "could not serialize access due to concurrent update",
        ),
    ),
    rule(
        "db-pool",
        """
        queuepool limit | could not obtain a connection from the pool
        connection pool exhausted | pool exhausted | couldn't get a connection after
        timed out fetching a new connection from the connection pool
        timeout acquiring a connection | resourcerequest timed out | waited for&connection pool
        all pooled connections were in use | pool timeout | checking out a connection
        connection pool timed out | operation timed out waiting for a connection
        timeout waiting for connection from pool
        connection is not available, request timed out | connectionacquiretimeout
        connection pool is full | no connection available
        connection not available and request was dropped from queue | pool is overloaded
        maxwaittimereached
        """,
        (
            "OperationalError",
            "QueuePool limit of size 5 overflow 10 reached, connection timed out",
        ),
    ),
    rule(
        "db-connections",
        """
        too many connections | too many clients | remaining connection slots
        max number of clients reached | max_user_connections | max_connections
        connection limit exceeded | too many connections for role | max clients reached
        no more connections allowed | maximum number of connections | maxclientsinsessionmode
        """,
        ("psycopg2.OperationalError", "FATAL:  sorry, too many clients already"),
    ),
    rule(
        "db-read-only",
        """
        read-only transaction | readonly you can't write | read only replica | read-only replica
        --read-only option | readonly database | cannot execute&read-only
        read only transaction | is read-only | database is in read-only
        cluster_block_exception
        """,
        ("django.db.utils.InternalError", "cannot execute INSERT in a read-only transaction"),
    ),
    rule(
        "db-starting",
        """
        database system is starting up | loading redis is loading | redis is loading the dataset
        in recovery mode | database system is shutting down | server is loading
        is not yet accepting connections | not accepting connections
        loading the dataset in memory
        """,
        ("psycopg2.OperationalError", "FATAL:  the database system is starting up"),
    ),
    rule(
        "db-no-primary",
        """
        clusterdown | masterdown | not primary | not master | notwritableprimary
        no primary available | no master found | no replica set members | primary stepped down
        replicasetnoprimary | link with master is down | no master | leader not available
        not the leader | moved to | tryagain multiple
        """,
        ("redis.exceptions.ResponseError", "CLUSTERDOWN The cluster is down"),
    ),
    rule(
        "db-memory",
        """
        oom command not allowed | used memory > 'maxmemory' | out of shared memory
        memory exhausted&mysql | circuit_breaking_exception | failed on request of size
        data too large, data for
        """,
        (
            "redis.exceptions.ResponseError",
            "OOM command not allowed when used memory > 'maxmemory'.",
        ),
    ),
    rule(
        "db-disk",
        """
        could not extend file
        could not write to file&space | database or disk is full | the table&is full
        disk quota exceeded&postgres | could not write block
        could not resize shared memory segment | flood stage disk watermark
        transaction log for database&full
        """,
        ("psycopg2.OperationalError", 'could not extend file "base/1/2": No space left'),
    ),
    rule(
        "db-temp-space",
        """
        temp_file_limit | temporary file size exceeds
        """,
        ("psycopg2.OperationalError", "temporary file size exceeds temp_file_limit (1024kB)"),
    ),
    rule(
        "db-error",
        """
        misconf redis | disk i/o error | unexpected end of bulk | current transaction is aborted
        protocol error, got | shards failed | all shards failed | ora-00600
        error occurred in the current transaction
        """,
        (
            "redis.exceptions.ResponseError",
            (
                "MISCONF Redis is configured to save RDB snapshots, but "
                "it's currently unable to persist to disk."
            ),
        ),
    ),
    rule(
        "db-damaged",
        """
        database disk image is malformed | index corrupted | is corrupted&table
        invalid page in block | file is not a database | missing chunk number
        """,
        ("sqlite3.DatabaseError", "database disk image is malformed"),
    ),
    rule(
        "db-login-refused",
        """
        password authentication failed | noauth | wrongpass | invalid username-password pair
        access denied for user | no pg_hba.conf entry | login failed for user | client sent auth
        invalid password&redis | authentication failed&mongo | auth failed&mongo
        role "&does not exist | hello must be called with the client already authenticated
        auth <password> called without | login was refused
        authentication failed against database | authentication failed.&mechanism
        peer authentication failed | fe_sendauth | bad auth :
        authentication required&redis | missing authentication credentials for rest request
        scram-sha | scram failure
        """,
        ("psycopg2.OperationalError", 'FATAL:  password authentication failed for user "shop"'),
    ),
    rule(
        "db-not-allowed",
        """
        permission denied for table | permission denied for relation
        permission denied for schema | permission denied for sequence | must be owner of
        noperm | command denied to user | not authorized on | no permissions to access a key
        select command denied | has no permissions to run | security_exception&action
        access_refused - access to
        """,
        ("psycopg2.ProgrammingError", "permission denied for table orders"),
    ),
    rule(
        "db-timeout",
        """
        buffering timed out | timeout reading from | timeout connecting to server
        error -2 connecting to&timeout | redis&timed out | timed out&redis | command timed out
        server selection timed out | commandtimeout | reading from socket&timed out
        """,
        ("MongooseError", "Operation `orders.insertOne()` buffering timed out after 10000ms"),
    ),
    rule(
        "db-down",
        """
        can't connect to mysql | can't connect to local mysql | could not connect to server
        connection to server at&refused | connection to server on socket | no servers available
        no suitable servers | topology description | error connecting to redis
        error 111 connecting | error 113 connecting | error 61 connecting | error 101 connecting
        failed to connect to the database | can't reach database server | no brokers available
        econnrefused&:6379 | econnrefused&:5432 | econnrefused&:3306 | econnrefused&:27017
        brokers are down | is the server running | could not connect to redis
        all configured redis | failed connecting to redis | communications link failure
        unable to connect to the database | could not open jdbc connection
        connection to node | all hosts failed
        none of the configured nodes | no living connections | no alive nodes
        unable to obtain connection from database
        """,
        (
            "psycopg2.OperationalError",
            'connection to server at "10.0.0.1", port 5432 failed: Connection refused',
        ),
    ),
    rule(
        "db-lost",
        """
        server closed the connection unexpectedly | terminating connection
        connection already closed | lost connection to mysql | server has gone away
        connection was killed | ssl connection has been closed unexpectedly
        the connection is closed | connection has been closed unexpectedly
        could not receive data from server | cursor already closed | connection not open
        cursor&not found | error while reading from | connection closed by server
        connection is closed | closed the connection&database | packet sequence number wrong
        connection was closed in the middle of operation | connection&destroyed&mongo
        could not send data to server | no connection to the server
        cannot operate on a closed database | server has closed the connection
        consuming input failed | connection to server was lost | error while writing to socket
        connection unexpectedly closed&postgres | connection terminated unexpectedly
        connection terminated due to | ssl syscall error | cannot enqueue&after fatal error
        the client was disconnected | not connected to server | cursor is closed
        connection was reset&mysql
        i/o error occurred while sending to the backend
        sql: database is closed
        read error on connection
        """,
        ("psycopg2.OperationalError", "server closed the connection unexpectedly"),
    ),
    rule(
        "command-error",
        """
        wrongtype | err unknown command | crossslot | busy redis is busy
        wrong number of arguments for ' | no matching script | noscript | nogroup | busygroup
        value is not an integer or out of range&redis | unknown command
        """,
        (
            "redis.exceptions.ResponseError",
            "WRONGTYPE Operation against a key holding the wrong kind of value",
        ),
    ),
)
