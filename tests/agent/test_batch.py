import gzip
import json

from hypothesis import given
from hypothesis import strategies as st

from tailback.agent.batch import Batch, Spool


def batch(seq: int, count: int = 2, dropped: int = 0) -> Batch:
    events = ",".join(json.dumps({"id": f"{seq}-{n}", "text": "x" * 200}) for n in range(count))
    return Batch(seq=seq, events=events.encode(), count=count, dropped=dropped)


def opened(body: bytes) -> dict[str, object]:
    read: dict[str, object] = json.loads(gzip.decompress(body))
    return read


def test_packing_changes_the_size_and_nothing_else() -> None:
    one = batch(1, 50)
    before, size = opened(one.body({"v": 1}, 5.0)), one.size

    one.pack()
    one.pack()

    assert opened(one.body({"v": 1}, 5.0)) == before
    assert one.size < size / 5


def test_a_batch_without_events_is_complete_too() -> None:
    body = opened(Batch(seq=3, events=b"", count=0, dropped=7).body({"v": 1}, 5.0))

    assert body == {"v": 1, "seq": 3, "sent_at": 5.0, "dropped": 7, "events": [], "workers": []}


def test_halves_hold_the_same_events_in_order_and_report_losses_once() -> None:
    one = Batch(
        seq=1,
        events=b'{"id":"a"},{"id":"b"},{"id":"c"}',
        count=3,
        dropped=4,
        workers=b'[{"id":"w"}]',
    )

    first, second = one.halves((8, 9))

    told = [opened(half.body({}, 1.0)) for half in (first, second)]
    assert [body["seq"] for body in told] == [8, 9]
    assert [body["events"] for body in told] == [[{"id": "a"}], [{"id": "b"}, {"id": "c"}]]
    assert [body["dropped"] for body in told] == [4, 0]
    assert [body["workers"] for body in told] == [[{"id": "w"}], []]
    assert (first.count, second.count) == (1, 2)


def test_a_spool_gives_its_batches_back_oldest_first() -> None:
    spool = Spool(10**6)
    for seq in (1, 2, 3):
        spool.add(batch(seq))

    taken = spool.take()
    spool.put_back(taken)

    assert [spool.take().seq for _ in range(3)] == [1, 2, 3]
    assert (len(spool), spool.bytes) == (0, 0)


def test_a_full_spool_packs_before_it_drops_the_oldest() -> None:
    spool = Spool(6_000)
    for seq in range(1, 6):
        spool.add(batch(seq, 5))
    assert len(spool) == 5

    for seq in range(6, 30):
        spool.add(batch(seq, 5))

    assert spool.bytes <= 6_000
    lost = spool.take_lost()
    assert lost == 5 * (29 - len(spool))
    assert spool.take().seq == 29 - len(spool)
    assert spool.take_lost() == 0


@given(
    st.lists(st.tuples(st.sampled_from(["add", "take", "back"]), st.integers(1, 40)), max_size=60)
)
def test_no_event_leaves_a_spool_uncounted(steps: list[tuple[str, int]]) -> None:
    spool = Spool(3_000)
    added = delivered = 0
    held: list[Batch] = []
    for seq, (step, count) in enumerate(steps):
        if step == "add":
            spool.add(batch(seq, count))
            added += count
        elif step == "take" and spool:
            held.append(spool.take())
        elif step == "back" and held:
            spool.put_back(held.pop())
        assert spool.bytes <= 3_000
        assert spool.bytes >= 0
    while spool:
        delivered += spool.take().count

    assert delivered + spool.lost + sum(one.count for one in held) == added


def test_losses_that_a_lost_batch_was_to_report_are_not_forgotten() -> None:
    spool = Spool(100)

    spool.add(batch(1, 2, dropped=5))

    assert spool.take_lost() == 7
