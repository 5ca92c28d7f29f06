"""Rows of one person, found and deleted by `erasure_rules`: raw, without opening anything."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.apps import apps

from governance.models import Subject
from memstore.erasure_rules import RULES, Fate
from memstore.models import Card, Job, Memory, MemoryVersion, Sighting, Source
from memstore.records.identity_end import named_by, note_loose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from memstore.erasure_rules import ErasureRule

NEIGHBOUR_ROWS = 1_000


def delete_rows(subject_id: UUID, purposes: Iterable[UUID] | None) -> dict[str, int]:
    """Delete the person's rows of these purposes, or (None) all of them. Return how many, by table.

    The caller has locked the subject.
    """
    wanted = None if purposes is None else list(purposes)
    tenant_id = Subject.objects.values_list("tenant_id", flat=True).filter(id=subject_id).first()
    if tenant_id is not None:
        note_loose(tenant_id, passed_through(subject_id))
    return {rows.model._meta.db_table: rows.delete()[0] for rows in _going(subject_id, wanted)}


def passed_through(subject_id: UUID) -> set[UUID]:
    """Return the agents, apps and runs that the person's memories and sources came through."""
    kept = (model.objects.filter(subject_id=subject_id) for model in (Memory, Sighting, Source))
    return named_by(*kept) - {subject_id}


def count_rows(subject_id: UUID, purposes: Iterable[UUID] | None) -> dict[str, int]:
    """Return how many rows `delete_rows` would delete, by table."""
    wanted = None if purposes is None else list(purposes)
    return {rows.model._meta.db_table: rows.count() for rows in _going(subject_id, wanted)}


def _going(subject_id: UUID, purposes: list[UUID] | None) -> Iterator[QuerySet[Model]]:
    for label, rule in RULES.items():
        if rule.fate is Fate.DELETE and (purposes is None or rule.purpose or rule.through_jobs):
            yield _rows(label, rule, subject_id, purposes)


def _rows(label: str, rule: ErasureRule, subject_id: UUID, purposes: list[UUID] | None) -> QuerySet[Model]:
    rows: QuerySet[Model] = apps.get_model(label)._default_manager.all()  # noqa: SLF001 - documented by Django
    if rule.through_jobs:
        jobs = Job.objects.filter(subject_id=subject_id)
        jobs = jobs if purposes is None else jobs.filter(purpose_id__in=purposes)
        return rows.filter(job_id__in=list(jobs.values_list("id", flat=True)))
    rows = rows.filter(**{rule.subject: subject_id})
    return rows if purposes is None else rows.filter(**{f"{rule.purpose}__in": purposes})


def neighbour_of(subject_id: UUID) -> UUID | None:
    """Return another subject of the tenant with memories, whose rows must not change by a byte, or None."""
    other = Memory.objects.exclude(subject_id=subject_id).order_by("-id").values_list("subject_id", flat=True)
    return other.first()


def fingerprint_of(subject_id: UUID) -> str:
    """Return the SHA-256 over the sealed bytes of a subject's wordings and cards (the first 1,000 of each)."""
    digest = hashlib.sha256()
    versions = MemoryVersion.objects.filter(memory__subject_id=subject_id).order_by("id")
    cards = Card.objects.filter(subject_id=subject_id).order_by("memory_id")
    for rows in (versions.values_list("id", "sealed"), cards.values_list("memory_id", "sealed")):
        for row_id, sealed in rows[:NEIGHBOUR_ROWS]:
            digest.update(row_id.bytes + bytes(sealed))
    return digest.hexdigest()
