"""What staff see of keys: the epochs with their days, who keeps the root, and the keys that sign for the tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from governance.guard import authorize, effect
from governance.keyring.destruction import root_kind
from governance.keyring.horizon import is_one_cluster
from governance.keyring.models import KeyEpoch
from governance.keyring.root import root_key
from governance.keyring.signing import PublicKey, public_keys
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime

    from governance.guard import Caller


@dataclass(frozen=True, slots=True)
class EpochLine:
    epoch: int
    state: str
    since: datetime
    retired_at: datetime | None
    destroyed_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeysOverview:
    """Epochs are of the installation, signing keys of the tenant. `backup_days`: 0 is not declared."""

    epochs: tuple[EpochLine, ...]
    root: str
    is_external: bool
    is_one_cluster: bool
    backup_days: int
    keys_backup_days: int
    signing_keys: tuple[PublicKey, ...]


def keys_overview(*, caller: Caller) -> KeysOverview:
    """For every member of staff: days and public keys, no counts of other tenants. Raises WrongRootKey."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    signing, root = tuple(public_keys(caller.tenant_id)), root_key()
    epochs = tuple(
        EpochLine(row.epoch, str(row.state), row.created_at, row.retired_at, row.destroyed_at)
        for row in KeyEpoch.objects.order_by("-epoch")
    )
    with effect(caller, Action.READ_CONFIGURATION):
        grant.record(n_items=len(epochs))
    return KeysOverview(
        epochs=epochs,
        root=root_kind(root),
        is_external=root.is_external,
        is_one_cluster=is_one_cluster(),
        backup_days=settings.MEMSTORE_BACKUP_DAYS,
        keys_backup_days=settings.MEMSTORE_KEYS_BACKUP_DAYS,
        signing_keys=signing,
    )
