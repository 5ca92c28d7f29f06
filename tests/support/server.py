"""A pytest plugin, loaded before Django's settings: a home of the run's own, and an embedded PostgreSQL in it.

The first process starts the server; xdist's workers inherit its address. With DATABASE_URL set, nothing is started.
With MEMSTORE_TEST_HOME set, home and databases are kept there for the next run, which then starts at once
(with --reuse-db).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from api.serve.bootstrap_databases import bootstrap_embedded
from api.serve.embedded_postgres import EmbeddedPostgres

_IS_FIRST = "PYTEST_XDIST_WORKER" not in os.environ
_EMBEDDED = _IS_FIRST and not os.environ.get("DATABASE_URL")
_KEPT = os.environ.pop("MEMSTORE_TEST_HOME", "")
# The end-to-end tests start servers of their own, which survive what they are put through; this one need not.
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_server = pytest.StashKey[EmbeddedPostgres]()

if _EMBEDDED:
    os.environ["MEMSTORE_HOME"] = _KEPT or tempfile.mkdtemp(prefix="memstore-test-")
# Each of xdist's workers has databases of its own, and so a ledger of its own.
_HOME = Path(os.environ.get("MEMSTORE_HOME", ".memstore")).absolute()
os.environ["MEMSTORE_LEDGER"] = f"file:{_HOME}/ledger/{os.environ.get('PYTEST_XDIST_WORKER', 'only')}.jsonl"
os.environ["MEMSTORE_EMBEDDER"] = "fake"
os.environ["MEMSTORE_RATE_LIMIT_PER_MINUTE"] = "10000000"
os.environ["MEM0_TELEMETRY"] = "False"


def pytest_configure(config: pytest.Config) -> None:
    if _EMBEDDED:
        server = EmbeddedPostgres(Path(os.environ["MEMSTORE_HOME"]), _NOT_DURABLE)
        server.start()
        config.stash[_server] = server
        bootstrap_embedded(server.conninfo("postgres"))


def pytest_unconfigure(config: pytest.Config) -> None:
    from governance.guard import witness

    witness.end()  # it would miss its file, and say so
    server = config.stash.get(_server, None)
    if server is not None:
        server.stop()
        if _KEPT:
            return
        shutil.rmtree(server.home, ignore_errors=True)
        shutil.rmtree(server.socket_folder, ignore_errors=True)
