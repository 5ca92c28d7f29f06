"""Erasure of a person of whom the law keeps a part: it is restricted, the rest is erased, and it follows by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from governance.errors import AccessRefused
from governance.keyring.keys import person_keys
from governance.models import Certificate, Erasure, ErasureState, ErasureStep, RightsRequest
from governance.processing.holds import approve_hold, approve_release, request_hold, request_release
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.forget.erasure.saga import resume_erasures
from memstore.forget.erasure.scan import traces
from memstore.forget.forget import forget_scope
from memstore.models import Memory
from memstore.records.scope_ids import ScopeIds
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents
from tests.support.erasing import approved, four_eyes, look, verified, work

if TYPE_CHECKING:
    from uuid import UUID

    from pytest_django import Settings

    from governance.processing.holds import HoldView

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture(autouse=True)
def _cold(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0


@pytest.fixture
def two_purposes(bank: Organisation) -> UUID:
    """Give alice two memories for assistance and one for offers. Returns her subject's id."""
    four_eyes(bank)
    consents(bank)
    say(bank, "alice", "I like tea")
    say(bank, "alice", "I live in Porto")
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"))
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found.id


def asked_hold(bank: Organisation, purpose: str | None = None, *, disclosable: bool = True) -> HoldView:
    return request_hold(
        caller=bank.staff("dora"),
        kind=SubjectKind.USER,
        external_id="alice",
        reference="C-1",
        purpose=purpose,
        disclosable=disclosable,
    )


def held(bank: Organisation, purpose: str | None = None, *, disclosable: bool = True) -> HoldView:
    asked = asked_hold(bank, purpose, disclosable=disclosable)
    return approve_hold(caller=bank.staff("dov"), hold_id=asked.id)


def release(bank: Organisation, hold: HoldView) -> None:
    request_release(caller=bank.staff("dora"), hold_id=hold.id)
    approve_release(caller=bank.staff("dov"), hold_id=hold.id)


def state_of(bank: Organisation, request_id: UUID) -> tuple[str, str, int]:
    """Return the state of the request, that of the erasure, and the number of certificates."""
    with tenant_context(bank.tenant.id):
        return (
            RightsRequest.objects.get(id=request_id).state,
            Erasure.objects.get(request_id=request_id).state,
            Certificate.objects.filter(erasure__request_id=request_id).count(),
        )


def test_under_a_hold_on_one_purpose_the_other_goes_with_its_key(bank: Organisation, two_purposes: UUID) -> None:
    held(bank, "assistance")
    request_id = approved(bank)
    plan = look(bank, request_id)
    assert {(part.purpose, part.action, part.ground, part.n_kept) for part in plan.purposes} == {
        ("assistance", "restrict", "17(3)(e)", 2),
        ("offers", "erase", "", 0),
    }
    work(bank, request_id)
    assert state_of(bank, request_id) == ("partly_done", "waiting", 1)
    with tenant_context(bank.tenant.id):
        assert list(Memory.objects.values_list("purpose_id", "state")) == [
            (bank.assistance.purpose_id, "restricted"),
            (bank.assistance.purpose_id, "restricted"),
        ]
    keys = person_keys(tenant_id=bank.tenant.id, subject_id=two_purposes)
    assert len(keys) == 2  # of assistance, and of the identity
    assert person_keys(tenant_id=bank.tenant.id, subject_id=two_purposes, purposes=[bank.offers.purpose_id]) == []
    with pytest.raises(AccessRefused):
        texts(bank, "alice")


def test_after_the_release_the_rest_goes_by_itself(bank: Organisation, two_purposes: UUID) -> None:
    hold = held(bank, "assistance")
    request_id = approved(bank)
    work(bank, request_id)
    resume_erasures()
    assert state_of(bank, request_id) == ("partly_done", "waiting", 1)  # the hold is still there
    release(bank, hold)
    resume_erasures()
    assert state_of(bank, request_id) == ("done", "done", 2)
    assert traces(bank.tenant.id, two_purposes) == {}
    assert person_keys(tenant_id=bank.tenant.id, subject_id=two_purposes) == []


def test_a_hold_that_is_not_to_be_disclosed_has_the_neutral_word(bank: Organisation, two_purposes: UUID) -> None:
    held(bank, "assistance", disclosable=False)
    plan = look(bank, verified(bank))
    assert {part.ground for part in plan.purposes} == {"retained_by_law", ""}


def test_a_hold_on_everything_keeps_the_person_known(bank: Organisation, two_purposes: UUID) -> None:
    hold = held(bank)
    request_id = approved(bank)
    work(bank, request_id)
    assert state_of(bank, request_id) == ("partly_done", "waiting", 1)
    assert find_subject(bank.tenant.id, SubjectKind.USER, "alice") is not None
    release(bank, hold)
    resume_erasures()
    assert state_of(bank, request_id) == ("done", "done", 2)
    assert find_subject(bank.tenant.id, SubjectKind.USER, "alice") is None


def test_a_legal_minimum_keeps_its_purpose_until_its_day(bank: Organisation, two_purposes: UUID) -> None:
    until = datetime.now(UTC) + timedelta(days=10)
    with tenant_context(bank.tenant.id):
        Memory.objects.filter(purpose_id=bank.assistance.purpose_id).update(
            keep_until=until, expires_at=until, destroy_at=until
        )
    request_id = approved(bank)
    plan = look(bank, request_id)
    assert {(part.action, part.ground, part.kept_until) for part in plan.purposes} == {
        ("restrict", "17(3)(b)", until.isoformat()),
        ("erase", "", None),
    }
    work(bank, request_id)
    assert state_of(bank, request_id) == ("partly_done", "waiting", 1)
    with tenant_context(bank.tenant.id):
        Memory.objects.update(keep_until=datetime.now(UTC) - timedelta(seconds=1))
    resume_erasures()
    assert state_of(bank, request_id) == ("done", "done", 2)


def test_a_hold_after_the_approval_takes_the_approval_back(bank: Organisation, two_purposes: UUID) -> None:
    request_id = approved(bank)
    held(bank, "assistance")
    work(bank, request_id)
    found = look(bank, request_id)
    assert (found.state, found.problem, found.approved_by) == (ErasureState.PLANNED, "plan_changed", None)
    assert ("erase", "plan_changed") in bank.refusals()
    assert len(person_keys(tenant_id=bank.tenant.id, subject_id=two_purposes)) == 3


@pytest.mark.parametrize("step", [ErasureStep.TOMBSTONE, ErasureStep.SHRED, ErasureStep.CERTIFY])
def test_a_hold_after_the_tombstone_hears_that_it_is_too_late(
    bank: Organisation, two_purposes: UUID, step: ErasureStep
) -> None:
    asked = asked_hold(bank)
    work(bank, approved(bank), until=step)
    with pytest.raises(AccessRefused) as caught:
        approve_hold(caller=bank.staff("dov"), hold_id=asked.id)
    assert caught.value.reason is ReasonCode.ALREADY_DESTROYED


def test_deleting_all_under_a_hold_is_answered_and_waits_for_people(bank: Organisation, two_purposes: UUID) -> None:
    held(bank, "assistance")
    done = forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    assert done.retained is True
    assert state_of(bank, done.event_id) == ("verified", "planned", 0)
    with tenant_context(bank.tenant.id):
        assert set(Memory.objects.values_list("state", flat=True)) == {"restricted"}
