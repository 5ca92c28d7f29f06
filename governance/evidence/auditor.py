"""The auditor's view of the trail: seal status, public keys, proofs and bundles. Each use is an audit event itself."""

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
    """The state of one tenant's trail.

    `sealed` counts the events under the newest signed `head`, dropped ones included; `n_events` counts the events that
    are stored. `head` is empty without one; without `anchors` the trail is unanchored; `checks` are newest first.
    """

    n_events: int
    sealed: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    head: dict[str, str]
    anchors: tuple[AnchorView, ...]
    checks: tuple[CheckView, ...]


def audit_status(*, caller: Caller) -> AuditStatus:
    """Return the state of the tenant's trail."""
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
    """Return the public half of every signing key the tenant ever had, oldest first; `use` says what each signs."""
    grant = authorize(caller=caller, action=Action.READ_AUDIT)
    keys = public_keys(caller.tenant_id)
    with grant.effect():
        grant.record(n_items=len(keys))
    return keys


def prove_inclusion(*, caller: Caller, event_id: UUID) -> EventProof:
    """Return the proof that an event is in the trail.

    Raises NoSuchObject for an event that is unknown or not sealed yet.
    """
    grant = authorize(caller=caller, action=Action.READ_AUDIT, object_id=event_id)
    keys = public_keys(caller.tenant_id)  # in another database, so outside the transaction
    with grant.effect():
        found = event_proof(caller.tenant_id, event_id, keys)
        grant.record(object_id=event_id)
    return found


def prove_consistency(*, caller: Caller, first: int, second: int) -> GrowthProof:
    """Return the proof that the trail only grew between the heads of two sizes.

    Raises NoSuchObject without such a head.
    """
    grant = authorize(caller=caller, action=Action.READ_AUDIT)
    keys = public_keys(caller.tenant_id)
    with grant.effect():
        found = growth_proof(caller.tenant_id, first, second, keys)
        grant.record()
    return found


def export_bundle(
    *, caller: Caller, file: IO[bytes], since: datetime, until: datetime, consistent_from: int | None = None
) -> Bundled:
    """Write the bundle of a period into `file`. The export is on the record before its first byte is written.

    Raises NoSuchObject when nothing of the period is sealed, InvalidChange for a `consistent_from` beyond the newest
    head.
    """
    grant = authorize(caller=caller, action=Action.EXPORT_AUDIT)
    with grant.effect():
        grant.record()
    return bundle.write_bundle(caller.tenant_id, file, since=since, until=until, consistent_from=consistent_from)
