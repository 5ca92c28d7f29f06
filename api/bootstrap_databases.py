"""Roles, databases and the vector extension: what has to exist before the first migration. Safe to repeat."""

from __future__ import annotations

from typing import LiteralString

import psycopg
from psycopg import sql

OWNER, APP, AUTH = "memstore_owner", "memstore_app", "memstore_auth"
EMBEDDED_DATABASES = ("memstore", "memstore_keys")

MAKE_ROLES: tuple[LiteralString, ...] = (
    "CREATE ROLE memstore_owner LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOBYPASSRLS",
    "CREATE ROLE memstore_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT",
    "CREATE ROLE memstore_auth NOLOGIN NOSUPERUSER NOBYPASSRLS",
)
# The owner hands two functions to memstore_auth, so it must be a member; it inherits nothing from it by default use.
PREPARE: tuple[LiteralString, ...] = (
    "GRANT memstore_auth TO memstore_owner",
    "CREATE EXTENSION IF NOT EXISTS vector",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE, CREATE ON SCHEMA public TO memstore_owner WITH GRANT OPTION",
    "GRANT USAGE ON SCHEMA public TO memstore_app, memstore_auth",
)


class BootstrapError(Exception):
    """Something is missing that this login may not make; the message holds the SQL for somebody who may."""


def bootstrap_embedded(conninfo: str) -> None:
    """On the embedded server, as its superuser; `conninfo` names any of its databases."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        _make_roles(connection)
        for name in EMBEDDED_DATABASES:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER memstore_owner").format(sql.Identifier(name)))
    for name in (*EMBEDDED_DATABASES, "template1"):  # template1, so that test databases have the extension
        with psycopg.connect(conninfo, dbname=name, autocommit=True) as connection:
            _prepare(connection, name)


def bootstrap_external(conninfo: str) -> None:
    """On one given database, as far as the login's rights go. Raises BootstrapError for what is left to a DBA."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        name = connection.info.dbname
        missing = _missing(connection)
        if not missing:
            return
        try:
            _make_roles(connection)
            _prepare(connection, name)
            login = connection.info.user
            if login not in (OWNER, APP):
                connection.execute(sql.SQL("GRANT memstore_owner, memstore_app TO {}").format(sql.Identifier(login)))
        except psycopg.errors.InsufficientPrivilege:
            statements = ";\n  ".join([*MAKE_ROLES, *PREPARE, f'GRANT CREATE ON DATABASE "{name}" TO memstore_owner'])
            raise BootstrapError(
                f"database {name} is not prepared ({', '.join(missing)}) and this login may not do it. "
                f"Have a superuser run, in that database:\n  {statements};"
            ) from None


def _missing(connection: psycopg.Connection) -> list[str]:
    """What the migrations will need and do not find."""
    found = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'memstore%'")}
    missing = [f"role {role}" for role in (OWNER, APP, AUTH) if role not in found]
    if connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone() is None:
        missing.append("extension vector")
    if not missing:
        rights = connection.execute(
            "SELECT has_schema_privilege('memstore_owner', 'public', 'CREATE WITH GRANT OPTION'),"
            " has_database_privilege('memstore_owner', current_database(), 'CREATE')"
        ).fetchone()
        if rights is None or not all(rights):
            missing.append("rights of memstore_owner")
    return missing


def _make_roles(connection: psycopg.Connection) -> None:
    for role, statement in zip((OWNER, APP, AUTH), MAKE_ROLES, strict=True):
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            connection.execute(statement)


def _prepare(connection: psycopg.Connection, name: str) -> None:
    for statement in PREPARE:
        connection.execute(statement)
    database = sql.Identifier(name)
    connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO memstore_owner").format(database))
    connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO memstore_owner, memstore_app").format(database))
