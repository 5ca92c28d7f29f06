"""Reconciliation of what is stored: memories that were kept side by side are set against each other, person by person.

Each person and purpose is one transaction, in the order of speech, so that a crash loses no more than one; doing it
again changes nothing that is settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.guard.authorize import authorize, system_caller
from governance.guard.facts import rule_of, subject_facts
from governance.models import PurposeVersion
from governance.subjects.subject_lock import lock_subject
from governance.subjects.subjects import subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, MemoryState, SystemJob
from memstore.intake.claims import held_keys, slot_keys
from memstore.models import Memory, Replacement, ReplacementKind
from memstore.reconcile.decide import decide
from memstore.reconcile.keep import fill_slots, make_history, replacement
from memstore.reconcile.pool import FOR_A_CHANGE, Pool, open_pool, statement_of
from memstore.reconcile.settle import HISTORY, slots_of
from memstore.reconcile.statement import Kind
from memstore.records.insert import Owner
from memstore.records.scope_ids import ScopeIds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from memstore.reconcile.pool import Member

LARGEST = 20_000
"""Memories of one person and purpose that are read; the newest count."""
_KINDS = {
    Kind.SUPERSEDES: ReplacementKind.SUPERSEDES,
    Kind.RETRACTS: ReplacementKind.RETRACTS,
    Kind.CONTRADICTS: ReplacementKind.CONTRADICTS,
}


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Result for one person and purpose: how many memories were read, and how many are history or in doubt by it."""

    subject_id: UUID
    read: int
    replaced: int
    contradicting: int


def count_people(tenant_id: UUID) -> int:
    """Return how many pairs of person and purpose have memories in use."""
    with tenant_context(tenant_id):
        return _pairs().count()


def reconcile_tenant(tenant_id: UUID, *, after: UUID | None = None) -> Iterator[Reconciled]:
    """Reconcile people in the order of their random ids, those after `after`. Yield one result for each purpose."""
    with tenant_context(tenant_id):
        pairs = list(_pairs(after))
    for subject_id, purpose_id in pairs:
        yield _reconcile(tenant_id, subject_id, purpose_id)


def _pairs(after: UUID | None = None) -> QuerySet[Memory, tuple[UUID, UUID]]:
    rows = Memory.objects.filter(state=MemoryState.ACTIVE.value)
    rows = rows.filter(subject_id__gt=after) if after else rows
    return rows.order_by("subject_id", "purpose_id").values_list("subject_id", "purpose_id").distinct()


def _reconcile(tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> Reconciled:
    allowed = authorize(caller=system_caller(tenant_id, SystemJob.RETENTION), action=Action.APPLY_RULES)
    with allowed.effect():
        lock_subject(subject_id)
        owner = _owner(tenant_id, subject_id, purpose_id)
        if owner is None:
            return Reconciled(subject_id, 0, 0, 0)
        pool = open_pool(owner, [], limit=LARGEST, now=datetime.now(UTC))
        members = sorted((one for one in pool.members.values() if one.by_person), key=lambda one: one.said_at)
        settled = set(Replacement.objects.filter(subject_id=subject_id).values_list("old_id", "new_id"))
        seen = Pool(owner.sealer)
        touched: list[tuple[UUID, int]] = []
        n_doubtful = 0
        pool.open_texts(members)
        for member in members:
            if member.payload is None:
                continue
            member.statement = statement_of(member, member.payload)
            keys = slots_of(owner.sealer, member, slot_keys(member.statement.claims))
            over = _over(owner, seen, member, keys, settled)
            touched += [(old.id, old.version) for old, kind in over if kind in HISTORY]
            n_doubtful += sum(kind is ReplacementKind.CONTRADICTS for _, kind in over)
            seen.add(member)
            held = slots_of(owner.sealer, member, held_keys(member.statement.claims))
            seen.slots |= {mac: member.id for mac in held if mac not in seen.slots}
            fill_slots(owner, member.id, held)
        allowed.record_under_lock(subject_id=subject_id, items=touched)
    return Reconciled(subject_id, len(members), len(touched), n_doubtful)


def _over(
    owner: Owner, seen: Pool, member: Member, keys: list[bytes], settled: set[tuple[UUID, UUID]]
) -> list[tuple[Member, ReplacementKind]]:
    """Make history of what this statement replaces. Return it, with what contradicts it."""
    if member.statement is None:
        return []
    found = []
    for relation in decide(member.statement, seen.candidates(member, seen.pick(member, keys, FOR_A_CHANGE))):
        old, kind = seen.members[UUID(relation.id)], _KINDS.get(relation.kind)
        if kind is None or (old.id, member.id) in settled:
            continue
        if not relation.wholly and kind is not ReplacementKind.CONTRADICTS:
            kind = ReplacementKind.PARTLY
        found.append((old, kind))
    Replacement.objects.bulk_create(
        [replacement(owner, old.id, member.id, kind) for old, kind in found], ignore_conflicts=True
    )
    for old, kind in found:
        if kind in HISTORY:
            at = datetime.fromtimestamp(member.said_at, UTC)
            make_history(owner.sealer, [old.id], successor=member.id, at=at)
            seen.drop(old.id)
    return found


def _owner(tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> Owner | None:
    subject = subject_facts(tenant_id, [subject_id], fresh=True).get(subject_id)
    version = (
        PurposeVersion.objects.filter(purpose_id=purpose_id).select_related("purpose").order_by("-version").first()
    )
    if subject is None or version is None:
        return None
    sealer = subject_sealer(tenant_id, subject, purpose_id)
    return Owner(tenant_id, subject, rule_of(version), sealer, ScopeIds())
