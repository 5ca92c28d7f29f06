"""A pytest plugin, loaded before Django's settings: a home of the run's own, and a PostgreSQL in it.

The server is started when a collected test needs a database, and before the workers of xdist, which inherit its
address. With DATABASE_URL set, nothing is started.

MEMSTORE_TEST_HOME  a folder that is kept for the next run, which then finds a server with migrated databases
MEMSTORE_TEST_PG    the major version: 16 or 18 of the embedded server, or one that Debian's packages installed
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from api.serve.bootstrap_databases import bootstrap_embedded
from api.serve.embedded_postgres import EmbeddedPostgres, all_binaries

_IS_FIRST = "PYTEST_XDIST_WORKER" not in os.environ
_EMBEDDED = _IS_FIRST and not os.environ.get("DATABASE_URL")
_KEPT = os.environ.pop("MEMSTORE_TEST_HOME", "")
_MAJOR = os.environ.pop("MEMSTORE_TEST_PG", "") or "18"
_SURVIVES = ("postgres", "lock", "claimed")
# The end-to-end tests start servers of their own, which survive what they are put through; this one need not.
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_server = pytest.StashKey[EmbeddedPostgres]()


def _home() -> tuple[Path, bool]:
    """Return the run's MEMSTORE_HOME, and whether it stays. A kept one that another run uses is left to that run."""
    if _KEPT:
        kept = Path(_KEPT).absolute() / _MAJOR
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Inherited by no child and never closed: it is free again when this process ends, however that happens.
        claimed = os.open(kept / "claimed", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claimed)
        else:
            # The databases are made anew, so their keys, ledger and witness would belong to nothing.
            for found in kept.iterdir():
                if found.is_dir() and found.name not in _SURVIVES:
                    shutil.rmtree(found)
                elif found.name not in _SURVIVES:
                    found.unlink()
            return kept, True
    return Path(tempfile.mkdtemp(prefix="memstore-test-")), False


if _EMBEDDED:
    _HOME, _STAYS = _home()
    os.environ["MEMSTORE_HOME"] = str(_HOME)
else:
    _HOME, _STAYS = Path(os.environ.get("MEMSTORE_HOME", ".memstore")).absolute(), True
# Each of xdist's workers has databases of its own, and so a ledger of its own.
os.environ["MEMSTORE_LEDGER"] = f"file:{_HOME}/ledger/{os.environ.get('PYTEST_XDIST_WORKER', 'only')}.jsonl"
os.environ["MEMSTORE_EMBEDDER"] = "fake"
os.environ["MEMSTORE_RATE_LIMIT_PER_MINUTE"] = "10000000"
os.environ["MEM0_TELEMETRY"] = "False"


def pytest_configure(config: pytest.Config) -> None:
    if _EMBEDDED:
        programs = _programs(_MAJOR)
        # A worker collects, and the server must outlive each of them.
        if config.getoption("dist", "no") != "no" and not config.getoption("collectonly"):
            _start(config, programs)


def pytest_collection_finish(session: pytest.Session) -> None:
    if _EMBEDDED and not session.config.getoption("collectonly") and any(map(_needs_database, session.items)):
        _start(session.config, _programs(_MAJOR))


def pytest_unconfigure(config: pytest.Config) -> None:
    from governance.guard import witness

    witness.end()  # it would miss its file, and say so
    server = config.stash.get(_server, None)
    if server is not None:
        server.stop()
    if _EMBEDDED and not _STAYS:
        shutil.rmtree(_HOME, ignore_errors=True)
        if server is not None:
            shutil.rmtree(server.socket_folder, ignore_errors=True)


def _needs_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return "django_db_setup" in fixtures or item.get_closest_marker("django_db") is not None


def _start(config: pytest.Config, programs: Path) -> None:
    server = EmbeddedPostgres(_HOME, _NOT_DURABLE, programs=programs)
    server.start()
    config.stash[_server] = server
    bootstrap_embedded(server.conninfo("postgres"))


def _programs(major: str) -> Path:
    """Return the folder of PostgreSQL `major`'s programs. Raises pytest.UsageError."""
    debian = Path("/usr/lib/postgresql") / major / "bin"
    for folder in (*all_binaries(), debian):
        if (folder / "postgres").exists():
            told = subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True)
            if told.stdout.split()[2].partition(".")[0] == major:
                return folder
    raise pytest.UsageError(
        f"PostgreSQL {major} is neither in the embedded server's package nor in {debian}."
        f" On Debian or Ubuntu: apt-get install postgresql-{major} (where the release has it); its own service is"
        " not needed and may be stopped."
    )
