"""The second factor: time-based one-time passwords (RFC 6238), 6 digits, 30 seconds, one step of tolerance."""

from __future__ import annotations

import base64
import hmac
import secrets
import time

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20  # RFC 4226, 4: at least 128 bits, 160 recommended
DIGITS, STEP_SECONDS, TOLERANCE_STEPS = 6, 30, 1


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def accepted_step(secret: bytes, code: str, *, after_step: int, now: float | None = None) -> int | None:
    """Return the time step that `code` belongs to, or None. Steps up to `after_step` were used and are not accepted."""
    moment = time.time() if now is None else now
    current = int(moment) // STEP_SECONDS
    for step in range(current - TOLERANCE_STEPS, current + TOLERANCE_STEPS + 1):
        if step > after_step and hmac.compare_digest(code_at(secret, step), code.encode("utf-8", "replace")):
            return step
    return None


def code_at(secret: bytes, step: int) -> bytes:
    return _totp(secret).generate(step * STEP_SECONDS)


def provisioning_uri(secret: bytes, *, account: str, issuer: str = "memstore") -> str:
    """Return the `otpauth:` URI that an authenticator app reads from a QR code."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def secret_text(secret: bytes) -> str:
    """Return the secret in base32, for typing it into an authenticator app."""
    return base64.b32encode(secret).decode()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - what apps speak; collisions do not touch HMAC
