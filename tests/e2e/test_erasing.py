"""Erasure over real HTTP: two people, a worker, and what is found of the person meanwhile and afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.people import tokens
from tests.e2e.tree import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.tree import Tree

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("own-tree")]
V1 = "/governance/v1"
ADDERS = 100
STEPS = ["tombstone", "revoke", "shred_intent", "shred", "locate", "delete", "close", "notify", "scan", "certify"]


@pytest.fixture(scope="module")
def tree(restarted_tree: Tree) -> Tree:
    return restarted_tree


@pytest.fixture(scope="module")
def staff(tree: Tree) -> Iterator[dict[str, str]]:
    """Sessions of the staff, while erasures wait for a second person."""
    people = tokens(tree)
    at_once = ("auto_approve_erasure", "key_deletions_at_once")
    status, answer = tree.call("PATCH", f"{V1}/tenant/", dict.fromkeys(at_once, False), key=people["admin"])
    assert status == 200, answer
    yield people
    status, asked = tree.call("PATCH", f"{V1}/tenant/", dict.fromkeys(at_once, True), key=people["admin"])
    assert status == 202, asked
    approval = f"{V1}/loosenings/{asked['proposal_id']}/approve/"
    status, answer = tree.call("POST", approval, {"digest": asked["digest"]}, key=people["dpo"])
    assert status == 200, answer


def remembered(tree: Tree, user_id: str, count: int) -> None:
    for begin in range(0, count, 500):
        said = [{"role": "user", "content": f"{user_id} said thing number {n}"} for n in range(begin, begin + 500)]
        body = {"messages": said[: count - begin], "user_id": user_id, "infer": False}
        status, answer = tree.call("POST", "/v3/memories/add/", body)
        assert status == 200, answer


def asked(tree: Tree, staff: dict[str, str], user_id: str) -> tuple[str, str]:
    """An erasure request that is verified and planned: its id, and the receipt."""
    status, opened = tree.call("POST", f"{V1}/requests/", {"user_id": user_id, "kind": "erasure"})
    assert status == 201, opened
    request_id = opened["request"]["id"]
    status, answer = tree.call("POST", f"{V1}/requests/{request_id}/verify/", {"method": "code"}, key=staff["dpo"])
    assert (status, answer["state"]) == (200, "verified")
    return request_id, opened["receipt"]


def approve(tree: Tree, staff: dict[str, str], request_id: str) -> None:
    path = f"{V1}/requests/{request_id}/erasure/"
    status, plan = tree.call("GET", path, key=staff["dpo-2"])
    assert status == 200, plan
    status, answer = tree.call("POST", f"{path}approve/", {"digest": plan["digest"]}, key=staff["dpo-2"])
    assert (status, answer["state"]) == (200, "running")


def ended(tree: Tree, staff: dict[str, str], request_id: str) -> Any:
    path = f"{V1}/requests/{request_id}/erasure/"
    return wait_for(lambda: (now := tree.call("GET", path, key=staff["dpo"])[1])["state"] == "done" and now, 60)


def test_a_person_of_two_thousand_memories_is_erased_by_two_people(
    tree: Tree, staff: dict[str, str], tmp_path: Path
) -> None:
    remembered(tree, "erika", 2_000)
    assert tree.search("erika", "thing number 7")
    request_id, receipt = asked(tree, staff, "erika")
    status, refused = tree.call(
        "POST", f"{V1}/requests/{request_id}/erasure/approve/", {"digest": "0" * 64}, key=staff["dpo"]
    )
    assert (status, refused["code"]) == (403, "same_person")
    approve(tree, staff, request_id)
    found = ended(tree, staff, request_id)
    steps = [step["step"] for step in found["steps"]]
    assert steps == STEPS
    assert tree.search("erika", "thing number 7") == []
    assert tree.call("POST", "/v3/memories/", {"filters": {"user_id": "erika"}})[1]["results"] == []
    status, followed = tree.call("POST", f"{V1}/requests/follow/", {"receipt": receipt})
    assert (status, followed["state"]) == (200, "done")
    [file] = tree.call("GET", f"{V1}/requests/{request_id}/certificates/", key=staff["dpo"])[1]["results"]
    [key] = [
        key["public"]
        for key in tree.call("GET", f"{V1}/audit/keys/", key=staff["auditor"])[1]["results"]
        if key["id"] == file["public_key"]["id"]
    ]
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "verify_certificate.py").write_bytes(downloaded(tree, f"{V1}/certificate.py"))
    assert checked(folder, json.dumps(file), key, receipt).returncode == 0
    changed = json.dumps(file).replace('"round": 1', '"round": 2')
    refused_ = checked(folder, changed, key, receipt)
    assert refused_.returncode == 1
    assert "FAILED" in refused_.stdout


def downloaded(tree: Tree, path: str) -> bytes:
    with urllib.request.urlopen(tree.url + path, timeout=10) as answer:
        content: bytes = answer.read()
        return content


def checked(folder: Path, file: str, key: str, receipt: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier as an outsider does: one file, Python and `cryptography`, and nothing of ours."""
    (folder / "certificate.json").write_text(file)
    command = [sys.executable, "-I", "verify_certificate.py", "certificate.json", "--key", key, "--receipt", receipt]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_hundred_clients_add_while_the_person_is_erased_and_none_survives(tree: Tree, staff: dict[str, str]) -> None:
    remembered(tree, "frank", 50)
    answers: list[tuple[int, Any]] = []

    def add(number: int) -> None:
        body = {"messages": f"frank during {number}", "user_id": "frank", "infer": False}
        answers.append(tree.call("POST", "/v3/memories/add/", body))

    def search(_: int) -> set[str]:
        body = {"query": "frank", "filters": {"user_id": "frank"}, "threshold": 0}
        status, answer = tree.call("POST", "/v3/memories/search/", body)
        assert status == 200 or answer["code"] == "subject_not_active", answer
        return {found["memory"] for found in answer.get("results", [])}

    with ThreadPoolExecutor(ADDERS + 8) as pool:
        adding = [pool.submit(add, number) for number in range(ADDERS)]
        searching = [pool.submit(search, number) for number in range(ADDERS)]
        request_id, _ = asked(tree, staff, "frank")
        approve(tree, staff, request_id)
        for one in adding:
            one.result()
        found = [one.result() for one in searching]
    ended(tree, staff, request_id)
    assert len(answers) == ADDERS
    refused = {answer["code"] for status, answer in answers if status != 200}
    assert refused <= {"subject_not_active"}
    assert all(text.startswith("frank") for texts in found for text in texts)
    assert tree.search("frank", "frank") == []


def test_a_killed_worker_is_followed_by_another_and_it_ends_once(tree: Tree, staff: dict[str, str]) -> None:
    remembered(tree, "greta", 20)
    request_id, _ = asked(tree, staff, "greta")
    approve(tree, staff, request_id)
    for pid in tree.pids("celery --app api.celery --quiet worker"):
        os.kill(pid, signal.SIGKILL)
    found = ended(tree, staff, request_id)
    assert [step["step"] for step in found["steps"]].count("certify") == 1
    assert tree.search("greta", "greta") == []


def test_deleting_all_of_somebody_is_an_erasure_behind_the_event(tree: Tree, staff: dict[str, str]) -> None:
    remembered(tree, "hanna", 5)
    status, answer = tree.call("DELETE", "/v1/memories/?user_id=hanna")
    assert status == 200
    assert tree.search("hanna", "hanna") == []
    status, request = tree.call("GET", f"{V1}/requests/{answer['event_id']}/", key=staff["dpo"])
    assert (status, request["request"]["kind"], request["user_id"]) == (200, "erasure", "hanna")
    approve(tree, staff, answer["event_id"])
    ended(tree, staff, answer["event_id"])
    assert tree.event(answer["event_id"])["status"] == "SUCCEEDED"
