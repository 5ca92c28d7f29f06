"""Keys overview for staff: the key epochs, the keeper of the root key, and the tenant's signing keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count

from governance.guard.authorize import authorize
from governance.keyring.backup_horizon import is_one_cluster
from governance.keyring.epoch_destruction import root_kind
from governance.keyring.models import DataKey, KeyEpoch
from governance.keyring.root import root_key
from governance.keyring.signing import PublicKey, public_keys
from governance.keyring.status import next_step_of
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class EpochLine:
    """One key epoch. `keys`: the number of this tenant's data keys under it."""

    epoch: int
    state: str
    since: datetime
    retired_at: datetime | None
    backup_confirmed_at: datetime | None
    destroyed_at: datetime | None
    keys: int


@dataclass(frozen=True, slots=True)
class KeysOverview:
    """Key epochs of the installation, newest first, and keys of the tenant.

    `backup_days` and `keys_backup_days`: as declared; 0 is not declared. `next_step`: the open step of the key officer;
    None when nothing is left to do.
    """

    epochs: tuple[EpochLine, ...]
    root: str
    is_external: bool
    is_one_cluster: bool
    backup_days: int
    keys_backup_days: int
    signing_keys: tuple[PublicKey, ...]
    next_step: str | None


def keys_overview(*, caller: Caller) -> KeysOverview:
    """Return days, public keys and counts, none of other tenants; for every member of staff.

    Raises AccessRefused, AuditUnavailable, KeyUnavailable.
    """
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    signing, root = tuple(public_keys(caller.tenant_id)), root_key()
    rows = list(KeyEpoch.objects.order_by("epoch"))
    with tenant_context(caller.tenant_id, using="keys"):
        counted = dict(DataKey.objects.values_list("epoch").annotate(Count("id")))
    epochs = tuple(
        EpochLine(
            epoch=row.epoch,
            state=str(row.state),
            since=row.created_at,
            retired_at=row.retired_at,
            backup_confirmed_at=row.backup_confirmed_at,
            destroyed_at=row.destroyed_at,
            keys=counted.get(row.epoch, 0),
        )
        for row in reversed(rows)
    )
    with grant.effect():
        grant.record(n_items=len(epochs))
    return KeysOverview(
        epochs=epochs,
        root=root_kind(root),
        is_external=root.is_external,
        is_one_cluster=is_one_cluster(),
        backup_days=settings.MEMSTORE_BACKUP_DAYS,
        keys_backup_days=settings.MEMSTORE_KEYS_BACKUP_DAYS,
        signing_keys=signing,
        next_step=next_step_of(rows),
    )
