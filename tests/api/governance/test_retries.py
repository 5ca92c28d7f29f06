"""Idempotency-Key of the governance API: the request sent again is answered, and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.urls import URLPattern
from drf_spectacular.generators import SchemaGenerator

from api.governance.urls import urlpatterns
from governance.access import idempotency_keys
from governance.models import ConsentEvent, KeyedWrite, LegalHold, RightsRequest
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Capability
from memstore.forget.sweep import sweep
from memstore.rights import choices
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation
from tests.support.consenting import notice
from tests.support.in_parallel import at_once
from tests.support.signed_in import signed_in

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from api.governance.governed_view import GovernedView

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
V1 = "/governance/v1"
ONCE = {"Idempotency-Key": "k-1"}
HOLD = {"user_id": "alice", "case_reference": "C-1", "expected": True}
ASKED = {"user_id": "alice", "kind": "access", "channel": "web"}
# What asks and changes nothing, or counts once by nature; each with its reason.
TAKE_NO_KEY = {
    "sign-in": "opens a session of its own each time",
    "step-up": "a one-time code",
    "session": "sign-out: a session ends once",
    "staff-enrol": "a one-time code",
    "key-claim": "a one-time code",
    "consent-history": "asks only",
    "subject-lookup": "asks only",
    "subject-twins": "asks only",
    "report-person": "asks only",
    "report-disclosures": "asks only",
    "request-follow": "asks only",
    "request-copy": "a copy is read anew, and each reading is on the record",
    "copy-hand-out": "a one-time link",
}


def consent(bank: Organisation, **more: str) -> dict[str, str]:
    return {"user_id": "alice", "purpose": "offers", "channel": "web", "notice": notice(bank)} | more


def writes() -> list[tuple[str, type[GovernedView], str]]:
    found = []
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view: type[GovernedView] = pattern.callback.view_class  # type: ignore[attr-defined]
        found += [
            (str(pattern.name), view, method) for method in ("post", "put", "patch", "delete") if hasattr(view, method)
        ]
    return found


def test_every_write_takes_a_key_or_is_listed_with_the_reason() -> None:
    assert {name for name, view, method in writes() if not view.takes_key(method)} == set(TAKE_NO_KEY)


def test_every_write_that_takes_a_key_says_so_in_its_description() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    described = {
        (path, method)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if path.startswith(V1) and any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", []))
    }
    assert len(described) == len([1 for _, view, method in writes() if view.takes_key(method)])


def test_a_request_sent_again_opens_no_second_one_and_shows_its_receipt_once(bank: Organisation) -> None:
    key = bank.another_key([Capability.REQUEST_RIGHTS])
    first = ask(key, "POST", f"{V1}/requests/", ASKED, headers=ONCE)
    again = ask(key, "POST", f"{V1}/requests/", ASKED, headers=ONCE)
    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "already_done"
    assert again.headers["Idempotent-Replayed"] == "true"
    with tenant_context(bank.tenant.id):
        assert str(RightsRequest.objects.get().id) == again.json()["id"]
    assert first.json()["receipt"] not in again.content.decode()


def test_a_consent_sent_again_is_one_event(bank: Organisation) -> None:
    body = consent(bank)
    first, again = (ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    with tenant_context(bank.tenant.id):
        assert again.json()["id"] == str(ConsentEvent.objects.get().id)


def test_a_hold_sent_again_is_answered_with_the_hold_as_it_is_now(bank: Organisation) -> None:
    dora, dov = signed_in(bank, "dora"), signed_in(bank, "dov")
    first = ask(dora, "POST", f"{V1}/holds/", HOLD, headers=ONCE).json()
    assert ask(dov, "POST", f"{V1}/holds/{first['id']}/approve/", headers=ONCE).json()["state"] == "placed"
    again = ask(dora, "POST", f"{V1}/holds/", HOLD, headers=ONCE)
    assert (again.status_code, again.json()) == (
        201,
        first | {"state": "placed", "approved_by": again.json()["approved_by"]},
    )
    with tenant_context(bank.tenant.id):
        assert LegalHold.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(bank: Organisation) -> None:
    dora = signed_in(bank, "dora")
    ask(dora, "POST", f"{V1}/holds/", HOLD, headers=ONCE)
    other = ask(dora, "POST", f"{V1}/holds/", HOLD | {"case_reference": "C-2"}, headers=ONCE)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_key_is_of_the_one_who_sent_it(bank: Organisation) -> None:
    dora, dov = signed_in(bank, "dora"), signed_in(bank, "dov")
    answers = [ask(who, "POST", f"{V1}/holds/", HOLD, headers=ONCE) for who in (dora, dov)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_what_was_refused_may_be_sent_again_under_its_key(bank: Organisation) -> None:
    body = consent(bank)
    refused = ask(bank, "POST", f"{V1}/consents/grant/", body | {"notice": "0" * 64}, headers=ONCE)
    assert refused.status_code == 400
    assert ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE).status_code == 201


def test_what_failed_in_its_transaction_may_be_sent_again(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    body = consent(bank)

    def fail(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr("governance.processing.consents.moved", fail)
        assert ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE).status_code == 503
    assert ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE).status_code == 201


def test_what_was_done_before_the_process_died_is_not_done_again(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was never noted; that the effect happened is known from its own transaction."""
    body = consent(bank)
    with monkeypatch.context() as patched:
        patched.setattr(idempotency_keys, "close", lambda *_args, **_kwargs: None)
        ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE)
    again = ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE)
    with tenant_context(bank.tenant.id):
        assert (again.status_code, again.json()["id"]) == (200, str(ConsentEvent.objects.get().id))


def test_what_died_before_its_effect_may_be_sent_again_after_a_while(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = consent(bank)

    def fail(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(idempotency_keys, "close", lambda *_args, **_kwargs: None)
        patched.setattr(choices, "grant", fail)
        ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE)
    running = ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE)
    assert (running.status_code, running.json()["code"]) == (409, "still_running")
    with tenant_context(bank.tenant.id):
        row = KeyedWrite.objects.get()
        KeyedWrite.objects.update(begun_at=row.begun_at - idempotency_keys.GIVEN_UP - timedelta(seconds=1))
    assert ask(bank, "POST", f"{V1}/consents/grant/", body, headers=ONCE).status_code == 201


def test_of_many_at_once_under_one_key_one_is_done(bank: Organisation) -> None:
    key, body = bank.another_key([Capability.REQUEST_RIGHTS]), ASKED

    def send() -> Answer:
        return ask(key, "POST", f"{V1}/requests/", body, headers=ONCE)

    answers: list[Any] = at_once(4, send)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.count() == 1


def test_nothing_of_key_body_or_answer_is_kept_in_clear(bank: Organisation) -> None:
    secret = uuid4().hex
    who = bank.another_key([Capability.REQUEST_RIGHTS])
    first = ask(who, "POST", f"{V1}/requests/", ASKED | {"user_id": secret}, headers={"Idempotency-Key": secret})
    with tenant_context(bank.tenant.id):
        row = KeyedWrite.objects.get()
    kept = b"".join(bytes(value) for value in (row.key_mac, row.request_mac))
    assert secret.encode() not in kept
    assert first.json()["receipt"].encode() not in kept


def test_keys_are_kept_for_a_week(bank: Organisation) -> None:
    ask(bank, "POST", f"{V1}/consents/grant/", consent(bank), headers=ONCE)
    with tenant_context(bank.tenant.id):
        row = KeyedWrite.objects.get()
        sweep(bank.tenant.id)
        assert KeyedWrite.objects.exists()
        KeyedWrite.objects.update(begun_at=row.begun_at - idempotency_keys.KEPT - timedelta(minutes=1))
    sweep(bank.tenant.id)
    with tenant_context(bank.tenant.id):
        assert not KeyedWrite.objects.exists()
