"""Rows are set back to the day that they tell of. The audit trail and the consents are not, and cannot be.

Done by whoever stands at the machine, and on the record as that: in no use case may a caller say when a row was made.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from governance.guard import authorize, effect, system_caller
from governance.models import Subject
from governance.retention_rules import rules_in_force
from governance.subjects import subject_facts, subject_sealer
from governance.vocabulary import Action, SystemJob
from memstore.cards import open_card, seal_card
from memstore.models import Card, Job, Memory, MemoryVersion, Quarantine, Source
from memstore.payload import open_payloads
from memstore.redate import new_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from governance.keyring.sealing import Sealer
    from memstore.dates import Dates

WORK = timedelta(seconds=2)  # what a job took
MOVED = ["created_at", "updated_at", "expires_at", "destroy_at", "keep_until", "retention_rules"]


@contextmanager
def setting_back(
    tenant_id: UUID, *, subject_id: UUID | None = None, items: Iterable[tuple[UUID, int]] = ()
) -> Iterator[None]:
    """The transaction of it, with its event."""
    grant = authorize(caller=system_caller(tenant_id, SystemJob.OPERATOR), action=Action.APPLY_RULES)
    with effect(grant.caller, Action.APPLY_RULES):
        yield
        grant.record_held(subject_id=subject_id, items=items)


def set_back(
    tenant_id: UUID, subject_id: UUID, said: Mapping[UUID, datetime], revised: Mapping[UUID, datetime] | None = None
) -> int:
    """What is kept about one subject: `said` by job, `revised` by memory. How many memories.

    Their dates follow from the rules, and their cards are sealed anew with both.
    """
    later = revised or {}
    facts = subject_facts(tenant_id, [subject_id])[subject_id]
    with setting_back(tenant_id, subject_id=subject_id):
        Subject.objects.filter(id=subject_id).update(created_at=min(said.values()))
        _set_jobs_back(said)
        rows = list(Memory.objects.filter(subject_id=subject_id, job_id__in=said))
        for row in rows:
            row.created_at = said[row.job_id] if row.job_id else row.created_at
            row.updated_at = later.get(row.id, row.created_at)
        dated = dict(new_dates(rows, rules_in_force()))
        for row, dates in dated.items():
            row.expires_at, row.destroy_at, row.keep_until = dates.expires_at, dates.destroy_at, dates.keep_until
            row.retention_rules = list(dates.rule_ids)
        Memory.objects.bulk_update(rows, MOVED)
        versions = _set_versions_back(rows)
        sealers = {row.purpose_id: subject_sealer(tenant_id, facts, row.purpose_id) for row in rows}
        _seal_anew(dated, versions, sealers)
    return len(rows)


def _set_jobs_back(said: Mapping[UUID, datetime]) -> None:
    jobs = list(Job.objects.filter(id__in=said))
    for job in jobs:
        job.created_at, job.updated_at = said[job.id], said[job.id] + WORK
    Job.objects.bulk_update(jobs, ["created_at", "updated_at"])
    since = {job.source_id: said[job.id] for job in jobs if job.source_id}
    sources = list(Source.objects.filter(id__in=since))
    for source in sources:
        source.expires_at -= source.created_at - since[source.id]
        source.created_at = since[source.id]
    Source.objects.bulk_update(sources, ["created_at", "expires_at"])


def _set_versions_back(rows: list[Memory]) -> dict[UUID, MemoryVersion]:
    """The wording in force of each memory."""
    by_id = {row.id: row for row in rows}
    versions = list(MemoryVersion.objects.filter(memory_id__in=by_id).order_by("version"))
    for version in versions:
        memory = by_id[version.memory_id]
        version.created_at = memory.created_at if version.version == 1 else memory.updated_at
    MemoryVersion.objects.bulk_update(versions, ["created_at"])
    return {version.memory_id: version for version in versions}


def _seal_anew(
    dated: Mapping[Memory, Dates], versions: Mapping[UUID, MemoryVersion], sealers: Mapping[UUID, Sealer]
) -> None:
    """The cards, those in quarantine too."""
    by_id = {row.id: row for row in dated}
    cards = list(Card.objects.filter(memory_id__in=by_id))
    waiting = list(Quarantine.objects.filter(memory_id__in=by_id))
    for card in cards:
        row = by_id[card.memory_id]
        card.sealed = _sealed_anew(card, row, dated[row], versions[row.id], sealers[row.purpose_id])
        card.expires_at = row.expires_at
    for one in waiting:
        row = by_id[one.memory_id]
        card = Card(memory_id=row.id, version=row.version, sealed=one.sealed_card)
        one.sealed_card = _sealed_anew(card, row, dated[row], versions[row.id], sealers[row.purpose_id])
        one.created_at = row.updated_at
    Card.objects.bulk_update(cards, ["sealed", "expires_at"])
    Quarantine.objects.bulk_update(waiting, ["sealed_card", "created_at"])


def _sealed_anew(card: Card, row: Memory, dates: Dates, version: MemoryVersion, sealer: Sealer) -> bytes:
    opened = open_card(sealer, card)
    [payload] = open_payloads(sealer, [version])
    content = replace(
        opened.content(payload),
        created_at=row.created_at,
        updated_at=row.updated_at,
        said_at=row.updated_at,
        expires_at=dates.sealed_until,
    )
    return seal_card(sealer, row.id, row.version, content, opened.vector)
