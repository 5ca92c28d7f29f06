"""The deletion limit: one key deletes so many people an hour; those after them wait for an officer, undestroyed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from governance.accountability.anomalies import AnomalyKind, anomalies
from governance.models import (
    AuditEvent,
    Erasure,
    Ground,
    KeyDeletion,
    RightsRequest,
    Tenant,
)
from governance.rights.requests import list_requests
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Capability, ReasonCode, SubjectKind
from memstore.forget.erasure.decision import approve_erasure, read_erasure, reject_erasure
from memstore.models import Memory
from memstore.oversight.inbox import inbox
from tests.support.asking import add, ask, listed
from tests.support.cast import DATABASES, Organisation
from tests.support.in_parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
LIMIT = 3
ENTITY = "/v2/entities/user/{}/"
SCOPE = "/v1/memories/?user_id={}"


@pytest.fixture
def people(bank: Organisation) -> list[str]:
    """More people than a key may delete in an hour, each with a memory."""
    with tenant_context(bank.tenant.id):
        Tenant.objects.update(key_deletions_per_hour=LIMIT)
    names = [f"p{number}" for number in range(LIMIT + 3)]
    for name in names:
        add(bank, "I like tea", user_id=name)
    return names


def remembered(bank: Organisation) -> int:
    with tenant_context(bank.tenant.id):
        return Memory.objects.count()


@pytest.mark.parametrize("path", [ENTITY, SCOPE])
def test_after_the_limit_the_rest_waits_and_is_not_destroyed(bank: Organisation, people: list[str], path: str) -> None:
    answers = [ask(bank, "DELETE", path.format(name)) for name in people]
    assert [answer.status_code for answer in answers] == [200] * len(people)
    assert [answer.json().get("status") for answer in answers] == [None] * LIMIT + ["PENDING"] * 3
    assert remembered(bank) == 3
    for answer in answers[LIMIT:]:
        event = ask(bank, "GET", f"/v1/event/{answer.json()['event_id']}/").json()
        assert event["status"] == "PENDING"
    refused = ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": people[-1]}})
    assert (refused.status_code, refused.json()["code"]) == (403, "subject_not_active")


def test_an_officer_rejects_and_everything_is_as_before(bank: Organisation, people: list[str]) -> None:
    waiting = [ask(bank, "DELETE", ENTITY.format(name)).json()["event_id"] for name in people][LIMIT:]
    for request_id in waiting:
        reject_erasure(caller=bank.staff("dora"), request_id=UUID(request_id), ground=Ground.NOT_IDENTIFIED)
    assert [listed(bank, user_id=name) for name in people[LIMIT:]] == [["I like tea"]] * 3


def test_an_officer_approves_and_it_goes(bank: Organisation, people: list[str]) -> None:
    request_id = UUID([ask(bank, "DELETE", ENTITY.format(name)) for name in people][-1].json()["event_id"])
    found = read_erasure(caller=bank.staff("dora"), request_id=request_id)
    assert not found.auto_approved
    approve_erasure(caller=bank.staff("dora"), request_id=request_id, digest=found.digest)
    with tenant_context(bank.tenant.id):
        assert Erasure.objects.get(request_id=request_id).state == "running"


def test_it_is_on_the_record_and_an_anomaly(bank: Organisation, people: list[str]) -> None:
    for name in people:
        ask(bank, "DELETE", ENTITY.format(name))
    with tenant_context(bank.tenant.id):
        braked = AuditEvent.objects.filter(reason=ReasonCode.DELETION_LIMIT.value)
        assert set(braked.values_list("object_id", flat=True)) <= set(
            RightsRequest.objects.values_list("id", flat=True)
        )
        assert braked.count() == 3
    found = [one for one in anomalies(caller=bank.staff("dora")).anomalies if one.kind is AnomalyKind.DELETIONS]
    assert [(one.principal_id, one.value, one.expected) for one in found] == [(bank.key.id, 3, 0)]


def test_officers_see_what_waits_and_which_key_asked(bank: Organisation, people: list[str]) -> None:
    for name in people:
        ask(bank, "DELETE", ENTITY.format(name))
    found = list_requests(caller=bank.staff("dora"), awaiting_approval=True)
    assert (found.total, found.openers) == (3, {bank.key.id: bank.key.name})
    assert inbox(caller=bank.staff("dora")).erasures_to_approve == 3


def test_people_of_whom_nothing_is_kept_do_not_count(bank: Organisation, people: list[str]) -> None:
    for number in range(LIMIT + 1):
        assert "status" not in ask(bank, "DELETE", ENTITY.format(f"nobody-{number}")).json()
    with tenant_context(bank.tenant.id):
        assert KeyDeletion.objects.count() == 0
    assert "status" not in ask(bank, "DELETE", ENTITY.format(people[0])).json()


def test_above_the_limit_the_answer_does_not_tell_who_is_known(bank: Organisation, people: list[str]) -> None:
    for name in people[:LIMIT]:
        ask(bank, "DELETE", ENTITY.format(name))
    known, unknown = (ask(bank, "DELETE", ENTITY.format(name)).json() for name in (people[-1], "nobody"))
    assert known.keys() == unknown.keys()
    assert known["status"] == unknown["status"] == "PENDING"


def test_the_count_is_exact_when_many_ask_at_once(bank: Organisation, people: list[str]) -> None:
    names = iter(people)

    def delete() -> str | None:
        status: str | None = ask(bank, "DELETE", ENTITY.format(next(names))).json().get("status")
        return status

    assert sorted(str(status) for status in at_once(len(people), delete)) == ["None"] * LIMIT + ["PENDING"] * 3
    with tenant_context(bank.tenant.id):
        assert KeyDeletion.objects.count() == LIMIT


def test_each_key_has_a_count_of_its_own_and_an_hour_later_it_begins_anew(
    bank: Organisation, people: list[str]
) -> None:
    other = bank.another_key()
    for name in people[:LIMIT]:
        ask(bank, "DELETE", ENTITY.format(name))
    assert "status" not in ask(other, "DELETE", ENTITY.format(people[LIMIT])).json()
    with tenant_context(bank.tenant.id):
        for row in KeyDeletion.objects.all():
            KeyDeletion.objects.filter(id=row.id).update(at=row.at - timedelta(hours=1))
    assert "status" not in ask(bank, "DELETE", ENTITY.format(people[LIMIT + 1])).json()


@pytest.mark.parametrize("way", ["for one purpose", "many ids at once"])
def test_a_detour_is_refused_above_the_limit_and_nothing_is_gone(
    bank: Organisation, people: list[str], way: str
) -> None:
    def delete(name: str) -> int:
        if way == "for one purpose":
            return ask(bank, "DELETE", SCOPE.format(name), headers={"X-Purpose": "assistance"}).status_code
        ids = ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": name}}).json()["results"]
        named = {"memories": [{"memory_id": one["id"]} for one in ids]}
        return ask(bank, "DELETE", "/v1/batch/", named).status_code

    for name in people:
        add(bank, "I like coffee", user_id=name)
    assert [delete(name) for name in people] == [200] * LIMIT + [403] * 3
    assert remembered(bank) == 2 * 3


def test_a_batch_of_many_people_is_done_whole_or_not_at_all(bank: Organisation, people: list[str]) -> None:
    ids = [
        one["id"]
        for name in people
        for one in ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": name}}).json()["results"]
    ]
    answer = ask(bank, "DELETE", "/v1/batch/", {"memories": [{"memory_id": one} for one in ids]})
    assert (answer.status_code, answer.json()["code"]) == (403, "deletion_limit")
    assert remembered(bank) == len(people)
    with tenant_context(bank.tenant.id):
        assert KeyDeletion.objects.count() == 0


def test_where_keys_do_not_destroy_the_first_one_waits_already(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        Tenant.objects.update(key_deletions_at_once=False)  # whatever officers' requests are approved by
    add(bank, "I like tea", user_id="alice")
    answer = ask(bank, "DELETE", ENTITY.format("alice")).json()
    assert answer["status"] == "PENDING"
    assert remembered(bank) == 1
    again = ask(bank, "DELETE", ENTITY.format("alice"), headers={"Idempotency-Key": "k"}).json()
    assert ask(bank, "DELETE", ENTITY.format("alice"), headers={"Idempotency-Key": "k"}).json() == again


def test_a_key_that_destroys_does_not_depend_on_what_officers_may(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        Tenant.objects.update(auto_approve_erasure=False)
    key = bank.another_key([Capability.REMEMBER, Capability.RECALL, Capability.FORGET, Capability.FORGET_SUBJECT])
    add(key, "I like tea", user_id="alice")
    assert "status" not in ask(key, "DELETE", ENTITY.format("alice")).json()
    assert remembered(bank) == 0
    assert find_subject(bank.tenant.id, SubjectKind.USER, "alice") is None
