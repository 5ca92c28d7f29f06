"""Is it alive, can it work, and the documentation that it serves of itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import URLPattern

from api import health
from api.mem0.urls import urlpatterns
from governance.errors import KeyUnavailable, WrongRootKey
from governance.keyring.root import LocalRootKey
from tests.api.asking import ask, routes
from tests.cast import DATABASES, Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

PARTS = {"database", "keys", "root_key", "audit"}


def test_alive_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECKS", {})
    answer = ask(None, "GET", "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_names_each_part(bank: Organisation) -> None:
    answer = ask(None, "GET", "/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"} | dict.fromkeys(PARTS, "ok"))


def red(part: str) -> None:
    answer = ask(None, "GET", "/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "not ready"} | dict.fromkeys(PARTS, "ok") | {part: "failed"},
    )


def test_not_ready_when_the_audit_trail_cannot_be_written(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of this table the serving role may read and not insert, as after a REVOKE on the real one.
    monkeypatch.setitem(
        health.CHECKS, "audit", lambda: health._truth("default", "SELECT has_table_privilege('pg_class', 'INSERT')")
    )
    red("audit")


def test_the_audit_check_asks_for_the_right_privilege(bank: Organisation) -> None:
    with connections["default"].cursor() as cursor:
        asked = "SELECT has_table_privilege('governance_auditevent', %s)"
        held = {}
        for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            cursor.execute(asked, [privilege])
            held[privilege] = cursor.fetchone()[0]
    assert held == {"INSERT": True, "UPDATE": False, "DELETE": False, "TRUNCATE": False}
    assert health.CHECKS["audit"]()


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

    monkeypatch.setitem(health.CHECKS, part, fail)
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
    "/governance/v1/audit/proof.py",
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
