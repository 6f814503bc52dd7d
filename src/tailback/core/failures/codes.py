"""What the documented codes of databases, operating systems and protocols mean, as data."""

from tailback.core.failures.table import table

# PostgreSQL "Appendix A. Error Codes", shared by the SQL standard; two characters mean the class.
SQLSTATES = table("""
db-deadlock: 40P01
db-serialization: 40001 40
db-lock-timeout: 55P03 55006
db-query-timeout: 57014 25P03 25P04
db-lost: 08003 08006 08007 57P01 57P02 57P05 08
db-down: 08001 08004
db-starting: 57P03
db-connections: 53300
db-read-only: 25006
db-memory: 53200
db-disk: 53100
db-temp-space: 53400
db-error: 53 58 XX 55 54 25 57 58030 24 26 34 3B 72
db-damaged: XX001 XX002
db-login-refused: 28P01 28000 28
db-not-allowed: 42501
db-missing: 3D000 3F000 57P04
missing-column: 42703
missing-table: 42P01
sql-error: 42 0A 22012 2F 39 38 P0
value-missing: 23502 22004
value-too-long: 22001
duplicate: 23505
parent-missing: 23503
still-referenced: 23001
check-failed: 23514 23P01 44000
bad-number: 22003
bad-date: 22007 22008
bad-encoding: 22021 22P05
bad-value: 22 23 2200 22P02 P0001
""")
# Drivers name their exception classes after the states.
SQLSTATE_OF_CLASS = {
    "DeadlockDetected": "40P01",
    "SerializationFailure": "40001",
    "TRSerializationFailure": "40001",
    "TRDeadlockDetected": "40P01",
    "LockNotAvailable": "55P03",
    "ObjectInUse": "55006",
    "QueryCanceled": "57014",
    "IdleInTransactionSessionTimeout": "25P03",
    "TransactionTimeout": "25P04",
    "ConnectionException": "08000",
    "ConnectionFailure": "08006",
    "ConnectionDoesNotExistError": "08003",
    "SqlclientUnableToEstablishSqlconnection": "08001",
    "AdminShutdown": "57P01",
    "CrashShutdown": "57P02",
    "CannotConnectNow": "57P03",
    "IdleSessionTimeout": "57P05",
    "TooManyConnections": "53300",
    "ReadOnlySqlTransaction": "25006",
    "DiskFull": "53100",
    "ConfigurationLimitExceeded": "53400",
    "InvalidPassword": "28P01",
    "InvalidAuthorizationSpecification": "28000",
    "InsufficientPrivilege": "42501",
    "InvalidCatalogName": "3D000",
    "InvalidSchemaName": "3F000",
    "UndefinedColumn": "42703",
    "UndefinedTable": "42P01",
    "UndefinedFunction": "42883",
    "UndefinedObject": "42704",
    "AmbiguousColumn": "42702",
    "DatatypeMismatch": "42804",
    "GroupingError": "42803",
    "NotNullViolation": "23502",
    "ForeignKeyViolation": "23503",
    "RestrictViolation": "23001",
    "UniqueViolation": "23505",
    "CheckViolation": "23514",
    "ExclusionViolation": "23P01",
    "StringDataRightTruncation": "22001",
    "NumericValueOutOfRange": "22003",
    "InvalidDatetimeFormat": "22007",
    "DatetimeFieldOverflow": "22008",
    "InvalidTextRepresentation": "22P02",
    "InvalidParameterValue": "22023",
    "CharacterNotInRepertoire": "22021",
    "UntranslatableCharacter": "22P05",
    "DataException": "22000",
    "RaiseException": "P0001",
    "DataCorrupted": "XX001",
    "IndexCorrupted": "XX002",
    "IoError": "58030",
}
# Whose classes those are: elsewhere such a name may mean something else.
SQLSTATE_ROOTS = frozenset({"psycopg", "psycopg2", "asyncpg", "pg", "sqlalchemy", ""})

# MySQL and MariaDB "Server Error Message Reference" and client errors (2000 and up).
MYSQL = table("""
db-deadlock: 1213
db-lock-timeout: 1205 3572
db-query-timeout: 3024 1317 1969
db-down: 2002 2003 2004
db-lost: 2006 2013 2055 4031
db-connections: 1040 1203 1226
db-read-only: 1290 1792 1836
db-login-refused: 1044 1045 1698 2059
db-not-allowed: 1142 1143 1227
db-missing: 1049
dns: 2005
db-disk: 1021 1114 3
db-damaged: 1034 1194 145
db-memory: 1037 1038 1041
missing-column: 1054
missing-table: 1146 1051
sql-error: 1064 1055 1305 1052 1136 1318
duplicate: 1062 1586
value-missing: 1048 1364
value-too-long: 1406 1265
parent-missing: 1452 1216
still-referenced: 1451 1217
check-failed: 3819 4025
bad-number: 1264 1367 1690
bad-date: 1292
bad-encoding: 1366 1300
request-too-big: 1153
""")
# MongoDB "Error Codes".
MONGO = table("""
db-login-refused: 18
db-not-allowed: 13
db-query-timeout: 50 262
db-no-primary: 10107 13435 13436 189 11602 11600 91
db-serialization: 112 251
duplicate: 11000 11001
check-failed: 121
db-lost: 43 6
db-down: 7
db-disk: 14031
sql-error: 9 2 14 40324
db-missing: 26
""")
# PostgreSQL, MySQL and MongoDB share few numbers; Oracle and SQL Server name theirs in the text.
ORACLE = table("""
db-deadlock: ORA-00060 ORA-04020
db-lock-timeout: ORA-00054 ORA-30006
db-query-timeout: ORA-01013
db-down: ORA-12541 ORA-12514 ORA-12170 ORA-12545 ORA-12543 ORA-01034
db-lost: ORA-03113 ORA-03114 ORA-03135 ORA-02396 ORA-00028
db-connections: ORA-00018 ORA-00020 ORA-12519 ORA-12516 ORA-12520
db-login-refused: ORA-01017 ORA-28000 ORA-28001
db-not-allowed: ORA-01031
missing-table: ORA-00942
missing-column: ORA-00904
duplicate: ORA-00001
value-missing: ORA-01400 ORA-01407
parent-missing: ORA-02291
still-referenced: ORA-02292
check-failed: ORA-02290
value-too-long: ORA-12899 ORA-01461
db-disk: ORA-01653 ORA-01652 ORA-01654
""")
# SQL Server "Database engine events and errors".
SQL_SERVER = table("""
db-deadlock: 1205
db-lock-timeout: 1222
db-serialization: 3960
db-down: 40613 17142
db-connections: 10928 10929 17809
db-login-refused: 18456 18452 18470
db-not-allowed: 229 230 262
db-missing: 4060 911
db-disk: 1105 9002
db-memory: 701 8645
missing-table: 208
missing-column: 207
duplicate: 2601 2627
value-missing: 515
value-too-long: 8152 2628
bad-number: 8115 220
bad-date: 241 242
sql-error: 102 156
""")
PRISMA = table("""
db-login-refused: P1000
db-down: P1001
db-timeout: P1002 P1008
db-missing: P1003
db-not-allowed: P1010
db-lost: P1017
value-too-long: P2000
record-missing: P2001 P2025 P2015 P2018
duplicate: P2002
parent-missing: P2003
check-failed: P2004
bad-value: P2005 P2006 P2007 P2023
value-missing: P2011 P2012
still-referenced: P2014
missing-table: P2021
missing-column: P2022
db-pool: P2024
db-query-timeout: P2028
db-serialization: P2034
setting-missing: P1012
bad-number: P2020 P2033
""")

# Names of errno (2), as Python's number, Ruby's class and Node's code say them.
ERRNOS = table("""
unreachable: ECONNREFUSED EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN EADDRNOTAVAIL EPROTO
dropped: ECONNRESET EPIPE ECONNABORTED ENOTCONN ESHUTDOWN ERR_STREAM_PREMATURE_CLOSE
    UND_ERR_SOCKET ERR_HTTP2_STREAM_ERROR ENETRESET
timeout: ETIMEDOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT
    UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT
dns: ENOTFOUND EAI_AGAIN EAI_NODATA EAI_NONAME
disk-full: ENOSPC EDQUOT
out-of-memory: ENOMEM ERR_WORKER_OUT_OF_MEMORY
open-files: EMFILE ENFILE
file-missing: ENOENT ENOTDIR
file-not-allowed: EACCES EPERM EROFS
tls-expired: CERT_HAS_EXPIRED
tls-untrusted: DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN
    UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT_LOCALLY
tls-hostname: ERR_TLS_CERT_ALTNAME_INVALID
tls: ERR_SSL_WRONG_VERSION_NUMBER
""")
ERRNO_NAMES = {
    1: "EPERM", 2: "ENOENT", 12: "ENOMEM", 13: "EACCES", 20: "ENOTDIR", 23: "ENFILE",
    24: "EMFILE", 28: "ENOSPC", 30: "EROFS", 32: "EPIPE", 60: "ETIMEDOUT", 61: "ECONNREFUSED",
    54: "ECONNRESET", 99: "EADDRNOTAVAIL", 100: "ENETDOWN", 101: "ENETUNREACH",
    103: "ECONNABORTED", 104: "ECONNRESET", 107: "ENOTCONN", 110: "ETIMEDOUT",
    111: "ECONNREFUSED", 112: "EHOSTDOWN", 113: "EHOSTUNREACH", 122: "EDQUOT",
    10013: "EACCES", 10024: "EMFILE", 10049: "EADDRNOTAVAIL", 10051: "ENETUNREACH",
    10053: "ECONNABORTED", 10054: "ECONNRESET", 10060: "ETIMEDOUT", 10061: "ECONNREFUSED",
    10065: "EHOSTUNREACH", 11001: "EAI_NONAME", 11002: "EAI_AGAIN",
    -2: "EAI_NONAME", -3: "EAI_AGAIN", -5: "EAI_NODATA",
}  # fmt: skip

# RFC 9110 and what large services add; a hundred means the rest of its class.
HTTP = {
    400: "request-refused", 401: "login-refused", 402: "card-declined", 403: "not-allowed",
    404: "upstream-missing", 405: "request-refused", 407: "proxy", 408: "timeout",
    409: "conflict", 410: "upstream-missing", 413: "request-too-big", 429: "rate-limit",
    420: "rate-limit", 499: "timeout", 511: "not-allowed", 522: "timeout", 524: "timeout",
    598: "timeout", 599: "timeout",
}  # fmt: skip
HTTP_CLASSES = {4: "request-refused", 5: "upstream-error"}

# gRPC status codes, as names.
GRPC = table("""
cancelled: CANCELLED
request-refused: INVALID_ARGUMENT FAILED_PRECONDITION OUT_OF_RANGE
timeout: DEADLINE_EXCEEDED
upstream-missing: NOT_FOUND
conflict: ALREADY_EXISTS ABORTED
not-allowed: PERMISSION_DENIED
rate-limit: RESOURCE_EXHAUSTED
upstream-error: UNIMPLEMENTED INTERNAL UNKNOWN UNAVAILABLE DATA_LOSS
login-refused: UNAUTHENTICATED
""")

# RFC 3463 enhanced mail status codes; the last digits fall away one by one.
MAIL_ENHANCED = table("""
bad-recipient: 5.1.0 5.1.1 5.1.2 5.1.3 5.1.4 5.1.6 5.1.10 5.2.0 5.2.1 5.4.1 5.0.0 4.1.1 4.1.2
    4.1.3 5.1 5.4.4 5.4.310
sender-unverified: 5.1.7 5.1.8 4.1.8 5.7.60 5.7.708 5.7.606
mailbox-full: 5.2.2 4.2.2
quota-used-up: 5.4.5
rate-limit: 4.7 4.7.0 4.7.28 4.7.1 4.2.1 4.5.3 5.5.3 5.2.122 4.4.5 4.7.650 5.7.709
request-too-big: 5.3.4 5.2.3
mail-login-refused: 5.7.8 5.7.9 5.7.3 5.7.57 5.5.1 5.7.14 5.7.11 5.7.139
mail-refused: 5.7 5.7.0 5.7.1 5.7.26 5.7.27 5.6 5.3 5.5
upstream-error: 4.3 4.4 4.2 4.0 4.5 4.6 5.4
""")
MAIL_CODES = {
    421: "upstream-error", 450: "upstream-error", 451: "upstream-error", 452: "upstream-error",
    454: "upstream-error", 501: "bad-recipient", 511: "bad-recipient",
    530: "mail-login-refused", 534: "mail-login-refused", 535: "mail-login-refused",
    538: "mail-login-refused", 550: "bad-recipient", 551: "bad-recipient",
    552: "request-too-big", 553: "bad-recipient", 554: "mail-refused", 571: "mail-refused",
}  # fmt: skip
# These say it whatever else the answer says.
MAIL_LOGIN_CODES = frozenset({530, 534, 535, 538})

# RFC 959 reply codes of file servers.
FTP = {
    421: "dropped", 425: "unreachable", 426: "dropped", 430: "login-refused",
    450: "upstream-error", 451: "upstream-error", 452: "upstream-error", 500: "request-refused",
    501: "request-refused", 502: "request-refused", 503: "request-refused",
    530: "login-refused", 532: "login-refused", 550: "upstream-missing", 552: "quota-used-up",
    553: "not-allowed",
}  # fmt: skip
