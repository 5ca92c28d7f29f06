"""Ed25519 signatures (RFC 8032) of a tenant, and the published history of the keys that made them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db.models.functions import Now

from governance.errors import KeyUnavailable, WrongRootKey
from governance.expiring_cache import ExpiringCache
from governance.keyring.keys import current_epoch, with_tenant_key, wrapping_of_new_keys
from governance.keyring.models import SigningKey, SigningUse
from governance.keyring.root import aes_unwrap, aes_wrap
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from datetime import datetime

_signers: ExpiringCache[tuple[UUID, str], Signer] = ExpiringCache(1_000)


@dataclass(frozen=True, slots=True)
class Signer:
    """Private half of the tenant's present signing key. `sign` returns 64 bytes."""

    key_id: UUID
    private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Public half of a signing key, for verifiers: 32 bytes in hex."""

    id: UUID
    use: str
    public: str
    created_at: datetime
    retired_at: datetime | None


def signer(tenant_id: UUID, use: SigningUse = SigningUse.TREE_HEAD, *, is_fresh: bool = False) -> Signer:
    """Return the signer with the present key, made on first use. Raises KeyUnavailable, WrongRootKey.

    Another process may have retired the key up to a minute ago, unless `is_fresh`: then it is read anew.
    """
    cached = _signers.get((tenant_id, use.value))
    if cached is not None and not is_fresh:
        return cached
    current_epoch()
    find = partial(_present, use)
    with tenant_context(tenant_id, using="keys"):
        found = with_tenant_key(find)
        if found is None:
            SigningKey.objects.bulk_create([_new_key(tenant_id, use)], ignore_conflicts=True)
            found = with_tenant_key(find)
        if found is None:
            raise KeyUnavailable(f"no {use.value} key of tenant {tenant_id}")
        row, wrapping = found
        try:
            secret = aes_unwrap(wrapping, bytes(row.wrapped), signing_key_context(row))
        except (InvalidTag, ValueError):
            raise WrongRootKey(f"signing key {row.id} does not open under its tenant key") from None
    made = Signer(row.id, Ed25519PrivateKey.from_private_bytes(secret))
    _signers.put((tenant_id, use.value), made)
    return made


def rotate_signing_key(tenant_id: UUID, use: SigningUse = SigningUse.TREE_HEAD) -> UUID:
    """Make a new signing key and retire the old one. Return the new key's id.

    The old one stays published, for what it has signed.
    """
    current_epoch()
    with tenant_context(tenant_id, using="keys"):
        SigningKey.objects.filter(use=use, retired_at=None).update(retired_at=Now())
        row = _new_key(tenant_id, use)
        row.save(force_insert=True)
    _signers.drop((tenant_id, use.value))
    return row.id


def public_keys(tenant_id: UUID) -> list[PublicKey]:
    """Return every key that ever signed for the tenant, oldest first."""
    with tenant_context(tenant_id, using="keys"):
        rows = list(SigningKey.objects.order_by("created_at"))
    return [PublicKey(row.id, row.use, bytes(row.public).hex(), row.created_at, row.retired_at) for row in rows]


def _present(use: SigningUse) -> SigningKey | None:
    return SigningKey.objects.filter(use=use, retired_at=None).first()


def _new_key(tenant_id: UUID, use: SigningUse) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    epoch, wrapping = wrapping_of_new_keys(tenant_id)
    row = SigningKey(id=uuid4(), tenant_id=tenant_id, use=use, epoch=epoch)
    row.public = private.public_key().public_bytes_raw()
    row.wrapped = aes_wrap(wrapping, private.private_bytes_raw(), signing_key_context(row))
    return row


def signing_key_context(row: SigningKey) -> bytes:
    """Return the additional data that binds a wrapped private half to its row and epoch."""
    return b"signing" + row.tenant_id.bytes + row.id.bytes + row.epoch.to_bytes(4) + row.use.encode()
