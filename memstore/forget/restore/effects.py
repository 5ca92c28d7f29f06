"""Effects of protections on the rows of a restored database. Inside the tenant's context; safe to repeat."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.ids import NIL
from governance.models import (
    ConsentAction,
    ConsentEvent,
    GivenBy,
    LegalHold,
    Objection,
    ObjectionOutcome,
    ProtectionKind,
    Purpose,
    Subject,
    SubjectPurpose,
)
from governance.processing.consents import apply_withdrawal
from governance.processing.holds import apply_hold, apply_release
from governance.processing.objections import apply_objection, apply_outcome
from governance.processing.restrictions import apply_restriction
from governance.processing.shred_orders import close_order
from governance.subjects.subject_lock import lock_subject, standing_of
from governance.vocabulary import Channel, ReasonCode, SubjectState
from memstore.forget.end_of_purpose import take_away
from memstore.forget.erasure.availability import end_access, entomb, make_active, restrict_meanwhile
from memstore.forget.erasure.rows import delete_rows
from memstore.models import Memory
from memstore.records.delete import let_go

if TYPE_CHECKING:
    from collections.abc import Callable

    from governance.evidence.ledger.entries import Detail, Entry

Purged = dict[str, int]


def _subject(entry: Entry) -> Subject | None:
    """Return the entry's subject, locked, or None.

    A subject that was first met after the backup is created again, so that the choices of the person stay in force.
    """
    if entry.subject_id is None:
        return None
    if entry.subject_kind:
        Subject.objects.bulk_create(
            [Subject(id=entry.subject_id, tenant_id=entry.tenant_id, kind=entry.subject_kind)], ignore_conflicts=True
        )
    return Subject.objects.select_for_update(no_key=True).filter(id=entry.subject_id).first()


def _erase(entry: Entry) -> Purged:
    subject = _subject(entry)
    if subject is None:
        return {}
    entomb(subject, SubjectState.ERASED)
    subject.generation = max(subject.generation, int(entry.effect.get("generation") or 0))
    subject.minor_until = None
    subject.save(update_fields=["generation", "minor_until"])
    end_access(entry.tenant_id, subject.id, entry.at, for_good=True)
    return _some(delete_rows(subject.id, None))


def _shred(entry: Entry) -> Purged:
    if entry.subject_id is None or entry.purpose_id is None:
        return {}
    close_order(entry.subject_id, entry.purpose_id)
    return _some(delete_rows(entry.subject_id, [entry.purpose_id]))


def _delete(entry: Entry) -> Purged:
    """Delete the memories, or restrict those that a hold or floor keeps. Holds were replayed in their order before."""
    gone = 0
    rows = Memory.objects.filter(id__in=list(entry.memory_ids))
    for subject_id in set(rows.values_list("subject_id", flat=True)):
        lock_subject(subject_id)
        gone += len(let_go(rows, subject_id).gone)
    return _some({Memory._meta.db_table: gone})


def _standing(entry: Entry) -> tuple[Subject, SubjectPurpose] | None:
    subject = _subject(entry)
    if subject is None or entry.purpose_id is None or not Purpose.objects.filter(id=entry.purpose_id).exists():
        return None
    return subject, standing_of(subject, entry.purpose_id)


def _withdraw(entry: Entry) -> Purged:
    found = _standing(entry)
    if found is None:
        return {}
    (subject, standing), said = found, entry.effect
    # The age that a child declares ends a consent which was never valid: there is no withdrawal to append.
    event = None if said.get("channel") == Channel.AGE else _withdrawal(entry, standing)
    apply_withdrawal(subject, standing, event, at=entry.at, known_version=int(said.get("consent_version") or 0))
    return _take_away(subject, standing.purpose_id, ReasonCode.CONSENT_ENDED)


def _withdrawal(entry: Entry, standing: SubjectPurpose) -> ConsentEvent:
    said = entry.effect
    return ConsentEvent(
        id=entry.id,
        tenant_id=entry.tenant_id,
        subject_id=standing.subject_id,
        purpose_id=standing.purpose_id,
        action=ConsentAction.WITHDRAW,
        channel=str(said.get("channel") or Channel.LEDGER),
        given_by=str(said.get("given_by") or GivenBy.SUBJECT),
        happened_at=_moment(said.get("said_at")) or entry.at,
        recorded_by=_id(said.get("recorded_by")),
    )


def _take_away(subject: Subject, purpose_id: UUID, reason: ReasonCode) -> Purged:
    return _some({Memory._meta.db_table: len(take_away(subject, purpose_id, reason).gone)})


def _object(entry: Entry) -> Purged:
    found = _standing(entry)
    if found is None:
        return {}
    (subject, standing), said = found, entry.effect
    objection = _objection(entry) or Objection(
        id=_id(said.get("objection")),
        tenant_id=entry.tenant_id,
        subject_id=subject.id,
        purpose_id=standing.purpose_id,
        made_at=entry.at,
        recorded_by=_id(said.get("recorded_by")),
    )
    apply_objection(subject, standing, objection)
    if not said.get("upheld"):
        return {}
    _settle(entry, subject, standing, objection, ObjectionOutcome.UPHELD)
    return _take_away(subject, standing.purpose_id, ReasonCode.OBJECTED)


def _overridden(entry: Entry) -> Purged:
    found, objection = _standing(entry), _objection(entry)
    if found is not None and objection is not None:
        subject, standing = found
        _settle(entry, subject, standing, objection, ObjectionOutcome.OVERRIDDEN)
    return {}


def _objection(entry: Entry) -> Objection | None:
    return Objection.objects.filter(id=_id(entry.effect.get("objection"))).first()


def _settle(
    entry: Entry, subject: Subject, standing: SubjectPurpose, objection: Objection, outcome: ObjectionOutcome
) -> None:
    said = entry.effect
    by, ground = _id(said.get("settled_by")), str(said.get("ground") or "")
    apply_outcome(subject, standing, objection, outcome, at=entry.at, by=None if by == NIL else by, ground=ground)


def _restrict(entry: Entry) -> Purged:
    _set_restriction(entry, restricted=True)
    return {}


def _lift(entry: Entry) -> Purged:
    _set_restriction(entry, restricted=False)
    return {}


def _set_restriction(entry: Entry, *, restricted: bool) -> None:
    found = _standing(entry) if entry.purpose_id is not None else None
    subject = found[0] if found else _subject(entry)
    if subject is None or (entry.purpose_id is not None and found is None):
        return
    if found is None and subject.state == SubjectState.ERASED.value:
        return
    if entry.effect.get("request") is None:
        apply_restriction(subject, found[1] if found else None, restricted=restricted, at=entry.at)
    elif restricted:  # with the request for an erasure, and lifted with its rejection
        restrict_meanwhile(subject)
    else:
        make_active(subject)


def _hold(entry: Entry) -> Purged:
    subject, said = _subject(entry), entry.effect
    hold_id = _id(said.get("hold"))
    known = LegalHold.objects.filter(id=hold_id).first()
    if subject is None or hold_id == NIL or (known is not None and known.approved_at is not None):
        return {}
    hold = known or LegalHold(
        id=hold_id,
        tenant_id=entry.tenant_id,
        subject_id=subject.id,
        purpose_id=entry.purpose_id,
        case_reference=str(said.get("case_reference") or ""),
        disclosable=bool(said.get("disclosable")),
        from_at=_moment(said.get("from_at")),
        until_at=_moment(said.get("until_at")),
        requested_by=_id(said.get("requested_by")),
        requested_at=_moment(said.get("requested_at")) or entry.at,
    )
    apply_hold(hold, by=_id(said.get("approved_by")), at=entry.at)
    return {}


def _release(entry: Entry) -> Purged:
    said = entry.effect
    hold = LegalHold.objects.filter(id=_id(said.get("hold")), release_approved_at=None).first()
    if hold is not None:
        hold.release_requested_by = _id(said.get("release_requested_by"))
        hold.release_requested_at = _moment(said.get("release_requested_at")) or entry.at
        apply_release(hold, by=_id(said.get("release_approved_by")), at=entry.at)
    return {}


def _some(counts: Purged) -> Purged:
    return {table: n for table, n in counts.items() if n}


def _id(value: Detail) -> UUID:
    return UUID(str(value)) if value else NIL


def _moment(value: Detail) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value else None


EFFECTS: dict[ProtectionKind, Callable[[Entry], Purged]] = {
    ProtectionKind.ERASE: _erase,
    ProtectionKind.SHRED: _shred,
    ProtectionKind.DELETE: _delete,
    ProtectionKind.WITHDRAW: _withdraw,
    ProtectionKind.OBJECT: _object,
    ProtectionKind.OBJECTION_OVERRIDDEN: _overridden,
    ProtectionKind.RESTRICT: _restrict,
    ProtectionKind.LIFT: _lift,
    ProtectionKind.HOLD: _hold,
    ProtectionKind.RELEASE: _release,
}
