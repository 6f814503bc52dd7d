-- Tokens, people, one-time links, the audit and the server's own facts.

-- name: meta_get
-- One fact of the server about itself.
select value from meta where name = :name;

-- name: meta_set
-- Changes one fact of the server about itself.
insert into meta (name, value) values (:name, :value)
on conflict (name) do update set value = excluded.value;

-- name: meta_set_once
-- Sets a fact that must never change afterwards.
insert into meta (name, value) values (:name, :value) on conflict (name) do nothing;

-- name: add_token
-- Keeps the hash of a new token; the token itself is never stored.
insert into token (sha256, prefix, scope, source, note, created_at, created_by)
values (:sha256, :prefix, :scope, :source, :note, :created_at, :created_by);

-- name: token_by_hash
-- The token with this hash, unless it was revoked.
select id, prefix, scope, source, note, created_at, created_by, last_used_at, revoked_at
from token where sha256 = :sha256 and revoked_at is null;

-- name: list_tokens
-- All tokens, newest first, revoked ones too.
select id, prefix, scope, source, note, created_at, created_by, last_used_at, revoked_at
from token order by id desc;

-- name: use_token
-- Notes when a token was last used.
update token set last_used_at = max(coalesce(last_used_at, 0), :at) where id = :id;

-- name: revoke_token
-- Ends a token; an already revoked one keeps its time.
update token set revoked_at = :at where id = :id and revoked_at is null;

-- name: add_user
-- Creates an account.
insert into user_account (name, role, see_details, password_hash, created_at)
values (:name, :role, :see_details, :password_hash, :created_at);

-- name: user_by_name
-- The account of one name.
select id, name, role, see_details, password_hash, created_at, last_seen_at, disabled_at
from user_account where name = :name;

-- name: user_by_id
-- The account of one number.
select id, name, role, see_details, password_hash, created_at, last_seen_at, disabled_at
from user_account where id = :id;

-- name: list_users
-- All accounts by name.
select id, name, role, see_details, password_hash, created_at, last_seen_at, disabled_at
from user_account order by name;

-- name: change_user
-- Changes what an account may do and how it signs in.
update user_account
set role = :role, see_details = :see_details, password_hash = :password_hash, disabled_at = :disabled_at
where id = :id;

-- name: see_user
-- Notes when somebody was last seen.
update user_account set last_seen_at = max(coalesce(last_seen_at, 0), :at) where id = :id;

-- name: add_link
-- Keeps the hash of a link that works once.
insert into one_time_link (sha256, purpose, subject, created_at, expires_at)
values (:sha256, :purpose, :subject, :created_at, :expires_at);

-- name: use_link
-- Uses a link up: of two simultaneous uses only one finds it.
update one_time_link set used_at = :at
where sha256 = :sha256 and purpose = :purpose and used_at is null and expires_at > :at
returning coalesce(subject, '');

-- name: peek_link
-- Says whether a link would work, without using it up: mail scanners open links too.
select coalesce(subject, '') from one_time_link
where sha256 = :sha256 and purpose = :purpose and used_at is null and expires_at > :at;

-- name: add_audit
-- Writes one line of the audit.
insert into audit (at, actor, action, subject, origin, detail)
values (:at, :actor, :action, :subject, :origin, :detail);

-- name: audit_newest
-- The newest lines of the audit before a line.
select id, at, actor, action, subject, origin, detail from audit
where id < :before order by id desc limit :limit;

-- name: audit_of
-- The newest lines of the audit about one subject.
select id, at, actor, action, subject, origin, detail from audit
where subject = :subject and id < :before order by id desc limit :limit;
