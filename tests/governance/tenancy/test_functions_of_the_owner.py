"""Functions that run as their owner: all of them, none of which runs anything of its caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from api.serve.bootstrap_databases import PREPARE_DATABASE
from tests.attacks.serving_role_becomes_owner import RUNS_AS_OWNER, cast_shadows, is_closed, rights_gained, try_each
from tests.support.cast import DATABASES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

KNOWN = {
    "default": {
        "memstore_alarms()": "memstore_auth",
        "memstore_audit_health()": "memstore_auth",
        "memstore_count_attempt(bytea,integer)": "memstore_auth",
        "memstore_erasures_stopped()": "memstore_auth",
        "memstore_find_api_key(text)": "memstore_auth",
        "memstore_find_session(text)": "memstore_auth",
        "memstore_make_audit_months(date,integer)": "memstore_owner",
        "memstore_prune_attempts()": "memstore_auth",
        "memstore_tenant_by_slug(text)": "memstore_auth",
        "memstore_tenant_ids()": "memstore_auth",
    },
    "keys": {"memstore_keys_by_epoch()": "memstore_auth"},
}


def connect(alias: str, user: str = "memstore_app") -> psycopg.Connection:
    database = connections[alias].settings_dict
    parts = {"host": "HOST", "port": "PORT", "dbname": "NAME", "password": "PASSWORD"}
    where = {name: str(database[part]) for name, part in parts.items() if database[part]}
    return psycopg.connect(make_conninfo("", user=user, **where), autocommit=True)


@pytest.fixture
def temporary(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Run with TEMPORARY granted to PUBLIC, as a new database has it, and without."""
    granted = bool(request.param)
    for alias in KNOWN:
        with connect(alias, "memstore_owner") as owner:
            name = sql.Identifier(owner.info.dbname)
            for statement in ("GRANT TEMPORARY ON DATABASE {} TO PUBLIC",) if granted else PREPARE_DATABASE:
                owner.execute(sql.SQL(statement).format(name))
    yield granted
    for alias in KNOWN:
        with connect(alias, "memstore_owner") as owner:
            for statement in PREPARE_DATABASE:
                owner.execute(sql.SQL(statement).format(sql.Identifier(owner.info.dbname)))


@pytest.mark.parametrize("alias", KNOWN)
def test_each_function_that_runs_as_its_owner_is_known_and_looks_in_pg_temp_last(alias: str) -> None:
    with connect(alias) as connection:
        found = connection.execute(RUNS_AS_OWNER).fetchall()
    assert {name: owner for name, _schema, _function, owner, *_ in found} == KNOWN[alias]
    assert {name: path for name, *_, path, _given in found if not is_closed(path)} == {}


@pytest.mark.parametrize("alias", KNOWN)
def test_the_serving_role_alone_may_call_them(alias: str) -> None:
    with connect(alias) as connection:
        may = connection.execute(
            "SELECT oid::regprocedure::text FROM pg_proc"
            " WHERE prosecdef AND has_function_privilege('public', oid, 'EXECUTE')"
        ).fetchall()
    assert may == []


@pytest.mark.parametrize("temporary", [True, False], indirect=True, ids=["with TEMPORARY", "without TEMPORARY"])
@pytest.mark.parametrize("alias", KNOWN)
def test_nothing_of_the_callers_runs_in_any_of_them(alias: str, *, temporary: bool) -> None:
    with connect(alias) as connection:
        found = connection.execute(RUNS_AS_OWNER).fetchall()
        made = cast_shadows(connection)
    assert bool(made) == temporary  # else the trick was not tried
    assert try_each(lambda: connect(alias), found) == set()


@pytest.mark.parametrize("alias", KNOWN)
def test_a_function_without_the_path_would_run_what_is_the_callers(alias: str) -> None:
    """This is the control: the trick works on a function made without the path."""
    name = "memstore_made_carelessly"
    with connect(alias, "memstore_owner") as owner:
        database = sql.Identifier(owner.info.dbname)
        owner.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO memstore_app").format(database))
        owner.execute(
            f"CREATE FUNCTION {name}(d date) RETURNS text LANGUAGE plpgsql SECURITY DEFINER"
            " SET search_path = pg_catalog, public AS $$ DECLARE seen date := d; BEGIN RETURN seen; END $$"
        )
        try:
            with connect(alias) as connection:
                found = [row for row in connection.execute(RUNS_AS_OWNER).fetchall() if row[2] == name]
            assert try_each(lambda: connect(alias), found) == {f"{name}(date): memstore_owner"}
        finally:
            owner.execute(f"DROP FUNCTION {name}")
            owner.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM memstore_app").format(database))


@pytest.mark.parametrize("alias", KNOWN)
def test_the_serving_role_gets_no_right_to_make_anything(alias: str) -> None:
    with connect(alias) as connection:
        assert rights_gained(connection) == set()


def test_every_trigger_looks_in_pg_temp_last() -> None:
    """A trigger runs as the role that changes the row, and that is the owner in a migration."""
    with connect("default") as connection:
        found = connection.execute(
            "SELECT DISTINCT p.proname, coalesce((SELECT substr(s, 13) FROM unnest(p.proconfig) s"
            " WHERE s LIKE 'search_path=%'), '') FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal"
        ).fetchall()
    assert found
    assert {name for name, path in found if not is_closed(path)} == set()
