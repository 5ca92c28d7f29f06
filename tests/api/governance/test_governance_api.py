"""The governance API: bodies, statuses, the roles that each call needs, and what another tenant sees of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from rest_framework import serializers

from api.governance import inputs, report_inputs, request_inputs
from api.governance.examples import EXAMPLES
from api.web.request_body import read
from governance.policy.roles import NEEDED, ROLE_CAPABILITIES, STEP_UP
from governance.subjects.subjects import find_subject
from governance.vocabulary import Action, Role, SubjectKind
from tests.support.asking import ask
from tests.support.cast import DATABASES, STAFF_NAMES, Organisation, say
from tests.support.signed_in import signed_in

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
V1 = "/governance/v1"


@pytest.mark.parametrize("kind", list(EXAMPLES), ids=lambda kind: kind.__name__)
def test_every_example_of_the_documentation_is_accepted(kind: type[serializers.Serializer[object]]) -> None:
    assert read(kind, EXAMPLES[kind])


def test_every_input_has_an_example() -> None:
    kinds = {
        found
        for module in (inputs, report_inputs, request_inputs)
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, serializers.Serializer) and found.__module__ == module.__name__
    }
    queries = {kind for kind in kinds if issubclass(kind, report_inputs.ShownQuery)}
    assert kinds - {inputs.Nothing, inputs.PageInput, request_inputs.RequestListInput} - queries == set(EXAMPLES)


# (path, body, the action that it is): what needs a person with a role.
STAFF_CALLS: list[tuple[str, str, dict[str, Any] | None, Action]] = [
    ("GET", "/purposes/", None, Action.READ_CONFIGURATION),
    ("POST", "/purposes/", {"name": "n", "lawful_basis": "contract", "ceiling_days": 9}, Action.CREATE_PURPOSE),
    ("POST", "/notices/", {"purpose": "offers", "language": "en", "text": "Hello."}, Action.REGISTER_NOTICE),
    (
        "POST",
        "/compatibilities/",
        {"from_purpose": "knowledge", "for_purpose": "assistance", "reason": "r"},
        Action.RECORD_COMPATIBILITY,
    ),
    ("POST", "/retention/rules/", {"name": "r", "kind": "floor", "days": 9}, Action.PROPOSE_RULE),
    ("GET", "/retention/status/", None, Action.READ_CONFIGURATION),
    ("GET", "/holds/", None, Action.READ_HOLDS),
    ("POST", "/holds/", {"user_id": "alice", "case_reference": "C-1"}, Action.REQUEST_HOLD),
    ("GET", "/keys/", None, Action.READ_CONFIGURATION),
    (
        "POST",
        "/keys/",
        {"name": "k", "capabilities": ["recall"], "purposes": ["assistance"]},
        Action.REQUEST_KEY,
    ),
    ("GET", "/staff/", None, Action.READ_CONFIGURATION),
    (
        "POST",
        "/staff/",
        {"username": "new", "role": "auditor", "personnel_number": "99"},
        Action.REQUEST_MEMBER,
    ),
    ("GET", "/objections/", None, Action.READ_OBJECTIONS),
    ("POST", "/subjects/lookup/", {"user_id": "alice"}, Action.LOOK_UP_SUBJECT),
    ("GET", "/quarantine/", None, Action.READ_QUARANTINE),
    ("GET", "/break-glass/", None, Action.READ_CONFIGURATION),
    ("PATCH", "/tenant/", {"review_hours": 24}, Action.CONFIGURE_TENANT),
    ("GET", "/changes/", None, Action.READ_CHANGES),
    ("GET", "/policy/", None, Action.READ_CONFIGURATION),
    ("GET", "/inbox/", None, Action.READ_CONFIGURATION),
    ("POST", "/reports/subject/", {"user_id": "alice"}, Action.READ_REPORT),
    ("GET", f"/reports/subjects/{uuid4()}/", None, Action.READ_REPORT),
    ("GET", f"/reports/subjects/{uuid4()}/disclosures/", None, Action.READ_REPORT),
    ("GET", f"/reports/principals/{uuid4()}/", None, Action.READ_REPORT),
    ("GET", "/reports/anomalies/", None, Action.READ_REPORT),
    ("POST", "/reports/disclosures/", {"user_id": "alice"}, Action.READ_REPORT),
    ("GET", "/reports/processing/", None, Action.READ_CONFIGURATION),
    ("GET", "/breaches/", None, Action.READ_BREACHES),
    (
        "POST",
        "/breaches/",
        {"kind": "integrity", "case_reference": "1", "aware_at": 9, "since": 1, "until": 2},
        Action.OPEN_BREACH,
    ),
    ("GET", "/recipients/", None, Action.READ_RECIPIENTS),
    ("POST", "/recipients/", {"name": "Health Office", "kind": "authority"}, Action.REGISTER_RECIPIENT),
]
ONE_OF_EACH = {role: name for name, role in reversed(STAFF_NAMES.items())}


@pytest.mark.parametrize("role", sorted(ONE_OF_EACH), ids=str)
def test_each_role_may_call_what_its_capabilities_say_and_nothing_else(bank: Organisation, role: Role) -> None:
    say(bank, "alice", "I like tea")
    token = signed_in(bank, ONE_OF_EACH[role])
    may = {call for call in range(len(STAFF_CALLS)) if NEEDED[STAFF_CALLS[call][3]] in ROLE_CAPABILITIES[role]}
    did = set()
    for number, (method, path, body, _) in enumerate(STAFF_CALLS):
        answer = ask(token, method, V1 + path, body)
        assert answer.status_code in {200, 201, 202, 403}, (path, answer.content)
        if answer.status_code != 403:
            did.add(number)
        else:
            assert answer.json()["code"] == "capability_missing"
    assert did == may


def test_a_machine_may_call_none_of_them(bank: Organisation) -> None:
    for method, path, body, _ in STAFF_CALLS:
        assert ask(bank, method, V1 + path, body).json()["code"] == "capability_missing", path


def test_without_a_second_factor_nothing_that_needs_one_happens(bank: Organisation) -> None:
    token = signed_in(bank, "dora", stepped_up=False)
    body = {"user_id": "alice", "case_reference": "C-1", "expected": True}
    assert Action.REQUEST_HOLD in STEP_UP
    assert ask(token, "POST", f"{V1}/holds/", body).json()["code"] == "step_up_needed"
    assert ask(signed_in(bank, "dora"), "POST", f"{V1}/holds/", body).status_code == 201


def test_people_of_another_tenant_find_nobody_here(bank: Organisation, outsider: Organisation) -> None:
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    token = signed_in(outsider, "rita")
    assert ask(token, "POST", f"{V1}/subjects/lookup/", {"user_id": "alice"}).status_code == 404
    for subject in (alice.id, uuid4()):
        answer = ask(token, "GET", f"{V1}/subjects/{subject}/memories/")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert [event.reason for event in outsider.events()] == ["not_found"] * 3
    assert {event.subject_id for event in outsider.events()} == {None}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/purposes/", {"name": "x", "ceiling_days": 3}, "lawful_basis"),
        ("/purposes/", {"name": "x", "lawful_basis": "consent", "ceiling_days": "soon"}, "ceiling_days"),
        ("/purposes/", {"name": "x", "lawful_basis": "contract", "ceiling_days": 3, "speciall": "allow"}, "body"),
        ("/retention/rules/", {"name": "r", "kind": "ceiling", "days": -1}, "days"),
        ("/retention/rules/", {"name": "r", "kind": "wall", "days": 1}, "kind"),
        ("/keys/", {"name": "k", "capabilities": ["reveal"], "purposes": ["assistance"]}, "capabilities"),
        ("/keys/", {"name": "k", "capabilities": ["recall"], "purposes": ["nothing"]}, "purposes"),
        ("/keys/", [], "body"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_is_on_the_record(
    bank: Organisation, path: str, body: object, field: str
) -> None:
    answer = ask(signed_in(bank, "ada"), "POST", V1 + path, body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert [reason for _, reason in bank.refusals()] == ["invalid"]


def test_an_unknown_role_is_refused_by_its_reason(bank: Organisation) -> None:
    body = {"username": "u", "role": "king", "personnel_number": "1"}
    answer = ask(signed_in(bank, "ada"), "POST", f"{V1}/staff/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "role_unknown")
    assert bank.refusals() == [("request_member", "role_unknown")]


def test_who_am_i_says_role_and_capabilities(bank: Organisation) -> None:
    found = ask(signed_in(bank, "aud"), "GET", f"{V1}/session/").json()
    assert (found["role"], found["capabilities"]) == ("auditor", ["audit.read", "configuration.read"])
    assert ask(bank, "GET", f"{V1}/session/").json()["role"] == "api_key"
