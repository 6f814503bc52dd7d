"""What every checkpoint store must do, and when the log may forget."""

from pathlib import Path

import pytest

from tailback.core.rollups import Deltas
from tailback.store.base import LogBatch
from tailback.testing.store_rig import StoreRig

DAY_S = 86_400.0


class CheckpointContract(StoreRig):
    """Checkpoints, and the log's retention that depends on them."""

    def test_there_is_no_checkpoint_at_first(self, place: Path) -> None:
        with self.opened(place) as store:
            assert store.checkpoints.latest() is None

    def test_the_newest_checkpoint_comes_back_after_reopening(self, place: Path) -> None:
        blob = bytes(range(256)) * 20_000
        with self.opened(place) as store:
            store.rollups.commit(7, Deltas())
            store.checkpoints.save(3, b"older", now=1.0)
            store.checkpoints.save(7, blob, now=2.0)

        with self.opened(place) as store:
            found = store.checkpoints.latest()

        assert found is not None
        assert (found.offset, found.saved_at, found.blob) == (7, 2.0, blob)

    def test_an_empty_checkpoint_is_one(self, place: Path) -> None:
        with self.opened(place) as store:
            store.checkpoints.save(0, b"", now=1.0)
            found = store.checkpoints.latest()

            assert found is not None
            assert found.blob == b""

    def test_saving_the_same_offset_again_replaces(self, place: Path) -> None:
        with self.opened(place) as store:
            for blob in (b"one", b"two"):
                store.checkpoints.save(0, blob, now=1.0)
            found = store.checkpoints.latest()

            assert found is not None
            assert found.blob == b"two"

    def test_a_checkpoint_ahead_of_the_rollups_is_refused(self, place: Path) -> None:
        with self.opened(place) as store:
            store.rollups.commit(2, Deltas())
            with pytest.raises(ValueError, match="refused"):
                store.checkpoints.save(3, b"", now=1.0)

            assert store.checkpoints.latest() is None

    def test_only_two_are_kept(self, place: Path) -> None:
        with self.opened(place) as store:
            store.rollups.commit(9, Deltas())
            for offset in (1, 2, 3):
                store.checkpoints.save(offset, b"x", now=1.0)

            assert self.checkpoint_offsets(place) == [2, 3]

    def test_a_damaged_newest_falls_back_to_the_older(self, place: Path) -> None:
        with self.opened(place) as store:
            store.rollups.commit(2, Deltas())
            store.checkpoints.save(1, b"older", now=1.0)
            store.checkpoints.save(2, b"newer" * 1000, now=2.0)
        self.damage_checkpoint(place, 2)

        with self.opened(place) as store:
            found = store.checkpoints.latest()
            assert found is not None
            assert (found.offset, found.blob) == (1, b"older")
            store.checkpoints.save(2, b"mended", now=3.0)
            found = store.checkpoints.latest()
            assert found is not None
            assert found.blob == b"mended"

    def test_the_log_is_kept_as_long_as_the_older_checkpoint_needs_it(self, place: Path) -> None:
        with self.opened(place) as store:
            for seq in range(1, 7):
                store.log.append([LogBatch("p", seq, "shop", seq * DAY_S, b"x")])
            late = 100 * DAY_S
            while store.prune(late):
                pass
            assert len(list(store.log.read(after=0))) == 6

            store.rollups.commit(6, Deltas())
            for offset in (3, 5):
                store.checkpoints.save(offset, b"", now=late)
            while store.prune(late):
                pass

            assert [offset for offset, _ in store.log.read(after=3)] == [4, 5, 6]
            assert store.log.append([LogBatch("p", 7, "shop", late, b"x")]) == [7]

    def test_young_segments_are_kept_and_no_offset_is_given_twice(self, place: Path) -> None:
        with self.opened(place) as store:
            store.log.append([LogBatch("p", 1, "shop", 0.0, b"x")])
            store.rollups.commit(1, Deltas())
            store.checkpoints.save(1, b"", now=0.0)
            while store.prune(13 * DAY_S):
                pass
            assert [offset for offset, _ in store.log.read(after=0)] == [1]
            while store.prune(15 * DAY_S):
                pass
            assert list(store.log.read(after=0)) == []

        with self.opened(place) as store:
            assert store.log.append([LogBatch("p", 2, "shop", 15 * DAY_S, b"x")]) == [2]

    def test_joining_small_segments_changes_nothing_that_is_read(self, place: Path) -> None:
        with self.opened(place) as store:
            for seq in range(200):
                store.log.append([LogBatch("p", seq, "shop", float(seq), bytes([seq]) * seq)])
            before = list(store.log.read(after=0))
            while store.prune(10_000.0):
                pass

            assert list(store.log.read(after=0)) == before
            assert list(store.log.read(after=77)) == before[77:]
            assert store.log.append([LogBatch("p", 5, "shop", 10_000.0, b"")]) == [6]

    def test_a_repeated_batch_is_recognised_for_a_day_whatever_is_forgotten(
        self, place: Path
    ) -> None:
        with self.opened(place) as store:
            old = store.log.append(
                [LogBatch("p", seq, "shop", seq * 10.0, b"") for seq in range(3000)]
            )
            while store.prune(30_000.0 + 0.9 * DAY_S):
                pass
            assert store.log.append([LogBatch("p", 2999, "shop", 1.0, b"")]) == [old[2999]]
            while store.prune(30_000.0 + 2 * DAY_S):
                pass
            again = [LogBatch("p", seq, "shop", 1.0, b"") for seq in (2999, 2500, 0)]

            assert store.log.append(again) == [old[2999], old[2500], 3001]

    def test_a_producer_silent_for_two_weeks_is_forgotten(self, place: Path) -> None:
        with self.opened(place) as store:
            store.log.append(
                [
                    LogBatch("gone", 1, "shop", 0.0, b""),
                    LogBatch("here", 1, "shop", 14 * DAY_S, b""),
                ]
            )
            while store.prune(15 * DAY_S):
                pass
            late = 15 * DAY_S

            assert store.log.append(
                [LogBatch("here", 1, "shop", late, b""), LogBatch("gone", 1, "shop", late, b"")]
            ) == [2, 3]

    def checkpoint_offsets(self, place: Path) -> list[int]:
        """Return the offsets of the checkpoints kept in `place`, smallest first."""
        raise NotImplementedError

    def damage_checkpoint(self, place: Path, offset: int) -> None:
        """Change some bytes of a checkpoint in the closed database of `place`."""
        raise NotImplementedError
