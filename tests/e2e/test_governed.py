"""The governed life over real HTTP, with the package's own client, two web processes and staff who sign in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from memstore.client import Conflicting, Invalid, Memstore, Missing, Refused
from tests.attacks.staff import code as code_of
from tests.attacks.staff import proofs
from tests.e2e.people import target_of
from tests.e2e.tree import ROOT, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("shared-tree")]
NOTICE_LANGUAGE = "en"


@pytest.fixture(scope="module")
def tree(shared_tree: Tree) -> Tree:
    return shared_tree


@pytest.fixture
def machine(tree: Tree) -> Memstore:
    return Memstore(tree.key, tree.url)


@pytest.fixture(scope="module")
def staff(tree: Tree) -> dict[str, Memstore]:
    """Each person of the demo, signed in with password and second factor."""
    target = target_of(tree)
    names = [person["username"].removeprefix("demo-") for person in target.demo["console"]]
    return {
        name: Memstore.sign_in(**proofs(target, name), code=code_of(target, name), url=target.url) for name in names
    }


def test_the_client_needs_neither_django_nor_settings(tree: Tree) -> None:
    code = f"""
import sys
for name in ("django", "rest_framework", "numpy", "psycopg"):
    sys.modules[name] = None
from memstore.client import Memstore
client = Memstore({tree.key!r}, {tree.url!r})
client.remember("I collect old clocks", user_id="walter")
print(client.recall("what does he collect?", user_id="walter")[0].text)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "I collect old clocks", done.stderr


def test_the_first_call_of_the_readme_works_as_pasted_and_says_what_comes(tree: Tree) -> None:
    _, part = (ROOT / "README.md").read_text().split("## One call and its answer")
    code, told = (part.split(f"```{kind}\n")[1].split("```")[0] for kind in ("python", "json"))
    code = code.replace(".memstore/demo.json", str(tree.home / "demo.json")).replace(
        '"alice"', '"who-reads-the-readme"'
    )
    environment = {**os.environ, "MEM0_TELEMETRY": "False"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree.home, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    [found], [expected] = json.loads(done.stdout)["results"], json.loads(told)["results"]
    assert (found["memory"], found["score"]) == (expected["memory"], expected["score"])


def test_the_five_calls_of_the_readme_work_as_pasted(tree: Tree) -> None:
    readme = (ROOT / "README.md").read_text()
    code = readme.split("## In five calls")[1].split("```python")[1].split("```")[0]
    code = code.replace(".memstore/demo.json", str(tree.home / "demo.json"))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[:2] == ["consent_missing", "I like quiet hotels"], done.stderr
    assert "'n_destroyed': 1" in done.stdout


def test_a_withdrawal_in_one_call_is_known_to_every_process_at_once(machine: Memstore, tree: Tree) -> None:
    offers = machine.for_purpose("personalisation")
    with pytest.raises(Refused) as refused:
        offers.remember("I like quiet hotels", user_id="alice")
    assert refused.value.code == "consent_missing"
    notice = machine_notice(tree)
    machine.consents.grant(user_id="alice", purpose="personalisation", notice=notice, channel="web")
    kept = offers.remember("I like quiet hotels", user_id="alice").memories[0].id
    questions = [
        lambda: offers.recall("hotels?", user_id="alice", threshold=0),
        lambda: offers.memories(user_id="alice"),
    ]

    def ask(number: int) -> list[str]:
        try:
            return [memory.text for memory in questions[number % 2]()]
        except Refused as error:
            return [error.code]

    with ThreadPoolExecutor(8) as pool:  # enough connections that both web processes hold it in their caches
        assert set(map(tuple, pool.map(ask, range(64)))) == {("I like quiet hotels",)}
        ended = machine.consents.withdraw(user_id="alice", purpose="personalisation")
        assert ended["n_destroyed"] == 1
        assert set(map(tuple, pool.map(ask, range(64)))) == {("consent_missing",)}
    for client in (offers, machine):
        with pytest.raises(Missing):
            client.memory(kept)
    history = machine.consents.history(user_id="alice")
    assert [event["action"] for event in history["events"]] == ["grant", "withdraw"]
    assert [(state["purpose"], state["granted"]) for state in history["current"]] == [("personalisation", False)]


def test_reads_that_run_while_the_consent_ends_see_it_all_or_nothing(machine: Memstore, tree: Tree) -> None:
    offers, notice = machine.for_purpose("personalisation"), machine_notice(tree)
    machine.consents.grant(user_id="ines", purpose="personalisation", notice=notice)
    for number in range(5):
        offers.remember(f"I like hotel number {number}", user_id="ines")
    seen: list[int] = []
    ended, stop = threading.Event(), threading.Event()
    after: list[int] = []

    def read() -> None:
        while not stop.is_set():
            was_over = ended.is_set()
            try:
                found = len(offers.recall("hotel", user_id="ines", threshold=0))
            except Refused:
                found = 0
            (after if was_over else seen).append(found)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    time.sleep(0.3)
    machine.consents.withdraw(user_id="ines", purpose="personalisation")
    ended.set()
    time.sleep(0.3)
    stop.set()
    for reader in readers:
        reader.join()
    assert set(seen) <= {0, 5}
    assert set(after) == {0}


def machine_notice(tree: Tree) -> str:
    people = json.loads((tree.home / "demo.json").read_text())
    return str(people["notice"])


def test_a_key_takes_two_people_and_one_claim(tree: Tree, staff: dict[str, Memstore]) -> None:
    asked = staff["admin"].keys.request(
        "batch", capabilities=["recall"], purposes=["assistance"], default_purpose="assistance"
    )
    with pytest.raises(Refused) as refused:
        staff["admin"].keys.approve(asked["id"])
    assert refused.value.code == "capability_missing"
    claim = staff["dpo"].keys.approve(asked["id"])
    key = Memstore("", tree.url).keys.claim(claim)
    assert Memstore(key, tree.url).memories(user_id="nobody") == []
    with pytest.raises(Missing) as used:
        Memstore("", tree.url).keys.claim(claim)
    assert used.value.code == "claim_unknown"


def test_a_hold_keeps_what_is_deleted_until_two_people_release_it(
    machine: Memstore, staff: dict[str, Memstore]
) -> None:
    kept = machine.remember("I wrote to the ombudsman", user_id="karl").memories[0].id
    hold = staff["dpo"].holds.request(user_id="karl", case_reference="2026/17", disclosable=False)
    with pytest.raises(Refused) as refused:
        staff["dpo"].holds.approve(hold["id"])
    assert refused.value.code == "same_person"
    assert staff["dpo-2"].holds.approve(hold["id"])["state"] == "placed"
    assert [memory.text for memory in machine.memories(user_id="karl")] == ["I wrote to the ombudsman"]
    with pytest.raises(Conflicting) as retained:
        machine.forget(kept)
    assert (retained.value.code, "hold" in retained.value.detail) == ("retained_by_law", False)
    assert machine.memories(user_id="karl") == []
    subject = staff["dpo"].subjects.look_up(user_id="karl")["id"]
    assert [row["state"] for row in staff["dpo"].subjects.memories(subject)["results"]] == ["restricted"]
    staff["dpo-2"].holds.request_release(hold["id"])
    assert staff["dpo"].holds.approve_release(hold["id"])["state"] == "released"


def test_staff_see_masked_text_and_in_clear_only_behind_broken_glass(
    machine: Memstore, staff: dict[str, Memstore]
) -> None:
    machine.remember("Write to me at nora@example.com", user_id="nora")
    reviewer, to_review = staff["reviewer"], staff["dpo"].inbox()["break_glass_to_review"]
    subject = reviewer.subjects.look_up(user_id="nora")["id"]
    [shown] = reviewer.subjects.memories(subject)["results"]
    assert (shown["view"], shown["text"]) == ("masked", "Write to me at [email]")
    reviewer.subjects.break_glass(subject, reason_code="complaint", case_reference="2026/18", minutes=5)
    [shown] = reviewer.subjects.memories(subject)["results"]
    assert (shown["view"], shown["text"]) == ("clear", "Write to me at nora@example.com")
    assert staff["dpo"].inbox()["break_glass_to_review"] == to_review + 1
    for nosy in ("auditor", "admin", "keys"):
        with pytest.raises(Refused):
            staff[nosy].subjects.look_up(user_id="nora")
        with pytest.raises(Refused):
            staff[nosy].subjects.memories(subject)


def test_bad_input_is_refused_with_a_reason_and_changes_nothing(machine: Memstore, staff: dict[str, Memstore]) -> None:
    admin, purposes = staff["admin"], staff["admin"].purposes.list()
    attempts: list[tuple[Callable[[], object], str, str | None]] = [
        (
            lambda: admin.call("POST", "/governance/v1/purposes/", {"name": "x", "ceiling_days": 3}),
            "invalid_input",
            "lawful_basis",
        ),
        (lambda: admin.purposes.create("x", lawful_basis="because", ceiling_days=3), "invalid_input", "lawful_basis"),
        (lambda: admin.purposes.create("x", lawful_basis="contract", ceiling_days=-1), "invalid", "ceiling_days"),
        (
            lambda: admin.purposes.create("x", lawful_basis="contract", ceiling_days=3, special="allow"),
            "invalid",
            "article9_condition",
        ),
        (lambda: admin.retention.propose("r", kind="ceiling", days=-5), "invalid", "days"),
        (
            lambda: admin.call(
                "POST", "/governance/v1/staff/", {"username": "u", "role": "king", "personnel_number": "9"}
            ),
            "role_unknown",
            None,
        ),
        (
            lambda: machine.consents.grant(user_id="alice", purpose="personalisation", notice="f" * 64),
            "notice_unknown",
            None,
        ),
    ]
    for attempt, code, field in attempts:
        with pytest.raises(Invalid) as refused:
            attempt()
        assert (refused.value.code, refused.value.field) == (code, field)
    assert admin.purposes.list() == purposes
