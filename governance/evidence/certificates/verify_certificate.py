"""Check a certificate of erasure without memstore: this file needs Python 3.11 and `cryptography`, and nothing else.

    python verify_certificate.py certificate.json --key PUBLIC_KEY --receipt RECEIPT

The file is {"certificate", "signature", "public_key"}, or has a list of such under "results". What is signed (Ed25519,
RFC 8032) is the certificate's canonical JSON (RFC 8785). Its audit part is a leaf of a Merkle tree and the path to a
signed root (RFC 9162, 2.1): the leaf's data is the event's 16-byte salt and its fields in the order of EVENT, each with
its length in two bytes before it (0xFFFF: empty). The service signs only what these functions find in order.

Exit code 0: every check is OK, with a key of your own. 1: a check failed, and it is named. 2: nothing failed and
nothing is proved: no --key was given, or a file or an argument cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
    Verdict = tuple[bool | None, str]

VERSION = 1
FORMAT = "memstore erasure certificate 1"
EPOCH_FORMAT, HEAD_FORMAT = "memstore epoch record 1", "memstore tree head 1"
MAX_INTEGER = 2**53 - 1  # RFC 8785, 3.2.2.3: what a double holds exactly
CLOCKS_DIFFER = timedelta(minutes=5)  # between the operator's machines
BUCKETS = ("0", "1-10", "11-100", "101-1,000", "1,001-10,000", "10,001-100,000", "more than 100,000")
CLAIMED = (
    "The keys listed under keys were destroyed in the key database at the times given.",
    "The rows that the scope calls erased were deleted from the live databases.",
    "A scan of the stores listed, which found a planted control before the deletion, found nothing left after it.",
)
CLAIMED_OF_BACKUPS = {
    True: "Backups are unreadable not later than the date under horizon, when no copy of the key database opens them.",
    False: "No date is claimed for backups; the reason is under horizon.",
}
NOT_CLAIMED = (
    "That the bytes are gone from every medium.",
    "That no copy exists, with recipients, providers or anybody who has seen the data.",
    "That destroying keys is by itself the same as erasure in law.",
)
# The kinds of text, each with its regular expression.
NAMED: dict[str, str] = json.loads(r"""{
 "uuid": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "hash": "[0-9a-f]{64}", "signature": "[0-9a-f]{128}",
 "hex": "([0-9a-f]{2})+", "time": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}[+]00:00",
 "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "code": "[a-z0-9_()]{1,40}", "outcome": "erased|restricted|refused",
 "ground": "[a-z0-9_()]{1,40}", "text": "[^\\u0000-\\u001f\\u007f-\\u009f]{1,500}"}""") | {"bucket": "|".join(BUCKETS)}
# The fields of an event in the order of the leaf, and how each becomes bytes.
EVENT: dict[str, str] = json.loads("""{"id": "uuid", "tenant": "uuid", "at": "time", "type": "text", "reason": "text",
 "policy_version": "count", "principal": "uuid", "role": "text", "job": "text", "request": "uuid", "address": "text",
 "subject": "uuid", "object": "uuid", "purpose_version": "uuid", "lawful_basis": "text", "n_items": "count",
 "item_digest": "hex"}""")
# The fields by which an event could tell more than the job: empty (or 0) in the event of a certificate.
SPEAKING = ("address", "subject", "purpose_version", "lawful_basis", "n_items", "item_digest", "items")
# The shape of a certificate. An object has exactly these fields, a list any number of its kind.
SHAPE: dict[str, Any] = json.loads("""{"audit": {"event": "event", "index": "count", "leaf": "hash", "path": ["hash"],
 "head_public_key": "hash", "head": {"at": "time", "format": "text", "key": "uuid", "root": "hash", "signature":
 "signature", "size": "count", "tenant": "uuid"}, "consistent_from": "count", "consistency": ["hash"]}, "claims":
 {"claimed": ["text"], "not_claimed": ["text"]}, "deleted": [{"rows": "bucket", "store": "text"}], "erasure": "uuid",
 "format": "text", "horizon": "horizon", "id": "uuid", "issued_at": "time", "key": "uuid", "keys": [{"destroyed_at":
 "time", "id": "uuid"}], "policy_version": "count", "provider_residue": [{"processor": "text", "until": "date"}],
 "receipt_sha256": "hash", "recipients": [{"notices": "bucket", "state": "code"}], "refusals": [{"code": "code",
 "items": "bucket"}], "round": "count", "scan": {"at": "time", "control_found": "flag", "found": "count",
 "neighbour_unchanged": "flag", "stores": ["text"]}, "scope": [{"ground": "ground", "outcome": "outcome", "purpose":
 "text"}], "tenant": {"id": "uuid", "name": "text"}, "verifier": "count"}""")
KEY = {"id": "uuid", "public": "hash"}
FILE = {"certificate": SHAPE | {"sections": dict.fromkeys(SHAPE, "hash")}, "public_key": KEY, "signature": "signature"}
RECORD = json.loads("""{"audit_event": "uuid", "backup_confirmed_at": "time", "begun_at": "time", "destroyed_at":
 "time", "epoch": "count", "format": "text", "gone_not_later_than": "time", "keys_opened": "count", "keys_rewrapped":
 "count", "retired_at": "time", "root": "text", "signing_key": "uuid"}""")
EPOCH_FILE = {"record": RECORD, "public_key": KEY, "signature": "signature"}


class Unreadable(Exception):
    """The file is not the JSON of a certificate. The message names the place."""


class Check(NamedTuple):
    name: str
    ok: bool | None  # None: not asked for, or not possible after another check failed
    words: str


class Known(NamedTuple):
    """The evidence that the person or the outsider brings along. Keys are 32 public bytes each."""

    key: Sequence[bytes] = ()
    head_key: Sequence[bytes] = ()
    epoch_key: Sequence[bytes] = ()
    receipt: str | None = None
    anchors: bytes | None = None
    epoch_record: bytes | None = None
    key_record: bytes | None = None


def canonical(value: Json) -> bytes:
    """Return the canonical JSON (RFC 8785) of a value without floats. Raises Unreadable for what it cannot hold."""
    try:
        return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise Unreadable("a string holds half of a character") from None


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))  # UTF-16 code units: 3.2.3
        return {name: _sorted(value[name]) for name in names}
    if isinstance(value, list):
        return [_sorted(inner) for inner in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
        raise Unreadable("a number is no integer, or too large")
    return value


def parse(raw: bytes) -> Json:
    """Parse JSON strictly: UTF-8, every name once in its object, no floats. Raises Unreadable."""
    try:
        said: Json = json.loads(raw.decode(), object_pairs_hook=_once)
        canonical(said)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is no JSON of a certificate: {error}") from None
    return said


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a name is there twice")
    return found


def problems(value: object, kind: object, path: str) -> list[str]:
    """Return every place where `value` is not of its kind, each with its path."""
    if kind == "event":
        there = value if isinstance(value, dict) else {}
        kind = {name: inner for name, inner in EVENT.items() if name in there} | {"salt": "uuid"}
        kind |= {"items": "hex"} if "items" in there else {}
    elif kind == "horizon":
        kind = {"none": "code"} if isinstance(value, dict) and "none" in value else {"by": "time", "epoch": "count"}
    if isinstance(kind, list) and isinstance(value, list):
        return [text for n, inner in enumerate(value) for text in problems(inner, kind[0], f"{path}[{n}]")]
    if isinstance(kind, dict) and isinstance(value, dict):
        inside = f"{path}." if path else ""
        found = [f"{inside}{name} is missing" for name in kind if name not in value]
        found += [f"{inside}{name[:40]!a} is not known" for name in value if name not in kind]
        both = (problems(value[name], kind[name], f"{inside}{name}") for name in kind if name in value)
        return found + [text for inner in both for text in inner]
    known = isinstance(kind, str) and _is(value, kind)
    return [] if known else [f"{path or 'the file'} is no {kind if isinstance(kind, str) else type(kind).__name__}"]


def _is(value: object, kind: str) -> bool:
    if kind in {"count", "flag"}:
        return isinstance(value, int) and isinstance(value, bool) == (kind == "flag") and value >= 0
    if not isinstance(value, str) or not re.fullmatch(NAMED[kind], value):
        return value is None and kind == "ground"
    try:
        return kind not in {"time", "date"} or bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def claims(*, dated: bool) -> dict[str, Json]:
    """Return the sentences of a certificate. `dated`: with a horizon."""
    return {"claimed": [*CLAIMED, CLAIMED_OF_BACKUPS[dated]], "not_claimed": [*NOT_CLAIMED]}


def section_digests(certificate: dict[str, Json]) -> dict[str, Json]:
    """Return the SHA-256 of the canonical JSON of every section, by which a changed section can be named."""
    return {name: hashlib.sha256(canonical(certificate[name])).hexdigest() for name in SHAPE if name in certificate}


def event_hash(event: dict[str, Json]) -> bytes:
    """Return the leaf hash of an event (RFC 9162, 2.1.1, with the salt before the data)."""
    framed = b""
    for name, kind in EVENT.items():
        value = event.get(name)
        raw = b"" if value is None else _event_bytes(kind, value)
        framed += b"\xff\xff" if value is None else len(raw).to_bytes(2) + raw
    return hashlib.sha256(b"\x00" + _event_bytes("uuid", event["salt"]) + framed).digest()


def _event_bytes(kind: str, value: Json) -> bytes:
    if kind == "time":
        since = datetime.fromisoformat(str(value)) - datetime(1970, 1, 1, tzinfo=UTC)
        return (since // timedelta(microseconds=1)).to_bytes(8, signed=True)
    if kind == "count":
        return int(str(value)).to_bytes(8)
    return str(value).encode() if kind == "text" else bytes.fromhex(str(value).replace("-", ""))


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Iterator[bytes]) -> bytes:
    """Return the root that the path gives (RFC 9162, 2.1.3.1). A missing node counts as empty."""
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1  # the largest power of two below it
    if index < half:
        return _node(root_by_inclusion(leaf, index, half, path), next(path, b""))
    right = root_by_inclusion(leaf, index - half, size - half, path)
    return _node(next(path, b""), right)


def roots_by_consistency(first: int, size: int, path: Iterator[bytes], known: bytes | None) -> tuple[bytes, bytes]:
    """Return the roots of the first `first` leaves and of all (2.1.4.1). `known`: the expected root of the first."""
    if first == size:
        root = next(path, b"") if known is None else known
        return root, root
    half = 1 << (size - 1).bit_length() - 1  # the largest power of two below it
    if first <= half:
        old, new = roots_by_consistency(first, half, path, known)
        return old, _node(new, next(path, b""))
    old, new = roots_by_consistency(first - half, size - half, path, None)
    left = next(path, b"")
    return _node(left, old), _node(left, new)


def signed_by(public: bytes, signature: str, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


# The checks of a file that has the right shape. Each returns (ok, words); `c` is its certificate.
def _sections(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    changed = [name for name, digest in section_digests(c).items() if digest != c["sections"][name]]
    words = f"{', '.join(changed)}: changed after it was written, or its digest under sections was"
    return (False, words) if changed else (True, "every section has the digest that was written with it")


def _claims(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    same = c["claims"] == claims(dated="by" in c["horizon"])
    return same, "the fixed sentences, and no others" if same else "claims: it says something else than it may"


def _scope(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    wrong = [part["purpose"] for part in c["scope"] if (part["outcome"] == "erased") != (part["ground"] is None)]
    words = f"scope: a ground stands where something was kept, and only there: {', '.join(wrong)}"
    return (False, words) if wrong else (True, "what was kept has a ground")


def _scan(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    scan = c["scan"]
    wrong = [f"{part['store']} was not scanned" for part in c["deleted"] if part["store"] not in scan["stores"]]
    wrong += [] if scan["stores"] else ["no store was scanned"]
    wrong += [f"it found {scan['found']} rows"] if scan["found"] else []
    wrong += [] if scan["control_found"] else ["it did not find its planted control"]
    wrong += [] if scan["neighbour_unchanged"] else ["the rows of a neighbour were changed"]
    words = f"{len(scan['stores'])} stores: nothing left, and the control was found before"
    return (False, f"scan: {'; '.join(wrong)}") if wrong else (True, words)


def _dates_in_order(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    audit, keys = c["audit"], [(f"keys[{n}]", key["destroyed_at"]) for n, key in enumerate(c["keys"])]
    order = [(*key, *end) for key in keys for end in (("scan", c["scan"]["at"]), ("horizon", c["horizon"].get("by")))]
    order += [("scan", c["scan"]["at"], "issued_at", c["issued_at"]), ("issued_at", c["issued_at"], "now", str(now))]
    order += [("audit.event", audit["event"]["at"], "audit.head", audit["head"]["at"])]
    order += [("audit.head", audit["head"]["at"], "issued_at", c["issued_at"])]
    wrong = [
        f"{first} ({one}) is later than {second} ({two})"
        for first, one, second, two in order
        if two and datetime.fromisoformat(one) > datetime.fromisoformat(two) + CLOCKS_DIFFER
    ]
    return (False, "; ".join(wrong)) if wrong else (True, "keys, scan, audit, certificate, now")


def _horizon(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    if "none" in c["horizon"]:
        return True, f"none ({c['horizon']['none']}): nothing is claimed of backups"
    when = "has passed" if datetime.fromisoformat(c["horizon"]["by"]) <= now else "is still to come"
    return True, "backups unreadable not later than {by}, epoch {epoch}".format(**c["horizon"]) + f"; that {when}"


def _epoch_record(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    if known.epoch_record is None:
        return None, "give --epoch-record, which the operator has once the epoch of the horizon is destroyed"
    try:
        said: Any = parse(known.epoch_record)
    except Unreadable as error:
        return False, f"the record cannot be read: {error}"
    if wrong := problems(said, EPOCH_FILE, ""):
        return False, f"the record cannot be read: {wrong[0]}"
    record, horizon, public = said["record"], c["horizon"], bytes.fromhex(said["public_key"]["public"])
    if known.epoch_key and public not in known.epoch_key:
        wrong.append("it is signed with none of the keys that you gave with --epoch-key")
    if record["format"] != EPOCH_FORMAT or not signed_by(public, said["signature"], canonical(record)):
        wrong.append("its signature does not fit")
    if record["epoch"] != horizon.get("epoch"):
        wrong.append(f"it is of epoch {record['epoch']}, which is not that of the horizon")
    words = f"epoch {record['epoch']} is destroyed by {record['gone_not_later_than']}"
    # One of the two suffices: the copies of the keys expire by the horizon, whenever the epoch ends.
    if not wrong and datetime.fromisoformat(record["gone_not_later_than"]) > datetime.fromisoformat(horizon["by"]):
        words += ", after the horizon, which rests on the lifetime of the backups"
    words += "" if known.epoch_key else ", says a key that you do not know: give --epoch-key"
    return (False, "; ".join(wrong)) if wrong else (True if known.epoch_key else None, words)


def _receipt(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    if known.receipt is None:
        return None, "give --receipt to see whether it is the certificate of your request"
    same = hashlib.sha256(known.receipt.strip().encode()).hexdigest() == c["receipt_sha256"]
    return same, "it is of the request with this receipt" if same else "receipt_sha256: it is of another receipt"


def _leaf_names_the_job(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    event = c["audit"]["event"]
    wrong = [] if event.get("tenant") == c["tenant"]["id"] else ["its tenant is another"]
    wrong += [] if event.get("object") == c["erasure"] else ["its object is not the erasure"]
    wrong += [f"it has a {name}" for name in SPEAKING if event.get(name)]
    return (False, f"audit.event: {', '.join(wrong)}") if wrong else (True, "the event names the erasure, and nobody")


def _leaf_event_hash(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    same = event_hash(c["audit"]["event"]).hex() == c["audit"]["leaf"]
    return same, "the event has it" if same else "audit.event, audit.leaf: the event does not have the hash of the leaf"


def _inclusion(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    audit = c["audit"]
    index, size, path = audit["index"], audit["head"]["size"], map(bytes.fromhex, audit["path"])
    root = root_by_inclusion(bytes.fromhex(audit["leaf"]), index, size, path).hex() if index < size else ""
    same = root == audit["head"]["root"] and next(path, None) is None
    return same, f"audit.path: leaf {index} of {size} {'leads' if same else 'does not lead'} to the root"


def _tree_head_signature(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    head, public = c["audit"]["head"], bytes.fromhex(c["audit"]["head_public_key"])
    if head["format"] != HEAD_FORMAT or head["tenant"] != c["tenant"]["id"]:
        return False, "audit.head: it is not of this tenant's trail"
    text = canonical({name: value for name, value in head.items() if name != "signature"})
    if not signed_by(public, head["signature"], text):
        return False, "audit.head, audit.head_public_key: they do not fit the head's signature"
    if known.head_key and public not in known.head_key:
        return False, "audit.head_public_key: it is none that you gave with --head-key"
    return True, "by the key that you gave" if known.head_key else "by the key that the certificate names for it"


def _anchors(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    if known.anchors is None:
        return None, "give --anchors, a file of heads that you hold yourself"
    audit, held = c["audit"], dict(_anchored(known.anchors, c["tenant"]["id"]))
    size, root, first = audit["head"]["size"], bytes.fromhex(audit["head"]["root"]), audit["consistent_from"]
    if size in held:
        return held[size] == root, f"the head of size {size} is {'' if held[size] == root else 'not '}the one you hold"
    if first not in held:
        return None, f"you hold no head of size {size} or {first}: ask for the consistency proof to one that you hold"
    path = map(bytes.fromhex, audit["consistency"])
    same = 0 < first < size and roots_by_consistency(first, size, path, held[first]) == (held[first], root)
    same = same and next(path, None) is None
    return same, f"the tree {'grew' if same else 'did not grow'} out of the head of size {first} that you hold"


def _anchored(lines: bytes, tenant: str) -> Iterator[tuple[int, bytes]]:
    for line in lines.splitlines():
        try:
            head: Any = parse(line)
        except Unreadable:
            continue
        if not problems(head, SHAPE["audit"]["head"], "") and head["tenant"] == tenant:
            yield head["size"], bytes.fromhex(head["root"])


def _key_id(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    if c["key"] != file["public_key"]["id"]:
        return False, "key, public_key.id: they are not the same"
    if known.key and bytes.fromhex(file["public_key"]["public"]) not in known.key:
        return False, "public_key: it is none that you gave with --key"
    if not known.key:
        return None, "the key is from the file itself, which proves nothing about who made it: give --key"
    return True, f"{c['key']}, which you gave"


def _key_record(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    if known.key_record is None:
        return None, "give --key-record, the operator's published history of keys"
    audit, wrong = c["audit"], []
    signed = [("certificate", file["public_key"]["public"], c["issued_at"], timedelta())]
    signed += [("tree_head", audit["head_public_key"], audit["head"]["at"], CLOCKS_DIFFER)]
    try:
        said: Any = parse(known.key_record)
        ends = {(key["use"], key["public"]): key["retired_at"] for key in said["results"]}
        for use, public, at, forgiven in signed:
            end = ends[use, public]
            if end and datetime.fromisoformat(at) > datetime.fromisoformat(end) + forgiven:
                wrong.append(f"the key of use {use} signed at {at}, after its retirement at {end}")
    except (Unreadable, ValueError, KeyError, TypeError) as error:
        return False, f"the record cannot be read, or does not have the key: {error}"
    return (False, "; ".join(wrong)) if wrong else (True, "no key signed after its retirement")


def _signature(file: Any, c: Any, known: Known, now: datetime) -> Verdict:
    if signed_by(bytes.fromhex(file["public_key"]["public"]), file["signature"], canonical(c)):
        return True, "the certificate is what this key has signed, to the last byte"
    where = "see sections" if not _sections(file, c, known, now)[0] else "which field was changed cannot be known by it"
    return False, f"signature, public_key or the certificate was changed: they do not fit; {where}"


CHECKS: tuple[Callable[[Any, Any, Known, datetime], Verdict], ...] = (
    *(_sections, _claims, _scope, _scan, _dates_in_order, _horizon, _epoch_record, _receipt, _leaf_names_the_job),
    *(_leaf_event_hash, _inclusion, _tree_head_signature, _anchors, _key_id, _key_record, _signature),
)


def check(file: Json, known: Known, now: datetime) -> list[Check]:
    """Run every check on one file. The shape comes first: without it no other check is possible."""
    if wrong := problems(file, FILE, ""):
        return [Check("format", ok=False, words="; ".join(wrong[:5]))]
    said: Any = file  # what FILE says
    if (said["certificate"]["format"], said["certificate"]["verifier"]) != (FORMAT, VERSION):
        return [Check("format", ok=False, words=f"format, verifier: expected {FORMAT}, verifier {VERSION}")]
    judged: list[tuple[str, bool | None, str]] = [("format", True, "every field is there, and of its kind")]
    judged += [(judge.__name__, *judge(said, said["certificate"], known, now)) for judge in CHECKS]
    return [Check(name.replace("_", " ").strip(), ok, words) for name, ok, words in judged]


def check_all(raw: bytes, known: Known, now: datetime) -> list[list[Check]]:
    """Return one list of checks for each certificate in a file, and at least one."""
    try:
        said = parse(raw)
    except Unreadable as error:
        return [[Check("file", ok=False, words=str(error))]]
    results = said["results"] if isinstance(said, dict) and "results" in said else [said]
    if not isinstance(results, list) or not results:
        return [[Check("file", ok=False, words="there is no certificate in it")]]
    return [check(file, known, now) for file in results]


def report(checks: Sequence[Check], known: Known) -> Iterator[str]:
    """Yield the lines that are printed for one certificate."""
    for one in checks:
        state = "NOT CHECKED" if one.ok is None else "OK" if one.ok else "FAILED"
        yield f"{state:<12} {one.name:<20} {one.words}"
    failed = [one.name for one in checks if one.ok is False]
    if failed:
        yield f"REFUSED: {', '.join(failed)}. Nothing that this file says may be relied on."
    elif not known.key:
        yield "UNDECIDED: its parts agree, but the key is from the file: anybody could have made it. Give --key."
    else:
        yield "VERIFIED. It proves what the operator who holds this key has signed, that nothing was changed since, and"
        yield "that its parts agree with each other and with a signed root of the operator's audit trail. It does not"
        yield "prove that the operator tells the truth, that the bytes are gone, or that no copy exists."


def outcome(raw: bytes, given: Mapping[str, Any], now: datetime) -> tuple[str, int]:
    """Return what is printed, and the exit code. `given`: the arguments of `add_arguments` by name."""
    known = Known(**{name: given[name] for name in Known._fields})
    found = check_all(raw, known, now)
    failed = any(one.ok is False for checks in found for one in checks)
    text = "".join(f"{line}\n" for checks in found for line in report(checks, known))
    return text, 1 if failed else 0 if known.key else 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", type=contents, help="the certificate; - reads it from the standard input")
    for name, what in (("key", "certificates"), ("head-key", "the audit trail"), ("epoch-key", "records of epochs")):
        words = f"a public key that you know to be the operator's for {what}: 64 hex digits; may be given again"
        add(f"--{name}", action="append", default=[], type=bytes.fromhex, metavar="HEX", help=words)
    add("--receipt", help="the receipt that the person holds")
    add("--anchors", type=contents, help="a file of anchored tree heads that you hold yourself, one a line")
    add("--epoch-record", type=contents, help="the file of the operator's record that the epoch was destroyed")
    add("--key-record", type=contents, help="the operator's published history of keys: the answer of audit/keys/")


def contents(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path} cannot be read: {error.strerror}") from None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verify_certificate", description="Check a certificate of erasure.")
    add_arguments(parser)
    given = vars(parser.parse_args(arguments))
    text, code = outcome(given["file"], given, datetime.now(UTC))
    sys.stdout.write(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
