"""Root key, which wraps the tenant keys. It is never in a database (DESIGN section 5)."""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from governance.errors import KeyUnavailable, WrongRootKey
from governance.keyring.root_contract import CHECK_MESSAGE
from governance.secret_file import replace_file, write_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from governance.keyring.root_contract import RootKey

NONCE_BYTES = 12


class LocalRootKey:
    """Keeper in a JSON file of mode 0600: the embedded default.

    The file is read at each use, which cached tenant keys make rare: a version that another process made is found, and
    one that it destroyed is not kept in memory.
    """

    is_external = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._versions()

    def create(self, epoch: int) -> None:
        versions = self._versions()
        if epoch not in versions:
            self._write(versions | {epoch: secrets.token_bytes(32)})

    def wrap(self, epoch: int, key: bytes, context: bytes) -> bytes:
        return aes_wrap(self._key(epoch), key, context)

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        try:
            return aes_unwrap(self._key(epoch), wrapped, context)
        except (InvalidTag, ValueError):
            raise WrongRootKey(f"epoch {epoch}") from None

    def check_value(self, epoch: int) -> bytes:
        return hmac.digest(self._key(epoch), CHECK_MESSAGE, "sha256")

    def proves(self, epoch: int, check_value: bytes) -> bool:
        return hmac.compare_digest(self.check_value(epoch), check_value)

    def destroy(self, epoch: int) -> datetime:
        versions = self._versions()
        if versions.pop(epoch, None) is not None:
            self._write(versions)
        return datetime.now(UTC)

    def _key(self, epoch: int) -> bytes:
        try:
            return self._versions()[epoch]
        except KeyError:
            raise KeyUnavailable(f"the root key has no version for epoch {epoch}") from None

    def _versions(self) -> dict[int, bytes]:
        try:
            content = json.loads(write_once(self._path, lambda: _content({1: secrets.token_bytes(32)})))
            return {int(v["epoch"]): base64.b64decode(v["key"]) for v in content["versions"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeyUnavailable(f"the root key file cannot be read: {type(error).__name__}") from None

    def _write(self, versions: dict[int, bytes]) -> None:
        try:
            replace_file(self._path, _content(versions))
        except OSError as error:
            raise KeyUnavailable(f"the root key file cannot be written: {type(error).__name__}") from None


def aes_wrap(wrapping: bytes, key: bytes, context: bytes) -> bytes:
    """Return `key` wrapped by AES-256-GCM, with a random 96-bit nonce in front."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, key, context)


def aes_unwrap(wrapping: bytes, wrapped: bytes, context: bytes) -> bytes:
    """Return the key that `aes_wrap` wrapped. Raises InvalidTag, and ValueError when it is too short."""
    return AESGCM(wrapping).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)


@lru_cache(maxsize=1)
def root_key() -> RootKey:
    """Return the keeper that MEMSTORE_ROOT_KEY names.

    Raises KeyUnavailable when its package is not installed, or when the local file cannot be read.
    """
    try:
        return _KEEPERS[settings.MEMSTORE_ROOT_KEY]()
    except ImportError as missing:
        raise KeyUnavailable(
            f"the root key's package {missing.name} is missing: pip install memstore[{settings.MEMSTORE_ROOT_KEY}]"
        ) from None


def _local() -> RootKey:
    return LocalRootKey(settings.MEMSTORE_ROOT_KEY_FILE)


def _aws() -> RootKey:
    import boto3  # noqa: F401 - a missing package shows here, and not at the first use

    from governance.keyring.root_aws import AwsRootKey

    return AwsRootKey(settings.MEMSTORE_ROOT_KEY_NAME, settings.MEMSTORE_ROOT_KEY_DELETION_DAYS)


def _vault() -> RootKey:
    import hvac  # noqa: F401 - likewise

    from governance.keyring.root_vault import VaultRootKey

    return VaultRootKey(
        address=settings.VAULT_ADDR,
        token=settings.VAULT_TOKEN,
        mount=settings.MEMSTORE_VAULT_MOUNT,
        name=settings.MEMSTORE_ROOT_KEY_NAME,
        namespace=settings.VAULT_NAMESPACE,
    )


_KEEPERS: dict[str, Callable[[], RootKey]] = {"local": _local, "aws": _aws, "vault": _vault}


def _content(versions: dict[int, bytes]) -> bytes:
    listed = [{"epoch": epoch, "key": base64.b64encode(key).decode()} for epoch, key in sorted(versions.items())]
    return json.dumps({"versions": listed}).encode()
