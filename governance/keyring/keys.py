"""From the root key to the key that seals: root -> tenant key per epoch -> data key."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from django.db import connections, transaction

from governance.errors import KeyUnavailable, WrongRootKey
from governance.ids import NIL
from governance.keyring.cache import ExpiringCache
from governance.keyring.models import DataKey, EpochState, KeyEpoch, KeyUse, TenantKey
from governance.keyring.root import aes_unwrap, aes_wrap, root_key
from governance.keyring.sealing import Sealer
from governance.tenancy import tenant_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

KEY_BYTES = 32

# Committed before the key is unwrapped: a person's memories are never opened uncounted.
_COUNT = """
    INSERT INTO keyring_unwrapcount (id, tenant_id, subject_id, hour, n)
    VALUES (gen_random_uuid(), %s, %s, date_trunc('hour', statement_timestamp(), 'UTC'), 1)
    ON CONFLICT (tenant_id, hour, subject_id) DO UPDATE SET n = keyring_unwrapcount.n + 1
"""

_tenant_keys: ExpiringCache[tuple[UUID, int], bytes] = ExpiringCache(1_000)
_sealers: ExpiringCache[tuple[UUID, UUID, UUID, str, int], Sealer] = ExpiringCache(20_000)


def check_root_key() -> int:
    """The current epoch, after every stored epoch's check value was repeated by the configured root key.

    The first call on an empty database opens epoch 1. Raises WrongRootKey or KeyUnavailable.
    """
    root = root_key()
    with transaction.atomic(using="keys"):
        epochs = list(KeyEpoch.objects.order_by("epoch"))
        if not epochs:
            root.create(1)
            KeyEpoch.objects.bulk_create([KeyEpoch(epoch=1, check_value=root.check_value(1))], ignore_conflicts=True)
            epochs = list(KeyEpoch.objects.order_by("epoch"))
    for row in epochs:
        if row.state != EpochState.DESTROYED and not root.proves(row.epoch, bytes(row.check_value)):
            raise WrongRootKey(f"the root key does not match the stored keys of epoch {row.epoch}")
    return epochs[-1].epoch


_epochs: ExpiringCache[str, int] = ExpiringCache(1)


def current_epoch() -> int:
    """The epoch that new keys are wrapped under; the root key is checked anew whenever the cache runs out."""
    epoch = _epochs.get("current")
    if epoch is None:
        epoch = check_root_key()
        _epochs.put("current", epoch)
    return epoch


def purpose_sealer(
    *, tenant_id: UUID, subject_id: UUID, purpose_id: UUID, consent_version: int, create: bool = False
) -> Sealer:
    """The sealer of one subject's memories of one purpose.

    With `consent_version` counted up, a key that was destroyed at a withdrawal is never taken from this process's
    cache for a consent given later. Raises KeyUnavailable when there is none and `create` is false: the caller
    knows whether that is an alarm.
    """
    return _sealer(tenant_id, subject_id, purpose_id, KeyUse.PURPOSE, create=create, version=consent_version)


def identity_sealer(*, tenant_id: UUID, subject_id: UUID, create: bool = False) -> Sealer:
    """The sealer of the external id that stands behind `subject_id`."""
    return _sealer(tenant_id, subject_id, NIL, KeyUse.IDENTITY, create=create)


def lookup_sealer(tenant_id: UUID) -> Sealer:
    """The tenant's own key, whose mac finds identities."""
    return _sealer(tenant_id, NIL, NIL, KeyUse.LOOKUP, create=True)


def staff_sealer(tenant_id: UUID, user_id: UUID) -> Sealer:
    """The sealer of one staff user's second factor."""
    return _sealer(tenant_id, user_id, NIL, KeyUse.STAFF, create=True)


def request_sealer(tenant_id: UUID, request_id: UUID, *, create: bool = False) -> Sealer:
    """The sealer of the file of one request, which outlives the keys of the person. Raises KeyUnavailable."""
    return _sealer(tenant_id, request_id, NIL, KeyUse.REQUEST, create=create)


def shred_purpose_key(*, tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> bool:
    """Destroy the key of one person's memories of one purpose. False when there is none (any more).

    A process may hold the unwrapped key for up to a minute, under the consent version that has ended: what is
    decided with that is refused by the record, which compares the subject's standing.
    """
    with tenant_context(tenant_id, using="keys"):
        deleted, _ = DataKey.objects.filter(subject_id=subject_id, purpose_id=purpose_id, use=KeyUse.PURPOSE).delete()
    return bool(deleted)


def shred_request_key(*, tenant_id: UUID, request_id: UUID) -> bool:
    """Destroy the key of a request's file. False when there is none (any more)."""
    with tenant_context(tenant_id, using="keys"):
        deleted, _ = DataKey.objects.filter(subject_id=request_id, use=KeyUse.REQUEST).delete()
    return bool(deleted)


def person_keys(*, tenant_id: UUID, subject_id: UUID, purposes: Iterable[UUID] | None = None) -> list[UUID]:
    """The ids of a person's keys: of these purposes, or all of them with that of the identity."""
    with tenant_context(tenant_id, using="keys"):
        return list(_of_person(subject_id, purposes).order_by("id").values_list("id", flat=True))


def shred_person_keys(*, tenant_id: UUID, subject_id: UUID, purposes: Iterable[UUID] | None = None) -> int:
    """Destroy them: from the commit on, nothing that they sealed opens, here or in any backup of the data.

    How many were still there. Safe to repeat. Processes hold unwrapped keys for up to MEMSTORE_KEY_CACHE_SECONDS;
    what is decided with those is refused by the record, which compares the subject's state and generation.
    """
    with tenant_context(tenant_id, using="keys"):
        deleted, _ = _of_person(subject_id, purposes).delete()
    _drop_sealers(tenant_id, subject_id)
    return deleted


def _of_person(subject_id: UUID, purposes: Iterable[UUID] | None) -> QuerySet[DataKey]:
    keys = DataKey.objects.filter(subject_id=subject_id, use__in=[KeyUse.PURPOSE, KeyUse.IDENTITY])
    return keys if purposes is None else keys.filter(purpose_id__in=list(purposes), use=KeyUse.PURPOSE)


def _drop_sealers(tenant_id: UUID, subject_id: UUID) -> None:
    for key in _sealers.keys():  # noqa: SIM118 - a cache is no dict, and gives a copy
        if key[:2] == (tenant_id, subject_id):
            _sealers.drop(key)


def _sealer(
    tenant_id: UUID, subject_id: UUID, purpose_id: UUID, use: KeyUse, *, create: bool, version: int = 0
) -> Sealer:
    cached = _sealers.get((tenant_id, subject_id, purpose_id, use.value, version))
    if cached is not None:
        return cached
    epoch = current_epoch()
    with tenant_context(tenant_id, using="keys"):
        row = _find(subject_id, purpose_id, use)
        if row is None and create:
            _insert(tenant_id, subject_id, purpose_id, use, epoch)
            row = _find(subject_id, purpose_id, use)
        if row is None:
            raise KeyUnavailable(f"no {use.value} key for subject {subject_id}")
        wrapping = tenant_key(tenant_id, row.epoch)
        if use is KeyUse.PURPOSE:
            with connections["keys"].cursor() as cursor:
                cursor.execute(_COUNT, [tenant_id, subject_id])
    try:
        key = aes_unwrap(wrapping, bytes(row.wrapped), _context(row))
    except InvalidTag:
        raise WrongRootKey(f"data key {row.id} does not open under its tenant key") from None
    sealer = Sealer(key, key_id=row.id, tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id)
    _sealers.put((tenant_id, subject_id, purpose_id, use.value, version), sealer)
    return sealer


def _find(subject_id: UUID, purpose_id: UUID, use: KeyUse) -> DataKey | None:
    return DataKey.objects.filter(subject_id=subject_id, purpose_id=purpose_id, use=use).first()


def _insert(tenant_id: UUID, subject_id: UUID, purpose_id: UUID, use: KeyUse, epoch: int) -> None:
    """Two makers at once: the second insert does nothing and its caller re-reads the first one's key."""
    row = DataKey(id=uuid4(), tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id, use=use, epoch=epoch)
    row.wrapped = aes_wrap(tenant_key(tenant_id, epoch), secrets.token_bytes(KEY_BYTES), _context(row))
    DataKey.objects.bulk_create([row], ignore_conflicts=True)


def _context(row: DataKey) -> bytes:
    return row.tenant_id.bytes + row.subject_id.bytes + row.purpose_id.bytes + row.epoch.to_bytes(4) + row.use.encode()


def tenant_key(tenant_id: UUID, epoch: int) -> bytes:
    """The unwrapped key of a tenant; made on first use. Inside the tenant's context on `keys`."""
    cached = _tenant_keys.get((tenant_id, epoch))
    if cached is not None:
        return cached
    context = tenant_id.bytes + epoch.to_bytes(4)
    find: Callable[[], TenantKey | None] = TenantKey.objects.filter(tenant_id=tenant_id, epoch=epoch).first
    row = find()
    if row is None:
        wrapped = root_key().wrap(epoch, secrets.token_bytes(KEY_BYTES), context)
        TenantKey.objects.bulk_create(
            [TenantKey(id=uuid4(), tenant_id=tenant_id, epoch=epoch, wrapped=wrapped)], ignore_conflicts=True
        )
        row = find()
    if row is None:
        raise KeyUnavailable(f"no key for tenant {tenant_id} in epoch {epoch}")
    key = root_key().unwrap(epoch, bytes(row.wrapped), context)
    _tenant_keys.put((tenant_id, epoch), key)
    return key
