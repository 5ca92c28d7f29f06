"""A memory may be destroyed between two statements of a view for staff: the rest is shown, and recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from governance.guard.audit_event import unpacked
from governance.models import AuditEvent
from governance.processing.purposes import create_purpose
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, SubjectKind
from memstore.models import MemoryVersion
from memstore.oversight import inspection, quarantine
from memstore.records.payload import current_versions
from tests.support.cast import ASSISTANCE, DATABASES, Organisation, say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType
    from uuid import UUID

    from memstore.models import Memory

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def lose(monkeypatch: pytest.MonkeyPatch, module: ModuleType, memory_id: UUID) -> None:
    """Delete its wording when `module` has read the memories and not yet the wordings."""

    def after_it_went(memories: Iterable[Memory]) -> dict[UUID, MemoryVersion]:
        MemoryVersion.objects.filter(memory_id=memory_id).delete()
        return current_versions(memories)

    monkeypatch.setattr(module, "current_versions", after_it_went)


def recorded(bank: Organisation, action: Action) -> set[UUID]:
    with tenant_context(bank.tenant.id):
        listed = AuditEvent.objects.filter(type=action.value, items__isnull=False).values_list("items", flat=True)
        return {memory_id for items in listed for memory_id, _ in unpacked(bytes(items or b""))}


def test_a_look_at_a_person(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    tea, jam = (say(bank, "alice", text).stored[0] for text in ("I like tea", "I like jam"))
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    lose(monkeypatch, inspection, tea.id)
    shown, _ = inspection.inspect(caller=bank.staff("rita"), subject_id=alice.id)
    assert [one.id for one in shown] == [jam.id]
    assert recorded(bank, Action.INSPECT) == {jam.id}


def test_a_look_at_the_quarantine(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    create_purpose(caller=bank.staff("ada"), name="reviewed", terms=replace(ASSISTANCE, review_first=True))
    key = bank.another_key(purposes=["reviewed"], default_purpose="reviewed")
    tea, jam = (say(bank, "alice", text, key_text=key).stored[0] for text in ("I like tea", "I like jam"))
    lose(monkeypatch, quarantine, tea.id)
    shown, _ = quarantine.quarantined(caller=bank.staff("rita"))
    assert [one.memory_id for one in shown] == [jam.id]
    assert recorded(bank, Action.READ_QUARANTINE) == {jam.id}
