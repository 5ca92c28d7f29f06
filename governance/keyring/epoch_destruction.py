"""Destruction of an old root version, after which every copy of `keys` from before the rotation is dead.

It is refused while one row anywhere is under the epoch, while one key of any tenant does not open under its present
epoch, and while no backup of `keys` since then is confirmed: afterwards nothing brings those keys back.

The order: the event (if it cannot be written, nothing is destroyed), the deletion where the root lives, and the signed
record. Killed in between, `destroy_epoch` is called again: the keeper deletes once, and the record names the later
event of the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import rfc8785

from governance.errors import InvalidChange, NoSuchObject
from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.keyring.models import EpochState, KeyEpoch, SigningUse
from governance.keyring.root import root_key
from governance.keyring.rotation import epoch_object, only_one
from governance.keyring.signing import signer
from governance.keyring.survey import keys_by_epoch, open_every_key
from governance.models import AuditEvent
from governance.vocabulary import Action, ReasonCode, SystemJob

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.keyring.root_contract import RootKey
    from governance.keyring.survey import Opening, Progress

# `verify_certificate.py` names it as well: that file stands alone. A test compares the two.
EPOCH_FORMAT = "memstore epoch record 1"
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,63}")  # the name of a backup, and no sentence about a person


@dataclass(frozen=True, slots=True)
class Destroyed:
    """Destruction of one epoch.

    `record`: canonical JSON (RFC 8785), `signature`: Ed25519 by the nil tenant's certificate key.
    """

    epoch: int
    gone_by: datetime
    record: bytes
    signature: bytes


def confirm_backup(*, reference: str) -> list[int]:
    """Confirm that a backup of `keys`, made since all retired epochs retired, exists. Return those epochs.

    Raises InvalidChange for a reference that is not a plain name, or when no epoch waits for it.
    """
    caller = system_caller(NIL, SystemJob.KEY_ROTATION)
    grant = authorize(caller=caller, action=Action.ROTATE_KEYS)
    with grant.effect():
        if not REFERENCE.fullmatch(reference):
            raise InvalidChange("reference", "expected 1 to 64 letters, digits and . _ : / + -")
        waiting = KeyEpoch.objects.filter(state=EpochState.RETIRED).order_by("epoch")
        epochs = list(waiting.values_list("epoch", flat=True))
        if not epochs:
            raise InvalidChange("reference", "no retired epoch waits for a backup", ReasonCode.OUT_OF_ORDER)
        for epoch in epochs:
            grant.record(object_id=epoch_object(epoch))
    KeyEpoch.objects.filter(epoch__in=epochs, state=EpochState.RETIRED).update(
        backup_confirmed_at=datetime.now(UTC), backup_reference=reference
    )
    return epochs


def destroy_epoch(*, epoch: int, progress: Progress | None = None) -> Destroyed:
    """Destroy the root version of a retired epoch. Return its signed record; the same one when it was done before.

    Raises NoSuchObject; InvalidChange with KEYS_IN_USE (and which condition is not met) or OUT_OF_ORDER (a rotation is
    running); KeyUnavailable when the root's keeper cannot be reached; WrongRootKey.
    """
    caller = system_caller(NIL, SystemJob.KEY_ROTATION)
    grant = authorize(caller=caller, action=Action.DESTROY_EPOCH, object_id=epoch_object(epoch))
    with only_one(caller, Action.DESTROY_EPOCH):
        with grant.effect():
            row = _found(epoch)
            if row.state == EpochState.DESTROYED:
                return _destroyed(row)
            opening = _needed_by_nobody(row, progress)
        key = signer(NIL, SigningUse.CERTIFICATE)  # before the point of no return, after which it is needed
        event_id = _on_record(caller, grant, epoch, opening.before)
        root = root_key()
        gone_by, destroyed_at = root.destroy(epoch), datetime.now(UTC)
        row.state, row.destroyed_at, row.destroyed_by = EpochState.DESTROYED.value, destroyed_at, gone_by
        row.record = rfc8785.dumps(_statement(row, root, opening, event_id, key.key_id))
        row.signature = key.sign(row.record)
        row.save(update_fields=["state", "destroyed_at", "destroyed_by", "record", "signature"])
    return _destroyed(row)


def epoch_record(epoch: int) -> Destroyed | None:
    """Return the signed record of a destroyed epoch; None while its root version lives. Raises NoSuchObject."""
    row = _found(epoch)
    return _destroyed(row) if row.state == EpochState.DESTROYED else None


def root_kind(root: RootKey) -> str:
    """Return the place where root versions live, in one word: local, aws, vault."""
    return type(root).__name__.removesuffix("RootKey").lower()


def _found(epoch: int) -> KeyEpoch:
    row = KeyEpoch.objects.filter(epoch=epoch).first()
    if row is None:
        raise NoSuchObject("epoch")
    return row


def _needed_by_nobody(row: KeyEpoch, progress: Progress | None) -> Opening:
    """Check the conditions, cheap ones first. Raises InvalidChange for the first that is not met."""
    if row.state != EpochState.RETIRED or row.retired_at is None:
        raise _in_use(f"epoch {row.epoch} is {row.state}, not retired")
    left = sum(one.wrapped + one.tenant_keys for one in keys_by_epoch() if one.epoch == row.epoch)
    if left:
        raise _in_use(f"{left} keys stand under epoch {row.epoch}")
    if row.backup_confirmed_at is None or row.backup_confirmed_at < row.retired_at:
        raise _in_use(f"no backup of the keys was confirmed since epoch {row.epoch} was retired")
    opening = open_every_key(made_before=_successor(row).created_at, progress=progress)
    if opening.shut:
        named = ", ".join(str(one) for one in opening.shut[:10])
        raise _in_use(f"{len(opening.shut)} keys do not open under their present epoch: {named}")
    return opening


def _in_use(problem: str) -> InvalidChange:
    return InvalidChange("epoch", problem, ReasonCode.KEYS_IN_USE)


def _successor(row: KeyEpoch) -> KeyEpoch:
    found = KeyEpoch.objects.filter(epoch__gt=row.epoch).order_by("epoch").first()
    if found is None:
        raise _in_use(f"no epoch follows epoch {row.epoch}")
    return found


def _on_record(caller: Caller, grant: Grant, epoch: int, n_keys: int) -> UUID:
    """Write the event, and return its id once it is committed."""
    with grant.effect():
        grant.record(object_id=epoch_object(epoch), n_items=n_keys)
        written = AuditEvent.objects.filter(
            tenant_id=NIL, request_id=caller.request_id, type=Action.DESTROY_EPOCH, at__gte=_today()
        )
        return written.values_list("id", flat=True).get()


def _today() -> datetime:
    """Return the first moment of the present month in UTC, as a bound for finding an event of now.

    Without a bound every month of the trail would be read.
    """
    return datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _statement(
    row: KeyEpoch, root: RootKey, opening: Opening, event_id: UUID, key_id: UUID
) -> dict[str, str | int | None]:
    """Return the statement of a destruction: an epoch, times, counts and random ids, none of a person."""
    return {
        "format": EPOCH_FORMAT,
        "epoch": row.epoch,
        "root": root_kind(root),
        "begun_at": _text(row.created_at),
        "retired_at": _text(row.retired_at),
        "backup_confirmed_at": _text(row.backup_confirmed_at),
        "destroyed_at": _text(row.destroyed_at),
        "gone_not_later_than": _text(row.destroyed_by),
        "keys_rewrapped": opening.before,
        "keys_opened": opening.opened,
        "audit_event": str(event_id),
        "signing_key": str(key_id),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def _destroyed(row: KeyEpoch) -> Destroyed:
    if row.destroyed_by is None or row.record is None or row.signature is None:
        raise NoSuchObject("record")
    return Destroyed(row.epoch, row.destroyed_by, bytes(row.record), bytes(row.signature))
