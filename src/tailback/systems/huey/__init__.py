"""Huey 3 on Redis or SQLite."""

from tailback.core.system import Capabilities, System

SYSTEM = System(
    name="huey",
    title="Huey",
    library="huey",
    url_schemes=("redis", "rediss", "unix", "sqlite"),
    capabilities=Capabilities(
        probe_waiting=True,
        probe_scheduled=True,
        probe_discovers=True,
        hook_enqueue=True,
        hook_start=True,
        hook_result=True,
        hook_error=True,
        # Huey forgets a job when a worker takes it, and keeps no time of its enqueue.
        loses_running_on_kill=True,
        redelivers_lost=False,
        actions={"revoke": ("waiting", "scheduled", "retrying")},
        notes=(
            "running-jobs-are-invisible-to-every-reader",
            "age-of-the-probe-alone-is-at-least",
            "a-waiting-retry-is-counted-as-scheduled",
        ),
    ),
)

OPTIONS = {
    "utc": "false when the Huey instance was made with utc=False; true unless said",
    "priority": "true for PriorityRedisHuey, false for RedisHuey; only drills need to know",
    "time_zone": 'zone of its workers in that case, such as "Europe/Lisbon"',
}
