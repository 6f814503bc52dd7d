"""A shop with an e-mail outbox in a SQLite table of its own, and a worker that polls it.

    python outbox.py shop      takes a payment every second and puts a receipt into the outbox
    python outbox.py worker    sends what is due; `touch broken` makes every attempt fail

Watch it with `tailback up --config tailback.toml` in this folder.
"""

import random
import sqlite3
import sys
import time
from pathlib import Path

TABLE = """
create table if not exists email_outbox (
  id integer primary key,
  kind text not null,
  account text not null,
  created_at real not null,
  send_after real,
  claimed_at real,
  sent_at real,
  failed_at real,
  tries integer not null default 0,
  last_error text
);
create index if not exists outbox_live on email_outbox (created_at)
  where sent_at is null and failed_at is null;
create index if not exists outbox_due on email_outbox (send_after)
  where sent_at is null and failed_at is null;
create index if not exists outbox_sent on email_outbox (sent_at);
create index if not exists outbox_dead on email_outbox (id) where failed_at is not null;
"""
CLAIM = """
update email_outbox set claimed_at = ? where id = (
  select id from email_outbox
   where sent_at is null and failed_at is null and claimed_at is null
     and (send_after is null or send_after <= ?)
   order by created_at limit 1)
returning id, tries
"""
RETRY = """
update email_outbox set claimed_at = null, tries = tries + 1, send_after = ?, last_error = ?
 where id = ?
"""
PAY = "insert into email_outbox (kind, account, created_at) values ('receipt', ?, ?)"


def shop(db: sqlite3.Connection) -> None:
    while True:
        db.execute(PAY, (f"acct_{random.randrange(200)}", time.time()))
        time.sleep(1)


def worker(db: sqlite3.Connection) -> None:
    while True:
        now = time.time()
        job = db.execute(CLAIM, (now, now)).fetchone()
        if job is None:
            time.sleep(0.2)
        elif Path("broken").exists():
            error = "UndefinedError: 'customer' has no attribute 'name'"
            db.execute(RETRY, (now + min(60, 2 ** job[1]), error, job[0]))
        else:
            done = "update email_outbox set claimed_at = null, sent_at = ? where id = ?"
            db.execute(done, (time.time(), job[0]))


def main() -> None:
    roles = {"shop": shop, "worker": worker}
    if len(sys.argv) != 2 or sys.argv[1] not in roles:
        sys.exit("usage: python outbox.py shop|worker")
    db = sqlite3.connect("shop.db", isolation_level=None, timeout=20)
    db.execute("pragma journal_mode = wal")
    db.executescript(TABLE)
    roles[sys.argv[1]](db)


if __name__ == "__main__":
    main()
