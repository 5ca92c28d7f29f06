"""Facts that policy decides by, as the database has them: the rules of purposes, and the state of subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.expiring_cache import ExpiringCache
from governance.models import Compatibility, PurposeVersion, Subject, SubjectPurpose
from governance.policy.decide import Intake, PurposeRule, Standing, SubjectFacts
from governance.policy.purpose_terms import PurposeTerms
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Article9Condition, Handling, LawfulBasis, SubjectKind, SubjectState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

# A stale entry does no harm: every effect and every answer checks it again when it is recorded, and a refusal reads
# the facts anew.
_facts: ExpiringCache[tuple[UUID, UUID], SubjectFacts] = ExpiringCache(20_000)


def purpose_rules(tenant_id: UUID, ids: Iterable[UUID] | None = None) -> tuple[PurposeRule, ...]:
    """Return the rules of these purposes (all of the tenant's without `ids`), each with its compatible purposes."""
    with tenant_context(tenant_id):
        links = Compatibility.objects.filter(ended_at__isnull=True)
        if ids is None:
            versions = latest_versions(None)
            wanted = set(versions)
        else:
            wanted = set(ids)
            links = links.filter(target_id__in=wanted)
            versions = latest_versions(wanted | {link.source_id for link in links})
    plain = {purpose_id: rule_of(version) for purpose_id, version in versions.items()}
    read: dict[UUID, list[PurposeRule]] = {}
    for link in links:
        if link.source_id in plain:
            read.setdefault(link.target_id, []).append(plain[link.source_id])
    return tuple(
        rule_of(version, tuple(read.get(purpose_id, ())))
        for purpose_id, version in versions.items()
        if purpose_id in wanted
    )


def rule_of(version: PurposeVersion, compatible: tuple[PurposeRule, ...] = ()) -> PurposeRule:
    """Return one purpose version as decisions need it.

    `counts_use` is False here; only `access.authenticate` sets it.
    """
    terms = terms_of(version)
    return PurposeRule(
        purpose_id=version.purpose_id,
        version_id=version.id,
        name=version.purpose.name,
        lawful_basis=terms.lawful_basis,
        ceiling_days=terms.ceiling_days,
        source_days=terms.source_days,
        personal=terms.personal,
        article9=terms.article9_condition,
        intake=Intake(terms.identifiers, terms.secrets, terms.special, terms.criminal, terms.unknown),
        review_first=terms.review_first,
        direct_marketing=terms.direct_marketing,
        compatible=compatible,
    )


def latest_versions(ids: Iterable[UUID] | None) -> dict[UUID, PurposeVersion]:
    """Return the latest version of each of these purposes, by id; of every purpose of the tenant without `ids`."""
    rows = PurposeVersion.objects.select_related("purpose").order_by("version")
    if ids is not None:
        rows = rows.filter(purpose_id__in=list(ids))
    return {row.purpose_id: row for row in rows}


def terms_of(version: PurposeVersion) -> PurposeTerms:
    """Return the terms of one purpose version, from its row."""
    return PurposeTerms(
        lawful_basis=LawfulBasis(version.lawful_basis),
        ceiling_days=version.ceiling_days,
        source_days=version.source_days,
        personal=version.personal,
        article9_condition=Article9Condition(version.article9_condition) if version.article9_condition else None,
        identifiers=Handling(version.identifiers),
        secrets=Handling(version.secrets),
        special=Handling(version.special),
        criminal=Handling(version.criminal),
        unknown=Handling(version.unknown),
        criminal_authority=version.criminal_authority,
        review_first=version.review_first,
        direct_marketing=version.direct_marketing,
        usable_for_decision=version.usable_for_decision,
        dpia_reference=version.dpia_reference,
    )


def subject_facts(tenant_id: UUID, ids: Iterable[UUID], *, fresh: bool = False) -> dict[UUID, SubjectFacts]:
    """Return the facts of subjects by id; ids that are no subjects are left out.

    Facts may be a minute old; `fresh` reads the database.
    """
    wanted = list(ids)
    cached = {key: facts for key in wanted if not fresh and (facts := _facts.get((tenant_id, key))) is not None}
    missing = [key for key in wanted if key not in cached]
    if missing:
        with tenant_context(tenant_id):
            # The subjects first: if a choice is made between the two reads, their counter is the old one, so the event
            # of a decision by these facts is refused as old. In the other order it would not be.
            rows = list(Subject.objects.filter(id__in=missing))
            standings = list(SubjectPurpose.objects.filter(subject_id__in=missing))
        for row in rows:
            cached[row.id] = _facts_of(row, [found for found in standings if found.subject_id == row.id])
            _facts.put((tenant_id, row.id), cached[row.id])
    return cached


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
    """Drop what this process caches about a subject, after its state changed."""
    _facts.drop((tenant_id, subject_id))
