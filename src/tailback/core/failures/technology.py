"""Which datastore or broker an error is about."""

import re

from tailback.core.failures.link import Link
from tailback.core.failures.table import table, words

OF_LIBRARY = table("""
postgresql: psycopg psycopg2 psycopg_pool asyncpg pg aiopg pgx postgrex
mysql: pymysql mysqldb mysql mysql2 trilogy mariadb aiomysql myxql
sqlite: sqlite3 aiosqlite
redis: redis redisclient ioredis aioredis rediscluster hiredis predis redlock coredis valkey
mongodb: pymongo mongo mongoose mongodb motor bson mongoengine mongoid beanie
elasticsearch: elasticsearch elastic_transport elastic
opensearch: opensearchpy opensearch
kafka: kafka confluent_kafka aiokafka
rabbitmq: pika amqp bunny aio_pika aiormq amqpstorm
cassandra: cassandra
oracle: oracledb cx_oracle
sql-server: pymssql pyodbc tinytds
memcached: pymemcache memcache pylibmc dalli
neo4j: neo4j
clickhouse: clickhouse_connect clickhouse_driver clickhouse
snowflake: snowflake
influxdb: influxdb influxdb_client
""")
# Libraries that speak for several datastores: look at the text which one it is.
OF_MANY = words("""
    sqlalchemy django peewee activerecord kombu celery rq tortoise prisma sequelize illuminate
    databases ormar pony knex typeorm doctrine ecto dbconnection hibernate org java javax
    prismaclientknownrequesterror dramatiq huey sidekiq activejob bullmq bull arq solidqueue
""")
_HINTS = (
    ("postgresql", ("psycopg", "postgres", "pg_", ":5432", "port 5432", "asyncpg", "pgbouncer",
        "pg::",
        "sharelock", "detail:  ", "canceling statement due to", "permission denied for ",
        "too many clients already", "remaining connection slots", "the database system is",
        "server closed the connection unexpectedly", "could not serialize access",
        "terminating connection due to", "violates ",
        "password authentication failed", "could not extend file", 'file "base/',
        "connection already closed")),
    ("mysql", ("mysql", "mariadb", ":3306", "innodb", "try restarting transaction",
        "er_access_denied", "er_lock_", "er_bad_", "er_dup_entry", "er_no_such", "er_con_count",
        "access denied for user '")),
    ("sqlite", ("sqlite", "database is locked", "constraint failed: ", "no such table: ")),
    ("redis", ("redis", ":6379", "port 6379", "sentinel", ":6380", "noauth ", "wrongpass ",
        "oom command not allowed", "> 'maxmemory'", "maxretriesperrequest",
        "clusterdown", "readonly you can't write", "masterdown", "misconf ", "noscript ",
        "wrongtype ")),
    ("mongodb", ("mongo", ":27017")),
    ("elasticsearch", ("elasticsearch", ":9200")),
    ("kafka", ("kafka", ":9092")),
    ("rabbitmq", ("rabbit", "amqp", ":5672", ":5671", "access_refused", "access-refused",
        "not_found - no ")),
    ("memcached", ("memcache", ":11211")),
    ("sql-server", ("sql server", "odbc driver", ":1433", "sqlclient", "deadlocked on lock")),
    ("oracle", ("ora-0", "ora-1")),
    ("cassandra", ("cassandra", ":9042")),
    ("clickhouse", ("clickhouse", ":8123", "port=8123")),
    ("neo4j", ("neo4j", ":7687")),
)  # fmt: skip
# Where a datastore listens, even when it is spoken to over HTTP.
OF_PORT = re.compile(r"(?::|\bport )(?:5432|3306|6379|27017|9200|9042|11211|8123|7687)\b")
# Hosts are named after what they run: "db-7", "redis-2.internal".
_IN_TRACE = re.compile(
    r"/(psycopg|psycopg2|asyncpg|pymysql|MySQLdb|mysql|sqlite3|redis|pymongo|elasticsearch|kafka"
    r"|amqp|pika|cassandra|oracledb|ioredis|mongodb|mongoose|pg|mysql2|bunny|redis-client|pymemcache)[/\-]"
)
# A message broker that cannot be reached is a network problem, not a database problem.
NOT_DATABASES = frozenset({"rabbitmq"})


def technology_in(text: str) -> str | None:
    """Return the datastore that a (lower-case) text names."""
    for name, hints in _HINTS:
        for hint in hints:
            if hint in text:
                return name
    return None


def technology_of(link: Link, trace: str) -> str | None:
    """Return the datastore that an exception is about, None when it is about none."""
    known = OF_LIBRARY.get(link.root)
    if known:
        return known
    found = technology_in(link.low) or technology_in(link.type.lower())
    if found or not trace:
        return found
    match = _IN_TRACE.search(trace)
    if match:
        return OF_LIBRARY.get(match[1].lower().replace("-", ""))
    return None
