-- What is asked of the schema itself.

-- name: any_table
-- Finds out whether a database without migrations is really empty.
select name from sqlite_schema limit 1;
