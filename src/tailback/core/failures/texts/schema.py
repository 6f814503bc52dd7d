"""What databases say of their schema and of data that breaks its rules."""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "sql-error",
        """
        a value is required for bind parameter | error binding parameter
        incorrect number of bindings | not all arguments converted during | near "
        you have an error in your sql syntax | syntax error at or near | the query has
        must appear in the group by
        no function matches the given name
        """,
        ("sqlalchemy.exc.StatementError", "A value is required for bind parameter 'i'"),
    ),
    rule(
        "db-missing",
        """
        unknown database | database&does not exist | nonexistent database
        database doesn't exist | cannot open database | unknown collection
        no database selected | unable to open database file | invalid db index
        db index is out of range | index_not_found_exception | database name is missing
        unknown topic or partition
        """,
        ("psycopg.OperationalError", 'connection failed: FATAL:  database "shop" does not exist'),
    ),
    rule(
        "missing-column",
        """
        no such column | undefined column | unknown column | has no column named
        column&does not exist | invalid column name | unknown attribute '
        could not find column | does not have the field | cannot resolve keyword
        unrecognized field | has no property ' | columnnotfound
        """,
        ("sqlite3.OperationalError", "no such column: loyalty"),
    ),
    rule(
        "missing-table",
        """
        no such table | relation "&does not exist | undefined table | invalid object name
        table&doesn't exist | migrations are pending | unknown table
        base table or view not found | table or view does not exist | tablenotfound
        unapplied migration | no such collection
        """,
        ("sqlite3.OperationalError", "no such table: loyalty"),
    ),
    rule(
        "value-missing",
        """
        not null constraint failed | null value in column | violates not-null | cannot be null
        notnullviolation | doesn't have a default value | cannot insert null
        null constraint violation | notnull violation | violates not null
        """,
        ("sqlite3.IntegrityError", "NOT NULL constraint failed: users.email"),
    ),
    rule(
        "duplicate",
        """
        duplicate key | unique constraint failed | duplicate entry | violates unique
        unique violation | uniqueviolation | e11000 | unique key constraint
        duplicate key error | violation of unique | violation of primary key
        integrity constraint violation: 1062 | already exists with this | has already been taken
        unique index | (unique_constraint)
        """,
        (
            "django.db.utils.IntegrityError",
            'duplicate key value violates unique constraint "users_email_key"',
        ),
    ),
    rule(
        "still-referenced",
        """
        is still referenced from table | cannot delete or update a parent row
        referenced through protected foreign keys | still referenced
        violates foreign key&update or delete on table | cannot delete some instances
        restricted foreign keys
        """,
        (
            "django.db.utils.IntegrityError",
            (
                'update or delete on table "orders" violates foreign key '
                'constraint "lines_order_id_fkey" on table "lines"'
            ),
        ),
    ),
    rule(
        "parent-missing",
        """
        violates foreign key | foreign key constraint fails | foreign key constraint failed
        foreignkeyviolation | foreign key constraint violated | foreign key violation
        is not present in table | conflicted with the foreign key | foreign key mismatch
        a foreign key constraint | (foreign_key_constraint)
        """,
        ("sqlite3.IntegrityError", "FOREIGN KEY constraint failed"),
    ),
    rule(
        "check-failed",
        """
        violates check constraint | check constraint failed | check constraint
        document failed validation | violates exclusion constraint | checkviolation
        (check_constraint)
        """,
        ("sqlite3.IntegrityError", "CHECK constraint failed: qty>0"),
    ),
    rule(
        "value-too-long",
        """
        value too long for | data too long for | string or binary data would be truncated
        right truncat | data truncated for column | value too large for column
        too long for column
        """,
        ("django.db.utils.DataError", "value too long for type character varying(20)"),
    ),
)
