"""Each type of event: some use case writes it, allowed or refused, with an actor, and nothing else can be written."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from governance.context import Caller
from governance.errors import AccessRefused, AuditUnavailable
from governance.evidence.sealer import seal
from governance.evidence.verify_stored_trail import verify
from governance.guard import audit_event
from governance.guard.authorize import attempt, authorize, system_caller
from governance.guard.unauthenticated import note_refusal
from governance.ids import NIL, uuid7
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Capability, ReasonCode, SystemJob
from tests.governance.evidence.trail import event
from tests.support.cast import DATABASES, Organisation
from tests.support.superuser import superuser

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ROOT = Path(__file__).parents[3]


@cache
def named_in_code() -> frozenset[str]:
    """Every `Action.X` of the use cases, without policy and vocabulary, which only name them."""
    found = set()
    for package in ("api", "governance", "memstore"):
        for path in (ROOT / package).rglob("*.py"):
            if "migrations" in path.parts or path.parent.name == "policy" or path.name == "vocabulary.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Action":
                    found.add(node.attr)
    return frozenset(found)


@pytest.mark.parametrize("action", Action)
def test_some_use_case_writes_it(action: Action) -> None:
    assert action.name in named_in_code()


@pytest.mark.parametrize("action", [one for one in Action if one is not Action.AUTHENTICATE])
def test_allowed_and_refused_it_is_on_the_record_with_its_actor_and_under_a_leaf(
    bank: Organisation, action: Action
) -> None:
    able = replace(
        bank.caller().principal,
        capabilities=frozenset(Capability),
        stepped_up_until=datetime.now(UTC) + timedelta(minutes=5),
    )
    caller = Caller(able, uuid7())
    grant = authorize(caller=caller, action=action)
    with attempt(caller, action):
        grant.record()
    ended = Caller(replace(able, revoked_at=datetime.now(UTC)), uuid7())
    with pytest.raises(AccessRefused):
        authorize(caller=ended, action=action)
    allowed, refused = bank.events()
    assert (allowed.type, allowed.reason, allowed.request_id) == (action.value, "allowed", caller.request_id)
    assert (refused.type, refused.reason, refused.request_id) == (action.value, "key_revoked", ended.request_id)
    assert {allowed.principal_id, refused.principal_id} == {able.id}
    seal(bank.tenant.id)
    found = verify(bank.tenant.id)
    assert (found.problem, found.size) == (None, 2)


def test_whom_nobody_knows_is_refused_by_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.guard.unauthenticated._counter._written_at", -1000.0)
    with tenant_context(NIL):
        before = AuditEvent.objects.count()
    note_refusal()
    with tenant_context(NIL):
        newest = AuditEvent.objects.order_by("-at", "-id").first()
        assert AuditEvent.objects.count() == before + 1
    assert newest is not None
    assert (newest.type, newest.principal_id, newest.role, newest.job) == ("authenticate", NIL, "system", "door")


@pytest.mark.parametrize("job", SystemJob)
def test_the_service_itself_always_says_which_part_of_it_acted(bank: Organisation, job: SystemJob) -> None:
    caller = system_caller(bank.tenant.id, job)
    grant = authorize(caller=caller, action=Action.EXPIRE)
    with attempt(caller, Action.EXPIRE):
        grant.record()
    [written] = bank.events()
    assert (written.principal_id, written.role, written.job) == (NIL, "system", job.value)


def test_an_event_without_an_actor_cannot_be_written(bank: Organisation) -> None:
    with pytest.raises(AuditUnavailable):
        audit_event.write_alone(event(bank, principal_id=NIL))
    assert bank.events() == []


@pytest.mark.parametrize("reason", ReasonCode)
def test_every_reason_fits(bank: Organisation, reason: ReasonCode) -> None:
    audit_event.write_alone(event(bank, reason=reason))
    assert [one.reason for one in bank.events()] == [reason.value]


@pytest.mark.parametrize("column", ["type", "reason", "role", "job", "lawful_basis"])
@pytest.mark.parametrize("text", ["I like tea", "alice@example.com", "Ärger", "a'b", "UPPER", "a" * 25])
def test_no_text_gets_into_a_column_of_words(bank: Organisation, column: str, text: str) -> None:
    audit_event.write_alone(event(bank))
    copied = (
        "INSERT INTO governance_auditevent SELECT (made.e).* FROM (SELECT jsonb_populate_record(e, %s::jsonb) AS e"
        " FROM governance_auditevent e WHERE tenant_id = %s) made"
    )
    with superuser() as intruder, pytest.raises((psycopg.errors.DataError, psycopg.errors.CheckViolation)):
        intruder.execute(copied, [json.dumps({column: text}), bank.tenant.id])


def test_the_table_has_no_column_that_could_hold_a_text() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type, character_maximum_length FROM information_schema.columns"
            " WHERE table_name = 'governance_auditevent'"
        )
        found = {name: (kind, length) for name, kind, length in cursor.fetchall()}
    words = {name for name, (kind, _) in found.items() if kind == "character varying"}
    assert words == {"type", "reason", "role", "job", "lawful_basis"}
    assert {kind for kind, _ in found.values()} == {
        "uuid",
        "timestamp with time zone",
        "smallint",
        "integer",
        "inet",
        "bytea",
        "character varying",
    }
