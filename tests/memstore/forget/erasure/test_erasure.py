"""An erasure from the request to its end: what is found of the person at each point, and what is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from governance.errors import AccessRefused, KeyUnavailable
from governance.expiring_cache import clear_all
from governance.keyring.identities import find_identity
from governance.keyring.keys import person_keys
from governance.models import (
    Certificate,
    Erasure,
    ErasureState,
    ErasureStep,
    ErasureStepDone,
    Ground,
    RightsRequest,
    Subject,
)
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.forget.erasure.decision import approve_erasure, reject_erasure
from memstore.forget.erasure.saga import resume_erasures
from memstore.forget.erasure.scan import traces
from memstore.forget.erasure.steps import STEPS
from memstore.forget.forget import forget_scope
from memstore.forget.sweep import sweep
from memstore.models import Source
from memstore.records.scope_ids import ScopeIds
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents
from tests.support.erasing import approved, erased, four_eyes, look, verified, work

if TYPE_CHECKING:
    from uuid import UUID

    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture(autouse=True)
def _cold(settings: Settings) -> None:
    """Keep no unwrapped key in the process for longer than a moment, so that certificates need not wait."""
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0


def subject_of(organisation: Organisation, user_id: str) -> UUID:
    found = find_subject(organisation.tenant.id, SubjectKind.USER, user_id)
    assert found is not None
    return found.id


def refused(call: object, reason: ReasonCode) -> None:
    assert callable(call)
    with pytest.raises(AccessRefused) as caught:
        call()
    assert caught.value.reason is reason


def test_a_verified_request_puts_the_person_out_of_reach_and_destroys_nothing(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    alice = subject_of(bank, "alice")
    request_id = verified(bank)
    refused(lambda: texts(bank, "alice"), ReasonCode.SUBJECT_NOT_ACTIVE)
    refused(lambda: say(bank, "alice", "I like coffee"), ReasonCode.SUBJECT_NOT_ACTIVE)
    assert len(person_keys(tenant_id=bank.tenant.id, subject_id=alice)) == 2
    assert look(bank, request_id).state == ErasureState.PLANNED


def test_the_plan_says_what_goes_for_which_purpose(bank: Organisation) -> None:
    four_eyes(bank)
    consents(bank)
    say(bank, "alice", "I like tea")
    say(bank, "alice", "I live in Porto")
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"))
    plan = look(bank, verified(bank))
    assert {(part.purpose, part.action, part.n_memories, part.n_kept) for part in plan.purposes} == {
        ("assistance", "erase", 2, 0),
        ("offers", "erase", 1, 0),
    }
    assert plan.complete


def test_from_the_approval_to_the_end_nothing_of_the_person_is_left(bank: Organisation) -> None:
    four_eyes(bank)
    for n in range(3):
        say(bank, "alice", f"fact {n}")
    say(bank, "bob", "I like tea")
    alice = subject_of(bank, "alice")
    request_id = erased(bank)
    clear_all()
    assert find_identity(bank.tenant.id, SubjectKind.USER, "alice") is None
    assert person_keys(tenant_id=bank.tenant.id, subject_id=alice) == []
    assert traces(bank.tenant.id, alice) == {}
    assert texts(bank, "alice") == []
    assert texts(bank, "bob") == ["I like tea"]
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.get(id=request_id).state == "done"
        assert Subject.objects.get(id=alice).state == "erased"
        steps = ErasureStepDone.objects.filter(erasure__request_id=request_id).order_by("at", "id")
        assert [row.step for row in steps] == [step.value for step in ErasureStep]
        assert Certificate.objects.filter(erasure__request_id=request_id).count() == 1


def test_somebody_who_comes_back_is_somebody_new(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    before = subject_of(bank, "alice")
    erased_ = forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    assert erased_.retained is False
    say(bank, "alice", "I like coffee")
    assert texts(bank, "alice") == ["I like coffee"]
    assert subject_of(bank, "alice") != before


@pytest.mark.parametrize("step", ErasureStep)
def test_at_no_point_is_anything_found_or_an_error_raised(bank: Organisation, step: ErasureStep) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = approved(bank)
    work(bank, request_id, until=step)
    assert texts(bank, "alice") == []
    clear_all()
    assert texts(bank, "alice") == []


def test_nobody_approves_who_opened_or_verified_it(bank: Organisation) -> None:
    four_eyes(bank)
    request_id = verified(bank)
    digest = look(bank, request_id).digest
    refused(
        lambda: approve_erasure(caller=bank.staff("dora"), request_id=request_id, digest=digest),
        ReasonCode.SAME_PERSON,
    )
    assert look(bank, request_id).state == ErasureState.PLANNED


def test_an_approval_is_of_the_plan_that_was_looked_at(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = verified(bank)
    refused(
        lambda: approve_erasure(caller=bank.staff("dov"), request_id=request_id, digest="0" * 64),
        ReasonCode.PLAN_CHANGED,
    )


def test_a_rejected_erasure_leaves_everything_as_it_was(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = verified(bank)
    reject_erasure(caller=bank.staff("dov"), request_id=request_id, ground=Ground.UNFOUNDED_OR_EXCESSIVE)
    assert texts(bank, "alice") == ["I like tea"]
    say(bank, "alice", "I like coffee")
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.get(id=request_id).ground == "12(5)"


def test_replayed_it_is_the_same_erasure(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = erased(bank)
    for _ in range(3):
        work(bank, request_id)
        resume_erasures()
    with tenant_context(bank.tenant.id):
        assert Certificate.objects.count() == 1
        assert ErasureStepDone.objects.count() == len(ErasureStep)
        assert Erasure.objects.count() == 1


@pytest.mark.parametrize("user_id", ["1", "0", "10", "2026", "id", "bank", "assistance", "memstore_card"])
def test_whatever_the_id_of_the_person_the_erasure_ends(bank: Organisation, user_id: str) -> None:
    """The id is a word that is in every certificate anyway."""
    four_eyes(bank)
    say(bank, user_id, "I like tea")
    erased(bank, user_id)
    with tenant_context(bank.tenant.id):
        assert Certificate.objects.count() == 1


def test_the_planted_row_outlives_a_long_rest(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = approved(bank)
    work(bank, request_id, until=ErasureStep.SHRED)
    with tenant_context(bank.tenant.id):
        Source.objects.update(expires_at=datetime.now(UTC) - timedelta(days=2))
    sweep(bank.tenant.id)
    assert work(bank, request_id).state == ErasureState.DONE.value


def test_after_many_attempts_it_is_still_tried_again(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = approved(bank)
    with tenant_context(bank.tenant.id):
        Erasure.objects.update(attempt=5_000)

    def down(_run: object) -> None:
        raise KeyUnavailable("down")

    with monkeypatch.context() as patch:
        patch.setitem(STEPS, ErasureStep.SHRED, down)
        assert work(bank, request_id).problem == "KeyUnavailable"
    with tenant_context(bank.tenant.id):
        Erasure.objects.update(lease_until=None)
    assert work(bank, request_id).state == ErasureState.DONE.value
