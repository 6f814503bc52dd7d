"""What every event log must do: durable, ordered, idempotent, safe from many threads."""

import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from tailback.store.base import LogBatch, Offset
from tailback.store.errors import StoreClosedError
from tailback.testing.store_rig import HOSTILE_TEXTS, StoreRig

SUBMITTERS = 8
BATCHES_EACH = 60


def batch(
    producer: str | None = "p", seq: int = 1, payload: bytes = b"{}", at: float = 1000.0
) -> LogBatch:
    return LogBatch(producer, seq, "shop", at, payload)


class LogContract(StoreRig):
    """The event log."""

    def test_an_empty_log_reads_nothing(self, place: Path) -> None:
        with self.opened(place) as store:
            assert list(store.log.read(after=0)) == []
            assert store.log.last_offset() == 0

    def test_what_was_appended_is_there_after_reopening(self, place: Path) -> None:
        batches = [batch(seq=seq, payload=bytes([seq]) * 100) for seq in range(20)]
        with self.opened(place) as store:
            offsets = store.log.append(batches)

        with self.opened(place) as store:
            found = list(store.log.read(after=0))

        assert found == list(zip(offsets, batches, strict=True))

    def test_offsets_start_at_one_and_leave_no_gap(self, place: Path) -> None:
        with self.opened(place) as store:
            first = store.log.append([batch(seq=1), batch(seq=1), batch(seq=2)])
        with self.opened(place) as store:
            second = store.log.append([batch(seq=2), batch(seq=3)])

            assert (first, second) == ([1, 1, 2], [2, 3])
            assert store.log.last_offset() == 3

    def test_reading_goes_on_after_any_offset(self, place: Path) -> None:
        with self.opened(place) as store:
            for seq in range(7):
                store.log.append([batch(seq=seq), batch(seq=seq + 100)])
            whole = list(store.log.read(after=0))

            assert [offset for offset, _ in whole] == list(range(1, 15))
            for after in range(15):
                assert list(store.log.read(after=after)) == whole[after:]

    def test_reading_begins_where_a_moment_was(self, place: Path) -> None:
        with self.opened(place) as store:
            assert store.log.since(0.0) == 0
            offsets = []
            for number in range(3):
                offsets += store.log.append([batch(seq=number, at=1000.0 + number)])

            assert store.log.since(0.0) == 0
            assert store.log.since(1002.0) < offsets[2]
            assert store.log.since(5000.0) == offsets[2]

    def test_a_repeated_batch_keeps_its_old_offset_and_is_stored_once(self, place: Path) -> None:
        with self.opened(place) as store:
            old = store.log.append([batch(seq=5, payload=b"first")])
            again = store.log.append([batch(seq=5, payload=b"again")])

            assert again == old
            assert [entry.payload for _, entry in store.log.read(after=0)] == [b"first"]

    def test_a_repeated_batch_is_recognised_after_reopening(self, place: Path) -> None:
        with self.opened(place) as store:
            old = store.log.append([batch(seq=seq) for seq in (3, 1, 2)])

        with self.opened(place) as store:
            assert store.log.append([batch(seq=seq) for seq in (1, 2, 3)]) == [
                old[1],
                old[2],
                old[0],
            ]
            assert store.log.last_offset() == 3

    def test_seqs_may_come_in_any_order(self, place: Path) -> None:
        seqs = [9, 2, 7, 2**63 - 1, 0, 4]
        with self.opened(place) as store:
            assert store.log.append([batch(seq=seq) for seq in seqs]) == [1, 2, 3, 4, 5, 6]
            assert [entry.seq for _, entry in store.log.read(after=0)] == seqs

    def test_producers_of_two_sources_never_mix(self, place: Path) -> None:
        with self.opened(place) as store:
            one = LogBatch("p", 1, "shop", 1.0, b"a")
            other = LogBatch("p", 1, "billing", 1.0, b"b")

            assert store.log.append([one, other]) == [1, 2]

    def test_a_batch_without_a_producer_is_always_stored(self, place: Path) -> None:
        with self.opened(place) as store:
            assert store.log.append([batch(None), batch(None)]) == [1, 2]
            assert [entry.producer for _, entry in store.log.read(after=0)] == [None, None]

    def test_an_impossible_seq_is_refused_and_harms_nobody(self, place: Path) -> None:
        with self.opened(place) as store:
            neighbour = store.log.submit(batch(seq=1))
            for seq in (-1, 2**63):
                with pytest.raises(ValueError, match="seq must be between"):
                    store.log.submit(batch(seq=seq))

            assert neighbour.result() == 1

    def test_an_impossible_time_is_refused_and_harms_nobody(self, place: Path) -> None:
        with self.opened(place) as store:
            neighbour = store.log.submit(batch(seq=1))
            for at in (float("nan"), float("inf"), -1.0, 1e300):
                with pytest.raises(ValueError, match="received_at must be"):
                    store.log.submit(batch(seq=2, at=at))

            assert neighbour.result() == 1

    def test_hostile_text_comes_back_as_it_went_in(self, place: Path) -> None:
        batches = [LogBatch(text, 1, text, 1.0, text.encode()) for text in HOSTILE_TEXTS]
        with self.opened(place) as store:
            store.log.append(batches)
            assert store.log.append(batches) == list(range(1, len(batches) + 1))

        with self.opened(place) as store:
            assert [entry for _, entry in store.log.read(after=0)] == batches

    def test_a_lone_surrogate_harms_nobody(self, place: Path) -> None:
        with self.opened(place) as store:
            both = [store.log.submit(batch("bad \ud800 name")), store.log.submit(batch("good"))]

            assert [future.result() for future in both] == [1, 2]
            assert [entry.producer for _, entry in store.log.read(after=1)] == ["good"]

    def test_eight_submitters_at_once_get_every_batch_in_once(self, place: Path) -> None:
        got: dict[tuple[str, int], list[Offset]] = {}
        with self.opened(place) as store:

            def submit(number: int) -> None:
                futures: list[tuple[tuple[str, int], Future[Offset]]] = []
                for seq in range(BATCHES_EACH):
                    name = (
                        f"p{number // 2}"  # two threads share a producer: every batch comes twice
                    )
                    futures.append(((name, seq), store.log.submit(batch(name, seq, b"x" * seq))))
                for key, future in futures:
                    got.setdefault(key, []).append(future.result())

            threads = [threading.Thread(target=submit, args=(n,)) for n in range(SUBMITTERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            found = {(b.producer, b.seq): offset for offset, b in store.log.read(after=0)}

        assert len(found) == SUBMITTERS // 2 * BATCHES_EACH
        assert sorted(found.values()) == list(range(1, len(found) + 1))
        assert {key: [found[key]] * 2 for key in found} == got

    def test_followers_see_every_new_batch_once_in_order_before_its_acknowledgement(
        self, place: Path
    ) -> None:
        seen: list[tuple[Offset, LogBatch]] = []
        with self.opened(place) as store:
            store.log.follow(seen.extend)
            for seq in (1, 2, 2, 3):
                offset = store.log.submit(batch(seq=seq)).result()
                assert seen[-1][0] == offset
            store.log.append([batch(seq=1), batch(seq=4)])

            assert seen == list(store.log.read(after=0))

    def test_a_follower_that_fails_turns_no_acknowledgement_into_an_error(
        self, place: Path
    ) -> None:
        seen: list[tuple[Offset, LogBatch]] = []

        def fail(_: object) -> None:
            raise RuntimeError("follower")

        with self.opened(place) as store:
            store.log.follow(fail)
            store.log.follow(seen.extend)

            assert store.log.append([batch()]) == [1]
            assert len(seen) == 1

    def test_closing_commits_what_is_queued_and_then_refuses(self, place: Path) -> None:
        with self.opened(place) as store:
            futures = [store.log.submit(batch(seq=seq)) for seq in range(50)]
        assert [future.result(0) for future in futures] == list(range(1, 51))
        with pytest.raises(StoreClosedError):
            store.log.submit(batch(seq=99))

        with self.opened(place) as store:
            assert store.log.last_offset() == 50
