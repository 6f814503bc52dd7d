-- The ledger's checkpoints: a header that is written last, and its parts.

-- name: applied
-- The last offset that is counted in the rollups.
select at_offset from progress where name = 'applied';

-- name: clear_parts
-- Removes what an interrupted save of the same checkpoint left behind.
delete from checkpoint_part where at_offset = :at_offset;

-- name: add_part
-- Keeps one part of a checkpoint that is being saved.
insert into checkpoint_part (at_offset, part, blob) values (:at_offset, :part, :blob);

-- name: finish
-- Makes a checkpoint valid, after all of its parts.
insert into checkpoint (at_offset, saved_at, parts, bytes, sha256)
values (:at_offset, :saved_at, :parts, :bytes, :sha256)
on conflict (at_offset) do update
set saved_at = excluded.saved_at, parts = excluded.parts, bytes = excluded.bytes, sha256 = excluded.sha256;

-- name: drop_old
-- Forgets all checkpoints but the two newest.
delete from checkpoint
where at_offset not in (select at_offset from checkpoint order by at_offset desc limit 2);

-- name: drop_header
-- Makes a checkpoint invalid while it is being replaced.
delete from checkpoint where at_offset = :at_offset;

-- name: drop_orphans
-- Removes the parts of checkpoints that are gone, and of saves that never finished.
delete from checkpoint_part where at_offset not in (select at_offset from checkpoint);

-- name: newest_first
-- The headers of all valid checkpoints.
select at_offset, saved_at, parts, bytes, sha256 from checkpoint order by at_offset desc;

-- name: parts
-- The parts of one checkpoint in order.
select blob from checkpoint_part where at_offset = :at_offset order by part;
