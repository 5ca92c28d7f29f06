"""Row-level security: what the serving role can and cannot do to the tables, whatever the code above it asks for."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction

from governance.ids import NIL
from governance.subjects.subjects import admit_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from tests.support.cast import DATABASES, Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

TENANT_TABLES = [
    (("keys" if model._meta.app_label == "keyring" else "default"), model._meta.db_table)
    for model in apps.get_models()
    if model._meta.app_label in {"governance", "keyring", "memstore"}
    and model._meta.model_name not in {"keyepoch", "ledgerhead", "ledgerposition"}
]


def test_every_tenant_table_is_under_row_security_and_forced() -> None:
    for alias, table in TENANT_TABLES:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [table])
            assert cursor.fetchone() == (True, True), table


@pytest.mark.parametrize("context", [None, "", "not a uuid", str(NIL)])
def test_without_a_tenant_every_table_is_empty(bank: Organisation, context: str | None) -> None:
    admit_subject(bank.tenant.id, SubjectKind.USER, "alice")
    seen = {}
    for alias, table in TENANT_TABLES:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            if context is not None:
                cursor.execute("SELECT set_config('memstore.tenant', %s, true)", [context])
            try:
                cursor.execute(f"SELECT count(*) FROM {table}")
                seen[table] = cursor.fetchone()[0]
            except DatabaseError:
                seen[table] = 0  # a malformed context is an error, which shows nothing either
                transaction.set_rollback(True, using=alias)
    # The nil tenant owns what callers leave who are under no tenant: refusals, their leaves, failed sign-ins.
    evidence = {"governance_auditevent", "governance_auditqueued", "governance_auditleaf", "governance_treehead"}
    keys_of_it = {"governance_auditanchor", "governance_auditcheck", "keyring_signingkey", "keyring_tenantkey"}
    assert {table for table, n in seen.items() if n} <= evidence | keys_of_it | {"governance_signinattempt"}


def test_a_context_is_over_with_its_transaction_also_on_a_reused_connection(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM governance_apikey")
        assert cursor.fetchone()[0] == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM governance_apikey")
        assert cursor.fetchone()[0] == 0


def test_a_nested_context_gives_the_outer_one_back(bank: Organisation, outsider: Organisation) -> None:
    def visible() -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM governance_tenant")
            return [row[0] for row in cursor.fetchall()]

    with tenant_context(bank.tenant.id):
        with tenant_context(outsider.tenant.id):
            assert visible() == [outsider.tenant.id]
        assert visible() == [bank.tenant.id]


def test_rows_of_another_tenant_can_be_neither_written_nor_moved(bank: Organisation, outsider: Organisation) -> None:
    with pytest.raises(DatabaseError), tenant_context(outsider.tenant.id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO governance_subject (id, tenant_id, kind, state, generation)"
            " VALUES (gen_random_uuid(), %s, 'user', 'active', 1)",
            [bank.tenant.id],
        )
    with tenant_context(outsider.tenant.id), connection.cursor() as cursor:
        cursor.execute("UPDATE governance_apikey SET name = 'mine now' WHERE tenant_id = %s", [bank.tenant.id])
        assert cursor.rowcount == 0


APPEND_ONLY = [
    "governance_auditevent",
    "governance_auditleaf",
    "governance_treehead",
    "governance_auditanchor",
    "governance_auditdrop",
    "governance_auditcheck",
    "governance_adminchange",
    "governance_purposeversion",
    "governance_disclosure",
    "governance_accountingsuspension",
]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET tenant_id = tenant_id",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
    ],
)
def test_the_serving_role_cannot_change_append_only_tables(bank: Organisation, table: str, statement: str) -> None:
    with pytest.raises(DatabaseError), tenant_context(bank.tenant.id), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET ROLE memstore_owner",
        "SET ROLE memstore_auth",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_serving_role_cannot_rise_above_itself(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_serving_role_owns_nothing_and_bypasses_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False, False)
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        )
        assert cursor.fetchone()[0] == 0


def test_before_the_tenant_is_known_only_one_key_by_its_prefix_can_be_asked_for(bank: Organisation) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM memstore_find_api_key(%s)", [bank.key.prefix])
        assert cursor.fetchall() == [(bank.tenant.id,)]
        cursor.execute("SELECT count(*) FROM memstore_find_api_key('%')")
        assert cursor.fetchone()[0] == 0
