"""Memories of the person in the portal: words as far as the sitting shows them, why, from where and until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.errors import AccessRefused, NoSuchObject
from governance.guard.alarms import report_damage
from governance.guard.authorize import authorize, on_current_facts
from governance.ids import NIL
from governance.models import Ground, Purpose, RequestItem
from governance.subjects.oneself import is_proved, oneself, own_identity
from governance.subjects.subjects import subject_sealer
from governance.vocabulary import (
    Action,
    Capability,
    DataClass,
    FieldGroup,
    MemoryState,
    ReasonCode,
    SubjectState,
    View,
)
from memstore.models import Memory
from memstore.reconcile.revive import undoable
from memstore.records.payload import current_versions, readable_payloads
from memstore.rights.copies.disclosure_decisions import decided
from memstore.rights.copies.gather import UNREADABLE
from memstore.rights.copies.hand_out import COPY_KINDS
from memstore.rights.copies.redact import redacted, speaks_of_others

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.policy.decide import SubjectFacts
    from memstore.models import MemoryVersion
    from memstore.rights.copies.disclosure_decisions import Decided

PAGE_SIZE = 50
RESTRICTION, OBJECTION, EXPIRED = "restriction", "objection", "expired"
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class OwnMemory:
    """One memory as the person sees it. `text` None: it is kept, and not shown here.

    `marks`: why it is not used at present, or has no words, if so. `said_by`: user, assistant or system; `stated`:
    stated, observed or inferred. `replaced_with`: the words of what took its place, if they are shown; `undoable`: the
    person can make it current again.
    """

    id: UUID
    text: str | None
    purpose: str
    lawful_basis: str
    data_class: str
    said_by: str
    stated: str
    revised: bool
    marks: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    use_ends: datetime
    kept_until: datetime
    replaced_by: UUID | None = None
    replaced_with: str | None = None
    undoable: bool = False


@dataclass(frozen=True, slots=True)
class PurposeGroup:
    """Memories of one purpose."""

    purpose: str
    lawful_basis: str
    memories: tuple[OwnMemory, ...]


@dataclass(frozen=True, slots=True)
class OwnMemories:
    """One page.

    `proved`: the person has proved their identity, so everything is here; `words`: some texts may be shown.
    """

    groups: tuple[PurposeGroup, ...]
    total: int
    page: int
    pages: int
    proved: bool
    words: bool
    restricted: bool


@on_current_facts
def overview(*, caller: Caller, page: int = 1) -> OwnMemories:
    """Return one page by purpose, the newest first in each. Raises AccessRefused."""
    subject, grant = _allowed(caller)
    person = own_identity(caller)[1]
    with grant.effect(subjects=[subject.id]):
        found = _decided(subject)
        rows = _within_reach(grant, subject, found)
        total = rows.count()
        pages = max(1, -(-total // PAGE_SIZE))
        page = min(page, pages)
        ordered = rows.order_by("purpose_id", "-created_at", "-id")
        here = list(ordered[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
        shown = _opened(grant, subject, here, person, found)
    groups: dict[tuple[str, str], list[OwnMemory]] = {}
    for memory in shown:
        groups.setdefault((memory.purpose, memory.lawful_basis), []).append(memory)
    return OwnMemories(
        groups=tuple(PurposeGroup(*key, tuple(memories)) for key, memories in sorted(groups.items())),
        total=total,
        page=page,
        pages=pages,
        proved=is_proved(caller),
        words=Capability.OWN_READ in caller.principal.capabilities or is_proved(caller),
        restricted=subject.state is SubjectState.RESTRICTED,
    )


@on_current_facts
def own_memory(*, caller: Caller, memory_id: UUID) -> OwnMemory:
    """Return one memory.

    Raises NoSuchObject alike for a missing one, another person's, and one out of the sitting's reach.
    """
    subject, grant = _allowed(caller)
    person = own_identity(caller)[1]
    with grant.effect(subjects=[subject.id]):
        found = _decided(subject)
        rows = _within_reach(grant, subject, found).filter(id=memory_id)
        shown = _opened(grant, subject, list(rows), person, found)
        if not shown:
            raise NoSuchObject("memory")
    return shown[0]


def _allowed(caller: Caller) -> tuple[SubjectFacts, Grant]:
    grant = authorize(caller=caller, action=Action.READ_PORTAL, subject=oneself(caller))
    if grant.subject is None:
        raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
    return grant.subject, grant


def _within_reach(grant: Grant, subject: SubjectFacts, found: Decided) -> QuerySet[Memory]:
    """Return all memories, once the identity is proved; before, only those that the link's key could read."""
    states = [
        state.value
        for state in MemoryState
        if grant.allowed.view(FieldGroup.LABELS, DataClass.ORDINARY, state) is not View.HIDDEN
    ]
    rows = Memory.objects.filter(subject_id=subject.id, state__in=states).exclude(purpose_id=NIL)
    if is_proved(grant.caller):
        return rows
    reach = Q(pk=None)
    for one in grant.allowed.reaches:
        reach |= Q(purpose_id=one.rule.purpose_id, data_class__in=[known.value for known in one.classes])
    rows = rows.exclude(id__in=found.withheld).exclude(purpose_id__in=found.refused)
    return rows.filter(reach, expires_at__gt=datetime.now(UTC))


def _opened(grant: Grant, subject: SubjectFacts, rows: list[Memory], person: str, found: Decided) -> list[OwnMemory]:
    """Open the memories, inside the transaction that puts them on the record."""
    versions = current_versions(rows)
    rows = [row for row in rows if row.id in versions]  # the others were deleted or revised meanwhile
    names = dict(Purpose.objects.values_list("id", "name"))
    asked = len(rows)
    rows += _successors(grant, subject, rows, found, versions)
    shown = [
        _shown(grant, subject, row, versions[row.id], names.get(row.purpose_id, ""), person, found) for row in rows
    ]
    # Recorded under the sitting, which leads to the issuer of its link: the issuer may have been the one who looked.
    items = [(row.id, row.version) for row, one in zip(rows, shown, strict=True) if one.text is not None]
    grant.record(object_id=grant.caller.principal.session_id, items=items, n_items=len(items))
    words = {one.id: one.text for one in shown}
    again = undoable(one.id for one in shown if one.replaced_by is not None)
    return [
        replace(one, replaced_with=words.get(one.replaced_by), undoable=one.id in again) if one.replaced_by else one
        for one in shown[:asked]
    ]


def _successors(
    grant: Grant,
    subject: SubjectFacts,
    rows: list[Memory],
    found: Decided,
    versions: dict[UUID, MemoryVersion],
) -> list[Memory]:
    """Return what took the place of these memories and is not among them, as far as it is shown. Adds its versions."""
    here = {row.id for row in rows}
    wanted = {row.replaced_by for row in rows if row.replaced_by is not None} - here
    if not wanted:
        return []
    others = list(_within_reach(grant, subject, found).filter(id__in=wanted))
    versions |= current_versions(others)
    return [row for row in others if row.id in versions]


def _shown(
    grant: Grant,
    subject: SubjectFacts,
    row: Memory,
    version: MemoryVersion,
    purpose: str,
    person: str,
    found: Decided,
) -> OwnMemory:
    state, data_class = MemoryState(row.state), DataClass(row.data_class)
    text, said_by, marks = None, "", _marks(subject, row)
    clear = grant.allowed.view(FieldGroup.CONTENT, data_class, state) is View.CLEAR
    # If the purpose was since revised to hold nothing of this class, only the copy has the words.
    if found.ground(row.id, row.purpose_id):
        marks = (*marks, WITHHELD)
    elif clear and grant.allowed.sees(row.purpose_id, data_class):
        [payload] = readable_payloads(subject_sealer(row.tenant_id, subject, row.purpose_id), [version])
        if payload is None:  # the others are shown all the same
            report_damage(row.tenant_id, [row.id], subject_id=subject.id)
            marks = (*marks, UNREADABLE)
        else:
            said_by, text = payload.role, payload.text
            of_others = speaks_of_others(text, role=payload.role, speaker=payload.speaker, person=person)
            if of_others and row.id not in found.in_full:
                text, _ = redacted(text)  # Art. 15(4)
    return OwnMemory(
        id=row.id,
        text=text,
        purpose=purpose,
        lawful_basis=row.lawful_basis,
        data_class=row.data_class,
        said_by=said_by,
        stated=version.stated,
        revised=row.version > 1,
        marks=marks,
        created_at=row.created_at,
        updated_at=row.updated_at,
        use_ends=row.expires_at,
        kept_until=row.destroy_at,
        replaced_by=row.replaced_by if state is MemoryState.SUPERSEDED else None,
    )


def _decided(subject: SubjectFacts) -> Decided:
    """Return the decisions about all copies of the person: they hold here as well, until changed."""
    items = RequestItem.objects.filter(request__subject_id=subject.id, request__kind__in=COPY_KINDS)
    # What another person provided is no part of a portable copy (Art. 20), and is shown all the same.
    return decided(items.exclude(ground=Ground.NOT_PROVIDED_BY_PERSON.value))


def _marks(subject: SubjectFacts, row: Memory) -> tuple[str, ...]:
    standing = subject.standing(row.purpose_id)
    marks = [] if row.state == MemoryState.ACTIVE.value else [row.state]
    if subject.state is SubjectState.RESTRICTED or standing.restricted:
        marks.append(RESTRICTION)
    if standing.objected:
        marks.append(OBJECTION)
    if row.expires_at <= datetime.now(UTC):
        marks.append(EXPIRED)
    return tuple(marks)
