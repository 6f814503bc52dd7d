"""The whole store, as the server sees it whatever the engine is."""

from typing import Protocol

from tailback.store.access import (
    AuditStore,
    BoardLinkStore,
    LinkStore,
    MetaStore,
    SessionStore,
    TokenStore,
    UserStore,
)
from tailback.store.alerts import EpisodeStore, OutboxStore, SilenceStore
from tailback.store.base import CheckpointStore, EventLog, RollupStore
from tailback.store.ended import EndedStore, ReasonNotes
from tailback.store.marks import DeployStore, OutcomeStore, ReadingStore


class Store(Protocol):
    """One database; every accessor is safe from any thread."""

    @property
    def log(self) -> EventLog: ...
    @property
    def rollups(self) -> RollupStore: ...
    @property
    def checkpoints(self) -> CheckpointStore: ...
    @property
    def meta(self) -> MetaStore: ...
    @property
    def tokens(self) -> TokenStore: ...
    @property
    def users(self) -> UserStore: ...
    @property
    def links(self) -> LinkStore: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def board_links(self) -> BoardLinkStore: ...
    @property
    def audit(self) -> AuditStore: ...
    @property
    def deploys(self) -> DeployStore: ...
    @property
    def outcomes(self) -> OutcomeStore: ...
    @property
    def readings(self) -> ReadingStore: ...
    @property
    def ended(self) -> EndedStore: ...
    @property
    def reason_notes(self) -> ReasonNotes: ...
    @property
    def episodes(self) -> EpisodeStore: ...
    @property
    def outbox(self) -> OutboxStore: ...
    @property
    def silences(self) -> SilenceStore: ...

    def hold(self) -> None:
        """Make this the only server of the database; StoreLockedError when there is one."""
        ...

    def prune(self, now: float) -> bool:
        """Forget a bounded piece of what is too old; return whether there is more to do."""
        ...

    def close(self) -> None:
        """Commit what is queued and let go of the database."""
        ...
