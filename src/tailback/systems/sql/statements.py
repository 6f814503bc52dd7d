"""Every statement that the probe sends, built once from the layout for the database's dialect.

Each is bounded by a limit inside, and orders only by what an index can serve.
"""

from dataclasses import dataclass

from tailback.systems.sql.layout import Layout
from tailback.systems.sql.reader import Reader

COUNT_UP_TO = 100_000
DEAD_UP_TO = 10_000
DONE_UP_TO = 100_000
OLDEST_ROWS = 500
SAMPLE_ROWS = 2_000
NEXT_DUE_ROWS = 200
QUEUES_UP_TO = 1_000
JOB_TYPES_UP_TO = 10_000
ERROR_LENGTH = 300

_SUMMARY = """
with unfinished as ({rows}),
dated as (
  select job, created, due, started, running, attempted,
         case when not attempted and due > created then due else created end as first_due,
         not running and not attempted and coalesce(due > {now}, {false}) as scheduled
    from unfinished
)
select job,
       count(*),
       count(*) filter (where running),
       count(*) filter (where attempted and not running),
       count(*) filter (where scheduled),
       count(*) filter (
         where not running and not attempted and due <= {now} and due > created + 1),
       min(first_due) filter (where not scheduled and not attempted),
       min(created) filter (where attempted),
       min(started) filter (where running),
       min(first_due) filter (where not running and not attempted and not scheduled),
       min(coalesce(due, created)) filter (
         where attempted and not running and coalesce(due <= {now}, {true})),
       max(created),
       count(*) filter (where created is null)
  from dated
 group by job
 limit {job_types}
"""
_ROWS = """
select {job} as job, {created} as created, {due} as due, {started} as started,
       {running} as running, {attempted} as attempted
  from {table}
 where {unfinished}{of_queue}
"""
_OLDEST = """
select {id} as id, {job} as job, {created} as created, {due} as due, {running} as running,
       {attempted} as attempted, {error} as error, {tenant} as tenant
  from {table}
 where {unfinished}{of_queue}{further}
 order by {order}
 limit {limit}
"""
_COUNT = "select count(*) from (select 1 from {table} where {condition}{of_queue} limit {limit}) x"
_DONE = """
select second, count(*) from (
  select cast({done_at} as bigint) as second
    from {table}
   where {since} and {finished}{of_queue}
   limit {limit}
) x group by second
"""
# Walks the index from one queue name to the next instead of reading every row.
_QUEUES = """
with recursive found(queue, n) as (
  select (select min({queue}) from {table} where {unfinished}), 1
  union all
  select (select min({queue}) from {table} where {unfinished} and {queue} > found.queue), n + 1
    from found
   where found.queue is not null and n < {limit}
)
select queue from found where queue is not null
"""
_QUEUES_SAMPLE = """
select distinct queue from (
  select {queue} as queue from {table} where {unfinished} limit {limit}
) x where queue is not null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """SQL texts that want the values `queue`, `now` and `just_now`."""

    count: str
    summary_of_all: str
    summary_of_oldest: str
    oldest: str
    oldest_due: str | None
    next_due: str | None
    dead: str | None
    queues: str | None
    queues_sample: str | None


def build(layout: Layout, reader: Reader) -> Statements:
    """Build the statements that the layout allows; the others are None."""
    parts = _parts(layout, reader)
    rows = _ROWS.format_map(parts)
    in_order = f"{rows} order by {parts['order']} limit {SAMPLE_ROWS}"
    summary = {"now": parts["now"], "true": "1 = 1", "false": "1 = 0"}

    def summary_of(inner: str) -> str:
        return _SUMMARY.format_map({**summary, "rows": inner, "job_types": JOB_TYPES_UP_TO})

    due = layout.get("due")
    by_due = {**parts, "order": reader.text(due) if due else ""}
    is_due = f" and {by_due['order']} is not null and {parts['due']} <= {parts['now']}"
    soon = reader.since("due", due, "just_now") if due else ""
    is_next = f" and {soon} and not {parts['attempted']}"
    queue = None if layout.literal_queue is not None else parts["queue"]
    count = {**parts, "condition": parts["unfinished"], "limit": COUNT_UP_TO + 1}
    dead = {**parts, "condition": reader.text(layout.dead or ""), "limit": DEAD_UP_TO + 1}
    return Statements(
        count=_COUNT.format_map(count),
        summary_of_all=summary_of(f"{rows} limit {COUNT_UP_TO + 1}"),
        summary_of_oldest=summary_of(in_order),
        oldest=_OLDEST.format_map({**parts, "further": "", "limit": OLDEST_ROWS}),
        oldest_due=_OLDEST.format_map({**by_due, "further": is_due, "limit": OLDEST_ROWS})
        if due
        else None,
        next_due=_OLDEST.format_map({**by_due, "further": is_next, "limit": NEXT_DUE_ROWS})
        if due
        else None,
        dead=_COUNT.format_map(dead) if layout.dead else None,
        queues=_QUEUES.format_map({**parts, "limit": QUEUES_UP_TO}) if queue else None,
        queues_sample=_QUEUES_SAMPLE.format_map({**parts, "limit": COUNT_UP_TO})
        if queue
        else None,
    )


def build_done(layout: Layout, reader: Reader) -> str | None:
    """Build the statement of completions per second; asks a SQLite file how it writes times.

    Wants the value `since` too. None when the file does not give `done_at`.
    """
    done_at = layout.get("done_at")
    if done_at is None:
        return None
    finished = layout.get("finished_when")
    return _DONE.format_map(
        {
            **_parts(layout, reader),
            "done_at": reader.epoch("done_at", done_at),
            "since": reader.since("done_at", done_at, "since"),
            "finished": reader.text(finished) if finished else "1 = 1",
            "limit": DONE_UP_TO + 1,
        }
    )


def _parts(layout: Layout, reader: Reader) -> dict[str, str]:
    def text(key: str, otherwise: str = "null") -> str:
        expression = layout.get(key)
        return reader.text(expression) if expression else otherwise

    def time(key: str) -> str:
        expression = layout.get(key)
        return reader.epoch(key, expression) if expression else "cast(null as double precision)"

    running = layout.get("running_when")
    own_queue = layout.literal_queue is not None
    return {
        "table": layout.table,
        "queue": text("queue"),
        "of_queue": "" if own_queue else f" and {text('queue')} = {reader.value('queue')}",
        "unfinished": reader.text(layout.unfinished),
        "id": f"cast({text('id')} as text)",
        "job": f"cast({text('job')} as text)",
        "created": time("created"),
        "due": time("due"),
        "started": time("started"),
        "order": text("created"),
        "running": f"({reader.text(running)} is true)" if running else "(1 = 0)",
        "attempted": reader.text(layout.attempted) if layout.attempted else "(1 = 0)",
        "error": f"substr(cast({text('error')} as text), 1, {ERROR_LENGTH})",
        "tenant": f"cast({text('tenant')} as text)",
        "now": f"cast({reader.value('now')} as double precision)",
    }
