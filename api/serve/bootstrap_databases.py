"""Roles, databases and the vector extension, which have to exist before the first migration. Safe to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import sql

from governance.management.migration_history import refusal
from governance.tenancy.serving_role import EXCESSIVE, UNGUARDED

if TYPE_CHECKING:
    from collections.abc import Iterable

OWNER, APP, AUTH = "memstore_owner", "memstore_app", "memstore_auth"
EMBEDDED_DATABASES = ("memstore", "memstore_keys")

MAKE_ROLES: tuple[LiteralString, ...] = (
    "CREATE ROLE memstore_owner LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOBYPASSRLS",
    "CREATE ROLE memstore_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT",
    "CREATE ROLE memstore_auth NOLOGIN NOSUPERUSER NOBYPASSRLS",
)
# Nothing uses pgvector yet, so a server that has none is fine.
VECTOR_IS_MISSING: LiteralString = (
    "SELECT 1 FROM pg_available_extensions WHERE name = 'vector' AND installed_version IS NULL"
)
VECTOR: LiteralString = "CREATE EXTENSION IF NOT EXISTS vector"
# The owner hands functions to memstore_auth, so it must be a member.
PREPARE: tuple[LiteralString, ...] = (
    "GRANT memstore_auth TO memstore_owner",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC, memstore_app",
    "GRANT USAGE, CREATE ON SCHEMA public TO memstore_owner WITH GRANT OPTION",
    "GRANT USAGE ON SCHEMA public TO memstore_app, memstore_auth",
)
# The serving role makes no object, not even a temporary one, which could shadow what the owner's functions use.
PREPARE_DATABASE: tuple[LiteralString, ...] = (
    "GRANT CREATE ON DATABASE {} TO memstore_owner",
    "REVOKE ALL ON DATABASE {} FROM PUBLIC, memstore_app",
    "GRANT CONNECT ON DATABASE {} TO memstore_owner, memstore_app",
)
TO_OWNER: LiteralString = "ALTER DATABASE {} OWNER TO memstore_owner"
TO_LOGIN: LiteralString = "GRANT memstore_owner, memstore_app TO {}"
GUARD: LiteralString = "ALTER FUNCTION {} SET search_path = pg_catalog, public, pg_temp"


class BootstrapError(Exception):
    """Something is missing that this login may not make; the message holds the SQL for a superuser."""


def embedded_databases(conninfo: str) -> list[str]:
    """Those of the embedded server that are there already; `conninfo` names any of its databases."""
    with psycopg.connect(conninfo) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname = ANY (%s) ORDER BY 1", [list(EMBEDDED_DATABASES)]
        )
        return [name for (name,) in found]


def refuse_other_versions(conninfo: str, installed: Iterable[str]) -> None:
    """Raises BootstrapError for a database that 0.5 or a later version made; `installed` are the names of the apps.

    What this login may not read yet is looked at by the check that `migrate` runs.
    """
    with psycopg.connect(conninfo) as connection:
        name = connection.info.dbname
        try:
            recorded = connection.execute("SELECT app, name FROM public.django_migrations").fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return
    if said := refusal(name, recorded, installed):
        raise BootstrapError(said)


def bootstrap_embedded(conninfo: str) -> None:
    """Prepare the embedded server, as its superuser; `conninfo` names any of its databases."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        _make_roles(connection)
        for name in EMBEDDED_DATABASES:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER memstore_owner").format(sql.Identifier(name)))
    for name in (*EMBEDDED_DATABASES, "template1"):  # template1, so that test databases have the extension
        with psycopg.connect(conninfo, dbname=name, autocommit=True) as connection:
            _prepare(connection)


def bootstrap_external(conninfo: str) -> None:
    """Prepare one given database, as far as the login's rights go. Raises BootstrapError for what is left to a DBA."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if not _missing(connection):
            return
        statements = _statements(connection)
        try:
            _make_roles(connection)
            _prepare(connection)
        except psycopg.errors.InsufficientPrivilege:
            pass  # the error below names what is still missing
        # PostgreSQL only warns of a REVOKE that changes nothing, so its effect is checked again.
        if missing := _missing(connection):
            raise BootstrapError(
                f"database {connection.info.dbname} is not prepared ({', '.join(missing)}) and this login may not do"
                f" it. Have a superuser run, in that database:\n  {statements}"
            )


def _missing(connection: psycopg.Connection) -> list[str]:
    """Return what the migrations need and do not find, and rights that no role may have once they ran."""
    found = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'memstore%'")}
    missing = [f"role {role}" for role in (OWNER, APP, AUTH) if role not in found]
    if _extension_is_missing(connection):
        missing.append("extension vector")
    if missing:
        return missing
    rights = connection.execute(
        "SELECT has_schema_privilege('memstore_owner', 'public', 'CREATE WITH GRANT OPTION'),"
        " has_database_privilege('memstore_owner', current_database(), 'CREATE'),"
        " pg_has_role('memstore_owner', 'memstore_auth', 'MEMBER')"
    ).fetchone()
    if rights is None or not all(rights):
        missing.append("rights of memstore_owner")
    missing += [f"without {row[0]}" for row in connection.execute(EXCESSIVE)]
    missing += [f"search_path of {row[0]}" for row in connection.execute(UNGUARDED)]
    return missing


def _extension_is_missing(connection: psycopg.Connection) -> bool:
    return connection.execute(VECTOR_IS_MISSING).fetchone() is not None


def _app_owns(connection: psycopg.Connection) -> bool:
    return (
        connection.execute(
            "SELECT 1 FROM pg_database JOIN pg_roles r ON r.oid = datdba"
            " WHERE datname = current_database() AND r.rolname = 'memstore_app'"
        ).fetchone()
        is not None
    )


def _login_is_another(connection: psycopg.Connection) -> bool:
    """Return whether the login is neither role, so that it needs both. A superuser may become them anyway."""
    return (
        connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = session_user AND NOT rolsuper"
            " AND rolname NOT IN ('memstore_owner', 'memstore_app')"
        ).fetchone()
        is not None
    )


def _make_roles(connection: psycopg.Connection) -> None:
    for role, statement in zip((OWNER, APP, AUTH), MAKE_ROLES, strict=True):
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            connection.execute(statement)


def _prepare(connection: psycopg.Connection) -> None:
    for statement in _preparing(connection):
        connection.execute(statement)


def _preparing(connection: psycopg.Connection) -> list[sql.SQL | sql.Composed]:
    """Return the statements of one database, in their order."""
    name = sql.Identifier(connection.info.dbname)
    unguarded = [row[0] for row in connection.execute(UNGUARDED)]
    return [
        *([sql.SQL(VECTOR)] if _extension_is_missing(connection) else []),
        *([sql.SQL(TO_OWNER).format(name)] if _app_owns(connection) else []),
        *(sql.SQL(statement) for statement in PREPARE),
        *(sql.SQL(statement).format(name) for statement in PREPARE_DATABASE),
        *([sql.SQL(TO_LOGIN).format(sql.Identifier(connection.info.user))] if _login_is_another(connection) else []),
        *(sql.SQL(GUARD).format(sql.SQL(function)) for function in unguarded),
    ]


def _statements(connection: psycopg.Connection) -> str:
    """Return the statements as text, for a person with more rights than this login."""
    found = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    roles = [statement for role, statement in zip((OWNER, APP, AUTH), MAKE_ROLES, strict=True) if role not in found]
    return "".join(f"{one};\n  " for one in [*roles, *(s.as_string(connection) for s in _preparing(connection))])
