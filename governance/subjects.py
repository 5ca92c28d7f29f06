"""Subjects: from the id that an assistant uses for somebody to the row that policy decides by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import FactsMoved, KeyUnavailable
from governance.keyring.cache import ExpiringCache
from governance.keyring.identities import enrol_evenly, enrol_identity, find_identity, forget_identity_cache
from governance.keyring.keys import fetch_purpose_sealers, purpose_sealer
from governance.models import Subject, SubjectPurpose
from governance.policy import Standing, SubjectFacts
from governance.tenancy import tenant_context
from governance.vocabulary import SubjectKind, SubjectState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.keyring.sealing import Sealer

# A stale entry does no harm: every effect and every answer re-checks it as it is recorded, and refusals ask anew.
_facts: ExpiringCache[tuple[UUID, UUID], SubjectFacts] = ExpiringCache(20_000)


def find_subject(tenant_id: UUID, kind: SubjectKind, external_id: str) -> SubjectFacts | None:
    """The subject behind an external id, or None when nothing is remembered about it.

    Somebody whose erasure runs is still found, and refused; once it has closed, they are nobody whom we know.
    """
    identity = find_identity(tenant_id, kind, external_id)
    found = None if identity is None else subject_facts(tenant_id, [identity]).get(identity)
    if found is not None and found.state is SubjectState.ERASED:
        forget_identity_cache(tenant_id, kind, external_id)
        identity = find_identity(tenant_id, kind, external_id)
        found = None if identity is None else subject_facts(tenant_id, [identity]).get(identity)
    return found


def admit_subject(tenant_id: UUID, kind: SubjectKind, external_id: str) -> SubjectFacts:
    """The subject behind an external id, met for the first time if need be.

    Key and identity are made in `keys` first, then the row in `default`: a young key without a row is harmless.
    """
    forget_identity_cache(tenant_id, kind, external_id)  # who is met now is not whom this process may remember
    return _admitted(tenant_id, kind, enrol_identity(tenant_id, kind, external_id))


def admit_evenly(tenant_id: UUID, kind: SubjectKind, external_id: str) -> SubjectFacts:
    """The same, with the same work for somebody whom we know: the time of the answer tells nothing."""
    return _admitted(tenant_id, kind, enrol_evenly(tenant_id, kind, external_id), evenly=True)


def _admitted(tenant_id: UUID, kind: SubjectKind, identity: UUID, *, evenly: bool = False) -> SubjectFacts:
    found = None if evenly else subject_facts(tenant_id, [identity]).get(identity)
    if found is not None:
        return found
    with tenant_context(tenant_id):
        Subject.objects.bulk_create([Subject(id=identity, tenant_id=tenant_id, kind=kind.value)], ignore_conflicts=True)
    admitted = subject_facts(tenant_id, [identity], fresh=evenly).get(identity)
    if admitted is None:
        raise KeyUnavailable(f"subject {identity} vanished while it was admitted")
    return admitted


def subject_facts(tenant_id: UUID, ids: Iterable[UUID], *, fresh: bool = False) -> dict[UUID, SubjectFacts]:
    """State, generation and standings of subjects; ids that are no subjects are left out. `fresh` asks the database."""
    wanted = list(ids)
    cached = {key: facts for key in wanted if not fresh and (facts := _facts.get((tenant_id, key))) is not None}
    missing = [key for key in wanted if key not in cached]
    if missing:
        with tenant_context(tenant_id):
            # The rows first: if a choice is made between the two reads, their counter is the old one, and what is
            # decided by them is noticed as old when it is recorded. The other way round it would not be.
            rows = list(Subject.objects.filter(id__in=missing))
            standings = list(SubjectPurpose.objects.filter(subject_id__in=missing))
        for row in rows:
            cached[row.id] = _facts_of(row, [found for found in standings if found.subject_id == row.id])
            _facts.put((tenant_id, row.id), cached[row.id])
    return cached


def subject_sealer(tenant_id: UUID, subject: SubjectFacts, purpose_id: UUID, *, create: bool = False) -> Sealer:
    """The sealer of what is kept about this subject for this purpose. Raises KeyUnavailable, FactsMoved."""
    try:
        return purpose_sealer(
            tenant_id=tenant_id,
            subject_id=subject.id,
            purpose_id=purpose_id,
            consent_version=subject.standing(purpose_id).consent_version,
            create=create,
        )
    except KeyUnavailable:
        # An erasure or a withdrawal came in between and destroyed it; else it is missing, and that is an alarm.
        now = subject_facts(tenant_id, [subject.id], fresh=True).get(subject.id)
        if now is None or now.generation != subject.generation or now.standing_version != subject.standing_version:
            raise FactsMoved from None
        raise


def fetch_sealers(tenant_id: UUID, wanted: Iterable[tuple[SubjectFacts, UUID]]) -> None:
    """Many sealers of (subject, purpose) at once, for `subject_sealer` to find. An event about each must follow."""
    fetch_purpose_sealers(
        tenant_id=tenant_id,
        wanted=[
            (subject.id, purpose_id, subject.standing(purpose_id).consent_version) for subject, purpose_id in wanted
        ],
    )


def _facts_of(row: Subject, standings: Iterable[SubjectPurpose]) -> SubjectFacts:
    return SubjectFacts(
        id=row.id,
        kind=SubjectKind(row.kind),
        state=SubjectState(row.state),
        generation=row.generation,
        standing_version=row.standing_version,
        standings=tuple(
            Standing(
                purpose_id=found.purpose_id,
                consent_until=found.consent_until,
                consent_version=found.consent_version,
                objected=found.objected_at is not None,
                restricted=found.restricted_at is not None,
            )
            for found in standings
        ),
    )


def forget_facts(tenant_id: UUID, subject_id: UUID) -> None:
    """Drop what this process holds about a subject, after its state moved."""
    _facts.drop((tenant_id, subject_id))
