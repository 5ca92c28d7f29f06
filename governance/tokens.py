"""Tokens: `<mark>_<prefix>_<secret>`, shown once. The prefix finds the row, and of the secret its SHA-256 is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

KEY_MARK, SESSION_MARK = "m0st", "m0ss"
_PREFIX_BYTES, _SECRET_BYTES = 6, 32


def new_prefix() -> str:
    return secrets.token_hex(_PREFIX_BYTES)


def new_secret() -> str:
    return secrets.token_hex(_SECRET_BYTES)


def token_text(mark: str, prefix: str, secret: str) -> str:
    return f"{mark}_{prefix}_{secret}"


def read_token(mark: str, presented: str) -> tuple[str, str]:
    """(prefix, secret) of a token with this mark; the prefix is empty when it is none."""
    found, _, rest = presented.partition("_")
    prefix, _, secret = rest.partition("_")
    known = found == mark and len(prefix) == 2 * _PREFIX_BYTES and prefix.isalnum()
    return prefix if known else "", secret


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def matches(secret: str, kept: bytes | memoryview | None) -> bool:
    """Constant time, whether there is anything to compare with or not."""
    return hmac.compare_digest(digest(secret), bytes(kept) if kept else bytes(32)) and kept is not None
