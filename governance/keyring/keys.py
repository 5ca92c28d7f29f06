"""Key hierarchy: root key, tenant key per epoch, data key.

Every function that opens a key raises KeyUnavailable (KeyDamaged for a data key that does not open), or WrongRootKey
when the configured root key did not make the stored keys.
"""

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

# Locked until the new key is committed, so that no rotation begins in between. After waiting for one, this reads the
# next epoch.
_HOLD_EPOCH = "SELECT epoch FROM keyring_keyepoch WHERE state = 'current' FOR SHARE"
# Committed before the key is unwrapped: a person's memories are never opened uncounted.
# In the order of the subjects, so that two transactions that count the same ones never deadlock.
_COUNT = """
    INSERT INTO keyring_unwrapcount (id, tenant_id, subject_id, hour, n)
    SELECT gen_random_uuid(), %s, subject_id, date_trunc('hour', statement_timestamp(), 'UTC'), count(*)
      FROM unnest(%s::uuid[]) AS subject_id GROUP BY subject_id ORDER BY subject_id
    ON CONFLICT (tenant_id, hour, subject_id) DO UPDATE SET n = keyring_unwrapcount.n + EXCLUDED.n
"""

_tenant_keys: ExpiringCache[tuple[UUID, int], bytes] = ExpiringCache(1_000)
_sealers: ExpiringCache[tuple[UUID, UUID, UUID, str, int], Sealer] = ExpiringCache(20_000)


def check_root_key() -> int:
    """Return the current epoch, once the root key has proved the check values of all epochs with keys.

    The first call on an empty database opens epoch 1. A retired epoch has no key, and is not checked: its root version
    may be gone. Raises WrongRootKey or KeyUnavailable.
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
    """Return the current epoch as of a minute ago at most. Raises WrongRootKey or KeyUnavailable.

    The root key is checked anew whenever the cache expires. Not for making keys: `epoch_for_new_keys` asks the
    database.
    """
    epoch = _epochs.get("current")
    if epoch is None:
        epoch = check_root_key()
        _epochs.put("current", epoch)
    return epoch


def epoch_for_new_keys() -> int:
    """Return the current epoch, locked until this transaction on `keys` ends. Raises KeyUnavailable.

    So no rotation gets past a key that is being made.
    """
    for _ in range(3):  # a rotation that committed during the wait leaves no current row in this statement's snapshot
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
    """Return the sealer of one subject's memories of one purpose.

    `consent_version` keeps apart the keys before and after a withdrawal: a key that was destroyed at a withdrawal is
    never taken from this process's cache for a consent given later. Raises KeyUnavailable when there is no key and
    `create` is false: the caller knows whether that is an alarm.
    """
    return _sealer(tenant_id, subject_id, purpose_id, KeyUse.PURPOSE, create=create, version=consent_version)


def fetch_purpose_sealers(*, tenant_id: UUID, wanted: Iterable[tuple[UUID, UUID, int]]) -> None:
    """Cache the sealers of (subject, purpose, consent version) for `purpose_sealer`, in few queries for many subjects.

    A key that is missing, damaged or being wrapped anew is left out: `purpose_sealer` finds out which. Every key that
    is fetched is counted as used, so an event about the person must follow.
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
    """Return the sealer of the external id that stands behind `subject_id`. Raises KeyUnavailable."""
    return _sealer(tenant_id, subject_id, NIL, KeyUse.IDENTITY, create=create)


def lookup_sealer(tenant_id: UUID) -> Sealer:
    """Return the sealer of the tenant's own key, whose mac finds identities; made on first use."""
    return _sealer(tenant_id, NIL, NIL, KeyUse.LOOKUP, create=True)


def staff_sealer(tenant_id: UUID, user_id: UUID) -> Sealer:
    """Return the sealer of one member of staff's second factor; made on first use."""
    return _sealer(tenant_id, user_id, NIL, KeyUse.STAFF, create=True)


def find_staff_sealer(tenant_id: UUID, user_id: UUID) -> Sealer | None:
    """Return the sealer of one member of staff's second factor, or None where there is none.

    Read anew each time, so that a sign-in costs the same look-up for every account.
    """
    current_epoch()
    with tenant_context(tenant_id, using="keys"):
        found = with_tenant_key(partial(_find, user_id, NIL, KeyUse.STAFF))
    return _opened(*found) if found is not None else None


def stand_in_sealer() -> Sealer:
    """Return a sealer of a key that opens nothing stored.

    It does the work of `find_staff_sealer` for an account without a key.
    """
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
    """Return the sealer of one request's file, which outlives the person's keys. Raises KeyUnavailable."""
    return _sealer(tenant_id, request_id, NIL, KeyUse.REQUEST, create=create)


def shred_purpose_key(*, tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> bool:
    """Destroy the key of one person's memories of one purpose. False when there is none (any more).

    A process may hold the unwrapped key for up to a minute, under the consent version that has ended: a decision with
    it is refused when its event is written, which compares the subject's choices.
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
    """Destroy all data keys of a tenant at its end. Return how many.

    These are the lookup key, the keys of second factors and request files, and those that are left of persons. Signing
    keys stay, so that what they signed can always be verified.
    """
    with tenant_context(tenant_id, using="keys"):
        deleted, _ = DataKey.objects.filter(tenant_id=tenant_id).delete()
    for key in _sealers.keys():  # noqa: SIM118 - a cache is no dict, and gives a copy
        if key[0] == tenant_id:
            _sealers.drop(key)
    return deleted


def person_keys(*, tenant_id: UUID, subject_id: UUID, purposes: Iterable[UUID] | None = None) -> list[UUID]:
    """Return the ids of a person's keys: of these purposes, or all of them with that of the identity."""
    with tenant_context(tenant_id, using="keys"):
        return list(_of_person(subject_id, purposes).order_by("id").values_list("id", flat=True))


def shred_person_keys(*, tenant_id: UUID, subject_id: UUID, purposes: Iterable[UUID] | None = None) -> int:
    """Destroy a person's keys. Return how many were still there. Safe to repeat.

    From the commit on, nothing that they sealed opens, here or in any backup of the data. Processes hold unwrapped keys
    for up to MEMSTORE_KEY_CACHE_SECONDS: a decision with those is refused when its event is written, which compares the
    subject's state and generation.
    """
    with tenant_context(tenant_id, using="keys"):
        deleted, _ = _of_person(subject_id, purposes).delete()
    drop_sealers(tenant_id, subject_id)
    return deleted


def _of_person(subject_id: UUID, purposes: Iterable[UUID] | None) -> QuerySet[DataKey]:
    keys = DataKey.objects.filter(subject_id=subject_id, use__in=[KeyUse.PURPOSE, KeyUse.IDENTITY])
    return keys if purposes is None else keys.filter(purpose_id__in=list(purposes), use=KeyUse.PURPOSE)


def drop_sealers(tenant_id: UUID, subject_id: UUID) -> None:
    """Drop what this process caches of one person's unwrapped keys."""
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
    """Count each subject as often as it is listed. Inside the tenant's context on `keys`."""
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
    """Insert a new data key, unless there is one.

    Of two makers at once the second inserts nothing, and its caller reads the first one's key.
    """
    epoch, wrapping = wrapping_of_new_keys(tenant_id)
    row = DataKey(id=uuid4(), tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id, use=use, epoch=epoch)
    row.wrapped = aes_wrap(wrapping, secrets.token_bytes(KEY_BYTES), data_key_context(row))
    DataKey.objects.bulk_create([row], ignore_conflicts=True)


def data_key_context(row: DataKey) -> bytes:
    """Return the additional data that binds a wrapped data key to its row and epoch."""
    return row.tenant_id.bytes + row.subject_id.bytes + row.purpose_id.bytes + row.epoch.to_bytes(4) + row.use.encode()


def with_tenant_key(find: Callable[[], Wrapped | None]) -> tuple[Wrapped, bytes] | None:
    """Return the row that `find` reads, with the tenant key that opens it; None where there is no row.

    Inside the tenant's context on `keys`. A rotation may delete the tenant key between the two reads. It has wrapped
    the row anew by then, so the row is read again. Raises KeyUnavailable, WrongRootKey.
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
    """Return the current epoch, locked, and the tenant key of it, made on first use.

    Inside the tenant's context on `keys`. Raises KeyUnavailable, WrongRootKey.
    """
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
    """Return the unwrapped tenant key. Inside the tenant's context on `keys`. Raises KeyUnavailable, WrongRootKey."""
    cached = _tenant_keys.get((tenant_id, epoch))
    if cached is not None:
        return cached
    row = TenantKey.objects.filter(tenant_id=tenant_id, epoch=epoch).first()
    if row is None:
        raise KeyUnavailable(f"no key for tenant {tenant_id} in epoch {epoch}")
    key = root_key().unwrap(epoch, bytes(row.wrapped), tenant_key_context(tenant_id, epoch))
    # Cached only once it is committed: nothing may ever be wrapped under a key that was rolled back.
    transaction.on_commit(partial(_tenant_keys.put, (tenant_id, epoch), key), using="keys")
    return key


def tenant_key_context(tenant_id: UUID, epoch: int) -> bytes:
    return tenant_id.bytes + epoch.to_bytes(4)
