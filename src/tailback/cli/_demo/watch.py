"""What can be seen at one moment: the public API, the naive queue length, and the truth."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tailback.cli._demo.brokers import EXPORTS, RECEIPTS, Broker
from tailback.cli._demo.mail import Alert, MailServer
from tailback.core import wording_demo as wording

TIMEOUT_S = 5.0


class NoAnswerError(Exception):
    """The server of the demo did not answer; the text says why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `oldest_unsent_at` is true: from the shop's books and the mail server."""

    as_of: float
    receipts: dict[str, Any]
    exports: dict[str, Any]
    naive: int | None
    paid: int
    delivered: int
    unsent: tuple[tuple[int, float], ...]
    alerts: tuple[Alert, ...] = ()

    @property
    def age_s(self) -> float | None:
        """The age that the board shows."""
        age: float | None = self.receipts["oldest_age_s"]
        return age

    @property
    def true_age_s(self) -> float | None:
        """The age by the shop's own books, at the moment the board was judged."""
        oldest = min((at for _, at in self.unsent), default=None)
        return None if oldest is None else self.as_of - oldest


class Watch:
    """Looks at a running stage."""

    def __init__(
        self, url: str, token: str, folder: Path, broker: Broker, mail: MailServer
    ) -> None:
        """Use the read token that `tailback up` left for this machine."""
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=TIMEOUT_S, trust_env=False
        )
        self._books = folder / "shop.db"
        self._broker = broker
        self._mail = mail

    def close(self) -> None:
        self._http.close()

    def look(self) -> Seen | None:
        """Return what is seen now; None before both lanes are on the board."""
        answer = self._lanes()
        lanes = {lane["queue"]: lane for lane in answer["lanes"]}
        if not {RECEIPTS, EXPORTS} <= lanes.keys():
            return None
        paid = self._payments()
        delivered = dict(self._mail.delivered)
        return Seen(
            as_of=answer["as_of"],
            receipts=lanes[RECEIPTS],
            exports=lanes[EXPORTS],
            naive=self._broker.naive_length(RECEIPTS),
            paid=len(paid),
            delivered=len(delivered),
            unsent=tuple((order, at) for order, at in paid if order not in delivered),
            alerts=tuple(self._mail.alerts),
        )

    def story(self) -> tuple[str, str] | None:
        """Return the sentence of the newest problem's story, and its page; None without one."""
        episodes = self._asked("/api/v1/episodes").get("episodes")
        if not episodes:
            return None
        path = f"/episodes/{episodes[0]['id']}/story"
        return str(self._asked(f"/api/v1{path}")["sentence"]), f"{self._http.base_url}{path}"

    def _lanes(self) -> dict[str, Any]:
        return self._asked("/api/v1/lanes")

    def _asked(self, path: str) -> dict[str, Any]:
        try:
            reply = self._http.get(path)
            reply.raise_for_status()
            answer: dict[str, Any] = reply.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NoAnswerError(wording.no_answer(str(error) or type(error).__name__)) from error
        return answer

    def _payments(self) -> list[tuple[int, float]]:
        with contextlib.suppress(sqlite3.Error):
            books = sqlite3.connect(f"file:{self._books}?mode=ro", uri=True, timeout=1)
            with contextlib.closing(books):
                rows: list[tuple[int, float]] = books.execute(
                    "select id, at from payments"
                ).fetchall()
                return rows
        return []
