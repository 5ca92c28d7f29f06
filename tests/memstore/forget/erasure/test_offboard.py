"""The end of a tenant: two people decide it, everyone in it is erased, and the neighbour notices nothing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from governance.evidence.sealer import seal
from governance.evidence.verify_stored_trail import verify
from governance.keyring.models import DataKey
from governance.models import Certificate, Subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode
from memstore.forget.erasure.offboard_tenant import approve_offboarding, request_offboarding
from memstore.models import Memory
from tests.memstore.forget.erasure.test_kept_by_law import held, release
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.erasing import four_eyes
from tests.support.refusing import refused

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture(autouse=True)
def _cold(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0


def offboard(bank: Organisation, *arguments: str) -> tuple[str, int]:
    out = io.StringIO()
    try:
        call_command("offboard", "--tenant", bank.tenant.slug, *arguments, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}", error.returncode
    return out.getvalue(), 0


def decided(bank: Organisation) -> None:
    request_offboarding(caller=bank.staff("ada"))
    approve_offboarding(caller=bank.staff("dora"))


def test_everybody_goes_and_the_neighbour_stays(bank: Organisation, outsider: Organisation) -> None:
    for user in ("alice", "bob", "carol"):
        say(bank, user, "I like tea")
    say(outsider, "alice", "I like tea")
    decided(bank)
    printed, code = offboard(bank)
    assert code == 0, printed
    assert "3 people erased" in printed
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0
        assert set(Subject.objects.values_list("state", flat=True)) == {"erased"}
        assert Certificate.objects.count() == 3
    with tenant_context(bank.tenant.id, using="keys"):
        assert DataKey.objects.count() == 0
    assert texts(outsider, "alice") == ["I like tea"]
    seal(bank.tenant.id)
    assert verify(bank.tenant.id).problem is None


def test_from_the_approval_on_no_key_works(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    decided(bank)
    answer = ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": "alice"}})
    assert (answer.status_code, answer.json()["code"]) == (401, "key_revoked")


def test_it_takes_two_people(bank: Organisation) -> None:
    with refused(bank, Action.REQUEST_OFFBOARDING, ReasonCode.CAPABILITY_MISSING):
        request_offboarding(caller=bank.staff("dora"))
    request_offboarding(caller=bank.staff("ada"))
    with refused(bank, Action.REQUEST_OFFBOARDING, ReasonCode.ANOTHER_IS_OPEN):
        request_offboarding(caller=bank.staff("adam"))
    with refused(bank, Action.APPROVE_OFFBOARDING, ReasonCode.CAPABILITY_MISSING):
        approve_offboarding(caller=bank.staff("adam"))
    assert "nobody has approved" in offboard(bank)[0]


def test_a_dry_run_says_what_would_go_and_what_would_stay(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    say(bank, "bob", "I like tea")
    held(bank)
    printed, code = offboard(bank, "--dry-run")
    assert code == 0
    assert "2 people with 2 memories" in printed
    assert "1 memories would be kept for now (17(3)(e))" in printed
    assert texts(bank, "bob") == ["I like tea"]


def test_what_is_held_rests_and_the_end_comes_after_its_release(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    say(bank, "bob", "I like tea")
    hold = held(bank)
    decided(bank)
    printed, code = offboard(bank)
    assert (code, "of 1 the law keeps something" in printed) == (3, True)
    with tenant_context(bank.tenant.id):
        assert [memory.state for memory in Memory.objects.all()] == ["restricted"]
    release(bank, hold)
    from memstore.forget.erasure.saga import resume_erasures

    resume_erasures()
    assert offboard(bank)[1] == 0


def test_who_was_deleted_and_waits_for_a_second_person_goes_with_the_tenant(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    assert ask(bank, "DELETE", "/v1/memories/?user_id=alice").status_code == 200
    decided(bank)
    printed, code = offboard(bank)
    assert (code, "1 people erased" in printed) == (0, True), printed
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0
