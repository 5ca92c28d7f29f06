"""A canary, remembered over HTTP, is then looked for in every byte that the machine keeps."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest

from api.configuration.socket_folders import socket_folder
from api.serve.embedded_postgres import SUPERUSER, binaries

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.tree import Tree

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("shared-tree")]

WORD, NAME, PLACE, METADATA, QUERY = (
    "quokkamarimba",
    "violetta-canary",
    "agent-canary",
    "metadatacanary",
    "querycanary",
)
CANARIES = (WORD, NAME, PLACE, METADATA, QUERY)


@pytest.fixture(scope="module")
def used(shared_tree: Tree) -> Tree:
    """A tree in which the canary has gone through every call."""
    use(shared_tree)
    return shared_tree


def use(tree: Tree) -> None:
    text = f"I have a {WORD} at home"
    ids = {"agent_id": PLACE, "metadata": {METADATA: METADATA}}
    memory = tree.add(NAME, text, infer=False, **ids)["results"][0]["id"]
    assert tree.search(NAME, f"{QUERY} {WORD}") == [text]
    tree.call("PUT", f"/v1/memories/{memory}/", {"text": f"I had a {WORD} at home", "metadata": {METADATA: 1}})
    tree.call("GET", f"/v1/memories/{memory}/history/")
    tree.event(tree.add(NAME, f"My sister plays the {WORD}.", **ids)["event_id"])
    tree.call("GET", "/v1/entities/")
    for method, path in (
        ("GET", f"/v1/memories/{NAME}/"),  # ids in paths and queries that fail
        ("GET", f"/no/such/path/{NAME}?q={WORD}"),
        ("DELETE", f"/v1/memories/?filters={{'user_id': '{NAME}'}}".replace(" ", "+")),
        ("DELETE", f"/v1/memories/?user_id=*&x={NAME}"),
        ("DELETE", f"/v2/entities/user/{NAME}.unknown/"),
    ):
        tree.call(method, path)
    tree.call("POST", "/v3/memories/search/", {"query": QUERY, "filters": {"user_id": NAME, WORD: NAME}})


def connect(tree: Tree, database: str) -> psycopg.Connection:
    return psycopg.connect(host=str(socket_folder(tree.home)), user=SUPERUSER, dbname=database, autocommit=True)


def dump(tree: Tree, database: str) -> bytes:
    """Dump everything, as superuser: what a thief or a backup would take."""
    command = [str(binaries() / "pg_dump"), "-h", str(socket_folder(tree.home)), "-U", SUPERUSER, database]
    return subprocess.run(command, capture_output=True, check=True).stdout


def found_in(content: bytes) -> list[str]:
    """Return the canaries found in any form that a byte string could show them in."""
    lower = content.lower()
    return [
        canary
        for canary in CANARIES
        if canary.encode() in lower or canary.encode().hex().encode() in lower or canary.encode("utf-16-le") in lower
    ]


@pytest.mark.parametrize("database", ["memstore", "memstore_keys"])
def test_no_dump_holds_the_canary(used: Tree, database: str) -> None:
    content = dump(used, database)
    assert b"governance_auditevent" in content or b"keyring_identity" in content  # it is a dump, and of the right one
    assert found_in(content) == []


def test_a_dump_of_the_data_alone_cannot_be_searched_for_a_known_id(used: Tree) -> None:
    """The data database has no HMAC, hash or copy of the id: only the random id that the keys database translates."""
    with connect(used, "memstore_keys") as keys:
        rows = keys.execute("SELECT id, lookup, sealed FROM keyring_identity").fetchall()
    content = dump(used, "memstore")
    assert rows
    for identity, lookup, sealed in rows:
        assert isinstance(identity, UUID)
        assert lookup.hex().encode() not in content
        assert sealed.hex().encode() not in content


def test_no_file_of_the_server_or_its_logs_holds_the_canary_after_a_checkpoint(used: Tree) -> None:
    for database in ("memstore", "memstore_keys"):
        with connect(used, database) as connection:
            connection.execute("CHECKPOINT")
    searched = 0
    for path in used.home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            searched += 1
            assert found_in(path.read_bytes()) == [], path.relative_to(used.home)
    assert searched > 500


def test_the_brokers_tables_hold_ids_only(used: Tree) -> None:
    with connect(used, "memstore") as connection:
        for table in ("pgmq.q_memstore", "pgmq.a_memstore"):
            for row in connection.execute(f"SELECT message::text FROM {table}"):
                assert found_in(str(row).encode()) == []


def test_the_positive_control_is_found(used: Tree, tmp_path: Path) -> None:
    """The search would see the canary if it were there."""
    with connect(used, "memstore") as connection:
        connection.execute("CREATE TABLE planted AS SELECT %s::text AS word", [WORD])
        assert found_in(dump(used, "memstore")) == [WORD]
        connection.execute("DROP TABLE planted")
    planted = tmp_path / "planted"
    planted.write_bytes(os.urandom(100) + NAME.encode())
    assert found_in(planted.read_bytes()) == [NAME]
