"""Subjects: from the id that an assistant uses for somebody to the row that policy decides by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import KeyUnavailable
from governance.keyring.cache import ExpiringCache
from governance.keyring.identities import enrol_identity, find_identity
from governance.models import Subject
from governance.tenancy import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.policy import SubjectFacts, SubjectKind

# A stale entry does no harm: every effect and every answer re-checks state and generation as it is recorded.
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


def subject_facts(tenant_id: UUID, ids: Iterable[UUID]) -> dict[UUID, SubjectFacts]:
    """State and generation of subjects; ids that are no subjects are left out."""
    wanted = list(ids)
    cached = {key: facts for key in wanted if (facts := _facts.get((tenant_id, key))) is not None}
    missing = [key for key in wanted if key not in cached]
    if missing:
        with tenant_context(tenant_id):
            for row in Subject.objects.filter(id__in=missing):
                cached[row.id] = row.facts()
                _facts.put((tenant_id, row.id), cached[row.id])
    return cached


def forget_facts(tenant_id: UUID, subject_id: UUID) -> None:
    """Drop what this process holds about a subject, after its state moved."""
    _facts.drop((tenant_id, subject_id))
