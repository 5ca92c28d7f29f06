"""Inspection: what is kept about a person, for staff: masked, or in clear during a break-glass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.access.break_glass import break_glass, is_open
from governance.errors import NoSuchObject
from governance.guard.alarms import report_damage
from governance.guard.authorize import authorize, on_current_facts, refuse
from governance.models import SubjectPurpose
from governance.subjects.look_up import clear, subject_named, subject_numbered
from governance.subjects.subjects import subject_sealer
from governance.vocabulary import Action, DataClass, FieldGroup, MemoryState, ReasonCode, View
from memstore.models import Memory
from memstore.reconcile.revive import undoable
from memstore.records.memory_view import as_seen
from memstore.records.payload import current_versions, readable_payloads

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.access.break_glass import BreakGlassView
    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.models import RevealReason
    from governance.policy.decide import SubjectFacts
    from memstore.models import MemoryVersion
    from memstore.records.scope_ids import ScopeIds


@dataclass(frozen=True, slots=True)
class Inspected:
    """One memory as a role sees it. A field group that the role does not see is None.

    `view` says how the text is shown. `replaced_by`: what took its place; `undoable`: that can be undone.
    """

    id: UUID
    state: str
    view: View
    text: str | None
    purpose: str | None
    lawful_basis: str | None
    data_class: str | None
    found: tuple[str, ...] | None
    expires_at: datetime | None
    destroy_at: datetime | None
    created_at: datetime | None
    extractor: str | None
    source_id: UUID | None
    principal_id: UUID | None
    replaced_by: UUID | None = None
    undoable: bool = False


@dataclass(frozen=True, slots=True)
class SubjectView:
    """One subject, with the purposes that it objected to or that are restricted for it."""

    id: UUID
    kind: str
    state: str
    objected_to: tuple[str, ...]
    restricted_for: tuple[str, ...]
    n_memories: int


@on_current_facts
def look_up(*, caller: Caller, scope: ScopeIds) -> SubjectView:
    """Return the subject behind an external id. Raises NoSuchObject, AccessRefused."""
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.LOOK_UP_SUBJECT, names={kind: external_id}, kind=kind)
    found = subject_named(cleared, kind)
    allowed = authorize(caller=caller, action=Action.LOOK_UP_SUBJECT, subject=found)
    if found is None:
        refuse(caller, Action.LOOK_UP_SUBJECT, ReasonCode.NOT_FOUND)
        raise NoSuchObject("subject")
    with allowed.effect():
        shown = _subject_view(caller, found)
        allowed.record(n_items=1)
    return shown


def _subject_view(caller: Caller, found: SubjectFacts) -> SubjectView:
    """Return the view of a subject. Inside the tenant's context."""
    names = {rule.purpose_id: rule.name for rule in caller.principal.purposes}
    standings = list(SubjectPurpose.objects.filter(subject_id=found.id))
    return SubjectView(
        id=found.id,
        kind=found.kind.value,
        state=found.state.value,
        objected_to=tuple(names.get(row.purpose_id, "") for row in standings if row.objected_at),
        restricted_for=tuple(names.get(row.purpose_id, "") for row in standings if row.restricted_at),
        n_memories=Memory.objects.filter(subject_id=found.id).count(),
    )


@on_current_facts
def profile(*, caller: Caller, subject_id: UUID) -> SubjectView:
    """Return the subject with this random id, without its memories. Raises NoSuchObject, AccessRefused."""
    found = subject_by_id(caller, Action.LOOK_UP_SUBJECT, subject_id)
    allowed = authorize(caller=caller, action=Action.LOOK_UP_SUBJECT, subject=found)
    with allowed.effect():
        shown = _subject_view(caller, found)
        allowed.record(n_items=1)
    return shown


def subject_by_id(caller: Caller, action: Action, subject_id: UUID) -> SubjectFacts:
    """Return the facts of the subject, if the caller may do this at all.

    Raises NoSuchObject, on the record, AccessRefused.
    """
    found = subject_numbered(clear(caller=caller, action=action, object_id=subject_id), subject_id)
    if found is None:
        refuse(caller, action, ReasonCode.NOT_FOUND, object_id=subject_id)
        raise NoSuchObject("subject")
    return found


@on_current_facts
def open_glass(
    *, caller: Caller, subject_id: UUID, reason: RevealReason, reference: str, minutes: int
) -> BreakGlassView:
    """Open a break-glass for the person with this id. Raises NoSuchObject, and what `break_glass` raises."""
    subject = subject_by_id(caller, Action.BREAK_GLASS, subject_id)
    return break_glass(caller=caller, subject=subject, reason=reason, reference=reference, minutes=minutes)


@on_current_facts
def inspect(*, caller: Caller, subject_id: UUID, page: int = 1, page_size: int = 50) -> tuple[list[Inspected], int]:
    """Return one page of a person's memories, newest first, as far as the role sees them, and how many there are.

    Raises NoSuchObject, AccessRefused.
    """
    subject = subject_by_id(caller, Action.INSPECT, subject_id)
    revealed = is_open(caller, subject)
    allowed = authorize(caller=caller, action=Action.INSPECT, subject=subject, revealed=revealed)
    with allowed.effect(subjects=[subject.id]):
        seen = [state.value for state in MemoryState if _sees(allowed, state)]
        rows = Memory.objects.filter(subject_id=subject.id, state__in=seen).order_by("-created_at", "-id")
        total = rows.count()
        found = list(rows[(page - 1) * page_size : page * page_size])
        versions = current_versions(found)
        found = [row for row in found if row.id in versions]  # the others were deleted or revised meanwhile
        again = undoable(row.id for row in found if row.state == MemoryState.SUPERSEDED.value)
        shown = [_show(allowed, subject, row, versions[row.id], undo=row.id in again) for row in found]
        allowed.record(items=[(row.id, row.version) for row in found])
    return shown, total


def _sees(allowed: Grant, state: MemoryState) -> bool:
    return allowed.allowed.view(FieldGroup.LABELS, DataClass.ORDINARY, state) is not View.HIDDEN


def _show(allowed: Grant, subject: SubjectFacts, row: Memory, version: MemoryVersion, *, undo: bool) -> Inspected:
    state, data_class = MemoryState(row.state), DataClass(row.data_class)
    content = allowed.allowed.view(FieldGroup.CONTENT, data_class, state)
    if not allowed.allowed.sees(row.purpose_id, data_class):
        content = View.HIDDEN  # the purpose has since been revised to hold nothing of this class
    labels = allowed.allowed.view(FieldGroup.LABELS, data_class, state) is View.CLEAR
    evidence = allowed.allowed.view(FieldGroup.EVIDENCE, data_class, state) is View.CLEAR
    names = {rule.purpose_id: rule.name for rule in allowed.caller.principal.purposes}
    text = found = None
    if content is not View.HIDDEN:
        [payload] = readable_payloads(subject_sealer(row.tenant_id, subject, row.purpose_id), [version])
        if payload is None:  # the others are shown all the same
            report_damage(row.tenant_id, [row.id], subject_id=subject.id)
            content = View.HIDDEN
        else:
            found = payload.found
            text = as_seen(payload.text, content)
    return Inspected(
        id=row.id,
        state=row.state,
        view=content,
        text=text,
        purpose=names.get(row.purpose_id, "") if labels else None,
        lawful_basis=row.lawful_basis if labels else None,
        data_class=row.data_class if labels else None,
        found=found if labels else None,
        expires_at=row.expires_at if labels else None,
        destroy_at=row.destroy_at if labels else None,
        created_at=row.created_at if labels else None,
        extractor=version.extractor if evidence else None,
        source_id=version.source_id if evidence else None,
        principal_id=version.principal_id if evidence else None,
        replaced_by=row.replaced_by if labels else None,
        undoable=undo,
    )
