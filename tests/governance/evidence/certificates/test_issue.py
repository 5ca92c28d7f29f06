"""A certificate is signed only when all that it says holds for an outsider, and it names no person."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import rfc8785
from django.db.models.functions import Now

from governance.evidence import verify_trail
from governance.evidence.certificates import issue as issuing_module
from governance.evidence.certificates.issue import issue, key_record
from governance.evidence.certificates.statement import CannotCertify, NoHorizon, StatedHorizon
from governance.evidence.sealer import seal
from governance.ids import uuid7
from governance.keyring.models import SigningKey, SigningUse
from governance.keyring.signing import public_keys, rotate_signing_key, signer
from governance.models import AuditQueued
from governance.tenancy.tenant_context import tenant_context
from tests.governance.evidence.certificates.issuing import facts, issued, job_event, outcome
from tests.governance.evidence.trail import happen
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_it_is_canonical_json_signed_by_the_published_certificate_key(bank: Organisation) -> None:
    done = issued(bank)
    said = json.loads(done.document)
    assert done.document == rfc8785.dumps(said)
    [key] = [key for key in public_keys(bank.tenant.id) if key.use == SigningUse.CERTIFICATE]
    assert (str(key.id), key.id) == (said["key"], done.key_id)
    assert json.loads(done.handed_out) == {
        "certificate": said,
        "signature": done.signature.hex(),
        "public_key": {"id": str(key.id), "public": key.public},
    }
    assert outcome(done.handed_out, key=[bytes.fromhex(key.public)])[1] == 0


def test_its_leaf_is_the_events_in_the_sealed_trail_and_nothing_waits(bank: Organisation) -> None:
    said = json.loads(issued(bank).document)["audit"]
    assert verify_trail.event_hash(said["event"]).hex() == said["leaf"]
    head = verify_trail.Head.from_json(said["head"])
    head.check({key.id: bytes.fromhex(key.public) for key in public_keys(bank.tenant.id)})
    path = [bytes.fromhex(node) for node in said["path"]]
    assert verify_trail.root_by_inclusion(bytes.fromhex(said["leaf"]), said["index"], head.size, path) == head.root
    with tenant_context(bank.tenant.id):
        assert not AuditQueued.objects.exists()


def test_it_verifies_after_the_signing_key_was_changed(bank: Organisation) -> None:
    old = issued(bank)
    rotate_signing_key(bank.tenant.id, SigningUse.CERTIFICATE)
    rotate_signing_key(bank.tenant.id, SigningUse.TREE_HEAD)
    new = issued(bank)
    assert old.key_id != new.key_id
    published = [bytes.fromhex(key.public) for key in public_keys(bank.tenant.id)]
    record = key_record(bank.tenant.id)
    for one in (old, new):
        assert outcome(one.handed_out, key=published, key_record=record)[1] == 0


def test_a_process_that_still_holds_a_retired_key_signs_with_the_present_one(bank: Organisation) -> None:
    old = signer(bank.tenant.id, SigningUse.CERTIFICATE)
    with tenant_context(bank.tenant.id, using="keys"):  # as another process would: this one is not told
        SigningKey.objects.filter(id=old.key_id).update(retired_at=Now())
    assert issued(bank).key_id != old.key_id


def test_what_a_retired_key_signs_is_named_with_the_published_history_and_not_issued(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = signer(bank.tenant.id, SigningUse.CERTIFICATE)
    rotate_signing_key(bank.tenant.id, SigningUse.CERTIFICATE)
    monkeypatch.setattr("governance.evidence.certificates.issue.signer", lambda *_, **__: stolen)
    with pytest.raises(CannotCertify, match="refused_by_key_record"):
        issued(bank)
    record = key_record(bank.tenant.id)
    monkeypatch.setattr("governance.evidence.certificates.issue.key_record", lambda _: None)
    forged, known = issued(bank), [stolen.private.public_key().public_bytes_raw()]
    assert outcome(forged.handed_out, key=known)[1] == 0  # nothing else gives it away
    words, code = outcome(forged.handed_out, key=known, key_record=record)
    assert code == 1
    assert "the key of use certificate signed at " in words
    assert ", after its retirement at " in words


def test_a_history_without_the_key_or_that_is_none_is_no_history(bank: Organisation) -> None:
    file = issued(bank).handed_out
    for record in (b'{"results": []}', b"[]", b"no json", b'{"results": [{"use": "certificate"}]}'):
        assert outcome(file, key_record=record)[1] == 1


def test_a_head_of_a_key_retired_before_is_named_too(bank: Organisation) -> None:
    file, record = issued(bank).handed_out, json.loads(key_record(bank.tenant.id))
    for key in record["results"]:
        if key["use"] == "tree_head":
            key["retired_at"] = "2020-01-01T00:00:00Z"
    words, code = outcome(file, key_record=json.dumps(record).encode())
    assert (code, "the key of use tree_head signed at" in words) == (1, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"deleted": {}, "keys": (), "refusals": {}, "recipients": {}, "residue": (), "scope": ()},  # nothing was there
        {"horizon": NoHorizon("backup_lifetimes_not_declared")},
        {"tenant_name": "Überbank \U0001f600 \ufb33"},
        {"tenant_name": "Bank\x00\x1b[2J" + "x" * 600},
        {"round": 2},
    ],
)
def test_whatever_it_is_about_it_verifies(bank: Organisation, changed: dict[str, object]) -> None:
    done = issued(bank, **changed)
    assert outcome(done.handed_out, key=[bytes.fromhex(json.loads(done.handed_out)["public_key"]["public"])])[1] == 0


NOW = datetime.now(UTC)
SOUND = facts()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"scan": replace(SOUND.scan, found=1)}, "refused_by_scan"),
        ({"scan": replace(SOUND.scan, control_found=False)}, "refused_by_scan"),
        ({"scan": replace(SOUND.scan, neighbour_unchanged=False)}, "refused_by_scan"),
        ({"scan": replace(SOUND.scan, stores=("memstore.memory",))}, "refused_by_scan"),
        ({"scope": (replace(SOUND.scope[1], ground=None),)}, "refused_by_scope"),
        ({"keys": (replace(SOUND.keys[0], destroyed_at=NOW + timedelta(hours=1)),)}, "refused_by_dates_in_order"),
        ({"horizon": StatedHorizon(NOW - timedelta(days=400), 3)}, "refused_by_dates_in_order"),
        ({"horizon": NoHorizon("A sentence about somebody")}, "refused_by_format"),
        ({"receipt_sha256": b"short"}, "refused_by_format"),
        ({"refusals": {"because I say so": 1}}, "refused_by_format"),
        ({"erasure_id": uuid4()}, "refused_by_leaf_names_the_job"),
    ],
)
def test_what_an_outsider_would_refuse_is_not_handed_out(
    bank: Organisation, changed: dict[str, object], code: str
) -> None:
    event_id = job_event(bank, SOUND.erasure_id)
    with pytest.raises(CannotCertify) as refused:
        issue(tenant_id=bank.tenant.id, facts=facts(**{"erasure_id": SOUND.erasure_id} | changed), event_id=event_id)
    assert refused.value.code == code
    assert len(code) <= 40


@pytest.mark.parametrize(
    "speaks",
    [{"subject_id": uuid7()}, {"items": ((uuid7(), 1),)}, {"n_items": 4711}, {"purpose": "assistance"}],
)
def test_an_event_with_a_subject_or_a_number_is_refused(bank: Organisation, speaks: dict[str, object]) -> None:
    if "purpose" in speaks:
        speaks = {"purpose": bank.assistance}
    said = facts()
    event_id = job_event(bank, said.erasure_id, **speaks)
    with pytest.raises(CannotCertify, match="event_names_more_than_the_job"):
        issue(tenant_id=bank.tenant.id, facts=said, event_id=event_id)


def test_what_must_not_be_in_it_is_looked_for_before_it_is_signed(bank: Organisation) -> None:
    subject_id = uuid4()
    said = facts(tenant_name=f"Bank of {subject_id.hex}")
    event_id = job_event(bank, said.erasure_id)
    with pytest.raises(CannotCertify, match="names_somebody"):
        issue(tenant_id=bank.tenant.id, facts=said, event_id=event_id, forbidden=[str(subject_id)])
    sound = replace(said, tenant_name="Bank")
    done = issue(tenant_id=bank.tenant.id, facts=sound, event_id=event_id, forbidden=[str(subject_id), "bea"])
    assert subject_id.hex.encode() not in done.handed_out
    assert str(subject_id).encode() not in done.handed_out


def test_another_tenants_event_certifies_nothing_here(
    bank: Organisation, outsider: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing_module, "SEALED_WITHIN_SECONDS", 0.2)
    said = facts()
    theirs = job_event(outsider, said.erasure_id)
    seal(outsider.tenant.id)
    with pytest.raises(CannotCertify, match="event_is_not_sealed"):
        issue(tenant_id=bank.tenant.id, facts=said, event_id=theirs)


def test_it_waits_for_another_sealer_of_the_same_tenant(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    said, turns = facts(), []
    event_id = job_event(bank, said.erasure_id)

    def busy(tenant_id: object) -> int:
        turns.append(tenant_id)
        return seal(bank.tenant.id) if len(turns) == 3 else 0

    monkeypatch.setattr(issuing_module, "seal", busy)
    assert issue(tenant_id=bank.tenant.id, facts=said, event_id=event_id).document
    assert len(turns) == 3


def test_the_digest_of_the_receipt_is_all_that_leads_to_the_request(bank: Organisation, settings: Settings) -> None:
    said = json.loads(issued(bank, receipt_sha256=hashlib.sha256(b"nonce").digest()).document)
    assert said["receipt_sha256"] == hashlib.sha256(b"nonce").hexdigest()
    happen(bank, 1)
    assert str(bank.key.id) not in json.dumps(said)
