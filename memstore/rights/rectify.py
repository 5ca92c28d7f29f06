"""Rectification: what is wrong about a person is replaced, and the wrong wording is deleted (Art. 16; Art. 5(1)(d))."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from governance.errors import NoSuchObject
from governance.evidence.ledger.protections import protect
from governance.guard.authorize import authorize, on_current_facts, refuse
from governance.guard.facts import subject_facts
from governance.models import ProtectionKind
from governance.processing.holds import held_purposes, holds_on
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode
from memstore.intake.embed import embedder
from memstore.models import Memory, MemoryVersion
from memstore.records.delete import let_go
from memstore.records.insert import hold_subject
from memstore.records.load import Loaded
from memstore.remember.revise import Revision, revise_one

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller


@on_current_facts
def rectify(*, caller: Caller, subject_id: UUID, memory_id: UUID, text: str) -> None:
    """Replace a wording: from the commit on, neither search nor history shows the old one.

    A hold or retention floor keeps it, sealed. It works for a restricted person too: what is contested is restricted
    meanwhile (Art. 18(1)(a)). If the right wording is remembered already, the wrong memory is deleted.

    Raises NoSuchObject if the memory is not a live one of the person, Conflict, ProviderError,
    AccessRefused(CLASS_NOT_ALLOWED).
    """
    [facts] = subject_facts(caller.tenant_id, [subject_id], fresh=True).values()
    grant = authorize(caller=caller, action=Action.FULFIL_REQUEST, object_id=memory_id)
    with tenant_context(caller.tenant_id):
        live = Memory.objects.live(datetime.now(UTC)).filter(subject_id=subject_id)
        memory = live.filter(id=memory_id).first()
    rules = {rule.purpose_id: rule for rule in caller.principal.purposes}
    if memory is None or memory.purpose_id not in rules:
        refuse(caller, Action.FULFIL_REQUEST, ReasonCode.NOT_FOUND, subject_id=subject_id, object_id=memory_id)
        raise NoSuchObject("memory")
    [vector] = embedder().embed([text])  # may be remote: outside the transaction
    entry = Loaded(memory, grant.about(facts), rules[memory.purpose_id])
    with grant.effect(subjects=[subject_id]):
        hold_subject(caller.tenant_id, facts, even_restricted=True)
        # A restore loses the new wording, and the wrong one must not come back instead.
        protect(ProtectionKind.DELETE, tenant_id=caller.tenant_id, subject_id=subject_id, memory_ids=[memory_id])
        try:
            with transaction.atomic():
                revise_one(entry, Revision(memory_id, text=text), vector)
        except IntegrityError as failed:
            if "fact_once" not in str(failed):  # a memory is deleted only because the same fact is there already
                raise
            removed = let_go(Memory.objects.filter(id=memory_id), subject_id)
            entry.grant.record(items=removed.all, object_id=memory_id)
            return
        _let_wording_go(memory)


def _let_wording_go(memory: Memory) -> None:
    now = datetime.now(UTC)
    everything, purposes = held_purposes(holds_on(memory.subject_id, now))
    # The floor of the wording before, and that of the rules in force now: a new rule may not have dated it yet.
    floors = (memory.keep_until, Memory.objects.values_list("keep_until", flat=True).get(id=memory.id))
    under_floor = any(until is not None and until > now for until in floors)
    wrong = MemoryVersion.objects.filter(memory_id=memory.id, version__lte=memory.version)
    if everything or memory.purpose_id in purposes or under_floor:
        wrong.update(rectified=True)
    else:
        wrong.delete()
