-- Complaints of users.

-- name: add_complaint
-- Keeps a complaint; one with a known reference changes nothing.
insert into complaint (lane, at, by, text, account, reference)
values (:lane, :at, :by, :text, :account, :reference)
on conflict (reference) where reference is not null do nothing returning id;

-- name: complaint_by_reference
-- The complaint that has a reference.
select id from complaint where reference = :reference;

-- name: complaints
-- All complaints in [from, to), oldest first.
select id, lane, at, by, text, account, reference from complaint
where at >= :from and at < :to order by at, id;

-- name: complaints_of_lane
-- The complaints about one lane in [from, to), oldest first.
select id, lane, at, by, text, account, reference from complaint
where lane = :lane and at >= :from and at < :to order by at, id;
