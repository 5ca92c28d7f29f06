"""What an auditor asks of the trail: how far it is sealed, its keys, proofs, a bundle. Each is an event itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from governance.evidence import bundle
from governance.evidence.proof_files import event_proof, growth_proof
from governance.evidence.scheduled_checks import CheckView, last_checks
from governance.evidence.sealer import as_proof, last_head
from governance.guard.authorize import authorize
from governance.keyring.signing import PublicKey, public_keys
from governance.models import AuditAnchor, AuditEvent, AuditQueued
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller
    from governance.evidence.bundle import Bundled
    from governance.evidence.proof_files import EventProof, GrowthProof


@dataclass(frozen=True, slots=True)
class AnchorView:
    """The last head that was put to one kind of place."""

    kind: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditStatus:
    """`head`: the newest signed one, if any; no `anchors`: unanchored; `checks`: newest first.

    `sealed` counts the events under the head, dropped ones among them; `n_events` those that are there.
    """

    n_events: int
    sealed: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    head: dict[str, str]
    anchors: tuple[AnchorView, ...]
    checks: tuple[CheckView, ...]


def audit_status(*, caller: Caller) -> AuditStatus:
    grant = authorize(caller=caller, action=Action.READ_AUDIT)
    with grant.effect():
        head = last_head(caller.tenant_id)
        newest = AuditAnchor.objects.order_by("kind", "-size").distinct("kind")
        waiting = AuditQueued.objects.order_by("at").values_list("at", flat=True)
        found = AuditStatus(
            n_events=AuditEvent.objects.count(),
            sealed=head.size if head else 0,
            unsealed=waiting.count(),
            oldest_unsealed_at=waiting.first(),
            head={name: str(value) for name, value in as_proof(head).to_json().items()} if head else {},
            anchors=tuple(AnchorView(row.kind, row.size, row.at) for row in newest),
            checks=tuple(last_checks()),
        )
        grant.record()
    return found


def published_keys(*, caller: Caller) -> list[PublicKey]:
    """Every key that ever signed anything, oldest first; `use` says what."""
    grant = authorize(caller=caller, action=Action.READ_AUDIT)
    keys = public_keys(caller.tenant_id)
    with grant.effect():
        grant.record(n_items=len(keys))
    return keys


def prove_inclusion(*, caller: Caller, event_id: UUID) -> EventProof:
    """Raises NoSuchObject for an event that is not there or not sealed yet."""
    grant = authorize(caller=caller, action=Action.READ_AUDIT, object_id=event_id)
    keys = public_keys(caller.tenant_id)  # another database: outside the transaction
    with grant.effect():
        found = event_proof(caller.tenant_id, event_id, keys)
        grant.record(object_id=event_id)
    return found


def prove_consistency(*, caller: Caller, first: int, second: int) -> GrowthProof:
    """Between the heads of two sizes. Raises NoSuchObject where there is none of such a size."""
    grant = authorize(caller=caller, action=Action.READ_AUDIT)
    keys = public_keys(caller.tenant_id)
    with grant.effect():
        found = growth_proof(caller.tenant_id, first, second, keys)
        grant.record()
    return found


def export_bundle(
    *, caller: Caller, file: IO[bytes], since: datetime, until: datetime, consistent_from: int | None = None
) -> Bundled:
    """Write the bundle of a period into `file`. The export is on the record before its first byte is written."""
    grant = authorize(caller=caller, action=Action.EXPORT_AUDIT)
    with grant.effect():
        grant.record()
    return bundle.write_bundle(caller.tenant_id, file, since=since, until=until, consistent_from=consistent_from)
