"""Started as root, the services run as a user who can do what they have to, and no more."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.configuration.socket_folders import service_folder, socket_folder
from api.serve.embedded_postgres import OS_USER
from tests.e2e.tree import ROOT, Tree, family, launch, start, wait_for
from tests.e2e.trees import copy_home

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("own-tree"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user"),
]
NAME = "memstore-app"
SERVICES = ("granian", "celery --app api.celery --quiet worker", "celery --app api.celery --quiet beat")
HANDED_OVER = ("run", "ledger", "anchors", "witness", "root.key", "secret.key")
METRICS_TOKEN = "a-token-of-the-metrics"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, template_home: Path) -> Iterator[Tree]:
    """A tree in a deep home that only root may pass, which an earlier version had made as root's altogether.

    Some of its settings are secrets: in a file of root's, and of the databases' owner.
    """
    home = tmp_path_factory.mktemp("private") / "memstore"
    copy_home(template_home, home)
    made = [home / name for name in HANDED_OVER if (home / name).exists()]
    assert len(made) > 3
    assert {path.stat().st_uid for path in made} == {0}
    home.parent.chmod(0o700)
    shutil.rmtree(home / "run")
    secret = tmp_path_factory.mktemp("secrets") / "token"
    secret.write_text(METRICS_TOKEN)
    secret.chmod(0o600)
    owners = {"DATABASE_OWNER_URL": "", "KEYS_DATABASE_OWNER_URL": ""}
    started = start(home, MEMSTORE_METRICS_TOKEN_FILE=str(secret), **owners)
    yield started
    started.stop()


def as_service(code: str) -> str:
    """Return what a Python program prints that runs as the services' user."""
    user = pwd.getpwnam(NAME)
    dropped = f"import os; os.setgroups([]); os.setgid({user.pw_gid}); os.setuid({user.pw_uid})\n"
    done = subprocess.run(
        [sys.executable, "-c", f"import psycopg, pathlib\n{dropped}{code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    return done.stdout.strip()


def test_each_service_runs_as_its_own_user(tree: Tree) -> None:
    for words in SERVICES:
        pids = tree.pids(words)
        assert pids
        for pid in pids:
            status = Path(f"/proc/{pid}/status").read_text()
            uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
            groups = next(line for line in status.splitlines() if line.startswith("Groups:")).split()[1:]
            assert set(uids) == {str(pwd.getpwnam(NAME).pw_uid)}
            assert groups == []
    owner = (tree.home / "postgres").stat().st_uid
    assert owner == pwd.getpwnam(OS_USER).pw_uid != pwd.getpwnam(NAME).pw_uid


def test_the_services_do_their_work(tree: Tree) -> None:
    assert tree.search("ursula", "bees") == ["I keep bees"]
    assert tree.event(tree.add("bob", "My sister lives in Porto.")["event_id"])["status"] == "SUCCEEDED"
    status, answer = tree.call("GET", "/readyz")
    assert (status, answer["ledger"], answer["root_key"], answer["witness"]) == (200, "ok", "ok", "ok")
    wait_for(lambda: list((tree.home / "anchors").iterdir()), 60)


def test_the_user_reaches_the_database_as_the_serving_role_only(tree: Tree) -> None:
    folders = [str(service_folder(tree.home)), str(socket_folder(tree.home))]
    code = (
        f"for folder in {folders!r}:\n"
        "    for role in ('postgres', 'memstore_owner', 'memstore_auth', 'memstore_app', 'memstore', 'root'):\n"
        "        try: psycopg.connect(host=folder, user=role, dbname='memstore').close(); print(folder, role)\n"
        "        except psycopg.OperationalError: pass\n"
    )
    assert as_service(code) == f"{folders[0]} memstore_app"


def test_the_user_cannot_touch_what_is_not_its(tree: Tree) -> None:
    hidden = [tree.home / "demo.json", tree.home / "lock", *(tree.home / "log").iterdir()]
    hidden += [tree.home / "postgres" / "PG_VERSION", tree.home / "postgres" / "pg_hba.conf"]
    assert as_service(f"print([p for p in {[str(path) for path in hidden]!r} if os.access(p, os.R_OK)])") == "[]"
    writable = [str(path) for path in (tree.home, tree.home / "postgres", tree.home / "log", tree.home / "socket")]
    assert as_service(f"print([p for p in {writable!r} if os.access(p, os.W_OK)])") == "[]"


def test_nobody_else_reaches_the_services_files(tree: Tree) -> None:
    theirs = pwd.getpwnam(NAME).pw_uid
    for name in HANDED_OVER:
        found = (tree.home / name).stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode) & 0o077) == (theirs, 0), name


def test_commands_of_root_work_and_leave_the_services_their_files(tree: Tree) -> None:
    environment = {**os.environ, "MEMSTORE_HOME": str(tree.home), "MEMSTORE_DB_ROLE": "app"}
    for name in ("MEMSTORE_LEDGER", "MEMSTORE_EMBEDDER"):
        environment.pop(name, None)
    for command in (["demo_people"], ["audit", "verify"], ["rotate_keys"], ["keys", "status"]):
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout[-800:], done.stderr[-800:])
    theirs = pwd.getpwnam(NAME).pw_uid
    for name in ("root.key", "ledger", "anchors", "witness"):
        for path in [tree.home / name, *(tree.home / name).glob("*")]:
            assert path.stat().st_uid == theirs, path
    assert tree.add("carol", "I like tea", infer=False)
    assert tree.search("carol", "tea") == ["I like tea"]


def test_no_secret_of_the_owner_reaches_the_services(tree: Tree) -> None:
    supervisor = Path(f"/proc/{tree.process.pid}/environ").read_bytes()
    assert b"OWNER_URL" in supervisor
    for words in SERVICES:
        for pid in tree.pids(words):
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            assert b"OWNER_URL" not in environment
            assert f"MEMSTORE_METRICS_TOKEN={METRICS_TOKEN}".encode() in environment
    assert len(family(tree.process.pid)) > 5


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("PORT", "80", "for root only"), ("MEMSTORE_LEDGER", "file:/proc/x/y", "MEMSTORE_LEDGER")],
)
def test_what_the_user_cannot_reach_stops_the_start_with_its_name(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    if name == "PORT" and int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 80:
        pytest.skip("this machine lets everybody listen on port 80")
    tree = launch(tmp_path, MEMSTORE_DEMO="0", **{name: value})
    output = tree.ended()
    assert tree.process.returncode == 2
    assert said in output
    assert "MEMSTORE_RUN_AS" in output
    assert "Traceback" not in output
