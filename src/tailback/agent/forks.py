"""Keeps a fork from happening in the middle of our own imports.

The child of such a fork would inherit a module lock that no thread of it ever releases, and hang
at its first event. A fork waits for them instead: once in a process, some ten milliseconds.
"""

import contextlib
import os
from _thread import RLock

LONGEST_WAIT_S = 5.0

loading = RLock()
_protected: list[bool] = []


def protect() -> None:
    """Make forks of this process wait while somebody holds `loading`; called often, works once."""
    if not _protected and hasattr(os, "register_at_fork"):
        _protected.append(True)
        os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_release)


def _hold() -> None:
    loading.acquire(timeout=LONGEST_WAIT_S)


def _release() -> None:
    with contextlib.suppress(RuntimeError):  # the wait was given up
        loading.release()
