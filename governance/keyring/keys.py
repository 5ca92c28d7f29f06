"""From the root key to the key that seals: root -> tenant key per epoch -> data key."""

from __future__ import annotations

import secrets
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from django.db import connections, transaction

from governance.errors import KeyDamaged, KeyUnavailable, WrongRootKey
from governance.expiring_cache import ExpiringCache
from governance.ids import NIL
from governance.keyring.models import DataKey, EpochState, KeyEpoch, KeyUse, SigningKey, TenantKey
from governance.keyring.root import aes_unwrap, aes_wrap, root_key
from governance.keyring.sealing import Sealer
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

KEY_BYTES = 32
HELD = frozenset({EpochState.CURRENT.value, EpochState.RETIRING.value})  # the epochs that keys may stand under

Wrapped = TypeVar("Wrapped", DataKey, SigningKey)

# Held until the new key is committed, so that no rotation begins in between. Who waited for one finds the next epoch.
_HOLD_EPOCH = "SELECT epoch FROM keyring_keyepoch WHERE state = 'current' FOR SHARE"
# Committed before the key is unwrapped: a person's memories are never opened uncounted.
# In the order of the people, so that two who count the same ones never wait for each other in a circle.
_COUNT = """
    INSERT INTO keyring_unwrapcount (id, tenant_id, subject_id, hour, n)
    SELECT gen_random_uuid(), %s, subject_id, date_trunc('hour', statement_timestamp(), 'UTC'), count(*)
      FROM unnest(%s::uuid[]) AS subject_id GROUP BY subject_id ORDER BY subject_id
    ON CONFLICT (tenant_id, hour, subject_id) DO UPDATE SET n = keyring_unwrapcount.n + EXCLUDED.n
"""

_tenant_keys: ExpiringCache[tuple[UUID, int], bytes] = ExpiringCache(1_000)
_sealers: ExpiringCache[tuple[UUID, UUID, UUID, str, int], Sealer] = ExpiringCache(20_000)


def check_root_key() -> int:
    """The current epoch, after the check values of all epochs with keys were repeated by the configured root key.

    The first call on an empty database opens epoch 1. A retired epoch has no key: its root version may be gone.
    Raises WrongRootKey or KeyUnavailable.
    """
    root = root_key()
    with transaction.atomic(using="keys"):
        epochs = _epochs_held()
        if not epochs and not KeyEpoch.objects.exists():
            root.create(1)
            KeyEpoch.objects.bulk_create([KeyEpoch(epoch=1, check_value=root.check_value(1))], ignore_conflicts=True)
            epochs = _epochs_held()
    for row in epochs:
        if not root.proves(row.epoch, bytes(row.check_value)):
            raise WrongRootKey(f"the root key does not match the stored keys of epoch {row.epoch}")
    current = [row.epoch for row in epochs if row.state == EpochState.CURRENT]
    if not current:
        raise KeyUnavailable("no epoch is current")
    return current[0]


def _epochs_held() -> list[KeyEpoch]:
    return list(KeyEpoch.objects.filter(state__in=HELD).order_by("epoch"))


_epochs: ExpiringCache[str, int] = ExpiringCache(1)


def current_epoch() -> int:
    """The current epoch as of a minute ago at most; the root key is checked anew whenever the cache runs out.

    Not for making keys: `epoch_for_new_keys` asks the database.
    """
    epoch = _epochs.get("current")
    if epoch is None:
        epoch = check_root_key()
        _epochs.put("current", epoch)
    return epoch


def epoch_for_new_keys() -> int:
    """The current epoch, held until this transaction on `keys` ends: no rotation gets past a key that is being made."""
    for _ in range(3):  # a rotation that committed while we waited leaves no current row in this statement's view
        with connections["keys"].cursor() as cursor:
            cursor.execute(_HOLD_EPOCH)
            found = cursor.fetchone()
        if found is not None:
            if found[0] != current_epoch():  # another process began it: its root version is proven before it is used
                _epochs.put("current", check_root_key())
            return int(found[0])
    raise KeyUnavailable("no epoch is current")


def purpose_sealer(
    *, tenant_id: UUID, subject_id: UUID, purpose_id: UUID, consent_version: int, create: bool = False
) -> Sealer:
    """The sealer of one subject's memories of one purpose.

    With `consent_version` counted up, a key that was destroyed at a withdrawal is never taken from this process's
    cache for a consent given later. Raises KeyUnavailable when there is none and `create` is false: the caller
    knows whether that is an alarm.
    """
    return _sealer(tenant_id, subject_id, purpose_id, KeyUse.PURPOSE, create=create, version=consent_version)


def fetch_purpose_sealers(*, tenant_id: UUID, wanted: Iterable[tuple[UUID, UUID, int]]) -> None:
    """The sealers of (subject, purpose, consent version), for `purpose_sealer` to find: in few queries for many people.

    Whose key is not there is left out, and so is one that is being wrapped anew: `purpose_sealer` tells what it is.
    Every key that is fetched is counted as used, so an event about the person must follow.
    """
    missing = {
        (subject_id, purpose_id): version
        for subject_id, purpose_id, version in wanted
        if _sealers.get((tenant_id, subject_id, purpose_id, KeyUse.PURPOSE.value, version)) is None
    }
    if not missing:
        return
    current_epoch()
    with tenant_context(tenant_id, using="keys"):
        rows = DataKey.objects.filter(use=KeyUse.PURPOSE, subject_id__in={subject_id for subject_id, _ in missing})
        found = [row for row in rows if (row.subject_id, row.purpose_id) in missing]
        wrappings = {epoch: _tenant_key_or_none(tenant_id, epoch) for epoch in {row.epoch for row in found}}
        opening = [(row, wrapping) for row in found if (wrapping := wrappings[row.epoch]) is not None]
        _count(tenant_id, [row.subject_id for row, _ in opening])
    for row, wrapping in opening:
        version = missing[row.subject_id, row.purpose_id]
        with suppress(KeyDamaged):
            sealer = _opened(row, wrapping)
            _sealers.put((tenant_id, row.subject_id, row.purpose_id, KeyUse.PURPOSE.value, version), sealer)


def _tenant_key_or_none(tenant_id: UUID, epoch: int) -> bytes | None:
    try:
        return tenant_key(tenant_id, epoch)
    except KeyUnavailable:
        return None


def identity_sealer(*, tenant_id: UUID, subject_id: UUID, create: bool = False) -> Sealer:
    """The sealer of the external id that stands behind `subject_id`."""
    return _sealer(tenant_id, subject_id, NIL, KeyUse.IDENTITY, create=create)


def lookup_sealer(tenant_id: UUID) -> Sealer:
    """The tenant's own key, whose mac finds identities."""
    return _sealer(tenant_id, NIL, NIL, KeyUse.LOOKUP, create=True)


def staff_sealer(tenant_id: UUID, user_id: UUID) -> Sealer:
    """The sealer of one staff user's second factor."""
    return _sealer(tenant_id, user_id, NIL, KeyUse.STAFF, create=True)


def find_staff_sealer(tenant_id: UUID, user_id: UUID) -> Sealer | None:
    """The same where it is there, or None: read anew each time, so that a sign-in costs everybody the same look-up."""
    current_epoch()
    with tenant_context(tenant_id, using="keys"):
        found = with_tenant_key(partial(_find, user_id, NIL, KeyUse.STAFF))
    return _opened(*found) if found is not None else None


def stand_in_sealer() -> Sealer:
    """A sealer of a key that opens nothing stored: the work of `find_staff_sealer` for somebody who has no key."""
    kept, wrapping = _stand_in_key()
    row = DataKey(**{field.attname: getattr(kept, field.attname) for field in DataKey._meta.concrete_fields})
    return _opened(row, wrapping)


@cache
def _stand_in_key() -> tuple[DataKey, bytes]:
    wrapping = secrets.token_bytes(KEY_BYTES)
    row = DataKey(id=uuid4(), tenant_id=NIL, subject_id=NIL, purpose_id=NIL, use=KeyUse.STAFF, epoch=1)
    row.wrapped = aes_wrap(wrapping, secrets.token_bytes(KEY_BYTES), data_key_context(row))
    return row, wrapping


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


def shred_tenant_keys(tenant_id: UUID) -> int:
    """At the end of a tenant: what finds identities, second factors, files of requests, and whatever is left of people.

    Signing keys stay: what they signed is to be checked for ever. How many were destroyed.
    """
    with tenant_context(tenant_id, using="keys"):
        deleted, _ = DataKey.objects.filter(tenant_id=tenant_id).delete()
    for key in _sealers.keys():  # noqa: SIM118 - a cache is no dict, and gives a copy
        if key[0] == tenant_id:
            _sealers.drop(key)
    return deleted


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
    drop_sealers(tenant_id, subject_id)
    return deleted


def _of_person(subject_id: UUID, purposes: Iterable[UUID] | None) -> QuerySet[DataKey]:
    keys = DataKey.objects.filter(subject_id=subject_id, use__in=[KeyUse.PURPOSE, KeyUse.IDENTITY])
    return keys if purposes is None else keys.filter(purpose_id__in=list(purposes), use=KeyUse.PURPOSE)


def drop_sealers(tenant_id: UUID, subject_id: UUID) -> None:
    """What this process holds of one person's unwrapped keys."""
    for key in _sealers.keys():  # noqa: SIM118 - a cache is no dict, and gives a copy
        if key[:2] == (tenant_id, subject_id):
            _sealers.drop(key)


def _sealer(
    tenant_id: UUID, subject_id: UUID, purpose_id: UUID, use: KeyUse, *, create: bool, version: int = 0
) -> Sealer:
    cached = _sealers.get((tenant_id, subject_id, purpose_id, use.value, version))
    if cached is not None:
        return cached
    current_epoch()
    find = partial(_find, subject_id, purpose_id, use)
    with tenant_context(tenant_id, using="keys"):
        found = with_tenant_key(find)
        if found is None and create:
            _insert(tenant_id, subject_id, purpose_id, use)
            found = with_tenant_key(find)
        if found is None:
            raise KeyUnavailable(f"no {use.value} key for subject {subject_id}")
        row, wrapping = found
        if use is KeyUse.PURPOSE:
            _count(tenant_id, [subject_id])
    sealer = _opened(row, wrapping)
    _sealers.put((tenant_id, subject_id, purpose_id, use.value, version), sealer)
    return sealer


def _count(tenant_id: UUID, subjects: list[UUID]) -> None:
    """Each as often as it is listed. Inside the tenant's context on `keys`."""
    with connections["keys"].cursor() as cursor:
        cursor.execute(_COUNT, [tenant_id, subjects])


def _opened(row: DataKey, wrapping: bytes) -> Sealer:
    try:
        key = aes_unwrap(wrapping, bytes(row.wrapped), data_key_context(row))
    except (InvalidTag, ValueError):
        raise KeyDamaged(row.id) from None
    return Sealer(key, key_id=row.id, tenant_id=row.tenant_id, subject_id=row.subject_id, purpose_id=row.purpose_id)


def _find(subject_id: UUID, purpose_id: UUID, use: KeyUse) -> DataKey | None:
    return DataKey.objects.filter(subject_id=subject_id, purpose_id=purpose_id, use=use).first()


def _insert(tenant_id: UUID, subject_id: UUID, purpose_id: UUID, use: KeyUse) -> None:
    """Two makers at once: the second insert does nothing and its caller re-reads the first one's key."""
    epoch, wrapping = wrapping_of_new_keys(tenant_id)
    row = DataKey(id=uuid4(), tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id, use=use, epoch=epoch)
    row.wrapped = aes_wrap(wrapping, secrets.token_bytes(KEY_BYTES), data_key_context(row))
    DataKey.objects.bulk_create([row], ignore_conflicts=True)


def data_key_context(row: DataKey) -> bytes:
    """What the wrapping of a data key is bound to. Its epoch is part of it."""
    return row.tenant_id.bytes + row.subject_id.bytes + row.purpose_id.bytes + row.epoch.to_bytes(4) + row.use.encode()


def with_tenant_key(find: Callable[[], Wrapped | None]) -> tuple[Wrapped, bytes] | None:
    """The row that `find` reads, and the tenant key that opens it. Inside the tenant's context on `keys`.

    A rotation may take the tenant key away between the two looks. It has wrapped the row anew by then: read it again.
    """
    row = find()
    while row is not None:
        try:
            return row, tenant_key(row.tenant_id, row.epoch)
        except KeyUnavailable:
            seen, row = row.epoch, find()
            if row is not None and row.epoch == seen:
                raise
    return None


def wrapping_of_new_keys(tenant_id: UUID) -> tuple[int, bytes]:
    """The current epoch, held, and the tenant's key of it, made on first use. Inside the tenant's context on `keys`."""
    epoch = epoch_for_new_keys()
    cached = _tenant_keys.get((tenant_id, epoch))
    if cached is not None:
        return epoch, cached
    if not TenantKey.objects.filter(tenant_id=tenant_id, epoch=epoch).exists():
        wrapped = root_key().wrap(epoch, secrets.token_bytes(KEY_BYTES), tenant_key_context(tenant_id, epoch))
        TenantKey.objects.bulk_create(
            [TenantKey(id=uuid4(), tenant_id=tenant_id, epoch=epoch, wrapped=wrapped)], ignore_conflicts=True
        )
    return epoch, tenant_key(tenant_id, epoch)


def tenant_key(tenant_id: UUID, epoch: int) -> bytes:
    """The unwrapped key of a tenant. Inside the tenant's context on `keys`. Raises KeyUnavailable, WrongRootKey."""
    cached = _tenant_keys.get((tenant_id, epoch))
    if cached is not None:
        return cached
    row = TenantKey.objects.filter(tenant_id=tenant_id, epoch=epoch).first()
    if row is None:
        raise KeyUnavailable(f"no key for tenant {tenant_id} in epoch {epoch}")
    key = root_key().unwrap(epoch, bytes(row.wrapped), tenant_key_context(tenant_id, epoch))
    # Once it is committed, and not before: under a key that was rolled back nothing must ever be wrapped.
    transaction.on_commit(partial(_tenant_keys.put, (tenant_id, epoch), key), using="keys")
    return key


def tenant_key_context(tenant_id: UUID, epoch: int) -> bytes:
    return tenant_id.bytes + epoch.to_bytes(4)
