"""Writing of audit events: one per decision, without content, committed before anything leaves (DESIGN section 9)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import Error as DatabaseFailure
from django.db import connection, transaction

from governance import context
from governance.errors import AuditUnavailable
from governance.guard import witness
from governance.ids import NIL, uuid7
from governance.policy.decide import POLICY_VERSION, PurposeRule, SubjectFacts
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, Role, SystemJob

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLUMNS = (
    "id, tenant_id, type, reason, policy_version, principal_id, role, job, request_id, address, subject_id, object_id,"
    " purpose_version_id, lawful_basis, n_items, item_digest, items"
)
_INTO = f"INSERT INTO governance_auditevent ({_COLUMNS})"
_ROW = ", ".join(["%s"] * 17)
_INSERT = f"{_INTO} SELECT {_ROW}"
# Written only if the subject is as it was at the decision. Without a subject the same condition runs on the nil UUID.
_IF_UNCHANGED = (
    " WHERE EXISTS (SELECT 1 FROM governance_subject"
    " WHERE id = %s AND state = %s AND generation = %s AND standing_version = %s) = %s"
)
# One statement for the event and its row in the sealer's queue: neither exists without the other.
_AND_QUEUE = (
    "WITH written AS ({} RETURNING id, tenant_id, at)"
    " INSERT INTO governance_auditqueued (event_id, tenant_id, at) SELECT id, tenant_id, at FROM written"
)
# The values for the second witness, in the order of `witness.FIELDS`: all but policy version, address and items.
_told = itemgetter(0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15)
ITEM_BYTES = 20
_IMPATIENT = "SELECT set_config('lock_timeout', '500ms', true), set_config('statement_timeout', '2s', true)"
MAX_LISTED = 1_000  # an event about more memories than this keeps the digest only


@dataclass(frozen=True, slots=True)
class Event:
    """Audit event to be written.

    `items` are (memory id, version) pairs, counted in the event unless `n_items` says how many.
    """

    type: Action
    reason: ReasonCode
    tenant_id: UUID
    principal_id: UUID
    role: Role
    request_id: UUID
    subject_id: UUID | None = None
    object_id: UUID | None = None
    purpose: PurposeRule | None = None
    items: tuple[tuple[UUID, int], ...] = ()
    n_items: int | None = None
    job: SystemJob | None = None


def packed(items: Iterable[tuple[UUID, int]]) -> bytes:
    """Return the sorted (memory id, version) pairs as bytes: 16 of id and 4 of version each."""
    return b"".join(item.bytes + version.to_bytes(4) for item, version in sorted(items))


def unpacked(items: bytes) -> list[tuple[UUID, int]]:
    """Return the (memory id, version) pairs of an event's `items`, the inverse of `packed`."""
    return [
        (UUID(bytes=items[place : place + 16]), int.from_bytes(items[place + 16 : place + ITEM_BYTES]))
        for place in range(0, len(items), ITEM_BYTES)
    ]


def write(event: Event, *, unchanged: SubjectFacts | None = None, revision: int | None = None) -> bool:
    """Insert `event` into the current transaction, whose tenant context must be the event's tenant.

    With `unchanged`, nothing is written and False returned when that subject's state, generation or choices have
    changed; with `revision` as well, also when anything kept about it has changed since. Raises AuditUnavailable when
    the row cannot be written.
    """
    values = _values(event)
    statement = _INSERT
    if unchanged is not None:
        statement += _IF_UNCHANGED
        is_somebody = unchanged.id != NIL
        values += [unchanged.id, unchanged.state.value, unchanged.generation, unchanged.standing_version, is_somebody]
        if revision is not None:
            statement += " AND EXISTS (SELECT 1 FROM governance_subject WHERE id = %s AND revision = %s)"
            values += [unchanged.id, revision]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_AND_QUEUE.format(statement), values)
            written = bool(cursor.rowcount == 1)
    except DatabaseFailure as error:
        raise AuditUnavailable from error
    if written:
        transaction.on_commit(partial(witness.tell, _told(values)), robust=True)
    return written


def write_all(events: Sequence[Event]) -> None:
    """Insert several events into the current transaction, in one statement. Raises AuditUnavailable."""
    rows = [_values(event) for event in events]
    if not rows:
        return
    try:
        with connection.cursor() as cursor:
            statement = f"{_INTO} VALUES {', '.join([f'({_ROW})'] * len(rows))}"
            cursor.execute(_AND_QUEUE.format(statement), [value for values in rows for value in values])
    except DatabaseFailure as error:
        raise AuditUnavailable from error
    for values in rows:
        transaction.on_commit(partial(witness.tell, _told(values)), robust=True)


def _values(event: Event) -> list[UUID | str | int | bytes | None]:
    """Return the values of the event's row in the order of `_COLUMNS`."""
    items = packed(event.items) if event.items else None
    return [
        uuid7(),
        event.tenant_id,
        event.type.value,
        event.reason.value,
        POLICY_VERSION,
        event.principal_id,
        event.role.value,
        event.job.value if event.job else None,
        event.request_id,
        context.address(),
        event.subject_id,
        event.object_id,
        event.purpose.version_id if event.purpose else None,
        event.purpose.lawful_basis.value if event.purpose else None,
        len(event.items) if event.n_items is None else event.n_items,
        hashlib.sha256(items).digest() if items else None,
        items if items and len(event.items) <= MAX_LISTED else None,
    ]


def write_alone(event: Event) -> None:
    """Insert and commit `event` in a transaction of its own, which no rollback of the caller undoes.

    Raises AuditUnavailable.
    """
    try:
        with tenant_context(event.tenant_id, durable=True):
            write(event)
    except DatabaseFailure as error:
        raise AuditUnavailable from error


def try_out() -> None:
    """Write an event and roll it back, to find out whether the trail can be written. Raises AuditUnavailable.

    Waits half a second for a lock and two for the statement. The event is not reported to the second witness.
    """
    event = Event(
        type=Action.AUTHENTICATE,
        reason=ReasonCode.KEY_UNKNOWN,
        tenant_id=NIL,
        principal_id=NIL,
        role=Role.SYSTEM,
        job=SystemJob.DOOR,
        request_id=uuid7(),
    )
    try:
        with tenant_context(NIL, durable=True):
            with connection.cursor() as cursor:
                cursor.execute(_IMPATIENT)
            write(event)
            transaction.set_rollback(True)
    except DatabaseFailure as error:
        raise AuditUnavailable from error
