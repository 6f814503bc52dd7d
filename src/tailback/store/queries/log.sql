-- Accepted batches: see migrations/0001 for the tables.

-- name: next_offset
-- The offset that the next new batch gets.
select at_offset from progress where name = 'next';

-- name: advance
-- Moves one of the two marks of the log: `next` or `applied`.
update progress set at_offset = :at_offset where name = :name;

-- name: add_segment
-- Keeps the new batches of one transaction as one compressed row.
insert into segment (first_offset, last_offset, received_from, received_to, bytes, blob)
values (:first_offset, :last_offset, :received_from, :received_to, :bytes, :blob);

-- name: see_producer
-- Returns the number of a producer and notes the hour it was last heard in.
insert into producer (source, name, last_seen_hour) values (:source, :name, :hour)
on conflict (source, name) do update set last_seen_hour = max(last_seen_hour, excluded.last_seen_hour)
returning id;

-- name: accept
-- Notes a batch as accepted; changes nothing when its producer sent this seq before.
insert into accepted (producer, seq, at_offset) values (:producer, :seq, :at_offset)
on conflict (producer, seq) do nothing;

-- name: accepted_at
-- The offset under which a repeated batch was stored the first time.
select at_offset from accepted where producer = :producer and seq = :seq;

-- name: first_offset_since
-- The first offset received since a moment; null when nothing was.
select min(first_offset) from segment where received_to >= :since;

-- name: segment_after
-- The segment that holds the next batch after an offset.
select first_offset, last_offset, bytes, blob from segment
where last_offset > :after order by last_offset limit 1;
