"""Changes of configuration over HTTP: roles, refusals, and that no word of a person is among them."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import connection

from governance.access.totp import STEP_SECONDS, code_at
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation
from tests.support.signed_in import signed_in

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
V1 = "/governance/v1"
CHANGES = f"{V1}/changes/"


def changed(organisation: Organisation, minutes: int) -> Answer:
    answer = ask(signed_in(organisation, "ada"), "PATCH", f"{V1}/tenant/", {"reveal_minutes": minutes})
    assert answer.status_code == 200, answer.content
    return answer


def test_who_what_from_what_to_what_in_which_request(bank: Organisation) -> None:
    changed(bank, 6)
    answer = changed(bank, 5)
    shown = ask(signed_in(bank, "aud"), "GET", CHANGES).json()["results"][0]
    assert shown.pop("id")
    assert shown.pop("at")
    assert shown == {
        "actor": f"staff:{bank.staff('ada').principal.id}",
        "name": "ada",
        "request_id": answer.headers["X-Request-ID"],
        "object_type": "tenant",
        "object_id": str(bank.tenant.id),
        "change": "changed",
        "fields": {"reveal_minutes": ["6", "5"]},
    }


def test_a_clients_own_request_id_counts_only_as_a_uuid(bank: Organisation) -> None:
    token, own = signed_in(bank, "ada"), uuid4()
    for minutes, sent in ((7, str(own)), (6, "alice@example.com has HIV"), (5, "x" * 300)):
        headers = {"X-Request-ID": sent, "X-Correlation-ID": sent, "X-Forwarded-For": "nope", "X-Forwarded-Port": "-1"}
        body = {"reveal_minutes": minutes}
        assert ask(token, "PATCH", f"{V1}/tenant/", body, headers=headers).status_code == 200
    last, second, first = ask(signed_in(bank, "aud"), "GET", f"{CHANGES}?limit=3").json()["results"]
    assert first["request_id"] == str(own)
    assert not {last["request_id"], second["request_id"]} & {str(own), None, ""}
    assert "alice" not in json.dumps([last, second])


def test_filters_and_pages(bank: Organisation) -> None:
    for minutes in (7, 6, 5):
        changed(bank, minutes)
    token, ada = signed_in(bank, "dora"), bank.staff("ada").principal.id

    def found(query: str) -> list[dict[str, object]]:
        answer = ask(token, "GET", f"{CHANGES}?{query}")
        assert answer.status_code == 200, answer.content
        results: list[dict[str, object]] = answer.json()["results"]
        return results

    mine = found(f"principal_id={ada}")
    assert [change["fields"] for change in mine] == [{"reveal_minutes": [str(n + 1), str(n)]} for n in (5, 6)] + [
        {"reveal_minutes": ["30", "7"]}
    ]
    assert found(f"object_type=tenant&object_id={bank.tenant.id}&principal_id={ada}") == mine
    assert found(f"object_type=apikey&principal_id={ada}") == []
    assert found(f"principal_id={ada}&limit=2") == mine[:2]
    assert found(f"principal_id={ada}&before={mine[1]['id']}") == mine[2:]
    assert found(f"principal_id={ada}&since={mine[1]['at']}") == mine[:2]
    assert found(f"principal_id={ada}&until={mine[1]['at']}") == mine[2:]
    assert found(f"object_id={uuid4()}") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("before=first", "before"),
        ("object_id=1", "object_id"),
        ("principal_id=ada", "principal_id"),
        ("since=yesterday", "since"),
        ("since=9999999999999999", "since"),
        ("object_type=" + "x" * 41, "object_type"),
        ("object_type=a%00b", "object_type"),
        ("objectid=1", "body"),  # a misspelt filter would show more than was asked for
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name_and_is_on_the_record(
    bank: Organisation, query: str, field: str
) -> None:
    answer = ask(signed_in(bank, "aud"), "GET", f"{CHANGES}?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert bank.refusals() == [("read_changes", "invalid")]


def test_another_tenants_auditor_sees_nothing_of_it_by_any_id(bank: Organisation, outsider: Organisation) -> None:
    changed(bank, 5)
    changed(outsider, 6)
    ours = ask(signed_in(bank, "aud"), "GET", CHANGES).json()["results"]
    ids = {change["id"] for change in ours}
    token = signed_in(outsider, "aud")
    theirs = [
        *ask(token, "GET", CHANGES).json()["results"],
        *ask(token, "GET", f"{CHANGES}?before={ours[0]['id']}").json()["results"],
    ]
    assert theirs
    assert ids
    assert not ids & {change["id"] for change in theirs}
    for name, value in (("object_id", bank.tenant.id), ("principal_id", bank.staff("ada").principal.id)):
        assert ask(token, "GET", f"{CHANGES}?{name}={value}").json()["results"] == []


def test_nobody_unknown_reads_it() -> None:
    for key in (None, "m0st_000000000000_0"):
        assert ask(key, "GET", CHANGES).status_code == 401


# The canary

CANARY = "c4n4ry0f1nd"
PASSWORD, NUMBER = f"{CANARY} password", f"{CANARY}-4711"


def through_everything(bank: Organisation) -> list[str]:
    """Send the canary as everything but configuration, through its endpoints. Returns the secrets that came back."""
    ada, dora, person = signed_in(bank, "ada"), signed_in(bank, "dora"), {"user_id": CANARY}
    text = f"I am {CANARY}"
    done: list[Answer] = []

    def call(who: Organisation | str | None, path: str, body: object, method: str = "POST") -> Answer:
        headers = {"X-Request-ID": CANARY, "X-Correlation-ID": CANARY, "X-Forwarded-For": CANARY}
        done.append(ask(who, method, path, body, headers=headers))
        return done[-1]

    call(bank, "/v3/memories/add/", {"messages": text, "infer": False, "metadata": {CANARY: CANARY}, **person})
    call(bank, "/v3/memories/search/", {"query": CANARY, "filters": person})
    wording = {"purpose": "offers", "language": "en", "text": text}
    notice = call(dora, f"{V1}/notices/", wording).json()["sha256"]
    call(bank, f"{V1}/consents/grant/", {**person, "purpose": "offers", "notice": notice, "channel": "web"})
    call(bank, f"{V1}/consents/history/", person)
    call(bank, f"{V1}/consents/withdraw/", {**person, "purpose": "offers", "channel": "web"})
    call(bank, f"{V1}/objections/", {**person, "purpose": "knowledge"})
    call(dora, f"{V1}/subjects/age/", {**person, "birth_date": "2015-01-01"})
    alice = find_subject(bank.tenant.id, SubjectKind.USER, CANARY)
    assert alice is not None
    key = {"name": "k", "capabilities": ["recall"], "purposes": ["assistance"], "pinned_subject": str(alice.id)}
    asked = call(ada, f"{V1}/keys/", key).json()["id"]
    code = call(dora, f"{V1}/keys/{asked}/approve/", {}).json()["claim_code"]
    claimed = call(None, f"{V1}/keys/claim/", {"claim_code": code}).json()["api_key"]
    rule = {"name": "r", "kind": "floor", "days": 9, "subject_id": str(alice.id)}
    call(ada, f"{V1}/retention/rules/", rule)
    call(dora, f"{V1}/holds/", {**person, "case_reference": "C-1"})
    member = {"username": "nina", "name": CANARY, "role": "auditor", "personnel_number": NUMBER}
    new = call(ada, f"{V1}/staff/", member).json()["id"]
    invitation = call(dora, f"{V1}/staff/{new}/approve/", {}).json()["claim_code"]
    enrolled = call(None, f"{V1}/staff/enrol/", {"claim_code": invitation, "password": PASSWORD}).json()
    signing_in = {"tenant": bank.tenant.slug, "username": "nina", "password": PASSWORD}
    seed = base64.b32decode(enrolled["totp_secret"])
    signing_in["code"] = code_at(seed, int(time.time()) // STEP_SECONDS).decode()
    session = call(None, f"{V1}/session/sign-in/", signing_in).json()["token"]
    why = {"from_purpose": "knowledge", "for_purpose": "assistance", "reason": f"as {CANARY} complained"}
    waiting = call(dora, f"{V1}/compatibilities/", why).json()
    agreed = {"digest": waiting["digest"]}
    call(signed_in(bank, "dov"), f"{V1}/loosenings/{waiting['proposal_id']}/approve/", agreed)
    call(ada, f"{V1}/recipients/", {"name": f"Dr {CANARY}", "address": f"{CANARY} street 1", "kind": "person"})
    call(ada, f"{V1}/staff/{new}/suspend/", {})
    call(ada, f"{V1}/keys/{asked}/revoke/", {})
    call(bank, f"/v1/memories/?user_id={CANARY}", None, "DELETE")
    assert [answer.content for answer in done if answer.status_code >= 400] == []
    # What must be refused leaves no trace in it either.
    for who, path, body in (
        (None, f"{V1}/keys/claim/", {"claim_code": f"{bank.tenant.id}.{asked}.{CANARY}"}),
        (None, f"{V1}/session/sign-in/", {**signing_in, "username": CANARY}),
        (ada, f"{V1}/staff/", {**member, "role": CANARY}),
        (ada, f"{V1}/keys/", {**key, "capabilities": [CANARY]}),
        (ada, f"{V1}/purposes/", {"name": "p", "lawful_basis": CANARY, "ceiling_days": 3}),
    ):
        assert call(who, path, body).status_code in {400, 401, 403, 404}, path
    refused = ask(bank, "POST", "/v3/memories/", {"filters": person}, headers={"X-Purpose": CANARY})
    assert refused.status_code == 403
    secrets = [code, claimed, invitation, session, enrolled["totp_secret"]]
    return [CANARY, str(alice.id), notice, *(part for one in secrets for part in (one, one.split(".")[-1], one[-40:]))]


def test_of_all_words_ids_and_secrets_that_went_through_none_is_in_the_changes(bank: Organisation) -> None:
    found = through_everything(bank)
    with tenant_context(bank.tenant.id), connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c)::text FROM governance_adminchange c")
        rows = [row[0] for row in cursor.fetchall()]
    assert any('"nina"' in row for row in rows)  # a positive control: what is configuration is there
    for word in found:
        assert not [row for row in rows if word in row], word
