"""Horizon: the date by which every copy of a key that is destroyed now is dead, or the reason why none is stated.

A key that is shredded leaves the table at once. Copies of its wrapped row are in the backups of `keys` made before, and
in nothing else. Two things end such a copy, and either is enough:

* it expires. The newest copy that can hold the row was begun before the shred, and the operator declares that none is
  kept longer than MEMSTORE_KEYS_BACKUP_DAYS (base backups, archived WAL, dumps and snapshots alike). This is the date
  that a certificate can state in advance: `by`.
* the root version that wraps it is destroyed where it lives. The row may have been wrapped under `epoch` or, in older
  copies, under an earlier one: the records of destruction of all epochs up to `epoch`, `epoch` included, prove that
  every copy is dead, before `by` or where the declaration is not trusted.

A dump or a restored server has no deleted row. The files of a server keep its bytes until VACUUM has cleared the page,
minutes later as the tables of keys are set, and in the free space of a page perhaps longer: about those bytes only the
second is a statement.

Three conditions make the first statement true:

* data and keys in different clusters: physical backups and WAL are made of a whole cluster. In one cluster each backup
  of the data, kept for years perhaps, holds the wrapped keys as well;
* an external root: the local root key is a file of this machine, so a copy of the machine holds keys and root together,
  and is made and kept by rules that are not declared here;
* both lifetimes declared: without the first it is not known whether copies of the ciphertext outlive those of the keys,
  which is the point of it; without the second there is no date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import ProgrammingError, connections, transaction

from governance.keyring.keys import check_root_key
from governance.keyring.root import root_key


class HorizonReason(StrEnum):
    """Reason why a horizon is stated, or none."""

    BACKUPS_EXPIRE = "backups_expire"
    ONE_CLUSTER = "one_cluster"
    LOCAL_ROOT = "local_root"
    BACKUPS_NOT_DECLARED = "backups_not_declared"


@dataclass(frozen=True, slots=True)
class Horizon:
    """Horizon at the present `epoch`.

    `by`: not later than; None where `reason` says why no date can be stated.
    """

    by: datetime | None
    epoch: int
    reason: str


def horizon(now: datetime) -> Horizon:
    """Return the horizon of keys that are destroyed by `now`. Raises WrongRootKey, KeyUnavailable."""
    epoch = check_root_key()
    if is_one_cluster():
        return Horizon(None, epoch, HorizonReason.ONE_CLUSTER)
    if not root_key().is_external:
        return Horizon(None, epoch, HorizonReason.LOCAL_ROOT)
    if settings.MEMSTORE_BACKUP_DAYS <= 0 or settings.MEMSTORE_KEYS_BACKUP_DAYS <= 0:
        return Horizon(None, epoch, HorizonReason.BACKUPS_NOT_DECLARED)
    by = now + timedelta(days=settings.MEMSTORE_KEYS_BACKUP_DAYS)
    return Horizon(by, epoch, HorizonReason.BACKUPS_EXPIRE)


def is_one_cluster() -> bool:
    """Return whether one PostgreSQL cluster holds data and keys; True also where that cannot be found out.

    Clusters are compared by the system identifier, which a cluster keeps for life: a standby or a clone of the same
    cluster counts as one. Two clusters on one disk are not seen.
    """
    identifiers = {_system_identifier(alias) for alias in ("default", "keys")}
    return len(identifiers) == 1 or None in identifiers


def _system_identifier(alias: str) -> int | None:
    try:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            return int(cursor.fetchone()[0])
    except ProgrammingError:
        return None  # this login may not read it: nothing is claimed
