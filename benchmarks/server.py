"""The PostgreSQL that is measured on: one of its own in a temporary folder, or databases of its own on a given one.

Either way nothing of it is left afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from api.serve.bootstrap_databases import bootstrap_embedded, bootstrap_external
from api.serve.embedded_postgres import EmbeddedPostgres
from benchmarks.timing import say

if TYPE_CHECKING:
    from collections.abc import Iterator

STORE, KEYS, MEM0 = "memstore_bench", "memstore_bench_keys", "memstore_bench_mem0"
INDEX_BUILD_MEMORY = "1GB"  # the default of 64 MB would only make mem0's index slower to build, not different
OUR_TABLES: tuple[LiteralString, ...] = ("memstore_card", "memstore_memoryversion", "memstore_memory", "memstore_job")


@dataclass(frozen=True, slots=True)
class Server:
    """A server. `store` and `mem0` are connection strings with a login that owns what is in them."""

    home: Path
    store: str
    mem0: str

    def version(self) -> str:
        with psycopg.connect(self.mem0) as connection:
            [server] = connection.execute("SHOW server_version").fetchone() or ["?"]
            [vector] = connection.execute(
                "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
            ).fetchone() or ["?"]
        return f"{server}, pgvector {vector}"

    def settle(self) -> None:
        """Vacuum, analyse and checkpoint: statistics as autovacuum would leave them, and nothing left to write."""
        for conninfo in (self.store, self.mem0):
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")
                try:
                    connection.execute("CHECKPOINT")
                except psycopg.errors.InsufficientPrivilege:
                    say("  this login may not CHECKPOINT; the server does it when it likes")

    def forget_memories(self) -> None:
        """Empty the store, so that a size means what it says."""
        with psycopg.connect(self.store, autocommit=True) as connection:
            for table in OUR_TABLES:
                connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table)))


@contextmanager
def open_server(folder: Path | None) -> Iterator[Server]:
    """Yield a running server with migrated databases, which the environment names as Django's settings read it.

    `folder`: where the data lie meanwhile (default: the folder for temporary files).
    """
    home = Path(tempfile.mkdtemp(prefix="memstore-bench-", dir=folder))
    os.environ.update(MEMSTORE_HOME=str(home), DJANGO_SETTINGS_MODULE="api.settings", MEMSTORE_DB_POOL="0")
    try:
        if os.environ.get("DATABASE_URL"):
            with _given() as (store, mem0):
                _migrate()
                yield Server(home, store, mem0)
        else:
            with EmbeddedPostgres(home) as postgres:
                say(f"PostgreSQL started in {home}")
                bootstrap_embedded(postgres.conninfo("postgres"))
                _create(postgres.conninfo("postgres"), MEM0)
                _migrate()
                try:
                    yield Server(home, postgres.conninfo("memstore"), postgres.conninfo(MEM0))
                finally:
                    _disconnect()
            shutil.rmtree(postgres.socket_folder, ignore_errors=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _given() -> Iterator[tuple[str, str]]:
    """Make databases of our own on the server of DATABASE_URL; its login (or DATABASE_OWNER_URL's) may create some."""
    owner = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    say(f"on the server at {urlsplit(owner).hostname or 'the given socket'}, in databases of its own")
    for name in (STORE, KEYS, MEM0):
        _create(owner, name)
    for name in ("DATABASE", "KEYS_DATABASE"):
        own = STORE if name == "DATABASE" else KEYS
        for variable in (f"{name}_URL", f"{name}_OWNER_URL"):
            if os.environ.get(variable):
                os.environ[variable] = _with_database(os.environ[variable], own)
    try:
        for name in (STORE, KEYS):
            bootstrap_external(_with_database(owner, name))
        yield _with_database(owner, STORE), _with_database(owner, MEM0)
    finally:
        _disconnect()
        with psycopg.connect(owner, autocommit=True) as connection:
            for name in (STORE, KEYS, MEM0):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _with_database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _create(conninfo: str, name: str) -> None:
    database = sql.Identifier(name)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        setting = sql.SQL("ALTER DATABASE {} SET maintenance_work_mem = {}")
        connection.execute(setting.format(database, sql.Literal(INDEX_BUILD_MEMORY)))


def _migrate() -> None:
    for alias in ("default", "keys"):
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--database", alias, "--verbosity", "0"],
            env={**os.environ, "MEMSTORE_DB_ROLE": "owner"},
            check=True,
        )
    say("databases migrated")


def _disconnect() -> None:
    from django.apps import apps
    from django.db import connections

    if apps.ready:
        from governance.guard import witness

        witness.end()
        connections.close_all()
