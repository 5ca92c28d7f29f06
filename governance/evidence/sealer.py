"""The sealer: gives queued events their leaves and signs the tree head. It fixes the order of evidence.

An event that commits late gets a later leaf, and one that was rolled back gets none: neither looks like tampering.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection

from governance.evidence import verify_trail
from governance.evidence.leaves import LEAF_FIELDS, hash_row
from governance.keyring.signing import signer
from governance.models import AuditLeaf, AuditQueued, TreeHead
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import for_each_tenant

if TYPE_CHECKING:
    from uuid import UUID

    from governance.keyring.signing import Signer

BATCH = 5_000
# One sealer per tenant at a time; a second one returns instead of waiting.
_ONLY_ONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('memstore.sealer ' || %s, 0))"
_TAKE = f"""
    WITH taken AS (
        DELETE FROM governance_auditqueued WHERE event_id IN (
            SELECT event_id FROM governance_auditqueued WHERE tenant_id = %s ORDER BY at, event_id LIMIT %s)
        RETURNING event_id, at)
    SELECT {LEAF_FIELDS}, t.event_id, t.at FROM taken t
    LEFT JOIN governance_auditevent e ON e.id = t.event_id AND e.at = t.at ORDER BY t.at, t.event_id
"""  # noqa: S608 - our own column list


def seal_all() -> int:
    """Seal the waiting events of every tenant and of the nil tenant. Return the number of events sealed.

    A tenant that fails is logged and does not keep the others waiting.
    """
    # One tenant whose key is unavailable must not keep the others' events unsealed.
    return sum(for_each_tenant("seal", seal, with_nil=True).values())


def seal(tenant_id: UUID) -> int:
    """Seal all waiting events in batches, each with a head of its own. Return how many. Raises KeyUnavailable."""
    total = 0
    while n := _seal_batch(tenant_id):
        total += n
        if n < BATCH:
            break
    return total


def last_head(tenant_id: UUID) -> TreeHead | None:
    """Return the newest tree head, or None. Call it inside the tenant's context."""
    return TreeHead.objects.filter(tenant_id=tenant_id).order_by("-size").first()


def as_proof(row: TreeHead) -> verify_trail.Head:
    """Return a stored head in the form that the verifier checks."""
    return verify_trail.Head(
        tenant=row.tenant_id,
        size=row.size,
        root=bytes(row.root),
        at=row.at.isoformat(timespec="microseconds"),
        key_id=row.key_id,
        signature=bytes(row.signature),
    )


def _seal_batch(tenant_id: UUID) -> int:
    with tenant_context(tenant_id):
        if not AuditQueued.objects.exists():
            return 0
    key = signer(tenant_id)  # in another database, so outside the transaction
    with tenant_context(tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(_ONLY_ONE, [str(tenant_id)])
            if not cursor.fetchone()[0]:
                return 0
            head = last_head(tenant_id)
            tree = (
                verify_trail.Frontier.from_bytes(head.size, bytes(head.frontier)) if head else verify_trail.Frontier()
            )
            cursor.execute(_TAKE, [tenant_id, BATCH])
            rows = cursor.fetchall()
        leaves = []
        for *fields, event_id, at in rows:
            # A queued event that no longer exists gets a leaf that nothing matches: verification names it.
            leaf = hash_row(fields) if fields[0] is not None else verify_trail.leaf_hash(b"", [event_id.bytes])
            leaves.append(AuditLeaf(event_id=event_id, tenant_id=tenant_id, index=tree.size, at=at, hash=leaf))
            tree.append(leaf)
        if not leaves:
            return 0
        AuditLeaf.objects.bulk_create(leaves)
        _write_head(tenant_id, tree, key)
    return len(leaves)


def _write_head(tenant_id: UUID, tree: verify_trail.Frontier, key: Signer) -> None:
    row = TreeHead(
        tenant_id=tenant_id,
        size=tree.size,
        root=tree.root(),
        frontier=tree.to_bytes(),
        at=datetime.now(UTC),
        key_id=key.key_id,
    )
    row.signature = key.sign(as_proof(row).signed_text())
    row.save(force_insert=True)
