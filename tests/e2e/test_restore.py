"""An old backup of the data beside the keys of now: later protections are in force before anything is served."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from api.configuration.socket_folders import socket_folder
from api.serve.embedded_postgres import SUPERUSER, EmbeddedPostgres, binaries
from tests.e2e.people import tokens
from tests.e2e.tree import ROOT, Tree, launch, start, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.trees import StartCopy

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("own-tree")]
V1 = "/governance/v1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("restored")


@pytest.fixture(scope="module")
def restored(home: Path, start_copy: StartCopy) -> Iterator[tuple[Tree, dict[str, Any]]]:
    """A service that started on an old backup of its data, and ids of what had happened since."""
    tree = start_copy(home)
    try:
        known = before_the_backup(tree)
        dump = home.parent / "before.sql"
        command = [str(binaries() / "pg_dump"), "-h", str(socket_folder(home)), "-U", SUPERUSER, "memstore"]
        dump.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
        after_the_backup(tree, known)
    finally:
        tree.stop()
    restore(home, dump)
    again = start(home)
    yield again, known
    again.stop()


def before_the_backup(tree: Tree) -> dict[str, Any]:
    people = tokens(tree)
    notice = json.loads((tree.home / "demo.json").read_text())["notice"]
    known: dict[str, Any] = {"people": people}
    for user in ("anna", "bert", "cleo", "dino", "emil", "fred"):
        known[user] = tree.add(user, f"{user} likes tea", infer=False)["results"][0]["id"]
    consent = {"user_id": "bert", "purpose": "personalisation"}
    assert tree.call("POST", f"{V1}/consents/grant/", {**consent, "notice": notice, "channel": "web"})[0] == 201
    body = {"messages": "bert likes quiet hotels", "user_id": "bert", "infer": False}
    known["hotel"] = called(tree, "POST", "/v3/memories/add/", body, purpose="personalisation")["results"][0]["id"]
    for user in ("anna", "bert", "cleo", "dino", "emil", "fred"):
        body = {"user_id": user}
        status, found = tree.call("POST", f"{V1}/subjects/lookup/", body, key=people["dpo"])
        assert status == 200, found
        known[f"{user}-subject"] = found["id"]
    return known


def called(tree: Tree, method: str, path: str, body: object, *, purpose: str) -> Any:
    """Make a call like `tree.call`, for another purpose than the key's default."""
    import urllib.request

    headers = {"Authorization": f"Token {tree.key}", "Content-Type": "application/json", "X-Purpose": purpose}
    request = urllib.request.Request(tree.url + path, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def after_the_backup(tree: Tree, known: dict[str, Any]) -> None:
    """Anna is erased, Bert withdraws, Dino is restricted, Emil is under a hold; Cleo's only memory goes, and the id."""
    people = known["people"]  # a one-time code signs in once
    assert tree.call("DELETE", "/v1/memories/?user_id=anna")[0] == 200
    consent = {"user_id": "bert", "purpose": "personalisation", "channel": "web"}
    assert tree.call("POST", f"{V1}/consents/withdraw/", consent)[0] == 201
    assert tree.call("DELETE", f"/v1/memories/{known['cleo']}/")[0] == 200
    dino = f"{V1}/subjects/{known['dino-subject']}/restrict/"
    assert tree.call_empty("POST", dino, {}, key=people["dpo"]) == 204
    body = {"user_id": "emil", "case_reference": "2026/17"}
    status, hold = tree.call("POST", f"{V1}/holds/", body, key=people["dpo"])
    assert status == 201, hold
    assert tree.call("POST", f"{V1}/holds/{hold['id']}/approve/", {}, key=people["dpo-2"])[0] == 200
    known["hold"] = hold["id"]


def restore(home: Path, dump: Path) -> None:
    """The data database as it was; the keys database as it is."""
    with EmbeddedPostgres(home) as postgres:
        with psycopg.connect(postgres.conninfo("postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE memstore WITH (FORCE)")
            connection.execute("CREATE DATABASE memstore OWNER memstore_owner TEMPLATE template0")
        command = [str(binaries() / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h", str(socket_folder(home))]
        command += ["-U", SUPERUSER, "-d", "memstore", "-f", str(dump)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]


def test_the_start_says_what_was_put_in_force_again(restored: tuple[Tree, dict[str, Any]]) -> None:
    tree, _ = restored
    printed = tree.output()
    assert "a restored backup was brought up to the ledger, people concerned: about 5" in printed
    for kind in ("erase", "withdraw", "shred", "delete", "restrict", "hold"):
        assert f"x {kind} in force again" in printed
    [report] = (tree.home / "ledger").glob("restore-*.json")
    assert report.stat().st_mode & 0o777 == 0o600
    assert json.loads(report.read_text())["entries"]["hold"] == 1


def test_the_erased_person_is_nobody_and_the_living_are_as_before(restored: tuple[Tree, dict[str, Any]]) -> None:
    tree, known = restored
    assert tree.search("anna", "tea") == []
    assert tree.call("GET", f"/v1/memories/{known['anna']}/")[0] == 404
    assert tree.search("fred", "tea") == ["fred likes tea"]
    assert tree.search("bert", "tea") == ["bert likes tea"]
    with psycopg.connect(host=str(socket_folder(tree.home)), user=SUPERUSER, dbname="memstore") as thief:
        [(rows,)] = thief.execute(
            "SELECT count(*) FROM memstore_memory WHERE subject_id = %s", [known["anna-subject"]]
        ).fetchall()
        [(state,)] = thief.execute(
            "SELECT state FROM governance_subject WHERE id = %s", [known["anna-subject"]]
        ).fetchall()
    assert (rows, state) == (0, "erased")
    with psycopg.connect(host=str(socket_folder(tree.home)), user=SUPERUSER, dbname="memstore_keys") as thief:
        [(keys,)] = thief.execute(
            "SELECT count(*) FROM keyring_datakey WHERE subject_id = %s", [known["anna-subject"]]
        ).fetchall()
    assert keys == 0


def test_withdrawn_deleted_restricted_and_held_are_so_again(restored: tuple[Tree, dict[str, Any]]) -> None:
    tree, known = restored
    history = tree.call("POST", f"{V1}/consents/history/", {"user_id": "bert"})[1]
    assert [event["action"] for event in history["events"]] == ["grant", "withdraw"]
    assert [state["granted"] for state in history["current"]] == [False]
    assert tree.call("GET", f"/v1/memories/{known['hotel']}/")[0] == 404
    assert tree.call("GET", f"/v1/memories/{known['cleo']}/")[0] == 404
    body = {"query": "tea", "filters": {"user_id": "dino"}}
    assert tree.call("POST", "/v3/memories/search/", body)[1]["code"] == "subject_not_active"
    assert tree.call("DELETE", f"/v1/memories/{known['emil']}/")[0] == 409
    people = known["people"]
    holds = tree.call("GET", f"{V1}/holds/", key=people["dpo"])[1]["results"]
    assert [(hold["id"], hold["state"], hold["case_reference"]) for hold in holds] == [
        (known["hold"], "placed", "2026/17")
    ]


def test_the_drill_restores_beside_what_is_served_and_leaves_nothing(restored: tuple[Tree, dict[str, Any]]) -> None:
    tree, _ = restored
    before = told(tree)
    done = commanded(tree, "restore_drill")
    assert done.returncode == 0, done.stderr
    assert "the drill passed" in done.stdout
    assert "0 did not" in done.stdout
    with psycopg.connect(host=str(socket_folder(tree.home)), user=SUPERUSER, dbname="postgres") as connection:
        names = {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}
    assert not [name for name in names if name.startswith("memstore_drill")]
    assert tree.search("fred", "tea") == ["fred likes tea"]
    ledger, reports, witness = told(tree)
    assert ledger[: len(before[0])] == before[0]  # the service itself may have gone on
    assert reports == before[1]
    assert witness == before[2]


def told(tree: Tree) -> tuple[list[str], set[str], list[str]]:
    """Return what a drill must leave alone: the ledger, the reports of restores, the witness's lines on restores."""
    folder = tree.home / "ledger"
    witness = (tree.home / "witness" / "events.jsonl").read_text().splitlines()
    return (
        (folder / "protections.jsonl").read_text().splitlines(),
        {path.name for path in folder.iterdir()},
        [line for line in witness if '"restore"' in line],
    )


def commanded(tree: Tree, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "django", name],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "api.settings", **of_the_tree(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


def of_the_tree(tree: Tree) -> dict[str, str]:
    """Return variables that keep the suite's own settings from a command of the tree."""
    return {"MEMSTORE_HOME": str(tree.home), "MEMSTORE_LEDGER": "", "DATABASE_URL": "", "KEYS_DATABASE_URL": ""}


def test_a_ledger_that_was_cut_or_changed_means_that_nothing_is_served(
    restored: tuple[Tree, dict[str, Any]], home: Path
) -> None:
    tree, _ = restored
    tree.stop()
    ledger = home / "ledger" / "protections.jsonl"
    whole = ledger.read_bytes()
    lines = whole.splitlines(keepends=True)
    changed = whole.replace(b'"kind":"hold"', b'"kind":"lift"')
    ledger.write_bytes(changed)
    refused = launch(home, MEMSTORE_DEMO="0")
    printed = refused.ended()
    assert refused.process.returncode == 2
    assert "nothing would be served" in printed, printed
    assert "was changed" in printed
    with EmbeddedPostgres(home):  # what the start asks, it asks by this command
        for broken, words in (
            (changed, "was changed"),
            (b"".join(lines[:-2]), "it was cut"),
            (b"".join(lines[:2] + lines[3:]), "is missing, or does not follow"),
        ):
            ledger.write_bytes(broken)
            done = commanded(tree, "restore_check")
            assert done.returncode == 2
            assert "nothing would be served" in done.stderr
            assert words in done.stderr
    ledger.write_bytes(whole)
    root = home / "root.key"
    right = root.read_text()
    root.write_text(re.sub(r'"key": "[^"]+"', f'"key": "{base64.b64encode(bytes(32)).decode()}"', right))
    assert root.read_text() != right
    refused = launch(home)
    printed = refused.ended()
    assert refused.process.returncode == 2
    assert "the root key does not match the stored keys of epoch 1: it is another one" in printed, printed
    assert "Traceback" not in printed
    root.write_text(right)
    again = start(home)
    assert wait_for(again.is_serving, 10)
    again.stop()
