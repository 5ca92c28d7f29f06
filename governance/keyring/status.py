"""Status of keys for the operator: the epochs, the keys under each, and what stolen backups would open today.

A copy of the data shows what was kept until it was made. Which persons it opens for depends on the copy of the keys: a
person's key is in it if it was made before the shred, and it opens if the root version that wraps it can still be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.keyring.backup_horizon import Horizon, horizon, is_one_cluster
from governance.keyring.epoch_destruction import root_kind
from governance.keyring.models import EpochState, KeyEpoch
from governance.keyring.root import root_key
from governance.keyring.survey import keys_by_epoch
from governance.vocabulary import Action, SystemJob

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEFAULT_ALONE = (
    "No memory, no source, no file of a request, and no name or id of a remembered person: these are sealed, and their "
    "keys are not in it. In clear it shows how many people there are, and of each random id when, for which purpose "
    "and of which class something was kept, its size in steps, its consents, holds and requests, and when a child "
    "comes of age; the audit trail with the addresses of callers; configuration, case references, notices; names of "
    "staff and of recipients. Passwords are scrypt hashes, keys and codes SHA-256 of random secrets."
)
KEYS_ALONE = (
    "No key that works, and no name or id: keys are wrapped by the root key, which is not in it, and ids are sealed or "
    "keyed hashes. In clear it shows how many people there are, since when, and in which hours the keys of each random "
    "id were used."
)
BOTH = (
    "What the two show in clear, now joined by random ids, and no more: nothing opens without the root key. That holds "
    "for copies of any age."
)
SHREDDED = (
    "Who was shredded before `keys` was copied is out of reach: the key is not in the copy. (A copy of the server's "
    "files, unlike a dump, may hold the bytes of a row that was just deleted; the end of the epoch ends those as well.)"
)


@dataclass(frozen=True, slots=True)
class EpochView:
    """One epoch and the keys that are under it now.

    `until`: a copy of `keys` made later holds none of its keys.
    """

    epoch: int
    state: str
    since: datetime
    successor_since: datetime | None
    until: datetime | None
    backup_confirmed_at: datetime | None
    destroyed_at: datetime | None
    gone_by: datetime | None
    tenant_keys: int = 0
    data_keys: int = 0
    signing_keys: int = 0


@dataclass(frozen=True, slots=True)
class KeysStatus:
    """State of the epochs and the root key. `backup_days`, `keys_backup_days`: as declared; 0 is not declared."""

    epochs: Sequence[EpochView]
    root: str
    is_external: bool
    is_one_cluster: bool
    backup_days: int
    keys_backup_days: int
    horizon: Horizon
    at: datetime


@dataclass(frozen=True, slots=True)
class Exposure:
    """Exposure by one theft: what was stolen, and what the thief can read today."""

    stolen: str
    reads: Sequence[str]


def keys_status(now: datetime) -> KeysStatus:
    """Return counts and times, none of a person.

    A view writes no event; a refusal does. Raises AccessRefused, WrongRootKey, KeyUnavailable.
    """
    authorize(caller=system_caller(NIL, SystemJob.OPERATOR), action=Action.ROTATE_KEYS)
    ahead = horizon(now)
    found = keys_by_epoch()
    rows = list(KeyEpoch.objects.order_by("epoch"))
    successors = [row.created_at for row in rows[1:]] + [None]
    views = [
        EpochView(
            epoch=row.epoch,
            state=row.state,
            since=row.created_at,
            successor_since=successor,
            until=row.retired_at,
            backup_confirmed_at=row.backup_confirmed_at,
            destroyed_at=row.destroyed_at,
            gone_by=row.destroyed_by,
            tenant_keys=sum(one.tenant_keys for one in found if one.epoch == row.epoch),
            data_keys=sum(one.data_keys for one in found if one.epoch == row.epoch),
            signing_keys=sum(one.signing_keys for one in found if one.epoch == row.epoch),
        )
        for row, successor in zip(rows, successors, strict=True)
    ]
    root = root_key()
    return KeysStatus(
        epochs=views,
        root=root_kind(root),
        is_external=root.is_external,
        is_one_cluster=is_one_cluster(),
        backup_days=settings.MEMSTORE_BACKUP_DAYS,
        keys_backup_days=settings.MEMSTORE_KEYS_BACKUP_DAYS,
        horizon=ahead,
        at=now,
    )


def exposures(status: KeysStatus) -> list[Exposure]:
    """Return the exposures (a) to (d), the last one by the age of the copy of `keys`, newest first."""
    with_machine = [_what_the_machine_adds(status), SHREDDED]
    for view in reversed(status.epochs):
        with_machine += _by_age(view, status)
    if status.is_one_cluster:
        with_machine.append(
            "Data and keys are in one cluster: a copy of its files, or its archived WAL, is always a copy of both, of "
            "one age, and lives as long as backups of the data do."
        )
    return [
        Exposure("(a) a copy of `default` alone", [DEFAULT_ALONE]),
        Exposure("(b) a copy of `keys` alone", [KEYS_ALONE]),
        Exposure("(c) copies of both", [BOTH]),
        Exposure("(d) copies of both, and this machine's files of today", with_machine),
    ]


def next_step(status: KeysStatus) -> str | None:
    """Return the open step of the key officer, or None."""
    return next_step_of(status.epochs)


def next_step_of(epochs: Iterable[KeyEpoch | EpochView]) -> str | None:
    """Return the open step of the key officer by the epochs, given in their order, or None."""
    for view in epochs:
        if view.state == EpochState.RETIRING:
            return f"the rotation away from epoch {view.epoch} is not finished: memstore rotate-keys goes on with it"
        if view.state == EpochState.RETIRED and view.backup_confirmed_at is None:
            return (
                f"epoch {view.epoch} is retired: back up `keys`, then memstore rotate-keys --confirm-backup REFERENCE; "
                f"until its root version is destroyed, older copies of `keys` can be opened"
            )
        if view.state == EpochState.RETIRED:
            return f"epoch {view.epoch} can be destroyed: memstore rotate-keys --destroy {view.epoch}"
    return None


def _what_the_machine_adds(status: KeysStatus) -> str:
    if status.is_external:
        return (
            f"The root is not among them; what this machine may ask of it ({status.root}) is. With the machine's "
            "credentials, from where they are accepted and until they are revoked, a thief opens what follows; without "
            "them he is at (c)."
        )
    return (
        "`root.key` is among them, and it opens all that it has a version for. Whoever took an older copy of the file "
        "has the versions of that day as well, whatever was destroyed here since."
    )


def _by_age(view: EpochView, status: KeysStatus) -> list[str]:
    """Return what copies of `keys` open that hold keys of this epoch.

    Copies made during its rotation hold keys of two epochs.
    """
    while_current = _period(view.since, view.successor_since)
    mixed = view.successor_since is not None and view.until != view.successor_since
    lines = [f"`keys` copied {while_current} (epoch {view.epoch}): {_opens(view, status)}{_expired(view, status)}"]
    if mixed and view.successor_since is not None:
        lines.append(
            f"`keys` copied {_period(view.successor_since, view.until)}, during the rotation: the keys not yet wrapped "
            f"anew as epoch {view.epoch}, the others as epoch {view.epoch + 1}."
        )
    return lines


def _opens(view: EpochView, status: KeysStatus) -> str:
    opens = (
        "opens all that `default` held when it was copied about everybody whose keys were in `keys` when that was "
        "copied: people of today, and people shredded since."
    )
    if view.gone_by is None or view.destroyed_at is None:
        return opens
    if view.gone_by > status.at:
        return (
            f"opens nothing while the deletion of its root version stands, which is final on {_day(view.gone_by)}; who "
            f"administers the root can take it back until then, and then it {opens}"
        )
    if status.is_external:
        return f"opens nothing, of anybody: its root version is gone since {_day(view.gone_by)}."
    return (
        "opens nothing with today's `root.key`; with a copy of the file from before "
        f"{_day(view.destroyed_at)}, or its old bytes recovered from the disk, it {opens}"
    )


def _expired(view: EpochView, status: KeysStatus) -> str:
    if view.until is None or not status.keys_backup_days:
        return ""
    last = view.until + timedelta(days=status.keys_backup_days)
    return (
        f" By MEMSTORE_KEYS_BACKUP_DAYS no backup of that age is left since {_day(last)}." if last < status.at else ""
    )


def _period(since: datetime, until: datetime | None) -> str:
    return f"since {_day(since)}" if until is None else f"from {_day(since)} to {_day(until)}"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
