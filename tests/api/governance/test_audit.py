"""The audit API, as an auditor uses it over HTTP, and as no other role can."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from governance.evidence import verify_trail
from governance.evidence.anchors import anchor, anchors
from governance.ids import NIL
from tests.governance.evidence.trail import happen, numbers, sealed
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation
from tests.support.signed_in import signed_in

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
AUDIT = "/governance/v1/audit/"
ALL = "?since=2026-01-01&until=2099-12-31"


@pytest.fixture
def auditor(bank: Organisation, settings: Settings, tmp_path: Path) -> str:
    settings.MEMSTORE_AUDIT_ANCHORS = [("file", str(tmp_path / "anchors"))]
    settings.MEMSTORE_AUDIT_ANCHOR_SECONDS = 0
    token = signed_in(bank, "aud")
    sealed(bank, 4)
    anchor(bank.tenant.id, anchors()[0])
    sealed(bank, 3)
    return token


def test_the_status_says_how_far_it_is_sealed_and_anchored(bank: Organisation, auditor: str) -> None:
    happen(bank, 2)
    found = ask(auditor, "GET", AUDIT).json()
    assert found["sealed"] == int(found["head"]["size"])
    assert found["n_events"] == found["sealed"] + found["unsealed"]
    assert found["unsealed"] >= 2
    [place] = found["anchors"]
    assert (place["kind"], place["size"]) == ("file", found["sealed"] - 3)


def test_single_proofs_over_http_convince_by_themselves(bank: Organisation, auditor: str) -> None:
    record = ask(auditor, "GET", f"{AUDIT}keys/").json()
    pinned = [bytes.fromhex(key["public"]) for key in record["results"] if key["use"] == "tree_head"]
    for index, event_id in numbers(bank)[::3]:
        found = ask(auditor, "GET", f"{AUDIT}proofs/inclusion/{event_id}/").json()
        checked = verify_trail.check_inclusion(found, pinned)
        assert (checked.first, found["event"]["id"]) == (index, str(event_id))
        verify_trail.check_key_record(checked.head, record)
    status = ask(auditor, "GET", AUDIT).json()
    first, second = status["anchors"][0]["size"], status["sealed"]
    grown = ask(auditor, "GET", f"{AUDIT}proofs/consistency/?first={first}&second={second}").json()
    assert [head.size for head in verify_trail.check_consistency(grown, pinned)] == [first, second]
    changes: list[dict[str, object]] = [
        {"path": grown["path"][1:]},
        {"first": grown["second"]},
        {"keys": []},
        {"format": ""},
    ]
    for change in changes:
        with pytest.raises(verify_trail.Broken):
            verify_trail.check_consistency(grown | change, pinned)


def test_a_head_signed_after_its_keys_retirement_is_named(bank: Organisation, auditor: str) -> None:
    record = ask(auditor, "GET", f"{AUDIT}keys/").json()
    [(_, event_id), *_] = numbers(bank)
    head = verify_trail.check_inclusion(ask(auditor, "GET", f"{AUDIT}proofs/inclusion/{event_id}/").json()).head
    for key in record["results"]:
        key["retired_at"] = key["created_at"]
    verify_trail.check_key_record(head, record)  # a process may hold it for a minute
    for key in record["results"]:
        key["retired_at"] = "2020-01-01T00:00:00Z"
    with pytest.raises(verify_trail.Broken, match="after its key was retired at 2020"):
        verify_trail.check_key_record(head, record)
    with pytest.raises(verify_trail.Broken, match="has no key"):
        verify_trail.check_key_record(head, {"results": []})


def test_a_bundle_and_the_verifier_come_over_http(bank: Organisation, auditor: str) -> None:
    answer = ask(auditor, "GET", f"{AUDIT}bundle/{ALL}")
    content = b"".join(answer)  # streamed
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert verify_trail.check_bundle(bundle).n_events == len(numbers(bank))
    verifier = ask("", "GET", f"{AUDIT}proof.py")
    assert verifier.status_code == 200
    compile(verifier.content, "proof.py", "exec")


def test_reading_and_exporting_the_record_is_on_the_record(bank: Organisation, auditor: str) -> None:
    ask(auditor, "GET", AUDIT)
    b"".join(ask(auditor, "GET", f"{AUDIT}bundle/{ALL}"))
    assert [event.type for event in bank.events()][-2:] == ["read_audit", "export_audit"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("bundle/", "since"),
        ("bundle/?since=never&until=2099-01-01", "since"),
        ("bundle/?since=2026-01-01&until=2099-01-01&consistent_from=-1", "consistent_from"),
        ("proofs/consistency/?first=1", "second"),
        ("proofs/consistency/?first=x&second=2", "first"),
        ("proofs/consistency/?first=1&second=2&third=3", "body"),
    ],
)
def test_a_question_that_cannot_be_read_names_the_field(
    bank: Organisation, auditor: str, path: str, field: str
) -> None:
    answer = ask(auditor, "GET", AUDIT + path)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert bank.refusals()[-1][1] == "invalid"


@pytest.mark.parametrize("who", ["ada", "rita", "kay"])
@pytest.mark.parametrize(
    "path", ["", "keys/", f"bundle/{ALL}", "proofs/consistency/?first=1&second=1", f"proofs/inclusion/{NIL}/"]
)
def test_who_is_neither_auditor_nor_officer_sees_nothing_of_it(bank: Organisation, who: str, path: str) -> None:
    sealed(bank, 1)
    answer = ask(signed_in(bank, who), "GET", AUDIT + path)
    assert (answer.status_code, answer.json()["code"]) == (403, "capability_missing")
    assert ask(bank.key_text, "GET", AUDIT + path).status_code == 403


def test_another_tenant_has_no_proof_of_ours_and_sees_none_of_it(bank: Organisation, outsider: Organisation) -> None:
    sealed(bank, 2)
    theirs = signed_in(outsider, "aud")
    for _, event_id in numbers(bank):
        assert ask(theirs, "GET", f"{AUDIT}proofs/inclusion/{event_id}/").status_code == 404
    assert ask(theirs, "GET", AUDIT).json()["sealed"] == 0
    assert ask(theirs, "GET", f"{AUDIT}bundle/{ALL}").status_code == 404
