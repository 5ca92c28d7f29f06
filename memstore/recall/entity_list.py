"""Entities of Mem0's wire: the users, agents, apps and runs that have memories, with counts. Needs `list_subjects`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection

from governance.guard.authorize import authorize
from governance.keyring.identities import reveal_identities
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, DataClass, SubjectKind

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

# A user is counted by the subject; agents, apps and runs by the memories that came through them.
_COUNTED = """
    SELECT kind, id, count(*) AS total, min(created_at) AS first, max(updated_at) AS last FROM (
        SELECT 'user' AS kind, m.subject_id AS id, m.created_at, m.updated_at
          FROM memstore_memory m JOIN governance_subject s ON s.id = m.subject_id AND s.kind = 'user'
         WHERE m.state = 'active' AND m.expires_at > %(now)s
           AND m.purpose_id = ANY (%(purposes)s) AND m.data_class = ANY (%(classes)s)
        UNION ALL
        SELECT r.kind, r.id, m.created_at, m.updated_at FROM memstore_memory m
         CROSS JOIN LATERAL (VALUES ('agent', m.agent_ref), ('app', m.app_ref), ('run', m.run_ref)) r (kind, id)
         WHERE r.id IS NOT NULL AND m.state = 'active' AND m.expires_at > %(now)s
           AND m.purpose_id = ANY (%(purposes)s) AND m.data_class = ANY (%(classes)s)
    ) seen GROUP BY kind, id
"""


@dataclass(frozen=True, slots=True)
class Entity:
    id: UUID
    kind: SubjectKind
    name: str
    total_memories: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class EntityPage:
    entities: tuple[Entity, ...]
    total: int


def entities(*, caller: Caller, page: int = 1, page_size: int = 100) -> EntityPage:
    """Return one page, counted from 1, newest first. Counts the memories that the caller's purposes may read.

    Raises AccessRefused.
    """
    grant = authorize(caller=caller, action=Action.LIST_SUBJECTS)
    values: dict[str, datetime | list[UUID] | list[DataClass] | int] = {
        "now": datetime.now(UTC),
        "purposes": [rule.purpose_id for rule in grant.allowed.purposes],
        "classes": sorted({data_class for reach in grant.allowed.reaches for data_class in reach.classes}),
        "limit": page_size,
        "offset": (page - 1) * page_size,
    }
    with tenant_context(caller.tenant_id), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({_COUNTED}) found", values)  # noqa: S608 - constant text
        total = cursor.fetchone()[0]
        cursor.execute(f"{_COUNTED} ORDER BY first DESC, id LIMIT %(limit)s OFFSET %(offset)s", values)
        rows = cursor.fetchall()
        names = reveal_identities(caller.tenant_id, [row[1] for row in rows])
        grant.record(n_items=len(rows))
    found = [
        Entity(id_, SubjectKind(kind), names[id_], count, first, last)
        for kind, id_, count, first, last in rows
        if id_ in names
    ]
    return EntityPage(tuple(found), total)
