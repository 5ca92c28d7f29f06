"""Tokens and claim codes: secrets that are shown once and kept as their SHA-256.

A token is `<mark>_<prefix>_<secret>`, whose prefix finds the row; a claim code is `<tenant>.<object>.<code>`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from uuid import UUID

from governance.errors import AccessRefused
from governance.vocabulary import ReasonCode

KEY_MARK, SESSION_MARK = "m0st", "m0ss"
_PREFIX_BYTES, _SECRET_BYTES = 6, 32
CLAIM_BYTES = 24


def new_prefix() -> str:
    return secrets.token_hex(_PREFIX_BYTES)


def new_secret() -> str:
    return secrets.token_hex(_SECRET_BYTES)


def token_text(mark: str, prefix: str, secret: str) -> str:
    return f"{mark}_{prefix}_{secret}"


def read_token(mark: str, presented: str) -> tuple[str, str]:
    """Return (prefix, secret) of a token with this mark; the prefix is empty for any other text."""
    found, _, rest = presented.partition("_")
    prefix, _, secret = rest.partition("_")
    known = found == mark and len(prefix) == 2 * _PREFIX_BYTES and prefix.isalnum()
    return prefix if known else "", secret


def digest(secret: str) -> bytes:
    """Return the SHA-256 of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def matches(secret: str, kept: bytes | memoryview | None) -> bool:
    """Compare a secret with the kept SHA-256 in constant time.

    Without one (None) the result is False after the same work.
    """
    return hmac.compare_digest(digest(secret), bytes(kept) if kept else bytes(32)) and kept is not None


def new_claim_code() -> tuple[str, bytes]:
    """Return a new code, which is shown once, and its SHA-256, which is kept."""
    code = secrets.token_urlsafe(CLAIM_BYTES)
    return code, digest(code)


def claim_text(tenant_id: UUID, object_id: UUID, code: str) -> str:
    """Return a claim code as it is handed out."""
    return f"{tenant_id}.{object_id}.{code}"


def read_claim(text: str) -> tuple[UUID, UUID, str]:
    """Return (tenant, object, code) of a claim code as it was handed out. Raises AccessRefused(CLAIM_UNKNOWN)."""
    try:
        tenant_id, object_id, code = text.strip().split(".")
        return UUID(tenant_id), UUID(object_id), code
    except ValueError:
        raise AccessRefused(ReasonCode.CLAIM_UNKNOWN) from None
