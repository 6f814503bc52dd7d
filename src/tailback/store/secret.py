"""Secrets that are shown once and kept only as a hash.

They carry 256 random bits, so a plain SHA-256 is enough: nothing can be guessed and looked up.
"""

import hashlib
import secrets

VISIBLE_CHARACTERS = 8
RANDOM_BYTES = 32


def new_secret(prefix: str) -> str:
    """Return a new secret that begins with `prefix`, such as `tbi_`."""
    return prefix + secrets.token_urlsafe(RANDOM_BYTES)


def hashed(secret: str) -> bytes:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def visible(secret: str) -> str:
    """Return the part of a secret that may be shown to tell it from others."""
    return secret[:VISIBLE_CHARACTERS]
