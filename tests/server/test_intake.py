"""Taking events: what is accepted, what is refused and why, and what it may cost."""

import gzip
import json
import socket
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import zstandard
from litestar.exceptions import HTTPException

from tailback import clock
from tailback.core import fields
from tailback.server.intake import limits
from tailback.server.intake.decode import Taken, decode_json, decode_lines
from tailback.server.intake.limits import MAX_BODY_BYTES, MAX_WIRE_BYTES, decompress
from tailback.server.intake.take import MAX_KINDS_PER_SOURCE
from tailback.server.payload import WireEvent
from tests.server.live import Live, job, live_server, until

AT = 1_795_000_000.0


def batch(*events: object, **envelope: object) -> dict[str, object]:
    return {"v": 1, "producer": "p", "events": list(events), **envelope}


def test_an_event_is_on_the_board_after_its_acknowledgement(live: Live) -> None:
    now = clock.now()

    answer = live.send(job("enqueued", now - 40, queue="first", tenant="acct_1"))

    assert answer == {"accepted": 1, "rejected": []}
    lane = live.lane("first", lambda lane: lane["waiting"] == 1)
    assert lane["oldest_age_s"] == pytest.approx(40, abs=30)
    assert lane["oldest_source"] == "exact"


def test_one_bad_event_never_rejects_its_batch(live: Live) -> None:
    answer = live.send(
        job("enqueued", clock.now(), "good", queue="mixed"),
        {"kind": "exploded", "at": 1, "id": "x", "queue": "mixed"},
        "not even an object",
        job("enqueued", clock.now(), "good-2", queue="mixed"),
    )

    assert answer["accepted"] == 2
    assert [item["index"] for item in answer["rejected"]] == [1, 2]
    assert "'exploded' is not known" in answer["rejected"][0]["why"]


def test_a_repeated_batch_is_acknowledged_and_counted_once(live: Live) -> None:
    body = batch(job("enqueued", clock.now(), "once", queue="repeat"), seq=1, producer="again")

    first = live.post("/api/v1/events", body)
    again = live.post("/api/v1/events", body)

    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    live.send(job("enqueued", clock.now(), "other", queue="repeat"))
    assert live.lane("repeat", lambda lane: lane["arrivals_5m"] == 2)


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_compressed_bodies_are_taken(live: Live, encoding: str) -> None:
    pack = {
        "gzip": gzip.compress,
        "zstd": zstandard.ZstdCompressor().compress,
        "identity": bytes,
    }[encoding]
    body = json.dumps(batch(job("enqueued", clock.now(), queue="packed"))).encode()

    answer = live.post("/api/v1/events", pack(body), **{"Content-Encoding": encoding})

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1


def test_bare_events_are_taken_line_by_line(live: Live) -> None:
    lines = [job("enqueued", clock.now(), f"l{n}", queue="lines") for n in range(3)]
    body = b"\n".join(json.dumps(line).encode() for line in lines) + b"\n\nnot json\n"

    answer = live.post("/api/v1/events", body, **{"Content-Type": "application/x-ndjson"})

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 3
    assert answer.json()["rejected"][0]["index"] == 4
    assert live.lane("lines", lambda lane: lane["waiting"] == 3)


@pytest.mark.parametrize(
    "kind", ["application/cloudevents+json", "Application/CloudEvents-Batch+JSON"]
)
def test_what_is_not_understood_yet_is_not_accepted_and_lost(live: Live, kind: str) -> None:
    event = {"specversion": "1.0", "type": "job.enqueued", "source": "/shop", "id": "1"}

    answer = live.post("/api/v1/events", event, **{"Content-Type": kind})

    assert answer.status_code == 415
    assert "CloudEvents" in answer.json()["detail"]


def test_another_source_than_the_tokens_is_refused(live: Live) -> None:
    answer = live.post("/api/v1/events", batch(source="crm"), source="shop")

    assert answer.status_code == 403
    assert "for source shop only" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 400, "not valid JSON"),
        (b"{", 400, "not valid JSON"),
        (b"[1, 2]", 400, "must be an object"),
        (b'{"v": 2}', 400, "v: "),
        (b'{"seq": -1}', 400, "seq: "),
        (b'{"events": 3}', 400, "events: must be a list"),
        (b"\xff\xfe\x00", 400, "not UTF-8"),
        (b"[" * 10_000, 400, "nested too deeply"),
        (b'{"events":' + b'{"a":' * 10_000, 400, "nested too deeply"),
        (b"1" * 10_000, 400, "too many digits"),
        (b'{"events":[' + b"1," * 10_000 + b"1]}", 413, "at most 10,000"),
    ],
)
def test_a_body_that_cannot_be_read_gets_a_clear_answer(
    live: Live, body: bytes, status: int, says: str
) -> None:
    answer = live.post("/api/v1/events", body)

    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (job("enqueued", float("nan")), "at: must be a finite number"),
        (job("enqueued", float("inf")), "at: must be a finite number"),
        (job("enqueued", 253_402_300_800), "at: must be Unix seconds between the years 2000"),
        (job("enqueued", 10**400), "at: "),
        (job("enqueued", "now"), "at: must be a number"),
        (job("enqueued", True), "at: must be a number"),
        (job("enqueued", AT, ""), "id: must not be empty"),
        (job("enqueued", AT, "\x00\x01"), "id: must not be empty"),
        (job("enqueued", AT, attempt=1.5), "attempt: must be a whole number"),
        (job("enqueued", AT, attempt=-1), "attempt: "),
        (job("failed", AT, error="boom"), "error"),
        (job("failed", AT, error={"status": 10**6}), "error.status: "),
        ({"kind": "enqueued", "at": AT, "id": "x"}, "queue: is required"),
    ],
)
def test_a_bad_field_is_named_with_the_reason(event: dict[str, object], says: str) -> None:
    good = job("enqueued", AT, "good")

    taken = decode_json(json.dumps(batch(good, event)).encode())

    assert [struct.id for struct in taken.events] == ["good"]
    assert taken.rejected[0]["index"] == 1
    assert says in taken.rejected[0]["why"]


def test_hostile_characters_are_taken_out_of_every_text() -> None:
    nasty = "a\x00b\x1b[31mc\u202ed\ud800e\u2028f"
    event = job("failed", AT, nasty, tenant=nasty, why=nasty, error={"message": nasty})

    taken = decode_json(json.dumps(batch(event)).encode())

    struct = taken.events[0]
    for text in (struct.id, struct.tenant, struct.why, struct.error["message"]):
        assert text == "ab[31mcdef"


def test_secrets_in_error_texts_are_hidden() -> None:
    error = {
        "type": "E",
        "message": "login failed: password=hunter2 for redis://:s3cret@db/0",
        "trace": "Authorization: Bearer abcdefghijklmnop",
        "chain": [{"type": "X", "message": "token=topsecretvalue"}],
        "facts": {"code": "api_key=verysecretkey"},
    }

    for taken in (
        decode_json(json.dumps(batch(job("failed", AT, error=error))).encode()),
        decode_json(json.dumps(batch(job("failed", AT, error=error), 7)).encode()),
        decode_lines(json.dumps(job("failed", AT, error=error)).encode()),
    ):
        told = repr(taken.events[0])
        for secret in ("hunter2", "s3cret", "abcdefghijklmnop", "topsecretvalue", "verysecretkey"):
            assert secret not in told


def test_the_fast_and_the_careful_reader_agree() -> None:
    events = [
        job("enqueued", AT, " trimmed ", due_at=AT + 5, tenant="  "),
        job("started", AT + 1, "x" * 500, attempt=1, worker="w\n1"),
        job("dead", AT + 2, "d", error={"type": "E", "message": "m" * 5000, "trace": "t"}),
        job(
            "succeeded", AT + 3, "ü", ran_for=0.25, priority=-3, release="r", root="a", parent="b"
        ),
    ]

    fast = decode_json(json.dumps(batch(*events), separators=(",", ":")).encode())
    careful = decode_json(json.dumps(batch(*events, {"kind": "bad"})).encode())

    assert fast.rejected == []
    assert told(fast) == told(careful)


def told(taken: Taken) -> list[dict[str, Any]]:
    return [msgspec.structs.asdict(event) for event in taken.events]


@pytest.mark.parametrize("name", ["job", "tenant", "worker", "release", "root", "parent"])
@pytest.mark.parametrize(("said", "kept"), [("", None), (" x ", "x"), ("x", "x"), ("x y", "x y")])
def test_names_are_trimmed_also_beside_an_error_with_spaces(
    name: str, said: str, kept: str | None
) -> None:
    error = {"type": "E", "message": "no such table", "trace": "line 1"}
    events = [job("failed", AT, "a", error=error), job("started", AT, "b", **{name: said})]

    for body in (
        json.dumps(batch(*events), separators=(",", ":")).encode(),
        json.dumps(batch(*events)).encode(),
    ):
        taken = decode_json(body)
        assert getattr(taken.events[1], name) == kept
        assert taken.events[0].error == error


def test_more_than_a_mebibyte_on_the_wire_is_refused_without_reading_it_all(live: Live) -> None:
    """A sender that announces little and sends 50 MB is cut off early."""
    host, port = live.url.removeprefix("http://").split(":")
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        f"{live.token('ingest', 'shop')}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = 0
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(800):
                connection.sendall(chunk)
                sent += 0x10000
        except OSError:
            pass
        try:
            reply = connection.recv(65536)
        except OSError:
            reply = b"HTTP/1.1 413"  # reset before the answer could be read: refused as well
    assert b" 413 " in reply + b" "
    assert sent < 50_000_000


def test_an_announced_length_beyond_the_limit_is_refused(live: Live) -> None:
    answer = live.post("/api/v1/events", b" " * (MAX_WIRE_BYTES + 1))

    assert answer.status_code == 413
    assert "on the wire" in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_zip_bomb_is_refused(live: Live, encoding: str) -> None:
    plain = b" " * (200 * 1024 * 1024)
    bomb = gzip.compress(plain, 9) if encoding == "gzip" else zstandard.compress(plain)
    assert len(bomb) < MAX_WIRE_BYTES

    answer = live.post("/api/v1/events", bomb, **{"Content-Encoding": encoding})

    assert answer.status_code == 413
    assert f"{MAX_BODY_BYTES:,}" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", b"no gzip at all", 400),
        ("gzip", gzip.compress(b'{"v":1}', mtime=0)[:-12], 400),
        ("zstd", b"no zstd at all", 400),
        ("zstd", zstandard.compress(b'{"v":1}')[:-1], 400),
        ("br", b"x", 415),
    ],
)
def test_a_broken_encoding_is_named(live: Live, encoding: str, body: bytes, status: int) -> None:
    answer = live.post("/api/v1/events", body, **{"Content-Encoding": encoding})

    assert answer.status_code == status
    assert encoding in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_body_cut_on_its_way_is_refused_whole(encoding: str) -> None:
    """Lines that did arrive must not be taken as if they were all: the sender repeats the whole."""
    lines = b"\n".join(
        json.dumps(job("enqueued", AT, f"{n * 7919}-{n}")).encode() for n in range(2_000)
    )
    packed = gzip.compress(lines) if encoding == "gzip" else zstandard.compress(lines)

    assert decompress(packed, encoding) == lines
    for cut in range(1, len(packed), 97):
        with pytest.raises(HTTPException) as refused:
            decompress(packed[:cut], encoding)
        assert refused.value.status_code == 400


def test_zstd_frames_one_after_the_other_are_read_up_to_the_limit() -> None:
    half = zstandard.compress(bytes(MAX_BODY_BYTES // 2))

    assert decompress(half + half, "zstd") == bytes(MAX_BODY_BYTES)
    with pytest.raises(HTTPException) as refused:
        decompress(half + half + zstandard.compress(b"x"), "zstd")
    assert refused.value.status_code == 413


def test_gzip_members_one_after_the_other_are_read(live: Live) -> None:
    body = gzip.compress(b'{"v":') + gzip.compress(b"1}")

    assert live.post("/api/v1/events", body, **{"Content-Encoding": "gzip"}).status_code == 202


def flood(live: Live, events: list[dict[str, object]]) -> tuple[int, list[dict[str, object]]]:
    accepted, refused = 0, []
    for start in range(0, len(events), 10_000):
        body = gzip.compress(json.dumps(batch(*events[start : start + 10_000])).encode(), 1)
        answer = live.post("/api/v1/events", body, "flood", **{"Content-Encoding": "gzip"})
        assert answer.status_code == 202
        accepted += answer.json()["accepted"]
        refused += answer.json()["rejected"]
    return accepted, refused


def test_a_hundred_thousand_queue_names_are_refused_by_name_and_cost_little(
    tmp_path: Path,
) -> None:
    now = clock.now()
    names = [job("enqueued", now, f"q{n}", queue=f"q-{n}", job="j") for n in range(100_000)]
    with live_server(tmp_path / "t.db") as live:
        accepted, refused = flood(live, names)
        lanes = until(live.lanes)

    assert accepted == 1_000
    assert accepted + len(refused) == 100_000
    assert "1,000 queues" in str(refused[0]["why"])
    assert len(lanes) <= 500


def test_pairs_of_queue_and_job_type_are_bounded_too(tmp_path: Path) -> None:
    """Few queues and many job types make as many slices as many queues would."""
    now = clock.now()
    pairs = [
        job("enqueued", now, f"p{n}", queue=f"q{n % 10}", job=f"j{n // 10}") for n in range(30_000)
    ]
    with live_server(tmp_path / "t.db") as live:
        accepted, refused = flood(live, pairs)

    assert accepted == MAX_KINDS_PER_SOURCE
    assert [item["index"] for item in refused] == list(range(10_000)) * 2
    assert "10,000 pairs of queue and job type" in str(refused[0]["why"])


def test_an_event_beyond_the_bound_is_named_by_its_place_in_the_request(tmp_path: Path) -> None:
    known = [job("enqueued", clock.now(), f"k{n}", queue=f"k{n}") for n in range(1_000)]
    events = [
        {"kind": "bad"},
        job("enqueued", clock.now(), "a", queue="k1"),
        job("enqueued", clock.now(), "b", queue="new"),
        job("enqueued", clock.now(), "c", queue="k1"),
    ]
    lines = b"\n\n".join(json.dumps(event).encode() for event in events)

    with live_server(tmp_path / "t.db") as live:
        live.send(*known)
        answer = live.send(*events)
        kind = {"Content-Type": "application/x-ndjson"}
        by_line = live.post("/api/v1/events", lines, **kind).json()
    with live_server(tmp_path / "t.db") as live:
        restarted = live.send(*events)

    assert (answer["accepted"], by_line["accepted"], restarted["accepted"]) == (2, 2, 2)
    assert [item["index"] for item in answer["rejected"]] == [0, 2]
    assert [item["index"] for item in by_line["rejected"]] == [0, 4]
    assert restarted["rejected"] == answer["rejected"]


@pytest.mark.parametrize("path", ["queues", "deploys", "outcomes"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 10_000, b'{"a":' * 10_000, b'{"at":NaN}', b"7" * 9_000]
)
def test_what_is_no_json_is_refused_everywhere(live: Live, path: str, body: bytes) -> None:
    answer = live.post(f"/api/v1/{path}", body)

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_deeply_nested_line_costs_only_itself() -> None:
    deep = b'{"kind":' + b"[" * 10_000
    good = json.dumps(job("enqueued", AT)).encode()

    taken = decode_lines(b"\n".join((deep, good, b"\xff", b"1" * 10_000)))

    assert [event.id for event in taken.events] == ["j1"]
    assert [item["index"] for item in taken.rejected] == [0, 2, 3]
    assert "nested too deeply" in taken.rejected[0]["why"]


def test_lines_without_fault_are_read_fast_and_as_the_careful_reader_does() -> None:
    lines = [job("enqueued", AT, " a "), job("dead", AT + 1, "b", error={"type": "E"})]
    body = b"\n".join(json.dumps(line).encode() for line in lines)

    fast, careful = decode_lines(body + b"\n"), decode_lines(body + b"\nbad\n")

    assert fast.rejected == []
    assert [event.id for event in fast.events] == ["a", "b"]
    assert told(fast) == told(careful)
    assert len(msgspec.json.Decoder(WireEvent).decode_lines(body)) == 2


def test_too_many_lines_are_refused() -> None:
    line = json.dumps(job("enqueued", AT)).encode()

    for lines in ([line] * 10_001, [line] * 10_001 + [b"bad"]):
        with pytest.raises(HTTPException) as refused:
            decode_lines(b"\n".join(lines))
        assert refused.value.status_code == 413


def test_every_limit_of_the_design_is_the_limit_in_force() -> None:
    assert (MAX_WIRE_BYTES, MAX_BODY_BYTES, fields.MAX_EVENTS) == (2**20, 8 * 2**20, 10_000)


def test_readings_deploys_and_outcomes_are_taken(live: Live) -> None:
    now = clock.now()
    reading = {"queue": "probed", "taken_at": now, "waiting": 7, "oldest_due_at": now - 90}
    readings = {"source": "far", "readings": [reading, {"queue": "bad"}]}

    answer = live.post("/api/v1/queues", readings, source="far")
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    assert "taken_at: is required" in answer.json()["rejected"][0]["why"]
    lane = live.lane("probed", lambda lane: lane["waiting"] == 7)
    assert lane["oldest_age_s"] == pytest.approx(90, abs=30)

    deploy = live.post("/api/v1/deploys", {"release": "4f2c", "service": "web"})
    assert deploy.status_code == 202
    assert [mark.release for mark in live.store.deploys.between(now - 60, now + 60)] == ["4f2c"]
    for at in (now, None):
        body = {"name": "payments.succeeded", "count": 3, **({"at": at} if at else {})}
        assert live.post("/api/v1/outcomes", body).status_code == 202
    series = live.store.outcomes.series(
        "payments.succeeded", from_=int(now) - 120, to=int(now) + 120, step_s=240
    )
    assert sum(count for _, count in series) == 6


def test_a_reading_of_the_future_is_refused_so_that_it_cannot_stay_fresh(live: Live) -> None:
    now = clock.now()
    readings = [
        {"queue": "ahead", "taken_at": now + 3_600, "waiting": 0},
        {"queue": "on-time", "taken_at": now + 5, "waiting": 1},
    ]

    answer = live.post("/api/v1/queues", {"source": "skewed", "readings": readings}, "skewed")

    assert answer.json()["accepted"] == 1
    assert answer.json()["rejected"][0]["index"] == 0
    assert "s in the future; set the clock" in answer.json()["rejected"][0]["why"]
    live.lane("on-time", lambda lane: lane["waiting"] == 1)
    assert "ahead" not in live.lanes()


def test_a_hostile_name_spoils_neither_its_body_nor_its_neighbours(live: Live) -> None:
    now = clock.now()
    readings = [
        {"queue": "\ud800\x00odd", "taken_at": now, "waiting": 1},
        {"queue": "even", "taken_at": float("nan"), "waiting": 1},
        {"queue": "even", "taken_at": now, "waiting": 1},
    ]

    answer = live.post("/api/v1/queues", {"source": "odd", "readings": readings}, "odd").json()
    release = live.post("/api/v1/deploys", {"release": "\ud800r\x1b1", "at": now - 900})

    assert answer["accepted"] == 2
    assert answer["rejected"] == [{"index": 1, "why": "taken_at: must be a finite number"}]
    live.lane("odd", lambda lane: lane["waiting"] == 1)
    assert release.status_code == 202
    marks = live.store.deploys.between(now - 901, now - 899)
    assert [mark.release for mark in marks] == ["r1"]


def test_readings_of_another_source_than_the_tokens_are_refused(live: Live) -> None:
    answer = live.post("/api/v1/queues", {"source": "crm", "readings": []}, source="shop")

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/deploys", {}),
        ("/api/v1/deploys", {"release": "\x00"}),
        ("/api/v1/deploys", {"release": "r", "at": 1}),
        ("/api/v1/deploys", {"release": "r", "at": float("nan")}),
        ("/api/v1/deploys", {"release": "r", "at": 253_402_300_800}),
        ("/api/v1/deploys", {"release": 4}),
        ("/api/v1/outcomes", {"name": "x", "count": float("inf")}),
        ("/api/v1/outcomes", {"name": "x", "count": 10**400}),
        ("/api/v1/outcomes", {"name": ""}),
        ("/api/v1/outcomes", {"name": "\x07"}),
        ("/api/v1/outcomes", {"name": "x", "count": -1}),
        ("/api/v1/queues", []),
        ("/api/v1/queues", {"readings": []}),
    ],
)
def test_bad_marks_are_refused_with_the_reason(live: Live, path: str, body: object) -> None:
    answer = live.post(path, body)

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_ping_with_an_unknown_token_is_not_found(live: Live) -> None:
    for path in ("/ping/nobody", "/ping/nobody/start", "/ping/nobody/fail"):
        assert httpx.get(live.url + path).status_code == 404
        assert httpx.post(live.url + path).status_code == 404


def test_too_many_batches_at_once_are_told_to_wait(live: Live) -> None:
    intake = live.running.services.intake
    intake._busy["busy"] = 64
    try:
        answer = live.post("/api/v1/events", batch(), source="busy")
    finally:
        intake._busy["busy"] = 0

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"


def begin(live: Live, source: str, announced: int = 100) -> socket.socket:
    """Send the head of a request and one byte of its body."""
    host, port = live.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: {announced}\r\n"
        f"Authorization: Bearer {live.token('ingest', source)}\r\n\r\n{{"
    )
    connection.sendall(head.encode())
    return connection


def test_bodies_on_their_way_count_as_batches_at_once(live: Live) -> None:
    """What is being received costs memory already."""
    held = [begin(live, "crowded") for _ in range(64)]
    busy = live.running.services.intake._busy
    try:
        until(lambda: busy.get("crowded") == 64)
        assert live.post("/api/v1/events", batch(), source="crowded").status_code == 429
        assert live.post("/api/v1/events", batch(), source="others").status_code == 202
    finally:
        for connection in held:
            connection.close()
    until(lambda: "crowded" not in busy)
    assert live.post("/api/v1/events", batch(), source="crowded").status_code == 202


def test_a_sender_that_hangs_up_is_no_bug_of_ours(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    busy = live.running.services.intake._busy
    connection = begin(live, "gone")
    until(lambda: busy.get("gone") == 1)
    connection.close()
    until(lambda: "gone" not in busy)

    assert "request failed" not in caplog.text


def test_a_body_that_does_not_arrive_is_given_up(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_TIMEOUT_S", 0.2)
    with begin(live, "stalled") as connection:
        reply = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert reply.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in reply.lower()
    assert b"did not arrive" in reply


def test_a_server_that_is_behind_asks_to_repeat(live: Live) -> None:
    engine = live.running.services.engine
    engine.backlog_events = 10**9
    try:
        answer = live.post("/api/v1/events", batch())
    finally:
        engine.backlog_events = 0

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    until(lambda: live.post("/api/v1/events", batch()).status_code == 202)
