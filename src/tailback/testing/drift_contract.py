"""What every engine must do for complaints, stories and the notes of reviews."""

from dataclasses import replace
from pathlib import Path

from tailback.store.complaints import Complaint
from tailback.store.review import Note
from tailback.testing.store_rig import HOSTILE_TEXTS, StoreRig

COMPLAINT = Complaint(id=0, lane="mail", at=100.0, by="ana", text="Where is it?", account="acct_1")

NOTE = Note(id=0, key=None, at=100.0, changed="Mail got older", fix="Split it", who="ana")


class DriftContract(StoreRig):
    """What has a name is kept once, whatever is sent again."""

    def test_complaints_are_found_by_time_and_lane_after_a_restart(self, place: Path) -> None:
        with self.opened(place) as store:
            first = store.complaints.add(COMPLAINT)
            second = store.complaints.add(replace(COMPLAINT, lane="exports", at=50.0))

        with self.opened(place) as store:
            assert [one.id for one in store.complaints.between(0.0, 101.0)] == [second, first]
            (one,) = store.complaints.between(0.0, 101.0, lane="mail")
            assert one == replace(COMPLAINT, id=first)
            assert store.complaints.between(0.0, 100.0, lane="mail") == []

    def test_a_ticket_sent_again_is_the_same_complaint(self, place: Path) -> None:
        with self.opened(place) as store:
            first = store.complaints.add(replace(COMPLAINT, reference="T-1"))
            again = store.complaints.add(replace(COMPLAINT, reference="T-1", text="again"))
            other = store.complaints.add(replace(COMPLAINT, reference="T-2"))
            bare = {store.complaints.add(COMPLAINT) for _ in range(2)}

            assert first == again != other
            assert len(bare) == 2
            texts = [one.text for one in store.complaints.between(0.0, 101.0)]
            assert texts == ["Where is it?"] * 4

    def test_hostile_complaints_come_back_harmless_and_whole(self, place: Path) -> None:
        with self.opened(place) as store:
            for text in HOSTILE_TEXTS:
                store.complaints.add(replace(COMPLAINT, text=text, by=text))

            assert len(store.complaints.between(0.0, 101.0)) == len(HOSTILE_TEXTS)

    def test_a_story_takes_the_place_of_an_older_one(self, place: Path) -> None:
        with self.opened(place) as store:
            assert store.review.story("mail-1") is None
            store.review.save_story("mail-1", b"one", made_at=1.0)
            store.review.save_story("mail-1", b"two", made_at=2.0)

        with self.opened(place) as store:
            assert store.review.story("mail-1") == (2.0, b"two")

    def test_a_note_carries_over_until_it_is_done(self, place: Path) -> None:
        with self.opened(place) as store:
            assert store.review.add_note(NOTE)
            assert store.review.add_note(replace(NOTE, key="drift:mail", at=150.0))
            assert not store.review.add_note(replace(NOTE, key="drift:mail", at=160.0))
            first, second = store.review.notes(0.0, 1000.0)
            assert (first.key, second.key) == (None, "drift:mail")
            assert first == replace(NOTE, id=first.id)
            assert store.review.finish_note(first.id, done_at=200.0)
            assert not store.review.finish_note(first.id, done_at=300.0)
            assert not store.review.finish_note(99, done_at=300.0)

            assert [one.id for one in store.review.notes(200.0, 1000.0)] == [first.id, second.id]
            assert [one.id for one in store.review.notes(201.0, 1000.0)] == [second.id]
            assert store.review.notes(0.0, 100.0) == []

    def test_dismissed_advice_stays_dismissed(self, place: Path) -> None:
        with self.opened(place) as store:
            for _ in range(2):
                store.review.dismiss("split:mail", "ana", now=1.0)

        with self.opened(place) as store:
            assert store.review.dismissed() == {"split:mail"}
