"""A writer of the data database alone destroys no keys: approvals are sealed under a key of the other database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.errors import AccessRefused
from governance.keyring.keys import person_keys
from governance.models import Erasure, ErasureStep, Ground, LegalHold, Offboarding, Subject
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.forget.erasure import offboard_tenant
from memstore.forget.erasure.approval_seal import ApprovalBroken
from memstore.forget.erasure.decision import approve_erasure, reject_erasure
from memstore.forget.erasure.plan import Plan, plan
from memstore.forget.erasure.saga import resume_erasures
from memstore.rights.fulfil import cancel_request
from tests.memstore.forget.erasure.test_kept_by_law import held
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents
from tests.support.erasing import approved, four_eyes, look, verified, work
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture(autouse=True)
def _cold(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0


def subject_of(bank: Organisation, user_id: str) -> UUID:
    found = find_subject(bank.tenant.id, SubjectKind.USER, user_id)
    assert found is not None
    return found.id


def keys_of(bank: Organisation, subject_id: UUID) -> int:
    return len(person_keys(tenant_id=bank.tenant.id, subject_id=subject_id))


def alter(bank: Organisation, request_id: UUID, **columns: object) -> None:
    """Update the erasure's row as an intruder who has the data database, past its triggers."""
    sets = ", ".join(f"{name} = %s" for name in columns)
    with superuser() as intruder:
        intruder.execute(
            f"UPDATE governance_erasure SET {sets} WHERE request_id = %s",
            [*columns.values(), request_id],
        )


def all_of(content: dict[str, object]) -> dict[str, object]:
    """Return the plan as it would be if nothing had to stay."""
    free = {"action": "erase", "ground": "", "n_kept": 0, "kept_until": None}
    purposes = content["purposes"]
    assert isinstance(purposes, list)
    return content | {"n_holds": 0, "purposes": [part | free for part in purposes]}


def altered_plan(bank: Organisation, request_id: UUID, row: Erasure) -> None:
    alter(bank, request_id, plan=json.dumps(all_of(row.plan)))


def altered_digest(bank: Organisation, request_id: UUID, row: Erasure) -> None:
    alter(bank, request_id, plan_sha256=Plan.from_json(all_of(row.plan)).digest())


def altered_both(bank: Organisation, request_id: UUID, row: Erasure) -> None:
    bent = all_of(row.plan)
    alter(bank, request_id, plan=json.dumps(bent), plan_sha256=Plan.from_json(bent).digest())


def without_a_plan(bank: Organisation, request_id: UUID, row: Erasure) -> None:
    alter(bank, request_id, plan=json.dumps({"purposes": 1}))


def another_person(bank: Organisation, request_id: UUID, row: Erasure) -> None:
    bob = subject_of(bank, "bob")
    with tenant_context(bank.tenant.id):
        bent = plan(Subject.objects.get(id=bob), row.requested_at)
    alter(bank, request_id, subject_id=bob, plan=json.dumps(bent.to_json()), plan_sha256=bent.digest())


def another_approver(bank: Organisation, request_id: UUID, row: Erasure) -> None:
    alter(bank, request_id, approved_by=uuid4())


def another_round(bank: Organisation, request_id: UUID, row: Erasure) -> None:
    alter(bank, request_id, round=7)


def without_a_seal(bank: Organisation, request_id: UUID, row: Erasure) -> None:
    alter(bank, request_id, approval_mac=None)


ALTERATIONS = (
    altered_plan,
    altered_digest,
    altered_both,
    without_a_plan,
    another_person,
    another_approver,
    another_round,
    without_a_seal,
)


@pytest.fixture
def approved_in_part(bank: Organisation) -> UUID:
    """Approve alice's erasure, of which one purpose goes and the other is held; bob is a bystander.

    Returns the request.
    """
    four_eyes(bank)
    consents(bank)
    say(bank, "alice", "I like tea")
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"))
    say(bank, "bob", "I like coffee")
    held(bank, "assistance")
    return approved(bank)


@pytest.mark.parametrize("step", [None, ErasureStep.TOMBSTONE, ErasureStep.SHRED_INTENT])
@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_what_is_not_as_approved_destroys_nothing_and_is_an_alarm(
    bank: Organisation,
    approved_in_part: UUID,
    alteration: Callable[[Organisation, UUID, Erasure], None],
    step: ErasureStep | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    alice, bob = subject_of(bank, "alice"), subject_of(bank, "bob")
    before = keys_of(bank, alice), keys_of(bank, bob)
    if step is not None:
        work(bank, approved_in_part, until=step)
    with tenant_context(bank.tenant.id):
        row = Erasure.objects.get(request_id=approved_in_part)
    alteration(bank, approved_in_part, row)
    with tenant_context(bank.tenant.id):
        Erasure.objects.filter(id=row.id).update(lease_until=None)
    work(bank, approved_in_part)
    assert (keys_of(bank, alice), keys_of(bank, bob)) == before
    with tenant_context(bank.tenant.id):
        found = Erasure.objects.get(request_id=approved_in_part)
    assert (found.state, found.problem, found.approved_by) == ("failed", "approval_broken", None)
    assert ("erase", "approval_broken") in bank.refusals()
    assert [record.levelname for record in caplog.records if record.message == "approval_broken"] == ["CRITICAL"]
    assert texts(bank, "bob") == ["I like coffee"]


def test_a_row_that_says_approved_is_no_approval(bank: Organisation) -> None:
    """The approval is forged for a request that waits; the sweep finds it as it finds any other."""
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id, alice = verified(bank), subject_of(bank, "alice")
    dov = bank.staff("dov").principal.id
    alter(bank, request_id, state="running", approved_by=dov, approved_at="2026-01-01T00:00Z")
    before = keys_of(bank, alice)
    resume_erasures()
    assert keys_of(bank, alice) == before
    assert look(bank, request_id).state == "failed"


def test_after_an_alarm_people_decide_anew(bank: Organisation, approved_in_part: UUID) -> None:
    work(bank, approved_in_part, until=ErasureStep.TOMBSTONE)
    alter(bank, approved_in_part, round=3, lease_until=None)
    assert work(bank, approved_in_part).state == "failed"
    found = look(bank, approved_in_part)
    approve_erasure(caller=bank.staff("dov"), request_id=approved_in_part, digest=found.digest)
    assert work(bank, approved_in_part).state == "waiting"


def test_after_an_alarm_it_can_be_rejected_while_nothing_is_destroyed(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = approved(bank)
    alter(bank, request_id, approved_by=uuid4())
    assert work(bank, request_id).state == "failed"
    reject_erasure(caller=bank.staff("dov"), request_id=request_id, ground=Ground.ACCURATE)
    assert texts(bank, "alice") == ["I like tea"]


def test_what_stopped_after_keys_went_only_goes_on(bank: Organisation, approved_in_part: UUID) -> None:
    work(bank, approved_in_part, until=ErasureStep.SHRED)
    alter(bank, approved_in_part, approved_by=uuid4(), lease_until=None)
    assert work(bank, approved_in_part).state == "failed"
    with pytest.raises(AccessRefused) as rejected:
        reject_erasure(caller=bank.staff("dov"), request_id=approved_in_part, ground=Ground.ACCURATE)
    with pytest.raises(AccessRefused) as cancelled:
        cancel_request(caller=bank.staff("dora"), request_id=approved_in_part)
    assert {rejected.value.reason, cancelled.value.reason} == {ReasonCode.ALREADY_DESTROYED}


def test_holds_are_looked_at_again_where_keys_are_destroyed(bank: Organisation) -> None:
    """The hold is placed past the application, between the tombstone and the shred."""
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id, alice = approved(bank), subject_of(bank, "alice")
    work(bank, request_id, until=ErasureStep.SHRED_INTENT)
    with tenant_context(bank.tenant.id):
        LegalHold.objects.create(
            tenant_id=bank.tenant.id,
            subject_id=alice,
            case_reference="C-1",
            requested_by=uuid4(),
            approved_by=uuid4(),
            approved_at="2026-01-01T00:00Z",
        )
        Erasure.objects.filter(request_id=request_id).update(lease_until=None)
    assert work(bank, request_id).problem == "plan_changed"
    assert keys_of(bank, alice) == 2


def test_the_next_round_of_an_altered_erasure_does_not_begin(bank: Organisation, approved_in_part: UUID) -> None:
    alice = subject_of(bank, "alice")
    assert work(bank, approved_in_part).state == "waiting"
    before = keys_of(bank, alice)
    alter(bank, approved_in_part, requested_by=uuid4())
    with superuser() as clock:  # it ends by itself
        clock.execute("UPDATE governance_legalhold SET until_at = now() WHERE tenant_id = %s", [bank.tenant.id])
    resume_erasures()
    assert (look(bank, approved_in_part).state, keys_of(bank, alice)) == ("failed", before)


def test_the_end_of_a_tenant_that_nobody_approved_does_not_begin(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    alice = subject_of(bank, "alice")
    with tenant_context(bank.tenant.id):
        Offboarding.objects.create(
            tenant_id=bank.tenant.id, requested_by=uuid4(), approved_by=uuid4(), approved_at="2026-01-01T00:00Z"
        )
    with pytest.raises(ApprovalBroken):
        offboard_tenant.offboard(tenant_id=bank.tenant.id, progress=lambda _done, _of: None)
    assert keys_of(bank, alice) == 2
    assert ("offboard_tenant", "approval_broken") in bank.refusals()
