"""Effects of protections on the rows of a restored database. Inside the tenant's context; safe to repeat."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.ids import NIL
from governance.models import (
    ApiKey,
    ConsentAction,
    ConsentEvent,
    LegalHold,
    Objection,
    ObjectionOutcome,
    ProtectionKind,
    Purpose,
    Subject,
    SubjectPurpose,
)
from governance.processing.shred_orders import order_shred
from governance.subjects.subject_lock import lock_subject, moved, standing_of
from governance.vocabulary import SubjectState
from memstore.forget.erasure.rows import delete_rows
from memstore.models import Memory, Source
from memstore.records.delete import let_go, let_sources_go

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
    subject.state = SubjectState.ERASED.value
    subject.generation = max(subject.generation, int(entry.effect.get("generation") or 0))
    subject.minor_until = None
    subject.save(update_fields=["state", "generation", "minor_until"])
    moved(subject)
    for key in ApiKey.objects.filter(pinned_subject=subject.id, revoked_at=None):
        key.revoked_at, key.claim_sha256 = entry.at, None
        key.save(update_fields=["revoked_at", "claim_sha256"])
    return _some(delete_rows(subject.id, None))


def _shred(entry: Entry) -> Purged:
    if entry.subject_id is None or entry.purpose_id is None:
        return {}
    return _some(delete_rows(entry.subject_id, [entry.purpose_id]))


def _delete(entry: Entry) -> Purged:
    """Delete the memories, or restrict those that a hold or floor keeps. Holds were replayed in their order before."""
    gone = 0
    rows = Memory.objects.filter(id__in=list(entry.memory_ids))
    for subject_id in set(rows.values_list("subject_id", flat=True)):
        lock_subject(subject_id)
        gone += len(let_go(rows, subject_id).gone)
    return _some({"memstore_memory": gone})


def _standing(entry: Entry) -> tuple[Subject, SubjectPurpose] | None:
    subject = _subject(entry)
    if subject is None or entry.purpose_id is None or not Purpose.objects.filter(id=entry.purpose_id).exists():
        return None
    return subject, standing_of(subject, entry.purpose_id)


def _withdraw(entry: Entry) -> Purged:
    found = _standing(entry)
    if found is None:
        return {}
    subject, standing = found
    standing.consent_until = None
    standing.consent_version = max(standing.consent_version + 1, int(entry.effect.get("consent_version") or 0))
    order_shred(standing, entry.at)
    standing.save()
    if not ConsentEvent.objects.filter(id=entry.id).exists():
        ConsentEvent.objects.create(
            id=entry.id,
            tenant_id=entry.tenant_id,
            subject_id=subject.id,
            purpose_id=standing.purpose_id,
            action=ConsentAction.WITHDRAW,
            channel=str(entry.effect.get("channel") or "ledger"),
            given_by=str(entry.effect.get("given_by") or "subject"),
            happened_at=_moment(entry.effect.get("said_at")) or entry.at,
            consent_version=standing.consent_version,
            recorded_by=_id(entry.effect.get("recorded_by")),
        )
    moved(subject)
    return _take_away(subject.id, standing.purpose_id)


def _take_away(subject_id: UUID, purpose_id: UUID) -> Purged:
    removed = let_go(Memory.objects.filter(purpose_id=purpose_id), subject_id)
    let_sources_go(Source.objects.filter(purpose_id=purpose_id), subject_id)
    return _some({"memstore_memory": len(removed.gone)})


def _object(entry: Entry) -> Purged:
    found = _standing(entry)
    if found is None:
        return {}
    subject, standing = found
    standing.objected_at = entry.at
    over = bool(entry.effect.get("upheld"))
    if over:
        order_shred(standing, entry.at)
        standing.consent_version += 1
    standing.save()
    objection_id = _id(entry.effect.get("objection"))
    if objection_id != NIL:
        outcome = ObjectionOutcome.UPHELD.value if over else ""
        Objection.objects.update_or_create(
            id=objection_id,
            defaults={
                "tenant_id": entry.tenant_id,
                "subject_id": subject.id,
                "purpose_id": standing.purpose_id,
                "made_at": entry.at,
                "recorded_by": _id(entry.effect.get("recorded_by")),
                "outcome": outcome,
                "settled_at": entry.at if over else None,
            },
        )
    moved(subject)
    return _take_away(subject.id, standing.purpose_id) if over else {}


def _overridden(entry: Entry) -> Purged:
    found = _standing(entry)
    if found is not None:
        subject, standing = found
        standing.objected_at = None
        standing.save(update_fields=["objected_at"])
        Objection.objects.filter(id=_id(entry.effect.get("objection"))).update(
            outcome=ObjectionOutcome.OVERRIDDEN.value,
            ground=str(entry.effect.get("ground") or ""),
            settled_by=_id(entry.effect.get("settled_by")),
            settled_at=entry.at,
        )
        moved(subject)
    return {}


def _restrict(entry: Entry) -> Purged:
    _set_restriction(entry, restricted=True)
    return {}


def _lift(entry: Entry) -> Purged:
    _set_restriction(entry, restricted=False)
    return {}


def _set_restriction(entry: Entry, *, restricted: bool) -> None:
    if entry.purpose_id is not None:
        found = _standing(entry)
        if found is None:
            return
        subject, standing = found
        standing.restricted_at = entry.at if restricted else None
        standing.save(update_fields=["restricted_at"])
    else:
        known = _subject(entry)
        if known is None or known.state == SubjectState.ERASED.value:
            return
        subject = known
        subject.state = (SubjectState.RESTRICTED if restricted else SubjectState.ACTIVE).value
        subject.save(update_fields=["state"])
    moved(subject)


def _hold(entry: Entry) -> Purged:
    subject, hold_id, said = _subject(entry), _id(entry.effect.get("hold")), entry.effect
    if subject is None or hold_id == NIL or LegalHold.objects.filter(id=hold_id).exclude(approved_at=None).exists():
        return {}
    LegalHold.objects.update_or_create(
        id=hold_id,
        defaults={
            "tenant_id": entry.tenant_id,
            "subject_id": subject.id,
            "purpose_id": entry.purpose_id,
            "case_reference": str(said.get("case_reference") or ""),
            "disclosable": bool(said.get("disclosable")),
            "from_at": _moment(said.get("from_at")),
            "until_at": _moment(said.get("until_at")),
            "requested_by": _id(said.get("requested_by")),
            "approved_by": _id(said.get("approved_by")),
            "approved_at": entry.at,
        },
    )
    return {}


def _release(entry: Entry) -> Purged:
    said = entry.effect
    LegalHold.objects.filter(id=_id(said.get("hold")), release_approved_at=None).update(
        release_requested_by=_id(said.get("release_requested_by")),
        release_requested_at=entry.at,
        release_approved_by=_id(said.get("release_approved_by")),
        release_approved_at=entry.at,
    )
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
