-- Sessions of people who signed in, and read-only links to the board.

-- name: add_session
-- Keeps the hash of a new session.
insert into session (sha256, user_id, created_at, expires_at, origin)
values (:sha256, :user_id, :created_at, :expires_at, :origin);

-- name: session_by_hash
-- The session with this hash while it is valid.
select id, user_id, created_at, expires_at, origin from session
where sha256 = :sha256 and ended_at is null and expires_at > :at;

-- name: sessions_of
-- The valid sessions of one account, newest first.
select id, user_id, created_at, expires_at, origin from session
where user_id = :user_id and ended_at is null and expires_at > :at order by id desc;

-- name: end_session
-- Ends one session.
update session set ended_at = :at where sha256 = :sha256 and ended_at is null;

-- name: end_sessions_of
-- Ends every session of an account but one.
update session set ended_at = :at
where user_id = :user_id and ended_at is null and sha256 != :but;

-- name: forget_sessions
-- Forgets sessions that ended long ago.
delete from session where expires_at < :before;

-- name: add_board_link
-- Keeps the hash of a link that shows the board.
insert into board_link (sha256, prefix, note, created_at, created_by, expires_at)
values (:sha256, :prefix, :note, :created_at, :created_by, :expires_at);

-- name: board_link_by_hash
-- The link with this hash while it is valid.
select id, prefix, note, created_at, created_by, expires_at, ended_at from board_link
where sha256 = :sha256 and ended_at is null and expires_at > :at;

-- name: board_links
-- Every link, newest first, ended ones too.
select id, prefix, note, created_at, created_by, expires_at, ended_at from board_link
order by id desc;

-- name: end_board_link
-- Ends a link; an already ended one keeps its time.
update board_link set ended_at = :at where id = :id and ended_at is null;
