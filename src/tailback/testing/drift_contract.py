"""What every engine must do for complaints."""

from dataclasses import replace
from pathlib import Path

from tailback.store.complaints import Complaint
from tailback.testing.store_rig import HOSTILE_TEXTS, StoreRig

COMPLAINT = Complaint(id=0, lane="mail", at=100.0, by="ana", text="Where is it?", account="acct_1")


class DriftContract(StoreRig):
    """Complaints are kept once and found by time and lane."""

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
