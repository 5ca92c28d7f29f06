"""The production profile: each rule refuses what it names and nothing else, and a sound environment is clean."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.checks import WARNING, run_checks
from django.db import connections

from api.serve.embedded_postgres import SUPERUSER
from governance import checks
from governance.checks import RULES
from tests.conftest import become
from tests.support.cast import DATABASES
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ROOT = Path(__file__).parents[2]
# The settings that each rule checks, in a state that it accepts.
SOUND: dict[str, object] = {
    "MEMSTORE_EMBEDDED": False,
    "MEMSTORE_AUDIT_ANCHORS": [("file", "/anchors"), ("s3", "bucket/anchors")],
    "MEMSTORE_LEDGER": ("s3", "bucket/ledger"),
    "MEMSTORE_DEMO": False,
    "MEMSTORE_PUBLIC_URL": "https://memory.bank.example",
    "MEMSTORE_BACKUP_DAYS": 365,
    "MEMSTORE_KEYS_BACKUP_DAYS": 14,
    "MEMSTORE_WITNESS": "syslog:logs.internal:514",
}
BROKEN: list[tuple[str, object, str]] = [
    ("MEMSTORE_EMBEDDED", True, "memstore.E101"),
    ("MEMSTORE_AUDIT_ANCHORS", [("file", "/anchors")], "memstore.E105"),
    ("MEMSTORE_AUDIT_ANCHORS", [], "memstore.E105"),
    ("MEMSTORE_LEDGER", ("file", "/ledger.jsonl"), "memstore.E106"),
    ("MEMSTORE_DEMO", True, "memstore.E108"),
    ("MEMSTORE_PUBLIC_URL", "", "memstore.E109"),
    ("MEMSTORE_PUBLIC_URL", "http://memory.bank.example", "memstore.E109"),
    ("MEMSTORE_BACKUP_DAYS", 0, "memstore.W110"),
    ("MEMSTORE_KEYS_BACKUP_DAYS", 0, "memstore.W110"),
    ("MEMSTORE_WITNESS", "none:", "memstore.W111"),
    ("VAULT_ADDR", "http://vault.internal:8200", "memstore.E114"),
    ("VAULT_ADDR", "http://127.0.0.1:8200", "memstore.E114"),
    ("OPENAI_BASE_URL", "http://models.internal/v1", "memstore.E114"),
    ("MEMSTORE_OIDC_ISSUER", "HTTP://login.bank.example", "memstore.E114"),
    ("CELERY_BROKER_URL", "redis://queue.internal:6379/0", "memstore.E115"),
    ("CELERY_BROKER_URL", "amqp://queue.internal//", "memstore.E115"),
    ("CELERY_BROKER_URL", "rediss://a.internal/0;redis://b.internal/0", "memstore.E115"),
    ("CELERY_BROKER_URL", "rediss://queue.internal/0?ssl_cert_reqs=none", "memstore.E115"),
    ("MEMSTORE_RATE_LIMIT_STORE", "redis://limits.internal:6379", "memstore.E115"),
]
ACCEPTED: list[tuple[str, object]] = [
    ("VAULT_ADDR", "https://vault.internal:8200"),
    ("OPENAI_BASE_URL", "https://models.internal/v1"),
    ("CELERY_BROKER_URL", "rediss://queue.internal:6379/0?ssl_cert_reqs=required"),
    ("CELERY_BROKER_URL", "rediss://queue.internal:6379/0"),
    ("CELERY_BROKER_URL", "amqps://queue.internal//"),
    ("MEMSTORE_RATE_LIMIT_STORE", "rediss://limits.internal:6379"),
]


@pytest.fixture
def sound(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in SOUND.items():
        setattr(settings, name, value)
    monkeypatch.setattr(checks, "root_key", lambda: SimpleNamespace(is_external=True))
    monkeypatch.setattr(checks, "is_one_cluster", lambda: False)
    return settings


def found() -> set[str]:
    return {str(message.id) for message in checks.production(None)}


def test_a_sound_profile_has_nothing_against_it(sound: Settings) -> None:
    assert found() == set()


@pytest.mark.parametrize(("name", "value", "code"), BROKEN)
def test_each_setting_is_refused_by_its_rule_alone(sound: Settings, name: str, value: object, code: str) -> None:
    setattr(sound, name, value)
    assert found() == {code}


@pytest.mark.parametrize(("name", "value"), ACCEPTED)
def test_what_is_encrypted_has_nothing_against_it(sound: Settings, name: str, value: object) -> None:
    setattr(sound, name, value)
    assert found() == set()


@pytest.mark.parametrize("might", ["TEMPORARY ON DATABASE {}", "CREATE ON DATABASE {}", "CREATE ON SCHEMA public"])
@pytest.mark.parametrize("alias", DATABASES)
def test_a_serving_role_that_may_make_objects_is_refused(sound: Settings, alias: str, might: str) -> None:
    name = connections[alias].settings_dict["NAME"]
    with superuser(alias) as dba:
        dba.execute(f"GRANT {might.format(name)} TO memstore_app".encode())
    try:
        assert found() == {"memstore.E112"}
    finally:
        with superuser(alias) as dba:
            dba.execute(f"REVOKE {might.format(name)} FROM memstore_app".encode())
            dba.execute(f"GRANT CONNECT ON DATABASE {name} TO memstore_app".encode())


def test_a_right_of_everyone_is_the_serving_roles_too(sound: Settings) -> None:
    name = connections["keys"].settings_dict["NAME"]
    with superuser("keys") as dba:
        dba.execute(f"GRANT TEMPORARY ON DATABASE {name} TO PUBLIC".encode())
    try:
        message = checks.nothing_of_its_own()
        assert message is not None
        assert "keys: TEMPORARY of public on the database" in message.msg
    finally:
        with superuser("keys") as dba:
            dba.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC".encode())


def test_a_function_that_looks_in_pg_temp_first_is_refused(sound: Settings) -> None:
    with superuser("keys") as dba:
        dba.execute("CREATE FUNCTION careless() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
    try:
        assert found() == {"memstore.E113"}
    finally:
        with superuser("keys") as dba:
            dba.execute("DROP FUNCTION careless()")


def test_a_login_that_may_become_the_owner_is_refused_also_when_it_serves_as_another(sound: Settings) -> None:
    """`options=-c role=memstore_app` is undone by one RESET ROLE."""
    role = f"memstore_login_{uuid4().hex}"
    with superuser() as dba:
        dba.execute(f"CREATE ROLE {role} LOGIN".encode())
        dba.execute(f"GRANT memstore_owner, memstore_app TO {role}".encode())
    become(SUPERUSER)
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SET SESSION AUTHORIZATION {role}")
            cursor.execute("SET ROLE memstore_app")
        message = checks.modest_roles()
        assert message is not None
        assert message.id == "memstore.E107"
        assert "in the default database" in message.msg
    finally:
        become("memstore_app")
        with superuser() as dba:
            dba.execute(f"DROP ROLE {role}".encode())


def test_a_witness_beside_what_it_watches_is_warned_of(sound: Settings) -> None:
    sound.MEMSTORE_WITNESS = f"file:{sound.MEMSTORE_HOME}/witness/events.jsonl"
    assert found() == {"memstore.W111"}


def test_a_root_key_on_this_machine_is_refused(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "root_key", lambda: SimpleNamespace(is_external=False))
    assert found() == {"memstore.E102"}


def test_one_cluster_is_refused_and_these_tests_run_on_one(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from governance.keyring.backup_horizon import is_one_cluster

    monkeypatch.setattr(checks, "is_one_cluster", is_one_cluster)
    assert found() == {"memstore.E103"}


@pytest.mark.parametrize(
    ("host", "mode", "codes"),
    [
        ("data.internal", None, {"memstore.E104"}),
        ("data.internal", "prefer", {"memstore.E104"}),
        ("data.internal", "require", {"memstore.E104"}),  # encrypted, to whoever answers
        ("data.internal", "verify-ca", {"memstore.E104"}),  # to any server of the same authority
        ("data.internal", "verify-full", set()),
        ("/run/postgresql", None, set()),  # a socket of this machine
    ],
)
def test_a_connection_that_does_not_prove_the_server_is_refused(
    sound: Settings, host: str, mode: str | None, codes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"sslmode": mode} if mode else {}
    fake = {alias: {"HOST": host, "OPTIONS": options} for alias in DATABASES}
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES=fake))
    message = checks.encrypted_connections()
    assert ({message.id} if message else set()) == codes


@pytest.mark.parametrize("might", ["SUPERUSER", "BYPASSRLS", "CREATEROLE"])
def test_a_serving_role_that_may_too_much_is_refused(might: str) -> None:
    # A role of its own: the other process of the suite works as memstore_app on the same cluster.
    role = f"memstore_mighty_{uuid4().hex}"
    with superuser() as owner:
        owner.execute(f"CREATE ROLE {role} {might}".encode())
    become(SUPERUSER)
    try:
        with connections["keys"].cursor() as cursor:
            cursor.execute(f"SET SESSION AUTHORIZATION {role}")
        with connections["default"].cursor() as cursor:
            cursor.execute("SET SESSION AUTHORIZATION memstore_app")
        message = checks.modest_roles()
        assert message is not None
        assert message.id == "memstore.E107"
        assert "in the keys database" in message.msg
    finally:
        become("memstore_app")
        with superuser() as owner:
            owner.execute(f"DROP ROLE {role}".encode())


def test_who_owns_the_tables_is_refused(sound: Settings) -> None:
    become("memstore_owner")
    try:
        assert found() == {"memstore.E107"}
    finally:
        become("memstore_app")


def test_a_demo_tenant_that_is_there_is_refused(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "tenant_by_slug", lambda slug: slug == "demo-bank" or None)
    assert found() == {"memstore.E108"}


def test_it_is_part_of_the_check_for_deployment_and_of_no_other() -> None:
    assert {"memstore.E101", "memstore.E102"} <= {str(one.id) for one in run_checks(include_deployment_checks=True)}
    assert not [one for one in run_checks() if str(one.id).startswith("memstore.")]


def test_with_a_sound_profile_the_whole_check_finds_nothing(sound: Settings) -> None:
    """Checks of Django and its applications run too, with the settings that an https address brings."""
    sound.SECURE_SSL_REDIRECT = sound.CSRF_COOKIE_SECURE = True
    sound.SECURE_HSTS_SECONDS = 31_536_000
    sound.SECURE_HSTS_INCLUDE_SUBDOMAINS = sound.SECURE_HSTS_PRELOAD = True
    messages = run_checks(include_deployment_checks=True)
    assert [one for one in messages if one.level >= WARNING and not one.is_silenced()] == []


def test_every_rule_is_in_the_documentation() -> None:
    page = (ROOT / "docs" / "production.md").read_text()
    code = (ROOT / "governance" / "checks.py").read_text()
    import re

    ids = set(re.findall(r'id="memstore\.([EW]\d+)"', code))
    assert ids == set(re.findall(r"^\| ([EW]\d+) \|", page, re.MULTILINE))
    assert len(ids) == len(RULES)


def test_the_embedded_profile_says_what_it_lacks() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "api.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "memstore.E101" in done.stderr
