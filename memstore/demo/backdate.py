"""Backdating of the demo's rows to the day that they are about, except for the audit trail and consents.

The operator does it, and it is on the record as that: in no use case may a caller say when a row was made. Rows that
are kept as proof are set back by the owner of the tables, since the serving role may not.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from governance.guard.authorize import authorize, system_caller
from governance.guard.facts import subject_facts
from governance.models import Subject
from governance.processing.retention_rules import rules_in_force
from governance.subjects.subjects import subject_sealer
from governance.vocabulary import Action, SystemJob
from memstore.models import Card, Job, Memory, MemoryVersion, Quarantine
from memstore.records.card import open_card, seal_card
from memstore.records.payload import open_payloads
from memstore.records.redate import new_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.db import models

    from governance.keyring.sealing import Sealer
    from memstore.records.dates import Dates

Value = datetime | UUID | bytes | list[UUID] | None
OWNER, SERVING = "memstore_owner", "memstore_app"
WORK = timedelta(seconds=2)  # duration of a job
_MEMORY = """
    UPDATE memstore_memory SET created_at = %s, updated_at = %s, expires_at = %s, destroy_at = %s, keep_until = %s,
           retention_rules = %s WHERE id = %s
"""
_VERSION = "UPDATE memstore_memoryversion SET created_at = %s WHERE id = %s"
_JOB = "UPDATE memstore_job SET created_at = %s, updated_at = %s WHERE id = %s"
_SOURCE = "UPDATE memstore_source SET expires_at = expires_at - (created_at - %s), created_at = %s WHERE id = %s"
_CARD = "UPDATE memstore_card SET sealed = %s, expires_at = %s WHERE memory_id = %s"
_WAITING = "UPDATE memstore_quarantine SET sealed_card = %s, created_at = %s WHERE memory_id = %s"


@contextmanager
def setting_back(
    tenant_id: UUID, *, subject_id: UUID | None = None, items: Iterable[tuple[UUID, int]] = ()
) -> Iterator[None]:
    """Open the transaction of a backdating, and record its event."""
    grant = authorize(caller=system_caller(tenant_id, SystemJob.OPERATOR), action=Action.APPLY_RULES)
    with grant.effect():
        yield
        grant.record_under_lock(subject_id=subject_id, items=items)


def set_said_back(
    tenant_id: UUID, row: models.Model, at: Mapping[str, datetime], subject_id: UUID | None = None
) -> None:
    """Set back times that the serving role may not change: as the owner of the tables.

    Raises psycopg.Error if this process may not connect as the owner.
    """
    place = connection.settings_dict
    login = str(place["USER"])
    parts = {"host": place["HOST"], "port": place["PORT"], "dbname": place["NAME"], "password": place["PASSWORD"]}
    who = {"user": OWNER} if login == SERVING else {"user": login, "options": f"-c role={OWNER}"}
    where = make_conninfo("", **{name: str(value) for name, value in (parts | who).items() if value})
    columns = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in at)
    table = sql.Identifier(row._meta.db_table)
    with (
        setting_back(tenant_id, subject_id=subject_id),
        psycopg.connect(where) as owner,
    ):
        owner.execute("SELECT set_config('memstore.tenant', %s, true)", [str(tenant_id)])
        owner.execute(sql.SQL("UPDATE {} SET {} WHERE id = %s").format(table, columns), [*at.values(), row.pk])


def set_back(
    tenant_id: UUID, subject_id: UUID, said: Mapping[UUID, datetime], revised: Mapping[UUID, datetime] | None = None
) -> int:
    """Set back what is kept about one subject: `said` by job, `revised` by memory. Return how many memories.

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
        _write(
            _MEMORY,
            [
                (
                    row.created_at,
                    row.updated_at,
                    row.expires_at,
                    row.destroy_at,
                    row.keep_until,
                    row.retention_rules,
                    row.id,
                )
                for row in rows
            ],
        )
        versions = _set_versions_back(rows)
        sealers = {row.purpose_id: subject_sealer(tenant_id, facts, row.purpose_id) for row in rows}
        _seal_anew(dated, versions, sealers)
    return len(rows)


def _set_jobs_back(said: Mapping[UUID, datetime]) -> None:
    _write(_JOB, [(at, at + WORK, job_id) for job_id, at in said.items()])
    came = Job.objects.filter(id__in=said, source_id__isnull=False).values_list("source_id", "id")
    _write(_SOURCE, [(said[job_id], said[job_id], source_id) for source_id, job_id in came])


def _set_versions_back(rows: list[Memory]) -> dict[UUID, MemoryVersion]:
    """Set back the versions. Return the wording in force of each memory."""
    by_id = {row.id: row for row in rows}
    versions = list(MemoryVersion.objects.filter(memory_id__in=by_id).order_by("version"))
    for version in versions:
        memory = by_id[version.memory_id]
        version.created_at = memory.created_at if version.version == 1 else memory.updated_at
    _write(_VERSION, [(version.created_at, version.id) for version in versions])
    return {version.memory_id: version for version in versions}


def _seal_anew(
    dated: Mapping[Memory, Dates], versions: Mapping[UUID, MemoryVersion], sealers: Mapping[UUID, Sealer]
) -> None:
    """Seal the cards anew, those in quarantine too."""
    by_id = {row.id: row for row in dated}
    cards = list(Card.objects.filter(memory_id__in=by_id))
    waiting = list(Quarantine.objects.filter(memory_id__in=by_id))
    for card in cards:
        row = by_id[card.memory_id]
        card.sealed = _sealed_anew(card, row, dated[row], versions[row.id], sealers[row.purpose_id])
    for one in waiting:
        row = by_id[one.memory_id]
        card = Card(memory_id=row.id, version=row.version, sealed=one.sealed_card)
        one.sealed_card = _sealed_anew(card, row, dated[row], versions[row.id], sealers[row.purpose_id])
    _write(_CARD, [(bytes(card.sealed), by_id[card.memory_id].expires_at, card.memory_id) for card in cards])
    _write(_WAITING, [(bytes(one.sealed_card), by_id[one.memory_id].updated_at, one.memory_id) for one in waiting])


def _write(statement: str, rows: Sequence[tuple[Value, ...]]) -> None:
    """Run one statement for many rows: Django's own way would take longer than all the rest."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)


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
