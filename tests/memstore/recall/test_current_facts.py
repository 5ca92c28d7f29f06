"""A process with outdated facts of a subject decides again and answers: the caller gets no conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db.models import F

from governance.models import RevealReason, Subject
from governance.processing.holds import request_hold
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.forget.forget import forget_scope
from memstore.oversight.inspection import inspect, look_up, open_glass
from memstore.recall.browse import browse
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.rights.choices import consent_history
from tests.support.cast import DATABASES, Organisation, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ALICE = ScopeIds(user_id="alice")
FILTERS = {"user_id": "alice"}
USE_CASES: dict[str, Callable[[Organisation, UUID], object]] = {
    "remember": lambda bank, _: say(bank, "alice", "I like clocks"),
    "recall": lambda bank, _: recall(caller=bank.caller(), query="tea", filters=FILTERS),
    "browse": lambda bank, _: browse(caller=bank.caller(), filters=FILTERS),
    "forget": lambda bank, _: forget_scope(caller=bank.caller(), scope=ALICE),
    "consents": lambda bank, _: consent_history(caller=bank.caller(), scope=ALICE),
    "look up": lambda bank, _: look_up(caller=bank.staff("dora"), scope=ALICE),
    "inspect": lambda bank, alice: inspect(caller=bank.staff("rita"), subject_id=alice),
    "break glass": lambda bank, alice: open_glass(
        caller=bank.staff("rita"), subject_id=alice, reason=RevealReason.SAFETY, reference="1", minutes=5
    ),
    "hold": lambda bank, _: request_hold(
        caller=bank.staff("dora"), kind=SubjectKind.USER, external_id="alice", reference="2026/1"
    ),
}


@pytest.mark.parametrize("name", USE_CASES)
def test_what_another_process_changed_meanwhile_is_noticed_and_answered(bank: Organisation, name: str) -> None:
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    with tenant_context(bank.tenant.id):  # as another process would: the facts in this one's cache are old now
        Subject.objects.filter(id=alice.id).update(standing_version=F("standing_version") + 1)
    USE_CASES[name](bank, alice.id)
    assert bank.refusals() == []
