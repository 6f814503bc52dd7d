"""What is changed in the file while `tailback up` serves counts for the very next message."""

import json
from pathlib import Path
from typing import Any

import httpx

from tailback.testing.receivers import HttpReceiver, Received
from tests.cli.test_up import Up, send_late_job, tailback
from tests.server.live import until

FILE = """\
[[lane]]
name = "Mails"
queue = "emails"
noticed_after = "5m"
owner = "ana"
wake_someone = true

[[person]]
name = "ana"
channels = ["hook"]

[[channel]]
name = "hook"
kind = "webhook"
url = "URL"
allow_private = true
"""
QUIET = '[[silence]]\nlane = "Mails"\nuntil = 2099-01-01T00:00:00Z\nreason = "we move"\n'


def episode(up: Up) -> dict[str, Any] | None:
    """Return the one episode with its timeline; None while there is none."""
    local = json.loads((up.folder / "local.json").read_text())
    headers = {"Authorization": f"Bearer {local['token']}"}
    with httpx.Client(base_url=local["url"], headers=headers, trust_env=False) as client:
        found = client.get("/api/v1/episodes").json()["episodes"]
        return client.get(f"/api/v1/episodes/{found[0]['id']}").json() if found else None


def got(receiver: HttpReceiver, kind: str) -> Received:
    return until(lambda: next((r for r in receiver.received if r.body["kind"] == kind), None))


def test_who_is_told_and_what_is_quiet_is_taken_over_while_it_serves(tmp_path: Path) -> None:
    old, new = HttpReceiver(), HttpReceiver()
    file = tmp_path / "tailback.toml"
    file.write_text(FILE.replace("URL", old.url))
    changed = FILE.replace("URL", new.url)
    server = Up(tmp_path)

    def change(text: str, times: int) -> None:
        file.write_text(text)
        until(lambda: server.errors.read_text().count("configuration taken over") == times)

    try:
        server.read_until("TAILBACK_DSN=")
        change(changed + QUIET, 1)
        assert send_late_job(server).status_code == 202
        shown = until(lambda: episode(server))
        until(lambda: "waits" in [line["what"] for line in episode(server)["timeline"]])
        assert new.received == []

        change(changed, 2)
        assert got(new, "opened").body["lane"] == "mails"

        # Whoever was told of an episode stays its person, though the file has another one now.
        change(changed.replace("ana", "bo"), 3)
        assert tailback(tmp_path, "ack", shown["id"], "--by", "bo").returncode == 0
        assert got(new, "acknowledged").body["person"] == "ana"
        assert old.received == []
    finally:
        server.stop()
        old.close()
        new.close()
