"""Contradictions: two memories that cannot both be true, and that no rule decides between. A reviewer does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, NoSuchObject, Unopenable
from governance.guard.alarms import report_damage
from governance.guard.authorize import authorize, on_current_facts, refuse
from governance.guard.facts import subject_facts
from governance.subjects.look_up import clear, subject_numbered
from governance.subjects.subjects import fetch_sealers, subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, DataClass, FieldGroup, MemoryState, ReasonCode, View
from memstore.errors import Conflict
from memstore.models import Card, Memory, Replacement, ReplacementKind
from memstore.reconcile.keep import make_history
from memstore.reconcile.revive import replaced_with, revive, undoable
from memstore.records.card import open_card
from memstore.records.insert import hold_subject
from memstore.records.memory_view import as_seen
from memstore.records.payload import current_versions, readable_payloads

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.keyring.sealing import Sealer
    from governance.policy.decide import SubjectFacts
    from memstore.models import MemoryVersion


class Right(StrEnum):
    """What a reviewer says of a contradiction."""

    BOTH = "both"
    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two memories. `text` is as the role sees it, None where it is hidden. `said_at`: when it was said."""

    memory_id: UUID
    text: str | None
    data_class: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two memories that contradict each other: `first` was said before `second`, as far as is known."""

    id: UUID
    subject_id: UUID
    purpose: str
    first: Side
    second: Side
    found_at: datetime


def open_contradictions(now: datetime) -> QuerySet[Replacement]:
    """Return the contradictions between memories in use that wait for a reviewer. Inside the tenant's context."""
    in_use = {
        f"{side}__{column}": value
        for side in ("old", "new")
        for column, value in (("state", MemoryState.ACTIVE.value), ("expires_at__gt", now))
    }
    return Replacement.objects.filter(kind=ReplacementKind.CONTRADICTS, settled_at=None, **in_use)


def contradictions(*, caller: Caller, page: int = 1, page_size: int = 50) -> tuple[list[Contradiction], int]:
    """Return one page, oldest first, and how many there are in all. Raises AccessRefused."""
    allowed = authorize(caller=caller, action=Action.READ_QUARANTINE)
    names = {rule.purpose_id: rule.name for rule in caller.principal.purposes}
    seen: set[UUID] = set()
    with allowed.effect(subjects=seen):
        waiting = open_contradictions(datetime.now(UTC)).select_related("old", "new")
        total = waiting.count()
        rows = list(waiting.order_by("made_at", "id")[(page - 1) * page_size : page * page_size])
        seen |= {row.subject_id for row in rows}
        facts = subject_facts(caller.tenant_id, seen)
        memories = {one.id: one for row in rows for one in (row.old, row.new)}
        versions = current_versions(memories.values())
        rows = [row for row in rows if row.old_id in versions and row.new_id in versions]  # else deleted meanwhile
        fetch_sealers(caller.tenant_id, [(facts[row.subject_id], row.purpose_id) for row in rows])
        cards = {card.memory_id: card for card in Card.objects.filter(memory_id__in=memories)}
        shown = [
            Contradiction(
                id=row.id,
                subject_id=row.subject_id,
                purpose=names.get(row.purpose_id, ""),
                first=_side(allowed, facts[row.subject_id], row.old, versions, cards),
                second=_side(allowed, facts[row.subject_id], row.new, versions, cards),
                found_at=row.made_at,
            )
            for row in rows
        ]
        of: dict[UUID, dict[UUID, int]] = {}
        for row in rows:
            of.setdefault(row.subject_id, {}).update({one.id: one.version for one in (row.old, row.new)})
        allowed.record_each({subject: list(items.items()) for subject, items in of.items()})
        if not of:
            allowed.record()
    return shown, total


def _side(
    allowed: Grant,
    subject: SubjectFacts,
    memory: Memory,
    versions: Mapping[UUID, MemoryVersion],
    cards: Mapping[UUID, Card],
) -> Side:
    sealer = subject_sealer(memory.tenant_id, subject, memory.purpose_id)
    view = allowed.allowed.view(FieldGroup.CONTENT, DataClass(memory.data_class), MemoryState(memory.state))
    text = None
    if view is not View.HIDDEN:
        [payload] = readable_payloads(sealer, [versions[memory.id]])
        if payload is None:  # the others are shown all the same
            report_damage(memory.tenant_id, [memory.id], subject_id=subject.id)
        else:
            text = as_seen(payload.text, view)
    return Side(memory.id, text, memory.data_class, _said_at(sealer, memory, cards.get(memory.id)))


def _said_at(sealer: Sealer, memory: Memory, card: Card | None) -> datetime:
    """Return when a memory was said, as its card has it; when it was stored if the card is gone or damaged."""
    with suppress(Unopenable):
        if card is not None:
            return open_card(sealer, card).dated_at
    return memory.created_at


@on_current_facts
def settle_contradiction(*, caller: Caller, contradiction_id: UUID, right: Right) -> None:
    """Settle a contradiction: both stay current, or one is right and the other is history from when they clashed.

    What becomes history can be made current again as after any replacement. Raises NoSuchObject, AccessRefused.
    """
    row, facts = _find(caller, contradiction_id)
    allowed = authorize(caller=caller, action=Action.SETTLE_FACT, subject=facts, object_id=contradiction_id)
    sealer = subject_sealer(caller.tenant_id, facts, row.purpose_id)
    with allowed.effect(subjects=[facts.id]):
        hold_subject(caller.tenant_id, facts, even_restricted=True)
        now = datetime.now(UTC)
        waiting = open_contradictions(now).filter(id=contradiction_id).select_related("old", "new")
        found = waiting.select_for_update(of=("self",)).first()
        if found is None:
            raise NoSuchObject("contradiction")
        if right is Right.SECOND:
            found.kind = ReplacementKind.SUPERSEDES  # from now on one replacement among others, which can be undone
        else:
            found.settled_at, found.settled_by = now, caller.principal.id
        found.save(update_fields=["kind", "settled_at", "settled_by"])
        if right is Right.FIRST:
            _replace_the_newer(found)
        if right is not Right.BOTH:
            kept, over = (found.old, found.new) if right is Right.FIRST else (found.new, found.old)
            newer = Card.objects.filter(memory_id=found.new_id).first()
            make_history(sealer, [over.id], successor=kept.id, at=_said_at(sealer, found.new, newer))
        allowed.record(items=[(one.id, one.version) for one in (found.old, found.new)], object_id=contradiction_id)


def _replace_the_newer(found: Replacement) -> None:
    """Note that the older memory of a contradiction takes the place of the newer one."""
    Replacement.objects.update_or_create(
        tenant_id=found.tenant_id,
        old_id=found.new_id,
        new_id=found.old_id,
        defaults={
            "subject_id": found.subject_id,
            "purpose_id": found.purpose_id,
            "kind": ReplacementKind.SUPERSEDES,
            "settled_at": None,
            "settled_by": None,
        },
    )


@on_current_facts
def undo_replacement(*, caller: Caller, subject_id: UUID, memory_id: UUID) -> None:
    """Make a memory of this person current again that a newer one replaced by mistake. Both stay.

    Raises NoSuchObject, and AccessRefused(ALREADY_DECIDED) when there is nothing to undo.
    """
    cleared = clear(caller=caller, action=Action.SETTLE_FACT, object_id=memory_id)
    with tenant_context(caller.tenant_id):
        memory = Memory.objects.readable(datetime.now(UTC)).filter(id=memory_id, subject_id=subject_id).first()
    facts = subject_numbered(cleared, memory.subject_id if memory else None)
    if memory is None or facts is None:
        refuse(caller, Action.SETTLE_FACT, ReasonCode.NOT_FOUND, object_id=memory_id)
        raise NoSuchObject("memory")
    allowed = authorize(caller=caller, action=Action.SETTLE_FACT, subject=facts, object_id=memory_id)
    sealer = subject_sealer(caller.tenant_id, facts, memory.purpose_id)
    with allowed.effect(subjects=[facts.id], object_id=memory_id):
        hold_subject(caller.tenant_id, facts, even_restricted=True)
        memory.refresh_from_db()
        found = replaced_with(memory) if memory.state == MemoryState.SUPERSEDED.value else []
        try:
            revived = revive(sealer, found, by=caller.principal.id)
        except Conflict:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED) from None
        allowed.record(items=[(one.id, one.version) for one in revived], object_id=memory_id)


def check_undoable(*, caller: Caller, subject_id: UUID, memory_id: UUID) -> None:
    """Check that the replacement of this memory can be undone. Raises NoSuchObject, AccessRefused."""
    allowed = authorize(caller=caller, action=Action.SETTLE_FACT, object_id=memory_id)
    with allowed.effect(object_id=memory_id):
        rows = Replacement.objects.filter(old_id__in=undoable([memory_id]), subject_id=subject_id)
        if not rows.exists():
            raise NoSuchObject("replacement")
        allowed.record_under_lock(subject_id=subject_id, object_id=memory_id)


def check_open(*, caller: Caller, contradiction_id: UUID) -> None:
    """Check that a contradiction waits. Raises NoSuchObject, AccessRefused."""
    allowed = authorize(caller=caller, action=Action.READ_QUARANTINE, object_id=contradiction_id)
    with allowed.effect(object_id=contradiction_id):
        row = open_contradictions(datetime.now(UTC)).filter(id=contradiction_id).first()
        if row is None:
            raise NoSuchObject("contradiction")
        allowed.record_under_lock(subject_id=row.subject_id, object_id=contradiction_id)


def _find(caller: Caller, contradiction_id: UUID) -> tuple[Replacement, SubjectFacts]:
    """Return the contradiction that waits, and its subject. Raises NoSuchObject, on the record, AccessRefused."""
    cleared = clear(caller=caller, action=Action.SETTLE_FACT, object_id=contradiction_id)
    with tenant_context(caller.tenant_id):
        row = open_contradictions(datetime.now(UTC)).filter(id=contradiction_id).first()
    facts = subject_numbered(cleared, row.subject_id if row else None)
    if row is None or facts is None:
        refuse(caller, Action.SETTLE_FACT, ReasonCode.NOT_FOUND, object_id=contradiction_id)
        raise NoSuchObject("contradiction")
    return row, facts
