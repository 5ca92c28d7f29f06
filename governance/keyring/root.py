"""The root key: what wraps the tenants' keys. It is never in a database (DESIGN section 5)."""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from governance.errors import KeyUnavailable, WrongRootKey
from governance.secret_file import write_once

if TYPE_CHECKING:
    from pathlib import Path

NONCE_BYTES = 12
_CHECK_MESSAGE = b"memstore key-check value"


class RootKey(Protocol):
    """A keeper of root key versions, one per epoch. All raise KeyUnavailable when the keeper cannot be reached."""

    def wrap(self, epoch: int, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        """Raises WrongRootKey when `wrapped` was not made by this root key for this `context`."""

    def check_value(self, epoch: int) -> bytes:
        """32 bytes that only this root key's version can make."""


class LocalRootKey:
    """Root key versions in a 0600 JSON file: the embedded default."""

    def __init__(self, path: Path) -> None:
        try:
            content = json.loads(write_once(path, _new_file))
            self._versions = {int(v["epoch"]): base64.b64decode(v["key"]) for v in content["versions"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeyUnavailable(f"the root key file cannot be read: {type(error).__name__}") from None

    def wrap(self, epoch: int, key: bytes, context: bytes) -> bytes:
        return aes_wrap(self._key(epoch), key, context)

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        try:
            return aes_unwrap(self._key(epoch), wrapped, context)
        except InvalidTag:
            raise WrongRootKey(f"epoch {epoch}") from None

    def check_value(self, epoch: int) -> bytes:
        return hmac.digest(self._key(epoch), _CHECK_MESSAGE, "sha256")

    def _key(self, epoch: int) -> bytes:
        try:
            return self._versions[epoch]
        except KeyError:
            raise KeyUnavailable(f"the root key has no version for epoch {epoch}") from None


def aes_wrap(wrapping: bytes, key: bytes, context: bytes) -> bytes:
    """AES-256-GCM with a random 96-bit nonce in front."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, key, context)


def aes_unwrap(wrapping: bytes, wrapped: bytes, context: bytes) -> bytes:
    """Raises InvalidTag."""
    return AESGCM(wrapping).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)


@lru_cache(maxsize=1)
def root_key() -> RootKey:
    return LocalRootKey(settings.MEMSTORE_ROOT_KEY_FILE)


def _new_file() -> bytes:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return json.dumps({"versions": [{"epoch": 1, "key": key}]}).encode()
