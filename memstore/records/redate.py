"""Recomputation of memories' dates after a retention rule came or went, in batches; a crash only interrupts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from governance.errors import Unopenable
from governance.guard.alarms import report_damage
from governance.guard.authorize import authorize, system_caller
from governance.guard.facts import rule_of, subject_facts
from governance.ids import NIL
from governance.models import PurposeVersion, Retention, SubjectPurpose, Tenant
from governance.policy.retention import Anchors
from governance.processing.contract_end import start_of
from governance.processing.retention_rules import rules_in_force
from governance.subjects.subject_lock import lock_subjects
from governance.subjects.subjects import subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, DataClass, MemoryState, SystemJob
from memstore.models import Card, Memory
from memstore.records.card import Changes, open_card, resealed
from memstore.records.dates import schedule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime
    from uuid import UUID

    from governance.guard.authorize import Grant
    from memstore.records.dates import Dates, Schedule
BATCH = 200


def redate(tenant_id: UUID) -> int:
    """Recompute the dates of a tenant's memories where its rules have changed. Return how many got other dates.

    Memories that are out of use (restricted) keep their dates.
    """
    total = 0
    with tenant_context(tenant_id):
        cursor = Tenant.objects.values_list("retention_cursor", flat=True).get(id=tenant_id)
    if cursor is None:
        return 0
    while cursor is not None:
        cursor, changed = _batch(tenant_id, cursor)
        total += changed
    return total


def _batch(tenant_id: UUID, cursor: UUID) -> tuple[UUID | None, int]:
    """Redate the next memories by id. Return the next cursor and how many changed.

    A rule approved meanwhile sets the cursor back to the beginning.
    """
    caller = system_caller(tenant_id, SystemJob.RETENTION)
    allowed = authorize(caller=caller, action=Action.APPLY_RULES)
    with allowed.effect():
        ids = list(Memory.objects.filter(id__gt=cursor).order_by("id").values_list("id", flat=True)[:BATCH])
        lock_subjects(Memory.objects.filter(id__in=ids).values_list("subject_id", flat=True).distinct())
        rows = list(Memory.objects.filter(id__in=ids).exclude(state=MemoryState.RESTRICTED.value))
        changed = [row for row, dates in new_dates(rows, rules_in_force()) if apply_dates(row, dates)]
        _record(allowed, changed)
        following = ids[-1] if len(ids) == BATCH else None
        moved = Tenant.objects.filter(id=tenant_id, retention_cursor=cursor).update(retention_cursor=following)
    return (following if moved else NIL), len(changed)


def _record(allowed: Grant, changed: list[Memory]) -> None:
    """Record one event for each person whose memories got other dates, or one without a person if none did."""
    of: dict[UUID, list[tuple[UUID, int]]] = {}
    for row in changed:
        of.setdefault(row.subject_id, []).append((row.id, row.version))
    for subject_id, items in of.items():
        allowed.record_under_lock(subject_id=subject_id, items=items)
    if not of:
        allowed.record_under_lock()


class Dated(Protocol):
    """Columns of `Memory` on which its dates depend."""

    @property
    def subject_id(self) -> UUID: ...
    @property
    def purpose_id(self) -> UUID: ...
    @property
    def purpose_version_id(self) -> UUID: ...
    @property
    def data_class(self) -> str: ...
    @property
    def anchored_at(self) -> datetime: ...
    @property
    def last_used_at(self) -> datetime | None: ...
    @property
    def expires_on(self) -> date | None: ...


DatedT = TypeVar("DatedT", bound=Dated)


def new_dates(rows: Iterable[DatedT], rules: list[Retention]) -> Iterator[tuple[DatedT, Dates]]:
    """Yield each row with the dates that `rules` give, under the version of the purpose that it was stored under."""
    rows = list(rows)
    versions = PurposeVersion.objects.filter(id__in={row.purpose_version_id for row in rows}).select_related("purpose")
    purposes = {version.id: rule_of(version) for version in versions}
    ended = {
        (standing.subject_id, standing.purpose_id): standing.contract_ended_on
        for standing in SubjectPurpose.objects.filter(
            subject_id__in={row.subject_id for row in rows}, contract_ended_on__isnull=False
        )
    }
    personal = {rule.subject_id for rule in rules}
    alike: dict[tuple[UUID, str, UUID | None], Schedule] = {}  # most memories are under the same few rules
    for row in rows:
        means = (row.purpose_version_id, row.data_class, row.subject_id if row.subject_id in personal else None)
        if means not in alike:
            alike[means] = schedule_of(
                rules,
                purpose=purposes[row.purpose_version_id],
                subject_id=row.subject_id,
                data_class=DataClass(row.data_class),
            )
        contract_end = start_of(ended.get((row.subject_id, row.purpose_id)))
        anchors = Anchors(row.anchored_at, row.last_used_at, contract_end)
        yield row, alike[means].dates(anchors, row.expires_on)


def apply_dates(row: Memory, dates: Dates) -> bool:
    """Write the dates where they differ. Return whether they did. A card with another sealed end is sealed anew."""
    same = (row.expires_at, row.destroy_at, row.keep_until) == (dates.expires_at, dates.destroy_at, dates.keep_until)
    if same and set(row.retention_rules) == set(dates.rule_ids):
        return False
    row.expires_at, row.destroy_at, row.keep_until = dates.expires_at, dates.destroy_at, dates.keep_until
    row.retention_rules = list(dates.rule_ids)
    row.save(update_fields=["expires_at", "destroy_at", "keep_until", "retention_rules"])
    card = Card.objects.filter(memory_id=row.id).first()
    if card is not None:
        subject = subject_facts(row.tenant_id, [row.subject_id])[row.subject_id]
        sealer = subject_sealer(row.tenant_id, subject, row.purpose_id)
        try:
            if open_card(sealer, card).expires_at != dates.sealed_until:
                changes = Changes(expires_at=dates.sealed_until, data_class=DataClass(card.data_class))
                card.sealed = resealed(sealer, card, changes)
        except Unopenable:  # its dates count all the same: a damaged card is deleted when it is due
            report_damage(row.tenant_id, [row.id], subject_id=row.subject_id)
        card.expires_at = dates.expires_at
        card.save(update_fields=["expires_at", "sealed"])
    return True
