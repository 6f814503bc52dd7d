-- Stories of problems, notes of reviews, dismissed advice.

-- name: save_story
-- Keeps the story of an episode in place of an older one.
insert into story (episode, made_at, body) values (:episode, :made_at, :body)
on conflict (episode) do update set made_at = excluded.made_at, body = excluded.body;

-- name: story
-- The story of one episode.
select made_at, body from story where episode = :episode;

-- name: add_note
-- Keeps a note; one with a known key changes nothing.
insert into review_note (key, at, changed, fix, who, done_at)
values (:key, :at, :changed, :fix, :who, :done_at)
on conflict (key) where key is not null do nothing;

-- name: finish_note
-- Marks a note as done.
update review_note set done_at = :done_at where id = :id and done_at is null;

-- name: notes
-- What was noted before `until` and was not done before `since`, oldest first.
select id, key, at, changed, fix, who, done_at from review_note
where at < :until and (done_at is null or done_at >= :since) order by at, id limit 200;

-- name: dismiss
-- Keeps that advice is not wanted.
insert into dismissal (key, by, at) values (:key, :by, :at) on conflict (key) do nothing;

-- name: dismissed
-- All advice that is not wanted.
select key from dismissal;
