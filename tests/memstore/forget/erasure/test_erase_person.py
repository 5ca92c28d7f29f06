"""Deleting all of a person on Mem0's wire: unreadable at once, an erasure request behind the event, 409 under hold."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from governance.evidence.ledger.storage import ledger
from governance.keyring.keys import person_keys
from governance.models import Certificate, Erasure, ErasureStep, RightsRequest
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.forget.erasure import saga
from memstore.forget.erasure.saga import resume_erasures
from memstore.models import Job, Memory
from tests.memstore.forget.erasure.test_kept_by_law import held
from tests.support.asking import add, ask, listed
from tests.support.cast import DATABASES, Organisation, say
from tests.support.consenting import consents
from tests.support.erasing import four_eyes

if TYPE_CHECKING:
    from pytest_django import Settings

    from memstore.forget.erasure.steps import Run

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
WAYS = ["/v1/memories/?user_id=alice", "/v2/entities/user/alice/"]


@pytest.mark.parametrize("path", WAYS)
def test_the_answer_comes_when_keys_and_rows_are_gone(bank: Organisation, path: str) -> None:
    add(bank, "I like tea", user_id="alice")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    answer = ask(bank, "DELETE", path)
    assert answer.status_code == 200
    assert listed(bank, user_id="alice") == []
    assert person_keys(tenant_id=bank.tenant.id, subject_id=alice.id) == []
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0
        request = RightsRequest.objects.get(id=answer.json()["event_id"])
        assert (request.kind, request.state, request.verification) == ("erasure", "verified", "key")
        assert Erasure.objects.get(request_id=request.id).auto_approved
    event = ask(bank, "GET", f"/v1/event/{answer.json()['event_id']}/").json()
    assert event["status"] == "SUCCEEDED"


def test_nobody_takes_it_from_who_answers_and_the_id_is_free_in_the_answer(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(bank, "I like tea", user_id="alice")
    go_on = saga.go_on

    def after_a_sweep(mine: Run, *, until: ErasureStep | None = None) -> None:
        monkeypatch.setattr(saga, "go_on", go_on)
        resume_erasures()
        with tenant_context(bank.tenant.id):
            assert Erasure.objects.get().attempt == mine.attempt
        go_on(mine, until=until)

    monkeypatch.setattr(saga, "go_on", after_a_sweep)
    assert ask(bank, "DELETE", WAYS[0]).status_code == 200
    add(bank, "I like coffee", user_id="alice")
    assert listed(bank, user_id="alice") == ["I like coffee"]


def test_the_certificate_follows_when_no_process_can_hold_a_key(bank: Organisation, settings: Settings) -> None:
    add(bank, "I like tea", user_id="alice")
    request_id = ask(bank, "DELETE", WAYS[0]).json()["event_id"]
    resume_erasures()
    with tenant_context(bank.tenant.id):
        assert Certificate.objects.count() == 0  # a process may hold an unwrapped key for a minute
        Erasure.objects.update(lease_until=None)
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    resume_erasures()
    with tenant_context(bank.tenant.id):
        assert Certificate.objects.count() == 1
        assert RightsRequest.objects.get(id=request_id).state == "done"


@pytest.mark.parametrize("path", WAYS)
def test_where_two_people_are_needed_it_is_unreadable_at_once_and_waits(bank: Organisation, path: str) -> None:
    four_eyes(bank)
    add(bank, "I like tea", user_id="alice")
    answer = ask(bank, "DELETE", path)
    assert answer.status_code == 200
    assert listed(bank, user_id="alice") == []
    refused = ask(bank, "POST", "/v3/memories/add/", {"messages": "I like coffee", "infer": False, "user_id": "alice"})
    assert (refused.status_code, refused.json()["code"]) == (403, "subject_not_active")
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 1  # nothing is destroyed before the second person
        assert Erasure.objects.get(request_id=answer.json()["event_id"]).state == "planned"
    assert ask(bank, "GET", f"/v1/event/{answer.json()['event_id']}/").json()["status"] == "PENDING"


@pytest.mark.parametrize("path", WAYS)
def test_under_a_hold_it_is_a_conflict_with_the_event(bank: Organisation, path: str) -> None:
    add(bank, "I like tea", user_id="alice")
    held(bank)
    answer = ask(bank, "DELETE", path)
    assert (answer.status_code, answer.json()["code"]) == (409, "retained_by_law")
    assert listed(bank, user_id="alice") == []
    with tenant_context(bank.tenant.id):
        assert Memory.objects.get().state == "restricted"
        assert Erasure.objects.get(request_id=answer.json()["event_id"]).state == "planned"


@pytest.mark.parametrize("path", WAYS)
def test_for_somebody_whom_we_never_met_the_answer_is_the_same(bank: Organisation, path: str) -> None:
    add(bank, "I like tea", user_id="alice")
    known = ask(bank, "DELETE", path)
    unknown = ask(bank, "DELETE", path.replace("alice", "nobody"))
    assert known.status_code == unknown.status_code == 200
    assert set(known.json()) == set(unknown.json())
    assert known.json()["message"] == unknown.json()["message"]
    assert UUID(unknown.json()["event_id"])
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.count() == 2


def test_a_repetition_is_a_duplicate_and_blocks_nothing(bank: Organisation) -> None:
    four_eyes(bank)
    add(bank, "I like tea", user_id="alice")
    first, second = (ask(bank, "DELETE", WAYS[0]).json()["event_id"] for _ in range(2))
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.get(id=second).duplicate_of == UUID(first)
        assert RightsRequest.objects.get(id=first).state == "verified"
        assert Erasure.objects.count() == 1


def test_the_same_idempotency_key_is_the_same_request(bank: Organisation) -> None:
    add(bank, "I like tea", user_id="alice")
    headers = {"Idempotency-Key": "once"}
    first, second = (ask(bank, "DELETE", WAYS[0], headers=headers).json() for _ in range(2))
    assert first == second
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.count() == 1


def test_a_key_of_some_purposes_deletes_theirs_and_erases_nobody(bank: Organisation) -> None:
    consents(bank)
    say(bank, "alice", "I like tea")
    offers = bank.another_key(purposes=["offers"], default_purpose="offers")
    say(bank, "alice", "I want offers", key_text=offers)
    answer = ask(offers, "DELETE", WAYS[0])
    assert answer.status_code == 200
    assert listed(bank, user_id="alice") == ["I like tea"]
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.count() == 0
        assert Job.objects.filter(id=answer.json()["event_id"]).exists()


def test_a_second_time_under_a_hold_what_came_since_is_gone_too(bank: Organisation) -> None:
    add(bank, "I like tea", user_id="alice")
    held(bank)
    assert ask(bank, "DELETE", WAYS[0]).status_code == 409
    add(bank, "I live in Porto", user_id="alice")
    assert listed(bank, user_id="alice") == ["I live in Porto"]
    assert ask(bank, "DELETE", WAYS[0]).status_code == 409
    assert listed(bank, user_id="alice") == []


def test_what_is_held_is_in_the_ledger_too_so_no_backup_brings_it_back_into_use(bank: Organisation) -> None:
    add(bank, "I like tea", user_id="alice")
    held(bank)
    with tenant_context(bank.tenant.id):
        memory_id = Memory.objects.get().id
    assert ask(bank, "DELETE", WAYS[0]).status_code == 409
    noted = [entry.memory_ids for entry in ledger().entries() if entry.tenant_id == bank.tenant.id]
    assert (memory_id,) in [tuple(ids) for ids in noted]
