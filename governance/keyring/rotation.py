"""Epoch rotation: a new root version and new tenant keys. Every key of a person is wrapped anew, none is changed.

The order, each step safe to repeat, so that a rotation that was killed continues where it stopped:

1. the new root version is made where the root lives, and proves itself;
2. one transaction makes the new epoch current and the old one retiring: from then on no key is made under the old one;
3. tenant by tenant, batch by batch, the keys are opened, wrapped under the new tenant key, opened again and written;
4. the tenant's event is written, and then its old tenant key deleted;
5. when no key of any tenant is left on the old epoch and every key opens, the old epoch is retired.

The old root version lives on until `destruction.destroy_epoch`.
"""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connections, transaction

from governance.errors import InvalidChange
from governance.guard.authorize import authorize, refuse, system_caller
from governance.ids import NIL
from governance.keyring.keys import KEY_BYTES, check_root_key, wrapping_of_new_keys
from governance.keyring.models import DataKey, EpochState, KeyEpoch, SigningKey, TenantKey
from governance.keyring.root import aes_wrap, root_key
from governance.keyring.survey import (
    WRAPPED_BY_TENANT,
    KeysOf,
    context_of,
    keys_by_epoch,
    open_every_key,
    stored_tenant_key,
    unwrapped,
)
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_ids
from governance.vocabulary import Action, ReasonCode, SystemJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from governance.context import Caller
    from governance.keyring.survey import Progress

BATCH = 1_000  # keys wrapped anew in one transaction: some 50 ms, for which a shred of one of them waits
SAMPLE = 500  # keys that a dry run tries
PATIENCE_SECONDS = 30.0  # without progress: another transaction locks the rows that are left
PAUSE_SECONDS = 0.05

_ONLY_ONE = "SELECT pg_try_advisory_lock(hashtextextended('memstore.key_rotation', 0))"
_NO_MORE = "SELECT pg_advisory_unlock(hashtextextended('memstore.key_rotation', 0))"
# A fair queue: makers of keys share the lock of the current row, and by that lock alone could starve the rotation.
_QUEUE = "LOCK TABLE keyring_keyepoch IN EXCLUSIVE MODE"
_BEGIN_EPOCH = """
    INSERT INTO keyring_keyepoch (epoch, check_value, state, created_at, backup_reference)
    VALUES (%s, %s, 'current', clock_timestamp(), '')
"""
_REWRAP = """
    UPDATE {} k SET epoch = %s, wrapped = v.wrapped FROM unnest(%s::uuid[], %s::bytea[]) AS v (id, wrapped)
     WHERE k.id = v.id AND k.tenant_id = %s AND k.epoch = %s
"""
_DROP_TENANT_KEY = """
    DELETE FROM keyring_tenantkey t WHERE t.tenant_id = %(tenant)s AND t.epoch = %(epoch)s
       AND NOT EXISTS (SELECT 1 FROM keyring_datakey k WHERE k.tenant_id = %(tenant)s AND k.epoch = %(epoch)s)
       AND NOT EXISTS (SELECT 1 FROM keyring_signingkey k WHERE k.tenant_id = %(tenant)s AND k.epoch = %(epoch)s)
"""


@dataclass(slots=True)
class Rotated:
    """Outcome of one run of a rotation.

    `rewrapped`: keys in this run. `left`: rows still on the old epoch. `shut`: ids of keys that do not open.
    """

    old: int
    current: int
    rewrapped: int = 0
    left: int = 0
    seconds: float = 0.0
    shut: list[UUID] = field(default_factory=list)

    @property
    def is_retired(self) -> bool:
        return not self.left and not self.shut

    @property
    def rate(self) -> float:
        """Return keys per second."""
        return self.rewrapped / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Planned:
    """Preview of a rotation.

    `resumes`: an interrupted rotation continues. `seconds`: estimated from a sample.
    """

    old: int
    new: int
    resumes: bool
    tenants: int
    keys: int
    seconds: float


def rotate(*, progress: Progress | None = None) -> Rotated:
    """Begin a rotation, or continue the one that was interrupted, until the old epoch is retired.

    An epoch is not retired while keys of it do not open (`shut`: the others are wrapped anew all the same), or while
    another transaction locks its last rows. Raises InvalidChange(OUT_OF_ORDER) when another rotation is running,
    WrongRootKey, KeyUnavailable.
    """
    caller = system_caller(NIL, SystemJob.KEY_ROTATION)
    authorize(caller=caller, action=Action.ROTATE_KEYS)
    started = time.monotonic()
    with only_one(caller, Action.ROTATE_KEYS):
        current = check_root_key()
        old = _retiring()
        if old is None:
            old, current = current, _begin(current)
        done = Rotated(old, current)
        _rewrap_all(done, progress)
        done.left = sum(one.wrapped + one.tenant_keys for one in keys_by_epoch() if one.epoch == old)
        if done.is_retired:
            done.shut = open_every_key().shut
        if done.is_retired and not _retire(old):
            done.left = 1
        if not done.is_retired:
            refuse(caller, Action.ROTATE_KEYS, ReasonCode.KEYS_IN_USE, object_id=epoch_object(old))
    done.seconds = time.monotonic() - started
    return done


def plan_rotation() -> Planned:
    """Return the preview of a rotation: a sample is wrapped anew, timed, and rolled back.

    Raises WrongRootKey, KeyUnavailable.
    """
    authorize(caller=system_caller(NIL, SystemJob.KEY_ROTATION), action=Action.ROTATE_KEYS)
    current = check_root_key()
    retiring = _retiring()
    old, new = (current, current + 1) if retiring is None else (retiring, current)
    concerned = [one for one in keys_by_epoch() if one.epoch == old]
    keys = sum(one.wrapped for one in concerned)
    largest = max(concerned, key=lambda one: one.data_keys, default=None)
    per_key = _tried(largest) if largest is not None else 0.0
    return Planned(old, new, retiring is not None, len(concerned), keys, per_key * keys)


def epoch_object(epoch: int) -> UUID:
    """Return the object id of an epoch in audit events: its number as a UUID."""
    return UUID(int=epoch)


@contextmanager
def only_one(caller: Caller, action: Action) -> Iterator[None]:
    """Hold the lock that allows one rotation or destruction at a time.

    The lock belongs to the connection: it ends with a process that is killed. Raises InvalidChange(OUT_OF_ORDER),
    recorded as a refusal.
    """
    if not _asked(_ONLY_ONE):
        refuse(caller, action, ReasonCode.OUT_OF_ORDER)
        raise InvalidChange("epoch", "another rotation is running", ReasonCode.OUT_OF_ORDER)
    try:
        yield
    finally:
        _asked(_NO_MORE)


def _asked(question: str) -> bool:
    with connections["keys"].cursor() as cursor:
        cursor.execute(question)
        return bool(cursor.fetchone()[0])


def _retiring() -> int | None:
    return KeyEpoch.objects.filter(state=EpochState.RETIRING).values_list("epoch", flat=True).first()


def _begin(old: int) -> int:
    """Run steps 1 and 2, and return the new epoch. The keeper of the root is called outside the transaction."""
    new, root = old + 1, root_key()
    root.create(new)
    check_value = root.check_value(new)
    with transaction.atomic(using="keys"), connections["keys"].cursor() as cursor:
        cursor.execute(_QUEUE)
        row = KeyEpoch.objects.select_for_update().get(state=EpochState.CURRENT)
        if row.epoch != old:
            raise InvalidChange("epoch", "another rotation was faster", ReasonCode.OUT_OF_ORDER)
        row.state = EpochState.RETIRING.value
        row.save(update_fields=["state"])
        cursor.execute(_BEGIN_EPOCH, [new, check_value])
    return check_root_key()


def _rewrap_all(done: Rotated, progress: Progress | None) -> None:
    concerned = [one for one in keys_by_epoch() if one.epoch == done.old]
    total, known = sum(one.wrapped for one in concerned), {NIL, *tenant_ids()}

    def tell(n: int) -> None:
        done.rewrapped += n
        if progress is not None:
            progress(done.rewrapped, max(total, done.rewrapped))

    begun_at = KeyEpoch.objects.get(epoch=done.current).created_at
    for one in concerned:
        shut = _Tenant(one.tenant_id, done.old, tell).rewrap()
        done.shut += shut
        if not shut:
            # The trail of a tenant that `default` does not know is never sealed: its event goes into the nil tenant's.
            _record(one.tenant_id if one.tenant_id in known else NIL, done.old, _rewrapped(one.tenant_id, begun_at))
            with tenant_context(one.tenant_id, using="keys"), connections["keys"].cursor() as cursor:
                cursor.execute(_DROP_TENANT_KEY, {"tenant": one.tenant_id, "epoch": done.old})


def _record(tenant_id: UUID, epoch: int, n_keys: int) -> None:
    """Write the tenant's event, before its old tenant key is deleted.

    Killed in between, the rotation writes it once more, and never leaves it out.
    """
    caller = system_caller(tenant_id, SystemJob.KEY_ROTATION)
    grant = authorize(caller=caller, action=Action.ROTATE_KEYS)
    with grant.effect():
        grant.record(n_items=n_keys, object_id=epoch_object(epoch))


def _rewrapped(tenant_id: UUID, begun_at: datetime) -> int:
    """Return the number of the tenant's keys that are older than their epoch.

    They include those that an earlier, killed run has wrapped anew.
    """
    with tenant_context(tenant_id, using="keys"):
        return sum(model.objects.filter(created_at__lt=begun_at).count() for model in WRAPPED_BY_TENANT)


class _Tenant:
    """One tenant's keys, to be wrapped anew from `old` to the current epoch."""

    def __init__(self, tenant_id: UUID, old: int, tell: Callable[[int], None]) -> None:
        self._id, self._old, self._tell = tenant_id, old, tell

    def rewrap(self) -> list[UUID]:
        """Wrap anew every key that opens. Return the ids of those that do not.

        Rows that are locked (by a shred, most likely) are skipped and tried again, so that no transaction ever
        deadlocks with a rotation. A shred that comes second waits for the batch; what it deletes stays deleted.
        """
        with tenant_context(self._id, using="keys"):
            wrapping = stored_tenant_key(self._id, self._old)
            if wrapping is None:
                return self._named()
        shut: list[UUID] = []
        for model in WRAPPED_BY_TENANT:
            last = time.monotonic()
            while True:
                shut_here: list[UUID] = []
                n = self._pass(model, wrapping, shut_here)
                with tenant_context(self._id, using="keys"):
                    left = model.objects.filter(tenant_id=self._id, epoch=self._old).count()
                last = time.monotonic() if n else last
                if left <= len(shut_here) or time.monotonic() - last > PATIENCE_SECONDS:
                    break
                time.sleep(PAUSE_SECONDS)
            shut += shut_here
        return shut

    def _named(self) -> list[UUID]:
        """Return the ids of all keys under the old epoch: without the tenant key none of them opens."""
        found: list[UUID] = list(TenantKey.objects.filter(epoch=self._old).values_list("id", flat=True))
        for model in WRAPPED_BY_TENANT:
            found += model.objects.filter(tenant_id=self._id, epoch=self._old).values_list("id", flat=True)
        return found

    def _pass(self, model: type[DataKey | SigningKey], wrapping: bytes, shut: list[UUID]) -> int:
        """Go once through the rows in the order of their ids. Return how many were wrapped anew."""
        after, n = NIL, 0
        while True:
            with tenant_context(self._id, using="keys"):
                epoch, present = wrapping_of_new_keys(self._id)
                rows = taken(model, self._id, self._old, after, BATCH)
                anew = rewrapped(rows, wrapping, present, epoch, shut)
                written = put(model, self._id, self._old, epoch, anew)
            n += written
            self._tell(written)
            if len(rows) < BATCH:
                return n
            after = rows[-1].id


def taken(
    model: type[DataKey | SigningKey], tenant_id: UUID, epoch: int, after: UUID, limit: int
) -> list[DataKey | SigningKey]:
    """Return rows that no other transaction locks, locked until this one ends; at most `limit`, by id."""
    free = model.objects.select_for_update(skip_locked=True).filter(tenant_id=tenant_id, epoch=epoch, id__gt=after)
    return list(free.order_by("id")[:limit])


def rewrapped(
    rows: list[DataKey | SigningKey], old: bytes, new: bytes, epoch: int, shut: list[UUID]
) -> dict[UUID, bytes]:
    """Return each key by id, wrapped under `new` for `epoch`, and opened again as a check.

    Ids of keys that do not open are appended to `shut`. Raises InvalidChange(KEYS_IN_USE) when the check fails.
    """
    found = {}
    for row in rows:
        key = unwrapped(old, row)
        if key is None:
            shut.append(row.id)
            continue
        row.epoch = epoch
        row.wrapped = aes_wrap(new, key, context_of(row))
        if unwrapped(new, row) != key:
            raise InvalidChange("epoch", f"key {row.id} did not open after it was wrapped anew", ReasonCode.KEYS_IN_USE)
        found[row.id] = bytes(row.wrapped)
    return found


def put(model: type[DataKey | SigningKey], tenant_id: UUID, old: int, epoch: int, anew: dict[UUID, bytes]) -> int:
    """Write the keys that were wrapped anew, and return how many.

    An UPDATE, so that a row that was deleted meanwhile is not written again.
    """
    with connections["keys"].cursor() as cursor:
        statement = _REWRAP.format(model._meta.db_table)
        cursor.execute(statement, [epoch, list(anew), list(anew.values()), tenant_id, old])
        return int(cursor.rowcount)


def _retire(old: int) -> bool:
    """Run step 5. False when a row is back on the old epoch.

    It can only come out of a backup, since no use case makes one.
    """
    with transaction.atomic(using="keys"):
        row = KeyEpoch.objects.select_for_update().get(epoch=old)
        if any(one.epoch == old for one in keys_by_epoch()):
            return False
        row.state, row.retired_at = EpochState.RETIRED.value, datetime.now(UTC)
        row.save(update_fields=["state", "retired_at"])
    return True


def _tried(whose: KeysOf) -> float:
    """Return the seconds that wrapping one key anew takes, measured on a sample; 0 where there is none."""
    start = time.perf_counter()
    with tenant_context(whose.tenant_id, using="keys"):
        wrapping = stored_tenant_key(whose.tenant_id, whose.epoch)
        rows = taken(DataKey, whose.tenant_id, whose.epoch, NIL, SAMPLE)
        if wrapping is None or not rows:
            return 0.0
        anew = rewrapped(rows, wrapping, secrets.token_bytes(KEY_BYTES), whose.epoch + 1, [])
        put(DataKey, whose.tenant_id, whose.epoch, whose.epoch + 1, anew)
        transaction.set_rollback(True, using="keys")
    return (time.perf_counter() - start) / len(rows)
