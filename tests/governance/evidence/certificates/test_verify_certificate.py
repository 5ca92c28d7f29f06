"""Any change of a certificate is found by the verifier, which says where."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.evidence.anchors import anchor, anchors
from governance.evidence.certificates import verify_certificate as verifier
from governance.evidence.certificates.statement import NoHorizon, moment
from governance.evidence.sealer import seal
from governance.keyring.epoch_destruction import EPOCH_FORMAT
from tests.governance.evidence.certificates.issuing import RECEIPT, issued, outcome, run
from tests.governance.evidence.trail import happen
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from governance.evidence.certificates.issue import Issued

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
HUNDRED = 100


@pytest.fixture
def sound(bank: Organisation) -> Issued:
    return issued(bank)


def key_of(file: bytes) -> str:
    return str(json.loads(file)["public_key"]["public"])


def states(text: str) -> dict[str, str]:
    """Return the state of every check by its name."""
    lines = [line for line in text.splitlines() if line[:11].strip() in {"OK", "FAILED", "NOT CHECKED"}]
    return {line[13:33].strip(): line[:12].strip() for line in lines}


def signed_anew(file: Any) -> bytes:
    """Sign the file anew with a forger's own key: every digest and the signature fit again."""
    private = Ed25519PrivateKey.generate()
    certificate = file["certificate"]
    certificate["sections"] = verifier.section_digests(certificate)
    signature = private.sign(rfc8785.dumps(certificate)).hex()
    public = {"id": certificate["key"], "public": private.public_key().public_bytes_raw().hex()}
    return rfc8785.dumps({"certificate": certificate, "signature": signature, "public_key": public})


def test_an_outsider_verifies_it_with_the_file_and_the_key_alone(sound: Issued, tmp_path: Path) -> None:
    done = run(tmp_path / "outsider", sound.handed_out, "--key", key_of(sound.handed_out), "--receipt", RECEIPT)
    assert (done.returncode, done.stderr) == (0, "")
    found = states(done.stdout)
    assert {name for name, state in found.items() if state == "NOT CHECKED"} == {
        "epoch record",
        "anchors",
        "key record",
    }
    assert len(found) == 1 + len(verifier.CHECKS)
    assert "FAILED" not in done.stdout
    assert "VERIFIED. It proves what the operator who holds this key has signed" in done.stdout
    assert "prove that the operator tells the truth, that the bytes are gone, or that no copy exists." in done.stdout


def test_spacing_and_the_order_of_names_do_not_matter(sound: Issued, tmp_path: Path) -> None:
    said = json.loads(sound.handed_out)
    pretty = json.dumps(dict(reversed(said.items())), indent=2, ensure_ascii=True).encode()
    assert outcome(pretty, key=[bytes.fromhex(key_of(sound.handed_out))])[1] == 0


def test_without_a_key_of_ones_own_nothing_is_proved_and_it_says_so(sound: Issued, tmp_path: Path) -> None:
    done = run(tmp_path / "outsider", sound.handed_out)
    assert done.returncode == 2
    assert states(done.stdout)["key id"] == "NOT CHECKED"
    assert "proves nothing about who made it" in done.stdout
    assert "UNDECIDED" in done.stdout
    assert "VERIFIED" not in done.stdout


def test_one_flipped_byte_anywhere_is_refused_and_a_check_is_named(sound: Issued) -> None:
    file, known = sound.handed_out, [bytes.fromhex(key_of(sound.handed_out))]
    named: set[str] = set()
    for place in range(len(file)):
        bit = (0x01, 0x20, 0x80)[place % 3]
        text, code = outcome(file[:place] + bytes([file[place] ^ bit]) + file[place + 1 :], key=known)
        failed = {name for name, state in states(text).items() if state == "FAILED"}
        assert code == 1, place
        assert failed, place
        assert "VERIFIED" not in text, place
        named |= failed
    assert {"file", "format", "sections", "signature", "key id", "claims"} <= named


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path


def changed(value: object) -> object:
    """Return another value that the field could well have."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "17(3)(e)"
    text = str(value)
    if text in verifier.BUCKETS:
        return verifier.BUCKETS[(verifier.BUCKETS.index(text) + 1) % len(verifier.BUCKETS)]
    swap = {"0": "1", "1": "2"}
    place = next((n for n, letter in enumerate(text) if letter in "01"), None)
    return f"{text}x" if place is None else text[:place] + swap[text[place]] + text[place + 1 :]


def put(said: Any, path: tuple[str | int, ...], value: object) -> None:
    for name in path[:-1]:
        said = said[name]
    said[path[-1]] = value


def get(said: Any, path: tuple[str | int, ...]) -> object:
    for name in path:
        said = said[name]
    return said


def test_every_field_changed_alone_is_refused_and_its_section_named(sound: Issued) -> None:
    said = json.loads(sound.handed_out)
    known = [bytes.fromhex(key_of(sound.handed_out))]
    paths = [path for path in leaves(said) if path[0] == "certificate"]
    assert len(paths) > HUNDRED
    for path in paths:
        other = copy.deepcopy(said)
        put(other, path, changed(get(said, path)))
        text, code = outcome(rfc8785.dumps(other), key=known)
        assert code == 1, path
        if states(text).get("format") != "FAILED":
            assert states(text)["sections"] == states(text)["signature"] == "FAILED", path
            section = str(path[2] if path[1] == "sections" else path[1])
            [line] = [line for line in text.splitlines() if " sections " in line]
            assert section in line, path
        else:
            assert str(path[1]) in text, path


@pytest.mark.parametrize("field", ["certificate", "signature", "public_key"])
def test_a_part_that_is_missing_or_unknown_is_named(sound: Issued, field: str) -> None:
    said = json.loads(sound.handed_out)
    del said[field]
    text, code = outcome(rfc8785.dumps(said))
    assert code == 1
    assert f"{field} is missing" in text
    text, code = outcome(rfc8785.dumps({**json.loads(sound.handed_out), "note\x1b[2J": 1}))
    assert code == 1
    assert "is not known" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        (lambda c: c["scan"].update(found=1), "scan", "it found 1 rows"),
        (lambda c: c["scan"].update(control_found=False), "scan", "planted control"),
        (lambda c: c["scan"].update(neighbour_unchanged=False), "scan", "neighbour"),
        (lambda c: c["scan"].update(stores=[]), "scan", "no store was scanned"),
        (lambda c: c["scan"]["stores"].remove("memstore.card"), "scan", "memstore.card was not scanned"),
        (lambda c: c["scope"][0].update(ground="17(3)(e)"), "scope", "assistance"),
        (lambda c: c["scope"][1].update(ground=None), "scope", "offers"),
        (lambda c: c["claims"]["claimed"].append("No copy exists."), "claims", "something else"),
        (lambda c: c["claims"]["not_claimed"].pop(), "claims", "something else"),
        (lambda c: c.update(horizon={"none": "not_declared"}), "claims", "something else"),
        (lambda c: c["keys"][1].update(destroyed_at="2099-01-01T00:00:00.000000+00:00"), "dates in order", "keys[1]"),
        (lambda c: c["scan"].update(at="2099-01-01T00:00:00.000000+00:00"), "dates in order", "scan"),
        (lambda c: c.update(issued_at="2099-01-01T00:00:00.000000+00:00"), "dates in order", "later than now"),
        (lambda c: c["horizon"].update(by="2001-01-01T00:00:00.000000+00:00"), "dates in order", "horizon"),
        (lambda c: c.update(receipt_sha256="00" * 32), "receipt", "another receipt"),
        (lambda c: c.update(erasure=str(uuid4())), "leaf names the job", "its object is not the erasure"),
        (lambda c: c["audit"]["event"].update(subject=str(uuid4())), "leaf names the job", "it has a subject"),
        (lambda c: c["audit"]["event"].update(n_items=3), "leaf names the job", "it has a n_items"),
        (lambda c: c["audit"]["event"].update(items="00"), "leaf names the job", "it has a items"),
        (lambda c: c["tenant"].update(id=str(uuid4())), "leaf names the job", "its tenant is another"),
        (lambda c: c["audit"]["event"].update(reason="invalid"), "leaf event hash", "audit.event"),
        (lambda c: c["audit"]["event"].update(salt=str(uuid4())), "leaf event hash", "audit.event"),
        (lambda c: c["audit"].update(leaf="00" * 32), "inclusion", "does not lead to the root"),
        (lambda c: c["audit"].update(index=c["audit"]["index"] + 1), "inclusion", "does not lead to the root"),
        (lambda c: c["audit"].update(index=10**15), "inclusion", "does not lead to the root"),
        (lambda c: c["audit"]["path"].pop(), "inclusion", "does not lead to the root"),
        (lambda c: c["audit"]["path"].append("00" * 32), "inclusion", "does not lead to the root"),
        (lambda c: c["audit"]["head"].update(size=0), "inclusion", "does not lead to the root"),
        (lambda c: c["audit"]["head"].update(size=2**53 - 1), "inclusion", "does not lead to the root"),
        (lambda c: c["audit"]["head"].update(root="00" * 32), "tree head signature", "audit.head"),
        (lambda c: c["audit"].update(head_public_key="00" * 32), "tree head signature", "audit.head_public_key"),
        (lambda c: c["audit"]["head"].update(tenant=str(uuid4())), "tree head signature", "not of this tenant"),
    ],
)
def test_who_signs_it_anew_with_a_key_of_his_own_is_found_out_by_what_it_says(
    sound: Issued, change: Callable[[Any], object], check: str, words: str
) -> None:
    said = json.loads(sound.handed_out)
    change(said["certificate"])
    file = signed_anew(said)
    text, code = outcome(file, receipt=RECEIPT, key=[bytes.fromhex(key_of(file))])
    assert code == 1
    found = states(text)
    assert found["sections"] == found["signature"] == "OK"
    assert found[check] == "FAILED"
    assert words in text


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(format="memstore erasure certificate 2"),
        lambda c: c.update(verifier=99),
        lambda c: c.update(round=True),
        lambda c: c.update(round=-1),
        lambda c: c.update(issued_at="2026-01-01T00:00:00Z"),
        lambda c: c.update(issued_at="2026-13-01T00:00:00.000000+00:00"),
        lambda c: c.update(id=c["id"].upper()),
        lambda c: c["deleted"][0].update(rows="2000"),
        lambda c: c["scope"][0].update(outcome="gone"),
        lambda c: c["provider_residue"][0].update(until="2026-02-30"),
        lambda c: c["tenant"].update(name="Bank\x1b[2J"),
        lambda c: c["tenant"].update(name=""),
        lambda c: c["horizon"].update(none="both"),
        lambda c: c.update(scan=[]),
        lambda c: c.update(keys={}),
        lambda c: c["audit"].update(event=None),
        lambda c: c["audit"]["event"].pop("salt"),
        lambda c: c["audit"]["event"].update(external_id="bea"),
    ],
)
def test_what_has_not_the_shape_of_a_certificate_is_refused_before_anything_else(
    sound: Issued, change: Callable[[Any], object]
) -> None:
    said = json.loads(sound.handed_out)
    change(said["certificate"])
    text, code = outcome(rfc8785.dumps(said))
    assert code == 1
    assert states(text) == {"format": "FAILED"}
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "file", [b"", b"[]", b"{}", b"null", b"7", b'"x"', b'{"results":[]}', b'{"results":7}', b"\xff"]
)
def test_what_is_no_certificate_at_all_is_refused(file: bytes) -> None:
    assert outcome(file)[1] == 1


def test_a_wrong_key_and_a_wrong_receipt_are_told_apart(sound: Issued) -> None:
    own = bytes.fromhex(key_of(sound.handed_out))
    text, code = outcome(sound.handed_out, key=[bytes(32)], receipt=RECEIPT)
    assert (code, states(text)["key id"], states(text)["receipt"]) == (1, "FAILED", "OK")
    text, code = outcome(sound.handed_out, key=[own], receipt="somebody else's")
    assert (code, states(text)["key id"], states(text)["receipt"]) == (1, "OK", "FAILED")
    assert outcome(sound.handed_out, key=[bytes(32), own], receipt=f" {RECEIPT}\n")[1] == 0


def test_the_key_of_the_trail_can_be_pinned_too(sound: Issued) -> None:
    key = [bytes.fromhex(key_of(sound.handed_out))]
    head_key = bytes.fromhex(json.loads(sound.handed_out)["certificate"]["audit"]["head_public_key"])
    assert outcome(sound.handed_out, key=key, head_key=[head_key])[1] == 0
    text, code = outcome(sound.handed_out, key=key, head_key=[bytes(32)])
    assert (code, states(text)["tree head signature"]) == (1, "FAILED")


def test_another_tenants_head_or_the_proof_of_another_leaf_does_not_fit(
    bank: Organisation, outsider: Organisation
) -> None:
    ours, theirs = (json.loads(issued(whose).handed_out) for whose in (bank, outsider))
    mixed = copy.deepcopy(ours)
    for field in ("head", "head_public_key"):
        mixed["certificate"]["audit"][field] = theirs["certificate"]["audit"][field]
    text, code = outcome(signed_anew(mixed))
    assert code == 1
    assert {name for name, state in states(text).items() if state == "FAILED"} == {"inclusion", "tree head signature"}
    other = json.loads(issued(bank).handed_out)
    mixed = copy.deepcopy(ours)
    for field in ("path", "index", "leaf", "head"):
        mixed["certificate"]["audit"][field] = other["certificate"]["audit"][field]
    text, code = outcome(signed_anew(mixed))
    assert (code, states(text)["leaf event hash"]) == (1, "FAILED")


def test_several_certificates_in_one_answer_are_each_checked(bank: Organisation) -> None:
    files = [json.loads(issued(bank).handed_out) for _ in range(2)]
    key = [bytes.fromhex(files[0]["public_key"]["public"])]
    text, code = outcome(rfc8785.dumps({"results": files}), key=key)
    assert (code, text.count("VERIFIED")) == (0, 2)
    files[1]["certificate"]["round"] = 9
    text, code = outcome(rfc8785.dumps({"results": files}), key=key)
    assert (code, text.count("VERIFIED"), text.count("REFUSED")) == (1, 1, 1)


def test_the_tree_grew_out_of_the_heads_that_an_outsider_holds(
    bank: Organisation, outsider: Organisation, settings: Settings, tmp_path: Path
) -> None:
    settings.MEMSTORE_AUDIT_ANCHORS = [("file", str(tmp_path / "anchors"))]
    settings.MEMSTORE_AUDIT_ANCHOR_SECONDS = 0
    for whose, n in ((bank, 5), (outsider, 5)):
        happen(whose, n)
        seal(whose.tenant.id)
        anchor(whose.tenant.id, anchors()[0])
    own = tmp_path / "anchors" / f"{bank.tenant.id}.jsonl"
    file = issued(bank).handed_out
    assert json.loads(file)["certificate"]["audit"]["consistent_from"] == 5
    key = [bytes.fromhex(key_of(file))]
    text, code = outcome(file, key=key, anchors=b"not a head\n" + own.read_bytes())
    assert (code, states(text)["anchors"]) == (0, "OK")
    assert "grew out of the head of size 5" in text
    theirs = (tmp_path / "anchors" / f"{outsider.tenant.id}.jsonl").read_text()
    rewritten = theirs.replace(str(outsider.tenant.id), str(bank.tenant.id)).encode()
    text, code = outcome(file, key=key, anchors=rewritten)
    assert (code, states(text)["anchors"]) == (1, "FAILED")
    text, code = outcome(file, key=key, anchors=theirs.encode())
    assert (code, states(text)["anchors"]) == (0, "NOT CHECKED")
    anchor(bank.tenant.id, anchors()[0])
    text, code = outcome(file, key=key, anchors=own.read_bytes())
    assert "is the one you hold" in text


@pytest.mark.parametrize(("first", "size"), [(first, size) for size in range(2, 18) for first in range(1, size)])
def test_both_verifiers_of_the_project_agree_about_trees(first: int, size: int) -> None:
    from governance.evidence import verify_trail

    hashes = [verify_trail.leaf_hash(b"salt", [bytes([n])]) for n in range(size)]

    def root(low: int, high: int) -> bytes:
        tree = verify_trail.Frontier()
        for leaf in hashes[low:high]:
            tree.append(leaf)
        return tree.root()

    path = [root(*ends) for ends in verify_trail.consistency_ranges(first, size)]
    assert verifier.roots_by_consistency(first, size, iter(path), root(0, first)) == (root(0, first), root(0, size))
    for index in range(size):
        way = [root(*ends) for ends in verify_trail.inclusion_ranges(index, size)]
        assert verifier.root_by_inclusion(hashes[index], index, size, iter(way)) == root(0, size)


def test_the_keyring_writes_records_of_epochs_in_the_format_that_the_verifier_reads() -> None:
    assert EPOCH_FORMAT == verifier.EPOCH_FORMAT


def epoch_record(private: Ed25519PrivateKey, **changed_: object) -> bytes:
    now = datetime.now(UTC)
    record = {
        "format": verifier.EPOCH_FORMAT,
        "epoch": 7,
        "root": "aws",
        **dict.fromkeys(("begun_at", "retired_at", "backup_confirmed_at", "destroyed_at"), moment(now)),
        "gone_not_later_than": moment(now + timedelta(days=30)),
        "keys_rewrapped": 3,
        "keys_opened": 3,
        "audit_event": str(uuid4()),
        "signing_key": str(uuid4()),
        **changed_,
    }
    public = {"id": record["signing_key"], "public": private.public_key().public_bytes_raw().hex()}
    signature = private.sign(rfc8785.dumps(record)).hex()  # type: ignore[arg-type]
    return rfc8785.dumps({"record": record, "signature": signature, "public_key": public})  # type: ignore[dict-item]


def test_the_record_of_the_destroyed_epoch_completes_it(bank: Organisation, sound: Issued) -> None:
    private = Ed25519PrivateKey.generate()
    known = {
        "key": [bytes.fromhex(key_of(sound.handed_out))],
        "epoch_key": [private.public_key().public_bytes_raw()],
    }

    def state(record: bytes, file: bytes = sound.handed_out, **beside: Any) -> tuple[str, int]:
        text, code = outcome(file, **{**known, "epoch_record": record, **beside})
        return states(text)["epoch record"], code

    assert state(epoch_record(private)) == ("OK", 0)
    assert state(epoch_record(private), epoch_key=[]) == ("NOT CHECKED", 0)
    assert state(epoch_record(private), epoch_key=[bytes(32)]) == ("FAILED", 1)
    assert state(epoch_record(private, epoch=8)) == ("FAILED", 1)
    # Later than the horizon, which the lifetime of the backups gives alone.
    assert state(epoch_record(private, gone_not_later_than="2099-01-01T00:00:00.000000+00:00")) == ("OK", 0)
    assert state(epoch_record(private, format="another")) == ("FAILED", 1)
    assert state(epoch_record(private).replace(b'"epoch":7', b'"epoch":6')) == ("FAILED", 1)
    assert state(b"no json") == state(b"{}") == ("FAILED", 1)
    undated = issued(bank, horizon=NoHorizon("root_key_on_this_machine")).handed_out
    assert outcome(undated, key=known["key"])[1] == 0
    assert state(epoch_record(private), undated) == ("FAILED", 1)


def test_a_file_or_key_that_cannot_be_read_is_neither_verified_nor_refused(sound: Issued, tmp_path: Path) -> None:
    home = tmp_path / "outsider"
    assert run(home, sound.handed_out, "--key", "no hex").returncode == 2
    missing = run(home, sound.handed_out, "--anchors", "missing.jsonl")
    assert missing.returncode == 2
    assert "missing.jsonl cannot be read" in missing.stderr
