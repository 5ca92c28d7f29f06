"""One unique string goes into everything that a client can send; then it is looked for in everything that is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from tests.attacks.staff import token as token_of
from tests.e2e.people import target_of
from tests.e2e.test_sealed_at_rest import connect, dump
from tests.e2e.tree import ROOT, Tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("shared-tree")]
CANARY = "zyzzogeton"
STRANGER = "127.0.0.88"  # an address of its own, so that its wrong sign-ins and keys are counted apart
AT_ONCE = 8
PERSON = dict.fromkeys(("user_id", "run_id", "agent_id", "app_id"), CANARY)
HEADERS = dict.fromkeys(
    (
        "X-Purpose",
        "X-Request-ID",
        "X-Correlation-ID",
        "X-Forwarded-For",
        "Forwarded",
        "X-Real-IP",
        "Idempotency-Key",
        "User-Agent",
        "Referer",
        "Cookie",
        "Accept-Language",
        "X-Http-Method-Override",
    ),
    CANARY,
)
# Bodies that do what they say, beside the nonsense that every operation gets.
SOUND: dict[str, dict[str, Any]] = {
    "POST /v3/memories/add/": {
        "messages": [{"role": "user", "content": f"My name is {CANARY}.", "name": CANARY}],
        "user_id": CANARY,
        "metadata": {CANARY: CANARY},
        "custom_instructions": CANARY,
        "infer": False,
    },
    "POST /v3/memories/search/": {"query": CANARY, "filters": {"user_id": CANARY}},
    "POST /v3/memories/": {"filters": {"AND": [{"user_id": CANARY}, {"metadata": {CANARY: CANARY}}]}},
    "POST /governance/v1/subjects/lookup/": {"user_id": CANARY},
    "POST /governance/v1/subjects/age/": {"user_id": CANARY, "birth_date": "2015-01-01"},
    "POST /governance/v1/objections/": {"user_id": CANARY, "purpose": "personalisation"},
    "POST /governance/v1/consents/withdraw/": {"user_id": CANARY, "purpose": "personalisation"},
    "POST /governance/v1/consents/history/": {"user_id": CANARY},
    "POST /governance/v1/holds/": {"user_id": CANARY, "case_reference": CANARY},
    "POST /governance/v1/reports/subject/": {"user_id": CANARY},
    "POST /governance/v1/reports/disclosures/": {"user_id": CANARY},
    "POST /governance/v1/session/sign-in/": {
        "tenant": CANARY,
        "username": CANARY,
        "password": CANARY,
        "code": "000000",
    },
    "POST /governance/v1/session/step-up/": {"code": CANARY},
    "POST /governance/v1/keys/claim/": {"claim_code": CANARY},
    "POST /governance/v1/staff/enrol/": {"claim_code": CANARY, "password": f"{CANARY}{CANARY}"},
}


def send(tree: Tree, method: str, path: str, *, token: str, body: bytes | None, headers: dict[str, str]) -> bytes:
    """The answer, if it is a refusal."""
    sent = {"Content-Type": "application/json", **headers} | ({"Authorization": f"Token {token}"} if token else {})
    connection = HTTPConnection("127.0.0.1", tree.port, timeout=30, source_address=(STRANGER, 0))
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        content = answer.read()
        return content if answer.status >= 400 else b""
    finally:
        connection.close()


def operations(tree: Tree) -> list[tuple[str, str]]:
    with urllib.request.urlopen(f"{tree.url}/openapi.json", timeout=30) as answer:
        described = json.loads(answer.read())["paths"]
    return [(method.upper(), path) for path, item in described.items() for method in item]


@pytest.fixture(scope="module")
def tree(shared_tree: Tree) -> Tree:
    return shared_tree


@pytest.fixture(scope="module")
def answers(tree: Tree) -> tuple[Tree, list[tuple[str, bytes]]]:
    """A tree in which the canary went through every operation, command and task, and all refusals that came of it."""
    tokens = (tree.key, token_of(target_of(tree), "dpo"), "", f"m0st_{CANARY}_{CANARY}")
    refusals = []
    nonsense = json.dumps({**PERSON, CANARY: CANARY, "text": CANARY, "metadata": {CANARY: CANARY}}).encode()
    for method, template in [*operations(tree), ("GET", f"/no/such/path/{CANARY}"), ("POST", f"/{CANARY}")]:
        path = template
        while "{" in path:
            before, _, rest = path.partition("{")
            name, _, after = rest.partition("}")
            kind = "user" if name == "kind" else CANARY
            path = before + (tree_id if (tree_id := IDS.get(name)) else kind) + after
        query = f"?user_id={CANARY}&page={CANARY}&filters={CANARY}&{CANARY}={CANARY}"
        if "session" in path and method == "DELETE":
            continue  # else the rest would be asked by nobody
        bodies: list[bytes | None] = [None]
        if method in {"POST", "PUT", "PATCH"}:
            bodies = [nonsense, f"{{{CANARY}".encode()]
            if f"{method} {template}" in SOUND:
                bodies.append(json.dumps(SOUND[f"{method} {template}"]).encode())
        ask = partial(send, tree, method, path + query)
        with ThreadPoolExecutor(AT_ONCE) as pool:  # operation after operation: what one makes, another finds
            asked = [
                pool.submit(ask, token=token, body=body, headers=headers)
                for token in tokens
                for headers in ({}, HEADERS)
                for body in bodies
            ]
        refusals += [(f"{method} {template}", one.result()) for one in asked]
    assert tree.search(CANARY, CANARY) == [f"My name is {CANARY}."]  # it did go in
    tree.event(tree.add(CANARY, f"I live in {CANARY} with my dog {CANARY}.", run_id=CANARY)["event_id"])  # by a job
    for command in (["audit", "verify", "--tenant", CANARY], ["audit", "keys", "--tenant", CANARY], ["audit", CANARY]):
        environment = os.environ | {"MEMSTORE_HOME": str(tree.home)}
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, check=False
        )
    return tree, refusals


IDS = {"subject_id": "01a20a28-6525-4750-8dd0-51edadfa7060"}


def test_no_refusal_repeats_what_was_sent(answers: tuple[Tree, list[tuple[str, bytes]]]) -> None:
    _, refusals = answers
    assert len(refusals) > 1_000
    assert {operation for operation, answer in refusals if CANARY.encode() in answer.lower()} == set()


@pytest.mark.parametrize("database", ["memstore", "memstore_keys"])
def test_no_table_holds_it(answers: tuple[Tree, list[tuple[str, bytes]]], database: str) -> None:
    """Audit trail, changes, sessions, jobs, idempotency records and the broker's queue are all in the dump."""
    tree, _ = answers
    content = dump(tree, database).lower()
    if database == "memstore":
        for table in ("governance_auditevent", "governance_adminchange", "governance_staffsession", "memstore_job"):
            with connect(tree, database) as connection:
                [(n,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
                assert n > 0, table  # else the test says nothing of it
        assert b"q_memstore" in content
    assert CANARY.encode() not in content
    assert CANARY.encode().hex().encode() not in content


def test_no_file_holds_it(answers: tuple[Tree, list[tuple[str, bytes]]]) -> None:
    """Logs, the witness, anchors, the database's own files and its log."""
    tree, _ = answers
    for database in ("memstore", "memstore_keys"):
        with connect(tree, database) as connection:
            connection.execute("CHECKPOINT")
    found: list[Path] = [
        path
        for path in tree.home.rglob("*")
        if path.is_file() and not path.is_symlink() and CANARY.encode() in path.read_bytes().lower()
    ]
    assert [str(path.relative_to(tree.home)) for path in found] == []
    assert (tree.home / "witness" / "events.jsonl").stat().st_size > 10_000
    assert CANARY not in tree.output().lower()


def test_no_metric_holds_it(answers: tuple[Tree, list[tuple[str, bytes]]]) -> None:
    tree, _ = answers
    with urllib.request.urlopen(f"{tree.url}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    assert "memstore_requests_total" in text
    assert CANARY not in text.lower()
