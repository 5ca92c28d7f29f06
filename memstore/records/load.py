"""Loading of memories by id, with a decision on each row: Mem0's wire names neither subject nor purpose there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, KeyUnavailable
from governance.guard.authorize import Grant, authorize, refuse
from governance.subjects.look_up import clear, subjects_numbered
from governance.subjects.subjects import subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, DataClass, ReasonCode
from memstore.errors import MemoryNotFound
from memstore.models import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from governance.context import Caller
    from governance.keyring.sealing import Sealer
    from governance.policy.decide import PurposeRule


@dataclass(frozen=True, slots=True)
class Loaded:
    """One memory with the grant to handle it."""

    memory: Memory
    grant: Grant
    rule: PurposeRule  # of the memory itself, which may be another than the one acted for

    @property
    def sealer(self) -> Sealer:
        """The sealer of the memory's subject and purpose. Raises KeyUnavailable."""
        if self.grant.subject is None:
            raise KeyUnavailable("no subject, no key")
        return subject_sealer(self.memory.tenant_id, self.grant.subject, self.memory.purpose_id)


def load_memories(*, caller: Caller, action: Action, ids: Sequence[UUID]) -> list[Loaded]:
    """Return the memories of `ids`, in order, each with a grant of its own.

    Raises MemoryNotFound for an id that is missing, expired, of another tenant or refused by policy: the caller cannot
    tell which, the audit trail can.
    """
    try:
        cleared = clear(caller=caller, action=action, object_id=ids[0] if ids else None)
    except AccessRefused:
        raise MemoryNotFound from None
    with tenant_context(caller.tenant_id):
        live = Memory.objects.readable(datetime.now(UTC)).filter(id__in=ids)
        rows = {row.id: row for row in live}
    facts = subjects_numbered(cleared, {row.subject_id for row in rows.values()})
    names = {rule.purpose_id: rule.name for rule in caller.principal.purposes}
    loaded = []
    for memory_id in ids:
        row = rows.get(memory_id)
        if row is None:
            refuse(caller, action, ReasonCode.NOT_FOUND, object_id=memory_id)
            raise MemoryNotFound
        try:
            grant = authorize(
                caller=caller,
                action=action,
                subject=facts.get(row.subject_id),
                purpose=caller.purpose or names.get(row.purpose_id),
                agent_id=row.agent_ref,
                object_id=memory_id,
            )
        except AccessRefused:
            raise MemoryNotFound from None
        if not grant.allowed.sees(row.purpose_id, DataClass(row.data_class)):
            refuse(caller, action, ReasonCode.PURPOSE_NOT_ALLOWED, subject_id=row.subject_id, object_id=memory_id)
            raise MemoryNotFound
        rule = next(rule for rule in grant.allowed.purposes if rule.purpose_id == row.purpose_id)
        loaded.append(Loaded(row, grant, rule))
    return loaded
