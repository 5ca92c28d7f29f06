"""Liveness, readiness, and the documentation that the service serves of itself."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.urls import URLPattern
from psycopg_pool import PoolTimeout

from api.mem0.urls import urlpatterns
from governance.errors import KeyUnavailable, WrongRootKey
from governance.guard import audit_event, witness
from governance.ids import NIL
from governance.keyring.root import LocalRootKey
from governance.models import AuditEvent, AuditQueued
from governance.tenancy.tenant_context import tenant_context
from memstore.oversight import readiness
from tests.governance.evidence.witnessing import told, witnessed
from tests.support.asking import ask, routes
from tests.support.cast import DATABASES, Organisation
from tests.support.refusing import as_owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

PARTS = {"database", "keys", "root_key", "audit", "ledger"}


def test_alive_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "CHECKS", {})
    answer = ask(None, "GET", "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_names_each_part(bank: Organisation) -> None:
    answer = ask(None, "GET", "/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ready", "witness": "ok"} | dict.fromkeys(PARTS, "ok"),
    )


def red(part: str) -> None:
    answer = ask(None, "GET", "/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "not ready", "witness": "ok"} | dict.fromkeys(PARTS, "ok") | {part: "failed"},
    )


@contextmanager
def unwritable(how: str, undo: str = "") -> Iterator[None]:
    """Keep the trail from being written, with the rights of the owner."""
    with as_owner(NIL) as cursor:
        cursor.execute(how)
        if undo:
            cursor.connection.commit()
        try:
            yield
        finally:
            if undo:
                cursor.execute(undo)
            else:
                cursor.connection.rollback()


WAYS = {
    "privilege": (
        "REVOKE INSERT ON governance_auditevent FROM memstore_app",
        "GRANT INSERT ON governance_auditevent TO memstore_app",
    ),
    "privilege on the queue": (
        "REVOKE INSERT ON governance_auditqueued FROM memstore_app",
        "GRANT INSERT ON governance_auditqueued TO memstore_app",
    ),
    "lock": ("LOCK TABLE governance_auditevent IN ACCESS EXCLUSIVE MODE", ""),
    "lock on the queue": ("LOCK TABLE governance_auditqueued IN SHARE MODE", ""),
    "constraint": (
        "ALTER TABLE governance_auditevent ADD CONSTRAINT nothing CHECK (false) NOT VALID",
        "ALTER TABLE governance_auditevent DROP CONSTRAINT nothing",
    ),
    "slow": (
        """CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(20); RETURN NEW; END $$;
           CREATE TRIGGER slow BEFORE INSERT ON governance_auditqueued FOR EACH ROW EXECUTE FUNCTION slow()""",
        "DROP TRIGGER slow ON governance_auditqueued; DROP FUNCTION slow()",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_not_ready_when_the_audit_trail_cannot_be_written_for_whatever_reason(bank: Organisation, way: str) -> None:
    with unwritable(*WAYS[way]):
        started = time.monotonic()
        red("audit")
        assert time.monotonic() - started < 5
        if "privilege" in way:
            answer = ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": "alice"}})
            assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")
    assert ask(None, "GET", "/readyz").status_code == 200


def test_trying_leaves_nothing_behind(bank: Organisation, tmp_path: Path) -> None:
    def n_events() -> tuple[int, int]:
        with tenant_context(NIL):
            return AuditEvent.objects.count(), AuditQueued.objects.count()

    audit_event.try_out()
    before = n_events()
    with witnessed(tmp_path / "events.jsonl"):
        audit_event.try_out()
    assert n_events() == before
    assert told(tmp_path / "events.jsonl") == []
    with connection.cursor() as cursor:  # the patience of others is as it was
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone()[0] == "5s"


def test_a_witness_that_is_behind_is_shown_and_the_service_stays_ready(bank: Organisation, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with witnessed(tmp_path / "pipe", backlog=100):
        for _ in range(200):
            witness.tell((uuid4(), *[None] * (len(witness.FIELDS) - 1)))
        answer = ask(None, "GET", "/readyz")
    assert (answer.status_code, answer.json()["witness"]) == (200, "behind")
    with override_settings(MEMSTORE_WITNESS="none:"):
        assert ask(None, "GET", "/readyz").json()["witness"] == "off"


@pytest.mark.parametrize("problem", [PoolTimeout("no"), psycopg.OperationalError("gone"), psycopg.InterfaceError("no")])
def test_without_a_connection_the_answer_is_503_and_not_ready(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    def fail(_: object) -> None:
        raise problem

    connection.close()
    with monkeypatch.context() as patch:
        patch.setattr(connection, "get_new_connection", fail)
        ready = ask(None, "GET", "/readyz")
        asked = ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": "alice"}})
    assert (ready.status_code, ready.json()["audit"], ready.json()["database"]) == (503, "failed", "failed")
    assert asked.status_code == 503


def test_not_ready_with_another_root_key(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = LocalRootKey(tmp_path_factory.mktemp("other") / "root.key")
    monkeypatch.setattr("governance.keyring.keys.root_key", lambda: other)
    red("root_key")


@pytest.mark.parametrize("part", sorted(PARTS))
@pytest.mark.parametrize("problem", [WrongRootKey("secret path"), KeyUnavailable("secret path")])
def test_a_failing_part_is_named_and_its_reason_is_not(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, part: str, problem: Exception
) -> None:
    def fail() -> bool:
        raise problem

    monkeypatch.setitem(readiness.CHECKS, part, fail)
    red(part)


def test_the_documentation_calls_nobody() -> None:
    answer = ask(None, "GET", "/docs/", headers={"Accept": "text/html"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "swagger" in page.lower()
    assert re.findall(r"(?:https?:)?//[a-z0-9]", page, re.IGNORECASE) == []
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        file = Client().get(address)
        assert file.status_code == 200, address
        file.close()


def schema() -> dict[str, Any]:
    answer = ask(None, "GET", "/openapi.json")
    assert answer.status_code == 200
    assert "json" in answer["Content-Type"]
    found: dict[str, Any] = answer.json()
    return found


def test_the_schema_is_json_of_openapi_3_1() -> None:
    found = schema()
    assert found["openapi"].startswith("3.1")
    assert "https://" not in str(found)


def test_the_schema_lists_every_route_with_its_methods() -> None:
    templates = {}
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        template = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        template = re.sub(r"\(\?P\{(\w+)\}[^)]*\)", r"{\1}", template)
        templates[str(pattern.name)] = "/" + template.strip("^$")
    documented = {(path, method.upper()) for path, item in schema()["paths"].items() for method in item}
    assert {(templates[name], method) for name, method in routes()} <= documented


# Who signs in, or claims with a code, has no key yet; who checks our evidence need never have one.
OPEN = {
    "/governance/v1/session/sign-in/",
    "/governance/v1/staff/enrol/",
    "/governance/v1/keys/claim/",
    "/governance/v1/requests/follow/",
    "/governance/v1/copies/",
    "/governance/v1/audit/proof.py",
    "/governance/v1/certificate.py",
}


def test_every_documented_operation_has_a_name_and_a_summary_and_takes_a_key() -> None:
    found = schema()
    names = [operation["operationId"] for item in found["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))
    assert not [name for name in names if re.search(r"_\d+$", name)], "two operations want one name"
    assert found["components"]["securitySchemes"]["ApiKey"]["name"] == "Authorization"
    ours = {path: item for path, item in found["paths"].items() if path != "/openapi.json"}
    for path, item in ours.items():
        for method, operation in item.items():
            assert operation["summary"], (path, method)
            needs: list[dict[str, list[str]]] = [] if path in OPEN else [{"ApiKey": []}]
            assert operation.get("security", []) == needs, (path, method)
            assert operation["responses"], (path, method)


def test_the_front_door_leads_to_the_documentation() -> None:
    answer = ask(None, "GET", "/")
    assert (answer.status_code, answer["Location"]) == (302, "/docs/")
