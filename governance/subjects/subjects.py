"""Subjects: from an external id to the facts that policy decides by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import FactsMoved, KeyUnavailable
from governance.guard.facts import subject_facts
from governance.keyring.identities import enrol_evenly, enrol_identity, find_identity, forget_identity_cache
from governance.keyring.keys import fetch_purpose_sealers, purpose_sealer
from governance.models import Subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind, SubjectState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.keyring.sealing import Sealer
    from governance.policy.decide import SubjectFacts


def find_subject(tenant_id: UUID, kind: SubjectKind, external_id: str) -> SubjectFacts | None:
    """Return the subject behind an external id, or None when it is not known. Raises InvalidChange.

    A subject whose erasure runs is still found, and refused; once the erasure has closed the identity, it is unknown.
    """
    identity = find_identity(tenant_id, kind, external_id)
    found = None if identity is None else subject_facts(tenant_id, [identity]).get(identity)
    if found is not None and found.state is SubjectState.ERASED:
        forget_identity_cache(tenant_id, kind, external_id)
        identity = find_identity(tenant_id, kind, external_id)
        found = None if identity is None else subject_facts(tenant_id, [identity]).get(identity)
    return found


def admit_subject(tenant_id: UUID, kind: SubjectKind, external_id: str) -> SubjectFacts:
    """Return the subject behind an external id, made when it is not known yet. Raises InvalidChange.

    Key and identity are made in `keys` first, then the row in `default`: a key without a row is harmless.
    """
    forget_identity_cache(tenant_id, kind, external_id)  # the id may stand for a new subject by now
    return _admitted(tenant_id, kind, enrol_identity(tenant_id, kind, external_id))


def admit_evenly(tenant_id: UUID, kind: SubjectKind, external_id: str) -> SubjectFacts:
    """Return what `admit_subject` returns, by the same work for a known subject and an unknown one.

    So the time of the answer does not tell the one from the other.
    """
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


def subject_sealer(tenant_id: UUID, subject: SubjectFacts, purpose_id: UUID, *, create: bool = False) -> Sealer:
    """Return the sealer of what is kept about this subject for this purpose. Raises KeyUnavailable, FactsMoved."""
    try:
        return purpose_sealer(
            tenant_id=tenant_id,
            subject_id=subject.id,
            purpose_id=purpose_id,
            consent_version=subject.standing(purpose_id).consent_version,
            create=create,
        )
    except KeyUnavailable:
        # Destroyed by an erasure or a withdrawal that came in between; else the key is missing, which is an alarm.
        now = subject_facts(tenant_id, [subject.id], fresh=True).get(subject.id)
        if now is None or now.generation != subject.generation or now.standing_version != subject.standing_version:
            raise FactsMoved from None
        raise


def fetch_sealers(tenant_id: UUID, wanted: Iterable[tuple[SubjectFacts, UUID]]) -> None:
    """Cache the sealers of many (subject, purpose) at once, for `subject_sealer` to find.

    An event about each subject must follow.
    """
    fetch_purpose_sealers(
        tenant_id=tenant_id,
        wanted=[
            (subject.id, purpose_id, subject.standing(purpose_id).consent_version) for subject, purpose_id in wanted
        ],
    )
