"""The suite's databases: clones of one that was migrated, so that migrations run once per server and not per worker."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from psycopg import sql

from api.serve.bootstrap_databases import PREPARE_DATABASE

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

ROOT = Path(__file__).parents[2]
ALIASES = ("default", "keys")
PREFIX = "template"
_LOCK = 0x6D656D73  # advisory, of each server's database `postgres`


def digest() -> str:
    """Return 16 hexadecimal digits that differ when the migrations, or what else a migrated database rests on, do."""
    found = hashlib.sha256(django.__version__.encode())
    # Each migrated database has the partitions of the months around its making.
    found.update(f"{datetime.now(UTC):%Y-%m}".encode())
    sources = [path for package in ("governance", "memstore") for path in (ROOT / package).rglob("migrations/**/*")]
    for path in sorted([*sources, ROOT / "api" / "serve" / "bootstrap_databases.py"]):
        if path.suffix in {".py", ".sql"}:
            found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def create() -> None:
    """Give each connection a new database of this worker's own. The role must be one that may create databases."""
    for alias in ALIASES:
        connection = connections[alias]
        named = connection.settings_dict["TEST"]["NAME"]  # with the worker's number, if there are several
        own = str(named or TEST_DATABASE_PREFIX + str(connection.settings_dict["NAME"]))
        with connection._nodb_cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            template = _template(connection, cursor)
            _drop(cursor, own)
            _run(cursor, "CREATE DATABASE {} TEMPLATE {}", own, template)
        _use(connection, own)
        _prepare(connection)


def drop() -> None:
    for alias in ALIASES:
        connection = connections[alias]
        connection.close()
        with connection._nodb_cursor() as cursor:
            _drop(cursor, str(connection.settings_dict["NAME"]))


def _template(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> str:
    """Return the migrated database of this state of the migrations, made when missing.

    Drops those of earlier states.
    """
    wanted = f"{PREFIX}_{connection.alias}_{digest()}"
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{PREFIX}_{connection.alias}_"])
    found = {str(name) for (name,) in cursor.fetchall()}
    for name in found - {wanted}:
        _drop(cursor, name)
    if wanted not in found:
        begun = f"{wanted}_begun"  # has its name only when it is whole
        _run(cursor, "CREATE DATABASE {}", begun)
        _use(connection, begun)
        _prepare(connection)
        call_command("migrate", verbosity=0, interactive=False, database=connection.alias, run_syncdb=True)
        connection.close()
        _run(cursor, "ALTER DATABASE {} RENAME TO {}", begun, wanted)
    return wanted


def _use(connection: BaseDatabaseWrapper, name: str) -> None:
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name


def _prepare(connection: BaseDatabaseWrapper) -> None:
    """Grant the rights that the product's own databases are made with. They are no part of a clone."""
    with connection.cursor() as cursor:
        for statement in PREPARE_DATABASE:
            _run(cursor, statement, str(connection.settings_dict["NAME"]))


def _drop(cursor: CursorWrapper, name: str) -> None:
    _run(cursor, "DROP DATABASE IF EXISTS {}", name)


def _run(cursor: CursorWrapper, statement: str, *names: str) -> None:
    cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
