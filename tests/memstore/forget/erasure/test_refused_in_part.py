"""A purpose that is refused in an erasure: it is kept as it is, the rest goes, and the certificate says both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from governance.errors import AccessRefused, InvalidChange
from governance.keyring.keys import person_keys
from governance.models import Certificate, Erasure, Ground, RightsRequest
from governance.rights.handling import refuse_item
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode, SubjectKind, SubjectState
from memstore.forget.erasure.decision import approve_erasure
from memstore.forget.erasure.saga import resume_erasures
from memstore.models import Memory
from tests.memstore.forget.erasure.test_kept_by_law import held, release
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents
from tests.support.erasing import asks, four_eyes, look, verified, work

if TYPE_CHECKING:
    from uuid import UUID

    from pytest_django import Settings

    from governance.rights.request_view import RequestView

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture(autouse=True)
def _cold(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0


@pytest.fixture
def alice(bank: Organisation) -> UUID:
    """Alice, with two memories for assistance and one for offers: her subject's id."""
    four_eyes(bank)
    consents(bank)
    say(bank, "alice", "I like tea")
    say(bank, "alice", "I live in Porto")
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"))
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found.id


def refuse(bank: Organisation, request_id: UUID, **what: object) -> RequestView:
    given = {"ground": Ground.LEGAL_CLAIMS, "purpose": "assistance", **what}
    return refuse_item(caller=bank.staff("dora"), request_id=request_id, **given)  # type: ignore[arg-type]


def approve(bank: Organisation, request_id: UUID) -> None:
    approve_erasure(caller=bank.staff("dov"), request_id=request_id, digest=look(bank, request_id).digest)


def standing(bank: Organisation, request_id: UUID) -> tuple[str, str]:
    with tenant_context(bank.tenant.id):
        return RightsRequest.objects.get(id=request_id).state, Erasure.objects.get(request_id=request_id).state


def test_the_refused_purpose_is_as_before_and_the_other_is_erased(bank: Organisation, alice: UUID) -> None:
    request_id = verified(bank)
    assert refuse(bank, request_id).refused[0].purpose == "assistance"
    approve(bank, request_id)
    work(bank, request_id)
    assert standing(bank, request_id) == ("done", "done")
    assert sorted(texts(bank, "alice")) == ["I like tea", "I live in Porto"]
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    assert (found.id, found.state) == (alice, SubjectState.ACTIVE)
    assert len(person_keys(tenant_id=bank.tenant.id, subject_id=alice)) == 2  # of the identity, and of assistance
    with tenant_context(bank.tenant.id):
        assert Memory.objects.filter(subject_id=alice).count() == 2
        said = json.loads(bytes(Certificate.objects.get().document))
    assert {part["purpose"]: (part["outcome"], part["ground"]) for part in said["scope"]} == {
        "assistance": ("refused", "17(3)(e)"),
        "offers": ("erased", None),
    }
    assert said["refusals"] == [{"code": "17(3)(e)", "items": "1-10"}]
    # Whole tables were not looked through, and it does not say so.
    assert "memstore_card" in said["scan"]["stores"]
    assert "governance_subject" not in said["scan"]["stores"]


def test_what_was_approved_was_another_plan(bank: Organisation, alice: UUID) -> None:
    request_id = verified(bank)
    digest = look(bank, request_id).digest
    refuse(bank, request_id)
    with pytest.raises(AccessRefused) as caught:
        approve_erasure(caller=bank.staff("dov"), request_id=request_id, digest=digest)
    assert caught.value.reason is ReasonCode.PLAN_CHANGED


def test_after_the_approval_it_is_too_late_to_refuse(bank: Organisation, alice: UUID) -> None:
    request_id = verified(bank)
    approve(bank, request_id)
    with pytest.raises(AccessRefused) as caught:
        refuse(bank, request_id)
    assert caught.value.reason is ReasonCode.ALREADY_DECIDED


def test_refused_before_the_verification_nothing_is_approved_by_itself(bank: Organisation, alice: UUID) -> None:
    from governance.models import Tenant, Verification
    from memstore.rights.verify_request import verify_request

    with tenant_context(bank.tenant.id):
        Tenant.objects.update(auto_approve_erasure=True, auto_approve_staff_verified=True)
    request_id = asks(bank).request.id
    refuse(bank, request_id)
    verify_request(caller=bank.staff("dov"), request_id=request_id, method=Verification.CODE)
    assert look(bank, request_id).state == "planned"


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({"purpose": None, "memory_id": "a memory"}, "memory_id"),
        ({"ground": Ground.SHOWN_IN_FULL}, "ground"),
    ],
)
def test_what_is_no_refusal_of_an_erasure_is_said(
    bank: Organisation, alice: UUID, what: dict[str, object], field: str
) -> None:
    if "memory_id" in what:
        with tenant_context(bank.tenant.id):
            what = {**what, "memory_id": Memory.objects.filter(subject_id=alice).first().id}  # type: ignore[union-attr]
    with pytest.raises(InvalidChange) as caught:
        refuse(bank, verified(bank), **what)
    assert caught.value.field == field


def test_under_a_hold_too_the_refused_part_is_as_before_when_the_hold_ends(bank: Organisation, alice: UUID) -> None:
    hold = held(bank, "offers")
    request_id = verified(bank)
    refuse(bank, request_id)
    approve(bank, request_id)
    work(bank, request_id)
    assert standing(bank, request_id) == ("partly_done", "waiting")
    release(bank, hold)
    resume_erasures()
    assert standing(bank, request_id) == ("done", "done")
    assert sorted(texts(bank, "alice")) == ["I like tea", "I live in Porto"]
    with tenant_context(bank.tenant.id):
        assert Memory.objects.filter(subject_id=alice).count() == 2
        assert Certificate.objects.count() == 2
