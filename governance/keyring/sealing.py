"""Sealed values: AES-256-GCM under keys derived from one data key (one subject and purpose).

A sealed value is `magic(2) algorithm(1) key id(8) nonce(12) ciphertext+tag`. The additional data binds it to tenant,
subject, purpose, object, field and row version, so that a row copied elsewhere does not open.
"""

from __future__ import annotations

import hmac
import os
import struct
from enum import IntEnum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from governance.errors import Unopenable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

MAGIC = b"ms"
AES_256_GCM = 1
KEY_ID_BYTES = 8
NONCE_BYTES = 12
_HEADER_BYTES = len(MAGIC) + 1 + KEY_ID_BYTES
_BODY = _HEADER_BYTES + NONCE_BYTES
_TAIL = struct.Struct(">BI")  # field, version
_LENGTH = struct.Struct(">I")


class Field(IntEnum):
    """Kind of a sealed value; part of the additional data."""

    TEXT = 1
    CARD = 2
    SOURCE = 3
    IDENTITY = 4
    INSTRUCTIONS = 5
    TOTP = 6
    REQUEST = 7
    SIGHTING = 8


class Sealer:
    """The two subkeys of one data key, by HKDF (RFC 5869): seal (AES-256-GCM) and mac (HMAC-SHA256)."""

    __slots__ = ("_aead", "_context", "_header", "_mac")

    def __init__(self, key: bytes, *, key_id: UUID, tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> None:
        self._aead = AESGCM(_derive(key, b"seal"))
        self._mac = _derive(key, b"mac")
        self._header = MAGIC + bytes([AES_256_GCM]) + key_id.bytes[:KEY_ID_BYTES]
        self._context = self._header + tenant_id.bytes + subject_id.bytes + purpose_id.bytes

    def seal(self, field: Field, object_id: UUID, version: int, plaintext: bytes) -> bytes:
        """Return the sealed value. Raises Unopenable when the random generator repeats itself."""
        nonce = _fresh_nonce()
        data = self._context + object_id.bytes + _TAIL.pack(field, version)
        return self._header + nonce + self._aead.encrypt(nonce, plaintext, data)

    def unseal(self, field: Field, object_id: UUID, version: int, sealed: bytes) -> bytes:
        """Return the plaintext. Raises Unopenable, with the object's id."""
        opened = self.unseal_many(field, [(object_id.bytes, version, sealed)])[0]
        if opened is None:
            raise Unopenable(f"object {object_id} does not open", object_id)
        return opened

    def unseal_many(self, field: Field, rows: Iterable[tuple[bytes, int, bytes]]) -> list[bytes | None]:
        """Return the plaintexts of (object id, version, sealed) rows, in order.

        None stands for a value that is damaged, was moved here from another row, or has an unknown format: the caller
        decides whether one bad row spoils the rest.
        """
        rows = list(rows)
        if all(sealed.startswith(self._header) for _, _, sealed in rows):
            decrypt, context, tails = self._aead.decrypt, self._context, _tails(field, rows)
            try:
                return [
                    decrypt(sealed[_HEADER_BYTES:_BODY], sealed[_BODY:], context + object_id + tails[version])
                    for object_id, version, sealed in rows
                ]
            except (InvalidTag, ValueError):
                pass  # one of them is bad: find out which
        return [self._unseal_or_none(field, *row) for row in rows]

    def _unseal_or_none(self, field: Field, object_id: bytes, version: int, sealed: bytes) -> bytes | None:
        if not sealed.startswith(self._header):
            return None
        data = self._context + object_id + _TAIL.pack(field, version)
        try:
            return self._aead.decrypt(sealed[_HEADER_BYTES:_BODY], sealed[_BODY:], data)
        except (InvalidTag, ValueError):
            return None

    def mac(self, label: bytes, message: bytes) -> bytes:
        """Return a keyed fingerprint of 32 bytes, comparable only within this subject and purpose."""
        return hmac.digest(self._mac, label + b"\0" + message, "sha256")


def _tails(field: Field, rows: Iterable[tuple[bytes, int, bytes]]) -> dict[int, bytes]:
    return {version: _TAIL.pack(field, version) for version in {version for _, version, _ in rows}}


def pad(content: bytes, bucket: int) -> bytes:
    """Return length (4 bytes), content, and zeros up to a multiple of `bucket`.

    Sizes then reveal less of the content.
    """
    size = _LENGTH.size + len(content)
    return _LENGTH.pack(len(content)) + content + bytes(-size % bucket)


def unpad(padded: bytes) -> bytes:
    """Return the content that `pad` padded. Raises Unopenable when it is too short for its length field."""
    try:
        (length,) = _LENGTH.unpack_from(padded)
    except struct.error:
        raise Unopenable("a sealed value is too short") from None
    return padded[_LENGTH.size : _LENGTH.size + length]


def _derive(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"memstore " + info).derive(key)


_last_nonce = b""


def _fresh_nonce() -> bytes:
    """Return 96 random bits (NIST SP 800-38D, 8.2.2).

    A generator stuck on one value is caught before it can do harm. Raises Unopenable.
    """
    global _last_nonce  # noqa: PLW0603 - one process-wide memory of the last draw is the whole guard
    nonce = os.urandom(NONCE_BYTES)
    if nonce == _last_nonce:
        raise Unopenable("the random generator repeated itself; refusing to seal")
    _last_nonce = nonce
    return nonce
