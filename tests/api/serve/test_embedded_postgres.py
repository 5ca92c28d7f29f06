"""The embedded server starts for any system user, wherever its home is, and lets no other user in."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from api.configuration.socket_folders import socket_folder
from api.serve import bootstrap_databases
from api.serve.bootstrap_databases import (
    BootstrapError,
    bootstrap_embedded,
    bootstrap_external,
    embedded_databases,
    refuse_other_versions,
)
from api.serve.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, binaries

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
ROLES = ("postgres", "memstore_owner", "memstore_app", "memstore_auth")
NOT_DURABLE = {"fsync": "off"}  # nothing here is about a machine that loses its power
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as other users")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can reach, as a home directory would be."""
    folder = Path(tempfile.mkdtemp(prefix="memstore-place-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(place: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(place / "home", NOT_DURABLE) as started:
        bootstrap_embedded(started.conninfo("postgres"))
        yield started


def who_gets_in(folder: Path, user: str) -> list[str]:
    """Return the roles that `user` can log in as."""
    code = (
        "import os, pwd, sys, psycopg\n"
        f"found = pwd.getpwnam({user!r}); os.setgroups([]); os.setgid(found.pw_gid); os.setuid(found.pw_uid)\n"
        f"for role in {ROLES!r}:\n"
        "    try:\n"
        f"        psycopg.connect(host={str(folder)!r}, user=role, dbname='postgres').close(); print(role)\n"
        "    except psycopg.OperationalError: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    return done.stdout.split()


@pytest.mark.parametrize("name", ["home", "a home with spaces", "x" * 120, "private"])
def test_it_starts_and_keeps_its_data_wherever_the_home_is(place: Path, name: str) -> None:
    home = place / name / "memstore"
    home.parent.mkdir(mode=0o700)
    with EmbeddedPostgres(home) as server:
        bootstrap_embedded(server.conninfo("postgres"))
        with psycopg.connect(server.conninfo("memstore", role="memstore_owner")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
    with EmbeddedPostgres(home) as server, psycopg.connect(server.conninfo("memstore", role="memstore_owner")) as again:
        assert again.execute("SELECT one FROM kept").fetchone() == (1,)
    assert stat.S_IMODE(home.parent.stat().st_mode) & 0o007 == 0  # no other user was let through


def test_its_owner_gets_in_as_the_three_roles_and_not_as_the_one_without_login(server: EmbeddedPostgres) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    assert who_gets_in(server.socket_folder, me) == ["postgres", "memstore_owner", "memstore_app"]


@needs_root
@pytest.mark.parametrize("name", ["home", "x" * 120])
def test_another_local_user_gets_in_as_nobody_even_past_the_folders(place: Path, name: str) -> None:
    with EmbeddedPostgres(place / name, NOT_DURABLE) as server:
        bootstrap_embedded(server.conninfo("postgres"))
        assert who_gets_in(server.socket_folder, "nobody") == []
        # Folders and socket opened by mistake: peer authentication still refuses.
        server.socket_folder.chmod(0o755)
        (server.socket_folder / ".s.PGSQL.5432").chmod(0o777)
        assert who_gets_in(server.socket_folder, "nobody") == []


@needs_root
@pytest.mark.parametrize("name", ["home", "x" * 120])
def test_an_ordinary_user_starts_one_that_other_users_cannot_enter(place: Path, name: str) -> None:
    user = pwd.getpwnam("nobody")
    if subprocess.run(["test", "-x", str(binaries() / "initdb")], user=user.pw_uid, check=False).returncode:
        pytest.skip("the virtual environment is in a folder that only root may enter")
    os.chown(place, user.pw_uid, user.pw_gid)
    # Imported as root, since the interpreter may be out of reach of others; then the privileges are dropped.
    code = (
        "import os, pathlib, sys; from api.serve.bootstrap_databases import bootstrap_embedded\n"
        "from api.serve.embedded_postgres import EmbeddedPostgres\n"
        f"os.setgroups([]); os.setgid({user.pw_gid}); os.setuid({user.pw_uid})\n"
        f"server = EmbeddedPostgres(pathlib.Path({str(place / name)!r})); server.start()\n"
        "bootstrap_embedded(server.conninfo('postgres')); print('up', flush=True); sys.stdin.read(); server.stop()\n"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert started.stdout is not None
        assert started.stdout.readline() == b"up\n"
        folder = socket_folder(place / name)
        assert who_gets_in(folder, "nobody") == ["postgres", "memstore_owner", "memstore_app"]
        assert who_gets_in(folder, "daemon") == []
        assert who_gets_in(folder, "root") == []  # it reaches the socket, and peer authentication refuses it
    finally:
        started.communicate(timeout=30)


def test_a_killed_server_recovers_what_was_committed(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.conninfo("memstore", role="memstore_owner")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert server._process is not None
    server._process.wait()
    assert not server.is_running()
    server.restart()
    with psycopg.connect(server.conninfo("memstore", role="memstore_owner")) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_second_start_on_the_same_home_is_refused_and_the_first_goes_on(server: EmbeddedPostgres) -> None:
    with pytest.raises(EmbeddedPostgresError, match="another memstore is running"):
        EmbeddedPostgres(server.home).start()
    assert server.is_running()


def test_values_do_not_reach_the_servers_log(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.conninfo("memstore", role="memstore_owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE narrow (word varchar(3) UNIQUE)")
        connection.execute("INSERT INTO narrow VALUES ('abc')")
        for statement in ("INSERT INTO narrow VALUES (%s)", "SELECT %s::int"):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, ["canaryvalue"])
        with pytest.raises(psycopg.Error):
            connection.execute("INSERT INTO narrow VALUES (%s)", ["abc"])
    deadline = time.monotonic() + 20  # the collector writes when it gets to it
    logs = b""
    while b"duplicate key" not in logs and time.monotonic() < deadline:
        logs = b"".join(path.read_bytes() for path in (server.data / "log").iterdir())
    assert b"duplicate key" in logs
    assert b"(abc)" not in logs
    assert b"INSERT" not in logs


def test_an_external_database_is_prepared_by_a_login_that_may(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE theirs TEMPLATE template0")
    bootstrap_external(server.conninfo("theirs"))
    bootstrap_external(server.conninfo("theirs"))  # safe to repeat
    with psycopg.connect(server.conninfo("theirs", role="memstore_owner")) as connection:
        connection.execute("CREATE SCHEMA made_by_the_owner")


def test_an_external_login_that_may_not_is_told_the_sql_to_have_run(server: EmbeddedPostgres) -> None:
    """The SQL, run as pasted, is all that is missing."""
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE unprepared TEMPLATE template0")
    with pytest.raises(BootstrapError) as refused:
        bootstrap_external(server.conninfo("unprepared", role="memstore_owner"))
    told = str(refused.value)
    assert "CREATE EXTENSION IF NOT EXISTS vector" in told
    assert "TEMPORARY of public" not in told.partition("in that database:")[2]
    with psycopg.connect(server.conninfo("unprepared"), autocommit=True) as dba:
        dba.execute(told.partition("in that database:")[2].encode())
    bootstrap_external(server.conninfo("unprepared", role="memstore_owner"))
    assert rights(server, "unprepared") == (False, False, False, True)


# A right that is there, or a function without its path, as a DBA or a restored dump may leave them.
TOO_MUCH = {
    "GRANT TEMPORARY ON DATABASE theirs TO PUBLIC": "TEMPORARY of public on the database",
    "GRANT CONNECT ON DATABASE theirs TO PUBLIC": "CONNECT of public on the database",
    "GRANT TEMPORARY ON DATABASE theirs TO memstore_app": "TEMPORARY of memstore_app on the database",
    "GRANT CREATE ON DATABASE theirs TO memstore_app": "CREATE of memstore_app on the database",
    "GRANT CREATE ON SCHEMA public TO PUBLIC": "CREATE of memstore_app on schema public",
    "ALTER DATABASE theirs OWNER TO memstore_app": "ownership of the database by memstore_app",
    "CREATE FUNCTION careless() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
    "ALTER FUNCTION careless() OWNER TO memstore_auth": "search_path of careless()",
}


def test_a_right_too_many_is_named_with_the_sql_that_takes_it_away(server: EmbeddedPostgres) -> None:
    for number, (statement, told) in enumerate(TOO_MUCH.items()):
        name = f"theirs{number}"
        with psycopg.connect(server.conninfo("postgres"), autocommit=True) as dba:
            dba.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        bootstrap_external(server.conninfo(name))
        with psycopg.connect(server.conninfo(name), autocommit=True) as dba:
            dba.execute(statement.replace("theirs", name).encode())
            with pytest.raises(BootstrapError) as refused:
                bootstrap_external(server.conninfo(name, role="memstore_app"))
            missing, _, mending = str(refused.value).partition("in that database:")
            assert told in missing
            dba.execute(mending.encode())
        bootstrap_external(server.conninfo(name, role="memstore_app"))
        assert rights(server, name) == (False, False, False, True), statement


def rights(server: EmbeddedPostgres, name: str) -> tuple[bool, ...]:
    """Return the rights of the serving role: temporary objects, schemas, objects in public; and whether it connects."""
    with psycopg.connect(server.conninfo(name)) as connection:
        return (
            connection.execute(
                "SELECT has_database_privilege('memstore_app', current_database(), 'TEMPORARY'),"
                " has_database_privilege('memstore_app', current_database(), 'CREATE'),"
                " has_schema_privilege('memstore_app', 'public', 'CREATE'),"
                " has_database_privilege('memstore_app', current_database(), 'CONNECT')"
            ).fetchone()
            or ()
        )


def test_a_server_without_pgvector_is_prepared_without_it(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap_databases, "VECTOR_IS_MISSING", "SELECT 1 WHERE false")
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as dba:
        dba.execute("CREATE DATABASE bare TEMPLATE template0")
    bootstrap_external(server.conninfo("bare"))
    with psycopg.connect(server.conninfo("bare")) as connection:
        assert connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'vector'").fetchone() == (0,)


def test_a_database_of_another_version_is_refused(server: EmbeddedPostgres) -> None:
    installed = ["governance"]
    assert embedded_databases(server.conninfo("postgres")) == ["memstore", "memstore_keys"]
    for name in ("memstore", "memstore_keys"):
        refuse_other_versions(server.conninfo(name), installed)  # nothing has been migrated yet
    with psycopg.connect(server.conninfo("memstore", role="memstore_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE django_migrations (app text, name text)")
        owner.execute("INSERT INTO django_migrations VALUES ('governance', '0001_tables'), ('other', '0001_initial')")
        refuse_other_versions(server.conninfo("memstore"), installed)
        owner.execute("INSERT INTO django_migrations VALUES ('governance', '0001_initial')")
    with pytest.raises(BootstrapError, match=r"database memstore was made by memstore 0\.5 or earlier"):
        refuse_other_versions(server.conninfo("memstore"), installed)
    # A login that may not read the table is told by `migrate`.
    refuse_other_versions(server.conninfo("memstore", role="memstore_app"), installed)
