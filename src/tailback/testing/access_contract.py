"""What every engine must do for tokens, accounts, links, the audit and marks."""

import threading
from pathlib import Path

from tailback.store.marks import Deploy, SavedReading
from tailback.testing.store_rig import HOSTILE_TEXTS, StoreRig


class AccessContract(StoreRig):
    """The small tables."""

    def test_a_token_is_found_by_its_secret_only(self, place: Path) -> None:
        with self.opened(place) as store:
            secret, token = store.tokens.create("ingest", now=5.0, source="shop", created_by="ana")

        with self.opened(place) as store:
            assert store.tokens.find(secret) == token
            assert (token.scope, token.source, token.created_at, token.created_by) == (
                "ingest",
                "shop",
                5.0,
                "ana",
            )
            for wrong in ("", secret[:-1], secret + "x", token.prefix, "tbi_\ud800"):
                assert store.tokens.find(wrong) is None

    def test_a_token_shows_its_beginning_and_never_its_secret(self, place: Path) -> None:
        with self.opened(place) as store:
            secret, token = store.tokens.create("read", now=5.0)

            assert secret.startswith(token.prefix)
            assert len(token.prefix) == 8
        stored = b"".join(path.read_bytes() for path in place.iterdir() if path.is_file())
        assert secret.encode() not in stored

    def test_a_revoked_token_opens_nothing_and_stays_listed(self, place: Path) -> None:
        with self.opened(place) as store:
            secret, token = store.tokens.create("operate", now=5.0)

            assert store.tokens.revoke(token.id, now=9.0)
            assert not store.tokens.revoke(token.id, now=10.0)
            assert not store.tokens.revoke(12345, now=10.0)
            assert store.tokens.find(secret) is None
            assert [listed.revoked_at for listed in store.tokens.all()] == [9.0]

    def test_the_last_use_of_a_token_is_noted_about_once_a_minute(self, place: Path) -> None:
        with self.opened(place) as store:
            secret, token = store.tokens.create("read", now=0.0)
            store.tokens.used(token, now=100.0)
        with self.opened(place) as store:
            used = store.tokens.find(secret)
            assert used is not None
            assert used.last_used_at == 100.0
            store.tokens.used(used, now=130.0)
        with self.opened(place) as store:
            assert store.tokens.find(secret) == used

    def test_a_link_works_once_for_its_purpose_until_it_expires(self, place: Path) -> None:
        with self.opened(place) as store:
            secret = store.links.create("sign-in", now=0.0, ttl_s=60.0, subject="ana")

            assert store.links.use(secret, "first-admin", now=1.0) is None
            assert store.links.use(secret, "sign-in", now=60.0) is None
            assert store.links.peek(secret, "sign-in", now=1.0) == "ana"
            assert store.links.use(secret, "sign-in", now=1.0) == "ana"
            assert store.links.peek(secret, "sign-in", now=1.0) is None
            assert store.links.use(secret, "sign-in", now=1.0) is None
            assert store.links.use("tbl_unknown", "sign-in", now=1.0) is None

    def test_of_many_simultaneous_uses_of_a_link_one_succeeds(self, place: Path) -> None:
        won: list[str | None] = []
        with self.opened(place) as store:
            secret = store.links.create("sign-in", now=0.0, ttl_s=60.0)
            threads = [
                threading.Thread(
                    target=lambda: won.append(store.links.use(secret, "sign-in", now=1.0))
                )
                for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        assert sorted(won, key=str) == ["", *[None] * 7]

    def test_accounts_are_created_once_and_changed(self, place: Path) -> None:
        with self.opened(place) as store:
            ana = store.users.create("ana", "admin", now=1.0)
            assert ana is not None
            assert store.users.create("ana", "viewer", now=2.0) is None
            assert store.users.by_name("ana") == store.users.by_id(ana.id) == ana
            changed = store.users.change(
                ana.id, role="viewer", see_details=True, password_hash="h"
            )
            assert changed is not None
            store.users.seen(changed, now=7.0)
            assert store.users.change(999, role="admin") is None
            assert store.users.by_id(999) is None

        with self.opened(place) as store:
            (found,) = store.users.all()
            assert (found.role, found.see_details, found.password_hash) == ("viewer", True, "h")
            assert (found.created_at, found.last_seen_at, found.disabled_at) == (1.0, 7.0, None)

    def test_a_session_is_valid_until_it_ends_or_expires(self, place: Path) -> None:
        with self.opened(place) as store:
            first = store.sessions.create(7, now=0.0, ttl_s=60.0, origin="10.0.0.1")
            second = store.sessions.create(7, now=1.0, ttl_s=60.0)
            other = store.sessions.create(8, now=1.0, ttl_s=60.0)

        with self.opened(place) as store:
            found = store.sessions.find(first, now=59.0)
            assert found is not None
            assert (found.user_id, found.created_at, found.origin) == (7, 0.0, "10.0.0.1")
            assert store.sessions.find(first, now=60.0) is None
            assert store.sessions.find("tbs_unknown", now=1.0) is None
            assert len(store.sessions.of_user(7, now=2.0)) == 2
            assert store.sessions.end_all(7, now=3.0, but=first) == 1
            assert store.sessions.find(second, now=4.0) is None
            assert store.sessions.end(first, now=5.0)
            assert not store.sessions.end(first, now=6.0)
            assert store.sessions.end_all(8, now=6.0) == 1
            assert store.sessions.find(other, now=7.0) is None

    def test_a_board_link_is_valid_until_its_end_date_or_until_it_is_ended(
        self, place: Path
    ) -> None:
        with self.opened(place) as store:
            secret = store.board_links.create(
                now=0.0, ttl_s=60.0, note="wall of support", created_by="ana"
            )

        with self.opened(place) as store:
            link = store.board_links.find(secret, now=1.0)
            assert link is not None
            assert (link.note, link.created_by, link.expires_at) == (
                "wall of support",
                "ana",
                60.0,
            )
            assert secret.startswith(link.prefix)
            assert store.board_links.find(secret, now=60.0) is None
            assert store.board_links.end(link.id, now=2.0)
            assert not store.board_links.end(link.id, now=3.0)
            assert store.board_links.find(secret, now=4.0) is None
            assert [known.ended_at for known in store.board_links.all()] == [2.0]

    def test_the_audit_lists_the_newest_first_and_goes_on_from_a_line(self, place: Path) -> None:
        with self.opened(place) as store:
            for number in range(5):
                store.audit.add(
                    "ana", "silence", f"lane{number % 2}", now=float(number), detail={"n": number}
                )
            newest = store.audit.newest(2)
            rest = store.audit.newest(9, before=newest[-1].id)

            assert [line.detail for line in newest + rest] == [
                f'{{"n": {n}}}' for n in (4, 3, 2, 1, 0)
            ]
            assert [line.at for line in store.audit.newest(9, subject="lane1")] == [3.0, 1.0]

    def test_the_server_keeps_its_name_and_its_secret(self, place: Path) -> None:
        with self.opened(place) as store:
            first = (store.meta.instance_id(), store.meta.signing_secret())
            store.meta.set("colour", "blue")
            store.meta.set("colour", "green")

        with self.opened(place) as store:
            assert (store.meta.instance_id(), store.meta.signing_secret()) == first
            assert len(first[1]) == 32
            assert (store.meta.get("colour"), store.meta.get("none")) == ("green", None)

    def test_deploys_are_marked_once(self, place: Path) -> None:
        with self.opened(place) as store:
            for _ in range(2):
                store.deploys.add("4f2c", at=100.0, service="web")
            store.deploys.add("4f2d", at=50.0)

            assert store.deploys.between(0.0, 1000.0) == [
                Deploy(50.0, "", "4f2d"),
                Deploy(100.0, "web", "4f2c"),
            ]
            assert store.deploys.between(50.5, 100.0) == []

    def test_outcomes_add_up_per_step(self, place: Path) -> None:
        with self.opened(place) as store:
            for at, count in ((0.0, 1), (59.9, 2), (60.0, 4), (300.0, 8)):
                store.outcomes.add("paid", count, at=at)

            assert store.outcomes.series("paid", from_=0, to=360, step_s=60) == [
                (0, 3),
                (60, 4),
                (300, 8),
            ]
            assert store.outcomes.series("paid", from_=0, to=300, step_s=300) == [(0, 7)]
            assert store.outcomes.series("none", from_=0, to=300, step_s=300) == []
            assert store.outcomes.names() == ["paid"]

    def test_the_last_reading_of_each_queue_is_kept(self, place: Path) -> None:
        with self.opened(place) as store:
            store.readings.save(
                [SavedReading("shop", "mail", 5.0, b"five"), SavedReading("shop", "x", 1.0, b"x")]
            )
            store.readings.save([SavedReading("shop", "mail", 4.0, b"four")])

        with self.opened(place) as store:
            assert {(r.queue, r.body) for r in store.readings.all()} == {
                ("mail", b"five"),
                ("x", b"x"),
            }

    def test_hostile_names_round_trip_in_every_small_table(self, place: Path) -> None:
        with self.opened(place) as store:
            for text in HOSTILE_TEXTS:
                store.users.create(text, "viewer", now=1.0)
                store.deploys.add(text, at=1.0, service=text)
                store.outcomes.add(text, 1, at=1.0)
                store.audit.add(text, "sign-in", text, now=1.0, detail={"text": text})
                link = store.links.create("ack", now=1.0, ttl_s=9.0, subject=text)
                assert store.links.use(link, "ack", now=2.0) == text

            assert {user.name for user in store.users.all()} == set(HOSTILE_TEXTS)
            assert {deploy.release for deploy in store.deploys.between(0, 9)} == set(HOSTILE_TEXTS)
            assert set(store.outcomes.names()) == set(HOSTILE_TEXTS)
            assert {line.actor for line in store.audit.newest(99)} == set(HOSTILE_TEXTS)
