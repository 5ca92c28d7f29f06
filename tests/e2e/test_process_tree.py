"""`make run` as its users meet it: it starts, heals, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from api.serve.embedded_postgres import EmbeddedPostgres
from tests.e2e.tree import alive, family, launch, start, wait_for

if TYPE_CHECKING:
    from tests.e2e.tree import Tree

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("own-tree")]


@pytest.fixture
def tree(restarted_tree: Tree) -> Tree:
    """The tree, running, whatever the test before has left behind."""
    if restarted_tree.process.poll() is not None:
        restarted_tree.start_again()
    return restarted_tree


def test_it_remembers_and_extracts_with_the_real_worker(tree: Tree) -> None:
    tree.add("alice", "I moved to Lisbon in May and I collect old clocks", infer=False)
    assert tree.search("alice", "where does she live?")[0].startswith("I moved to Lisbon")
    conversation = [
        {"role": "user", "content": "Good morning!"},
        {"role": "user", "content": "My daughter is allergic to peanuts."},
        {"role": "user", "content": "What time do you open?"},
    ]
    status, answer = tree.call("POST", "/v3/memories/add/", {"messages": conversation, "user_id": "carol"})
    assert (status, answer["status"]) == (200, "PENDING")
    ended = tree.event(answer["event_id"])
    assert ended["status"] == "SUCCEEDED"
    assert [found["memory"] for found in ended["results"]] == ["My daughter is allergic to peanuts"]


def test_who_was_deleted_comes_back_as_somebody_new_in_every_process(tree: Tree) -> None:
    tree.add("brigitte", "I keep bees", infer=False)
    for n in range(8):
        assert tree.call("DELETE", "/v1/memories/?user_id=brigitte")[0] == 200
        tree.add("brigitte", f"I keep {n} goats", infer=False)
        for _ in range(4):  # enough connections that both web processes are asked, and hold her in their caches
            assert tree.search("brigitte", "goats") == [f"I keep {n} goats"]


def test_secrets_are_private_files(tree: Tree) -> None:
    for name in ("demo.json", "root.key", "secret.key"):
        assert stat.S_IMODE((tree.home / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((tree.home / "postgres").stat().st_mode) == 0o700
    for log in (tree.home / "log").iterdir():
        assert stat.S_IMODE(log.stat().st_mode) == 0o600, log.name


@pytest.mark.parametrize(
    "words",
    [
        "granian",
        "celery --app api.celery --quiet worker",
        "celery --app api.celery --quiet beat",
        "bin/postgres",
    ],
)
def test_a_killed_child_is_started_again(tree: Tree, words: str) -> None:
    victim = tree.pids(words)[0]
    group = {pid for pid in tree.pids(words) if os.getpgid(pid) == os.getpgid(victim)}
    os.kill(victim, signal.SIGKILL)
    # Children of the killed one still answer until the supervisor ends them; what counts is what comes after.
    wait_for(lambda: (now := set(tree.pids(words))) and not now & group, 30)
    wait_for(tree.is_serving, 30)
    wait_for(lambda: tree.call("GET", "/v1/ping/")[0] == 200, 30)
    event = tree.add("dora", f"My flat is number {victim}.")["event_id"]
    assert tree.event(event)["status"] == "SUCCEEDED"


def test_a_web_process_that_hangs_is_replaced(tree: Tree) -> None:
    victim = int(next((tree.home / "run").glob("web.*")).name.removeprefix("web."))
    os.kill(victim, signal.SIGSTOP)
    wait_for(lambda: f"web process {victim} did not answer" in tree.output(), 60)
    wait_for(lambda: not alive({victim}), 10)
    signs = tree.home / "run"
    wait_for(lambda: len(now := {sign.name for sign in signs.glob("web.*")}) == 2 and f"web.{victim}" not in now, 30)
    assert [tree.call("GET", "/v1/ping/")[0] for _ in range(8)] == [200] * 8


def test_a_worker_killed_in_the_middle_of_an_extraction_does_it_once_in_the_end(tree: Tree) -> None:
    conversation = [{"role": "user", "content": f"My locker number {n} is in Porto."} for n in range(200)]
    _, answer = tree.call("POST", "/v3/memories/add/", {"messages": conversation, "user_id": "erin"})
    event = answer["event_id"]
    wait_for(lambda: tree.call("GET", f"/v1/event/{event}/")[1]["status"] == "RUNNING", 30)
    os.kill(tree.pids("quiet worker")[0], signal.SIGKILL)
    assert tree.call("GET", f"/v1/event/{event}/")[1]["status"] == "RUNNING"  # so it was in the middle of it
    ended = tree.event(event)
    assert ended["status"] == "SUCCEEDED"
    _, listed = tree.call("POST", "/v3/memories/?page_size=1", {"filters": {"user_id": "erin"}})
    assert listed["count"] == ended["total_results"] == 200


def test_a_second_start_on_the_same_home_is_refused_with_the_reason(tree: Tree) -> None:
    second = launch(tree.home)
    output = second.ended()
    assert second.process.returncode == 2
    assert "another memstore is running" in output
    assert tree.is_serving()


def test_another_local_user_cannot_log_in_as_anyone(tree: Tree) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    folders = [Path(part) for part in Path("/proc/net/unix").read_text().split() if part.endswith(".s.PGSQL.5432")]
    assert folders
    roles = ("postgres", "memstore_owner", "memstore_app", "memstore_auth", "nobody")
    code = (
        "import os, psycopg; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        f"for folder in {[str(socket_path.parent) for socket_path in folders]!r}:\n"
        f"    for role in {roles!r}:\n"
        "        try: psycopg.connect(host=folder, user=role, dbname='memstore')\n"
        "        except psycopg.OperationalError: print('refused')\n"
        "        else: print('let in', folder, role)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.splitlines() == ["refused"] * (len(folders) * len(roles))


def test_sigterm_ends_the_whole_tree_within_ten_seconds_and_the_data_is_there_next_time(
    tree: Tree,
) -> None:
    tree.add("anton", "I keep bees", infer=False)
    key, pids = tree.key, family(tree.process.pid)
    assert tree.stop() < 10
    assert alive(pids) == set()
    tree.start_again()
    assert tree.key == key
    assert tree.search("anton", "bees") == ["I keep bees"]


def test_a_killed_supervisor_leaves_no_orphans(tree: Tree) -> None:
    tree.add("berta", "I keep goats", infer=False)
    pids = family(tree.process.pid)
    tree.process.kill()
    tree.process.wait()
    wait_for(lambda: not alive(pids), 20)
    tree.start_again()
    assert tree.search("berta", "goats") == ["I keep goats"]
    pids = family(tree.process.pid)
    tree.stop(signal.SIGINT)
    assert alive(pids) == set()


def test_it_runs_on_databases_of_ones_own(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "server") as server:
        with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE facts TEMPLATE template0")
            connection.execute("CREATE DATABASE secrets TEMPLATE template0")
        address = f"postgresql://postgres@/{{}}?host={server.socket_folder}"
        urls = {"DATABASE_URL": address.format("facts"), "KEYS_DATABASE_URL": address.format("secrets")}
        # That server knows its own user and root by peer authentication, so the services are to be root's, too.
        tree = start(tmp_path / "home", MEMSTORE_RUN_AS="root", **urls)
        try:
            tree.add("alice", "I keep bees", infer=False)
            assert tree.search("alice", "bees") == ["I keep bees"]
            assert tree.event(tree.add("alice", "My sister lives in Porto.")["event_id"])["status"] == "SUCCEEDED"
            assert not (tree.home / "postgres").exists()
            with psycopg.connect(server.conninfo("facts")) as connection:
                owned = connection.execute("SELECT 1 FROM pg_tables WHERE tableowner = 'memstore_owner'").fetchall()
                assert len(owned) > 10
        finally:
            tree.stop()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "eighty", "a whole number from 1 to 65535"),
        ("MEMSTORE_EMBEDDER", "magic", "one of local, openai, fake"),
        ("OPENAI_BASE_URL", "ftp://x", "an http:// or https:// address"),
        ("DATABASE_URL", "postgresql://h/d", "KEYS_DATABASE_URL"),
        ("BROKER_URL", "sqs://", "redis://"),
        ("MEMSTORE_SECRET_KEY_FILE", "/does/not/exist", "the path of a readable text file"),
        ("MEMSTORE_RATE_LIMT_PER_MINUTE", "5", "Did you mean MEMSTORE_RATE_LIMIT_PER_MINUTE?"),
    ],
)
def test_a_bad_setting_stops_the_start_with_its_name(tmp_path: Path, name: str, value: str, expected: str) -> None:
    tree = launch(tmp_path, **{name: value})
    output = tree.ended()
    assert tree.process.returncode == 2
    assert name in output
    assert expected in output
    assert "Traceback" not in output


def test_a_home_of_0_5_is_refused_with_what_to_do_and_left_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with EmbeddedPostgres(home) as server:
        with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE memstore_keys")
        with psycopg.connect(server.conninfo("memstore_keys")) as connection:
            connection.execute("CREATE TABLE django_migrations (app text, name text)")
            connection.execute("INSERT INTO django_migrations VALUES ('keyring', '0001_initial')")
    tree = launch(home)
    output = tree.ended()
    assert tree.process.returncode == 2
    assert "database memstore_keys was made by memstore 0.5 or earlier (keyring.0001_initial)" in output
    assert "set MEMSTORE_HOME to a new folder" in output
    assert "Traceback" not in output
    with EmbeddedPostgres(home) as server, psycopg.connect(server.conninfo("memstore_keys")) as connection:
        there = connection.execute(
            "SELECT array(SELECT datname::text FROM pg_database WHERE datname LIKE 'memstore%'),"
            " array(SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'memstore%'),"
            " array(SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
        ).fetchone()
    assert there == (["memstore_keys"], [], ["django_migrations"])


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        tree = launch(tmp_path, PORT=port)
        output = tree.ended()
    assert tree.process.returncode == 2
    assert f"127.0.0.1:{port}" in output


def test_a_port_is_taken_from_the_start_on(tmp_path: Path) -> None:
    """The workers share it with each other, and with no other process."""
    first = launch(tmp_path / "first")
    try:
        wait_for(lambda: "\n2/7 " in first.output(), 30)
        second = launch(tmp_path / "second", PORT=str(first.port))
        assert "cannot be listened on" in second.ended()
        assert second.process.returncode == 2
    finally:
        first.stop()
