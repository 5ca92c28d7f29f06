"""The page /metrics: the callers that may read it, what it says of the trail, and that it names no person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import override_settings
from prometheus_client.parser import text_string_to_metric_families

from api.configuration import env
from governance.evidence.sealer import seal
from governance.evidence.trail_health import audit_health
from governance.evidence.witness_incidents import record_loss
from governance.guard.alarms import ALARMS, raise_alarm
from governance.ids import NIL
from governance.models import AuditAnchor, AuditCheck, Tenant
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, AnchorKind, Problem
from tests.support.asking import add, ask
from tests.support.cast import DATABASES, Organisation
from tests.support.refusing import as_owner
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

TOKEN = "a token of the metrics"
CANARY = "qz7canary"


def scraped() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return the metrics as (name, labels) -> value."""
    answer = ask(None, "GET", "/metrics")
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def values() -> dict[str, float]:
    return {name: value for (name, _), value in scraped().items()}


# Who may read it


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1"])
def test_without_a_token_this_machine_reads_it(bank: Organisation, peer: str) -> None:
    assert ask(None, "GET", "/metrics", environ={"REMOTE_ADDR": peer}).status_code == 200


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "", "unix:"])
def test_without_a_token_nobody_else_finds_it(bank: Organisation, peer: str) -> None:
    answer = ask(bank, "GET", "/metrics", environ={"REMOTE_ADDR": peer})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_on_this_machine_brings_is_not_from_this_machine(bank: Organisation, header: str) -> None:
    assert ask(None, "GET", "/metrics", headers={header: "127.0.0.1"}).status_code == 404


@override_settings(MEMSTORE_METRICS_TOKEN=TOKEN)
@pytest.mark.parametrize("peer", ["127.0.0.1", "192.0.2.7"])
@pytest.mark.parametrize(
    ("presented", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (None, 401),
        ("", 401),
        (TOKEN, 401),
        (f"Token {TOKEN}", 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer ", 401),
        ("Bearer \u00e9", 401),
    ],
)
def test_with_a_token_whoever_has_it_reads_it(
    bank: Organisation, peer: str, presented: str | None, status: int
) -> None:
    headers = {} if presented is None else {"Authorization": presented}
    answer = ask(None, "GET", "/metrics", headers=headers, environ={"REMOTE_ADDR": peer})
    assert answer.status_code == status


def test_a_short_token_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMSTORE_TRIED", "short")
    with pytest.raises(env.BadSetting, match="MEMSTORE_TRIED: expected at least 16 characters"):
        env.token("MEMSTORE_TRIED")
    monkeypatch.setenv("MEMSTORE_TRIED", TOKEN)
    assert env.token("MEMSTORE_TRIED") == TOKEN


# What it tells


@pytest.fixture
def nothing_waits(transactional_db: None) -> Iterator[None]:
    """Set aside what other tests left for the sealer: it can never seal some of it."""
    with superuser() as intruder:
        intruder.execute("CREATE TEMPORARY TABLE aside AS SELECT * FROM governance_auditqueued")
        intruder.execute("DELETE FROM governance_auditqueued")
        try:
            yield
        finally:
            intruder.execute("INSERT INTO governance_auditqueued SELECT * FROM aside")


@pytest.mark.usefixtures("nothing_waits")
def test_what_waits_for_the_sealer_is_counted_over_all_tenants(bank: Organisation, outsider: Organisation) -> None:
    before = audit_health()
    assert (before.unsealed, before.oldest_unsealed_seconds) == (0, None)
    add(bank, "I like tea", user_id="alice")
    add(outsider, "I like tea", user_id="alice")
    found = values()
    assert found["memstore_audit_unsealed"] == 2
    assert 0 <= found["memstore_audit_unsealed_age_seconds"] < 60
    seal(bank.tenant.id)
    assert values()["memstore_audit_unsealed"] == 1


def check(bank: Organisation, problem: str = "", age: str = "0") -> None:
    with tenant_context(bank.tenant.id):
        row = AuditCheck.objects.create(tenant_id=bank.tenant.id, problem=problem, size=1, unsealed=0, seconds=0.1)
    moved(bank, "governance_auditcheck", str(row.id), age)


def moved(bank: Organisation, table: str, row: str, seconds: str) -> None:
    """Move a row back by some seconds."""
    with as_owner(bank.tenant.id) as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_rows")
        cursor.execute(f"UPDATE {table} SET at = at - interval '{seconds} seconds' WHERE id = '{row}'")
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only_rows")


def test_the_alarm_is_the_number_of_tenants_whose_last_check_failed(bank: Organisation, outsider: Organisation) -> None:
    before = audit_health()
    check(bank, Problem.EVENT_CHANGED, age="50")
    check(outsider, Problem.TAIL_CUT, age="50")
    found = audit_health()
    assert found.tampered_tenants == before.tampered_tenants + 2
    assert found.unchecked_tenants == before.unchecked_tenants - 2
    check(outsider)  # it was made good, or looked at wrongly: the newest counts
    assert values()["memstore_audit_tampered_tenants"] == before.tampered_tenants + 1


def test_the_ages_are_those_of_whom_was_looked_after_longest_ago(bank: Organisation) -> None:
    check(bank, age="900000")
    check(bank, age="800000")
    with tenant_context(bank.tenant.id):
        row = AuditAnchor.objects.create(tenant_id=bank.tenant.id, size=1, kind=AnchorKind.FILE)
        newer = AuditAnchor.objects.create(tenant_id=bank.tenant.id, size=2, kind=AnchorKind.S3)
    moved(bank, "governance_auditanchor", str(row.id), "900000")
    moved(bank, "governance_auditanchor", str(newer.id), "700000")
    found = values()
    assert found["memstore_audit_last_check_age_seconds"] == pytest.approx(800_000, abs=60)
    assert found["memstore_audit_anchor_age_seconds"] == pytest.approx(700_000, abs=60)
    assert found["memstore_audit_newest_anchor_age_seconds"] <= 700_060


def test_tenants_without_any_check_or_anchor_are_counted(bank: Organisation) -> None:
    before = audit_health()
    tenant = Tenant(slug=f"t-{uuid4().hex[:8]}", name="new")
    with tenant_context(tenant.id):
        tenant.save(force_insert=True)
    after = audit_health()
    assert after.tenants == before.tenants + 1
    assert after.unchecked_tenants == before.unchecked_tenants + 1
    assert after.unanchored_tenants == before.unanchored_tenants + 1


def test_incidents_of_witnesses_are_counted_for_a_day(bank: Organisation) -> None:
    before = values()["memstore_witness_lost_last_day"]
    record_loss(0)
    record_loss(77)
    assert values()["memstore_witness_lost_last_day"] == before + 2
    names = {name for name, _ in scraped()}
    assert {"memstore_witness_backlog", "memstore_witness_dropped_total", "memstore_witness_lost_total"} <= names


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        (Action.DAMAGE_FOUND, "memstore_integrity_failures"),
        (Action.CLOCK_JUMPED, "memstore_clock_jumps"),
        (Action.LEDGER_DAMAGED, "memstore_ledger_damaged"),
    ],
)
def test_alarms_of_all_tenants_are_counted_for_a_day(bank: Organisation, kind: Action, metric: str) -> None:
    before = values()[metric]
    for _ in range(2):
        raise_alarm(kind, tenant_id=bank.tenant.id, objects=[bank.key.id])
    assert values()[metric] == before + 1


def test_requests_are_counted_by_route_and_status(bank: Organisation) -> None:
    def n(status: str) -> float:
        return sum(
            value
            for (name, labels), value in scraped().items()
            if name == "memstore_requests_total"
            and {("route", "v3/memories/search/"), ("method", "POST"), ("status", status)} <= labels
        )

    before = n("200"), n("400")
    ask(bank, "POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "alice"}})
    ask(bank, "POST", "/v3/memories/search/", {"query": "", "filters": {"user_id": "alice"}})
    assert (n("200"), n("400")) == (before[0] + 1, before[1] + 1)
    assert "memstore_request_seconds_bucket" in {name for name, _ in scraped()}


def test_no_label_names_anybody(bank: Organisation) -> None:
    add(bank, f"I like {CANARY}", user_id=CANARY)
    ask(bank, "DELETE", f"/v2/entities/user/{CANARY}/")
    ask(bank, CANARY.upper(), f"/{CANARY}/")
    ask(None, "GET", f"/{CANARY}/?{CANARY}={CANARY}", headers={"X-Purpose": CANARY, "X-Request-ID": CANARY})
    page = ask(None, "GET", "/metrics").content.decode().lower()
    assert CANARY not in page
    assert str(bank.tenant.id) not in page
    assert str(bank.key.id) not in page
    assert {name for _, labels in scraped() for name, _ in labels} <= {"method", "route", "status", "pid", "le"}


@contextmanager
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail() -> Any:
        raise DatabaseError(CANARY)

    with monkeypatch.context() as patch:
        patch.setattr("api.web.metrics.audit_health", fail)
        yield


def test_without_the_database_the_process_still_tells_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert values()["memstore_audit_readable"] == 1
    with broken(monkeypatch):
        found = values()
    assert found["memstore_audit_readable"] == 0
    assert "memstore_witness_backlog" in found
    assert "memstore_audit_tampered_tenants" not in found


# The function behind it


def test_the_function_shows_its_caller_no_rows_of_anybody(bank: Organisation, outsider: Organisation) -> None:
    add(bank, "I like tea", user_id="alice")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM memstore_audit_health()")
        assert cursor.rowcount == 1
        cursor.execute("SELECT count(*) FROM governance_auditqueued")
        assert cursor.fetchone()[0] == 0


def test_its_owner_sees_no_more_of_the_trail_than_incidents_of_witnesses(bank: Organisation) -> None:
    add(bank, "I like tea", user_id="alice")
    record_loss(0)
    with as_owner(bank.tenant.id) as cursor:
        cursor.execute("SELECT set_config('memstore.tenant', '', true)")
        cursor.execute("SET LOCAL ROLE memstore_auth")
        cursor.execute("SELECT DISTINCT tenant_id, type FROM governance_auditevent")
        found = set(cursor.fetchall())
        assert (NIL, "witness_lost") in found
        assert {kind for _, kind in found} <= {"witness_lost", *ALARMS}
        with pytest.raises(Exception, match="permission denied"):
            cursor.execute("SELECT subject_id FROM governance_auditevent")
