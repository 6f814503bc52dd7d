-- Jobs that ended, in blocks; and what was last known of every failure reason.

-- name: put_block
-- Keeps a block, or what it became since it was last kept.
insert into ended_block (id, upto, ended_to, terms, ids, keys, body)
values (:id, :upto, :ended_to, :terms, :ids, :keys, :body)
on conflict (id) do update set upto = excluded.upto, ended_to = excluded.ended_to,
  terms = excluded.terms, ids = excluded.ids, keys = excluded.keys, body = excluded.body;

-- name: kept_upto
-- The offset up to which everything that ended is kept.
select coalesce(max(upto), 0) from ended_block;

-- name: last_block
-- The number of the newest block, 0 when there is none.
select coalesce(max(id), 0) from ended_block;

-- name: blocks_before
-- The names and keys of the next older blocks, the newest first.
select id, terms, keys from ended_block where id < :before order by id desc limit :limit;

-- name: ids_before
-- The hashes of the ids of the next older blocks, the newest first.
select id, ids from ended_block where id < :before order by id desc limit :limit;

-- name: block
-- One block.
select id, terms, keys, body from ended_block where id = :id;

-- name: note_reason
-- Notes when a reason was seen and its first useful error; the earliest and the latest stay.
insert into reason_note (key, first_at, last_at, last_retry_at, error)
values (:key, :first_at, :last_at, :last_retry_at, :error)
on conflict (key) do update set first_at = min(first_at, excluded.first_at),
  last_at = max(last_at, excluded.last_at),
  last_retry_at = coalesce(max(last_retry_at, excluded.last_retry_at), last_retry_at, excluded.last_retry_at),
  error = coalesce(error, excluded.error);

-- name: reason_notes
-- What is known of every reason.
select key, first_at, last_at, last_retry_at, error from reason_note;
