"""Subjects: from the id that an assistant uses for somebody to the row that policy decides by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import KeyUnavailable
from governance.keyring.cache import ExpiringCache
from governance.keyring.identities import enrol_identity, find_identity
from governance.keyring.keys import purpose_sealer
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
    """The subject behind an external id, or None when nothing is remembered about it."""
    identity = find_identity(tenant_id, kind, external_id)
    return None if identity is None else subject_facts(tenant_id, [identity]).get(identity)


def admit_subject(tenant_id: UUID, kind: SubjectKind, external_id: str) -> SubjectFacts:
    """The subject behind an external id, met for the first time if need be.

    Key and identity are made in `keys` first, then the row in `default`: a young key without a row is harmless.
    """
    identity = enrol_identity(tenant_id, kind, external_id)
    found = subject_facts(tenant_id, [identity]).get(identity)
    if found is not None:
        return found
    with tenant_context(tenant_id):
        Subject.objects.bulk_create([Subject(id=identity, tenant_id=tenant_id, kind=kind.value)], ignore_conflicts=True)
    admitted = subject_facts(tenant_id, [identity]).get(identity)
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
    """The sealer of what is kept about this subject for this purpose. Raises KeyUnavailable."""
    return purpose_sealer(
        tenant_id=tenant_id,
        subject_id=subject.id,
        purpose_id=purpose_id,
        consent_version=subject.standing(purpose_id).consent_version,
        create=create,
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
