"""Check memstore's audit trail without memstore: this file needs Python 3.11 and `cryptography`, and nothing else.

    python proof.py bundle.zip --key <public key> --anchors anchors.jsonl
    python proof.py inclusion-<event>.json --key <public key>       # one event
    python proof.py consistency.json --key <public key>             # the trail only grew between two heads

Leaves and nodes are those of RFC 6962, section 2.1: SHA-256 with 0x00 before a leaf and 0x01 before a node. A leaf's
data is its 16-byte salt and the event's fields in the order of FIELDS, each with its length in two bytes before it
(0xFFFF: the field is empty). A tree head is signed with Ed25519 (RFC 8032) over its canonical JSON (RFC 8785). The
service itself uses these very functions, so that there is one definition of what counts as evidence.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HASH_BYTES = 32
INCLUSION = "memstore inclusion proof 1"
CONSISTENCY = "memstore consistency proof 1"
LETS_GO = timedelta(minutes=5)  # a process may hold a retired key for a minute, and clocks differ
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The fields of an event in the order of the leaf, and how each becomes bytes.
FIELDS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("tenant", "uuid"),
    ("at", "time"),
    ("type", "text"),
    ("reason", "text"),
    ("policy_version", "int"),
    ("principal", "uuid"),
    ("role", "text"),
    ("job", "text"),
    ("request", "uuid"),
    ("address", "text"),
    ("subject", "uuid"),
    ("object", "uuid"),
    ("purpose_version", "uuid"),
    ("lawful_basis", "text"),
    ("n_items", "int"),
    ("item_digest", "hex"),
)
_LENGTHS = [length.to_bytes(2) for length in range(256)]
_EMPTY = b"\xff\xff"


class Broken(Exception):
    """The evidence does not hold. The message names the first place, and what is wrong there."""


def leaf_hash(salt: bytes, fields: Iterable[bytes | None]) -> bytes:
    """Return the hash of one event's leaf. `fields` are in the order of FIELDS, each at most 255 bytes."""
    framed = [_EMPTY if value is None else _LENGTHS[len(value)] + value for value in fields]
    return hashlib.sha256(b"\x00" + salt + b"".join(framed)).digest()


def event_hash(event: Mapping[str, object]) -> bytes:
    """Return the leaf hash of an event as a bundle shows it. Raises Broken for a malformed event."""
    try:
        fields = [_to_bytes(kind, event.get(name)) for name, kind in FIELDS]
        items = event.get("items")
        if items is not None and hashlib.sha256(bytes.fromhex(str(items))).digest() != fields[-1]:
            raise Broken("the memories that an event lists do not have its digest")
        return leaf_hash(UUID(str(event["salt"])).bytes, fields)
    except (ValueError, KeyError, TypeError, OverflowError, IndexError) as error:
        raise Broken(f"an event cannot be read ({type(error).__name__})") from None


def _to_bytes(kind: str, value: object) -> bytes | None:
    if value is None:
        return None
    if kind == "uuid":
        return UUID(str(value)).bytes
    if kind == "time":
        return ((datetime.fromisoformat(str(value)) - EPOCH) // timedelta(microseconds=1)).to_bytes(8, signed=True)
    if kind == "int":
        return int(str(value)).to_bytes(8)
    return bytes.fromhex(str(value)) if kind == "hex" else str(value).encode()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """A growing Merkle tree that keeps only the roots of its full subtrees, the largest first."""

    size: int = 0
    roots: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        roots, n = self.roots, self.size
        roots.append(leaf)
        while n & 1:
            right = roots.pop()
            roots[-1] = hashlib.sha256(b"\x01" + roots[-1] + right).digest()
            n >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Return the Merkle tree hash of all leaves so far (RFC 6962, 2.1)."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        return b"".join(self.roots)

    @classmethod
    def from_bytes(cls, size: int, packed: bytes) -> Frontier:
        roots = [packed[place : place + HASH_BYTES] for place in range(0, len(packed), HASH_BYTES)]
        if len(roots) != size.bit_count() or len(packed) % HASH_BYTES:
            raise Broken(f"the frontier at size {size} does not have one root per full subtree")
        return cls(size, roots)


def split(size: int) -> int:
    """Return the largest power of two below `size`, which is at least 2."""
    return int(1 << (size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the leaves [from, to) under each node of the audit path of leaf `index`, from the leaf upwards (2.1.1)."""
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + split(high - low)
        path.append((middle, high) if index < middle else (low, middle))
        low, high = (low, middle) if index < middle else (middle, high)
    return path[::-1]


def consistency_ranges(first: int, second: int) -> list[tuple[int, int]]:
    """Return the leaves under each node of the consistency proof between the trees of two sizes (2.1.2)."""
    if not 0 < first < second:
        return []

    def subproof(low: int, high: int, first: int, *, known: bool) -> list[tuple[int, int]]:
        if first == high - low:
            return [] if known else [(low, high)]
        middle = low + split(high - low)
        if first <= middle - low:
            return [*subproof(low, middle, first, known=known), (middle, high)]
        return [*subproof(middle, high, first - (middle - low), known=False), (low, middle)]

    return subproof(0, second, first, known=True)


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that the audit path gives (RFC 9162, 2.1.3.2). Raises Broken for a path of the wrong length."""
    ranges = inclusion_ranges(index, size)
    if not 0 <= index < size or len(ranges) != len(path):
        raise Broken(f"the inclusion proof of leaf {index} has {len(path)} nodes instead of {len(ranges)}")
    root = leaf
    for (low, _), node in zip(ranges, path, strict=True):
        root = node_hash(node, root) if low < index else node_hash(root, node)
    return root


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Return whether the larger tree begins with the smaller one (RFC 9162, 2.1.4.2)."""
    if first == second:
        return first_root == second_root and not path
    if not 0 < first < second or len(path) != len(consistency_ranges(first, second)):
        return False
    nodes = list(path) if first & (first - 1) else [first_root, *path]
    one, two = first - 1, second - 1
    while one & 1:
        one, two = one >> 1, two >> 1
    smaller = larger = nodes[0]
    for node in nodes[1:]:
        if two == 0:
            return False
        if one & 1 or one == two:
            smaller, larger = node_hash(node, smaller), node_hash(node, larger)
            while one and not one & 1:
                one, two = one >> 1, two >> 1
        else:
            larger = node_hash(larger, node)
        one, two = one >> 1, two >> 1
    return two == 0 and smaller == first_root and larger == second_root


@dataclass(frozen=True)
class Head:
    """A signed tree head: the root of the tenant's trail, at `at`, over its first `size` events."""

    tenant: UUID
    size: int
    root: bytes
    at: str
    key_id: UUID
    signature: bytes = b""

    def signed_text(self) -> bytes:
        """Return the canonical JSON that is signed (RFC 8785): names in order, no spaces, ASCII only."""
        said = {
            "at": self.at,
            "format": "memstore tree head 1",
            "key": str(self.key_id),
            "root": self.root.hex(),
            "size": self.size,
            "tenant": str(self.tenant),
        }
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

    def to_json(self) -> dict[str, str | int]:
        return {**json.loads(self.signed_text()), "signature": self.signature.hex()}

    @classmethod
    def from_json(cls, said: Mapping[str, object]) -> Head:
        """Return the head of a JSON object. Raises Broken for any other object."""
        try:
            return cls(
                tenant=UUID(str(said["tenant"])),
                size=int(str(said["size"])),
                root=bytes.fromhex(str(said["root"])),
                at=str(said["at"]),
                key_id=UUID(str(said["key"])),
                signature=bytes.fromhex(str(said["signature"])),
            )
        except (ValueError, KeyError, TypeError):
            raise Broken("a tree head cannot be read") from None

    def check(self, keys: Mapping[UUID, bytes]) -> None:
        """Raise Broken unless one of `keys` (public, 32 bytes, by id) signed it."""
        public = keys.get(self.key_id)
        if public is None:
            raise Broken(f"the head at size {self.size} is signed by the unknown key {self.key_id}")
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, self.signed_text())
        except (InvalidSignature, ValueError):
            raise Broken(f"the signature of the head at size {self.size} is wrong") from None


def anchored_heads(lines: Iterable[str], tenant: UUID) -> Iterator[Head]:
    """Yield the heads of one tenant in an anchor file, one JSON object a line. Other lines are skipped."""
    for line in lines:
        try:
            said = json.loads(line)
            if isinstance(said, dict) and said.get("tenant") == str(tenant):
                yield Head.from_json(said)
        except (ValueError, Broken):
            continue


@dataclass(frozen=True)
class Checked:
    """The `n_events` events from `first` on, proved under `head`; `n_dropped` of them by their hash only."""

    head: Head
    first: int
    n_events: int
    n_dropped: int
    anchored_size: int | None


def check_bundle(bundle: zipfile.ZipFile, pinned: Iterable[bytes] = (), anchors: Iterable[str] = ()) -> Checked:
    """Recompute the head's root from every event of the bundle. Return what is proved. Raises Broken.

    With `pinned` public keys, no other key counts. With the lines of an anchor file, the head anchored last up to the
    bundle's size has to agree: through a consistency proof in the bundle, or by being the same head.
    """
    about = _read(bundle, "bundle.json")
    keys = _keys(about, pinned)
    head = Head.from_json(_object(about, "head"))
    head.check(keys)
    first, last = int(str(about["first"])), int(str(about["last"]))
    if not 0 <= first <= last + 1 <= head.size:
        raise Broken(f"the events {first} to {last} do not fit a tree of {head.size}")
    nodes = iter(bytes.fromhex(str(node)) for node in _list(about, "nodes"))
    counts = {"events": 0, "dropped": 0}
    leaves = _leaves(bundle, first, counts)
    root = _root(0, head.size, (first, last + 1), leaves, nodes) if head.size else Frontier().root()
    if next(leaves, None) is not None:
        raise Broken(f"there are events after number {last}")
    if root != head.root:
        raise Broken(f"the events {first} to {last} do not lead to the root that was signed at size {head.size}")
    anchored = _check_anchors(about, head, keys, anchors)
    return Checked(head, first, counts["events"], counts["dropped"], anchored)


def check_inclusion(about: Mapping[str, object], pinned: Iterable[bytes] = (), anchors: Iterable[str] = ()) -> Checked:
    """Check the proof of one event: its leaf, the path to the root, the signature.

    Raises Broken. See `check_bundle`.
    """
    if about.get("format") != INCLUSION:
        raise Broken("it is no proof of an event in this format")
    keys, head = _keys(about, pinned), Head.from_json(_object(about, "head"))
    index, leaf = int(str(about["index"])), bytes.fromhex(str(about["leaf"]))
    path = [bytes.fromhex(str(node)) for node in _list(about, "path")]
    event = about.get("event")
    if event is not None:
        event = _object(about, "event")
        if str(event.get("id")) != str(about["event_id"]):
            raise Broken(f"event_id, event: the proof is said to be of {about['event_id']}, and shows another event")
        if str(event.get("tenant")) != str(head.tenant):
            raise Broken("event, head: they are of two tenants")
        if event_hash(event) != leaf:
            raise Broken(f"event, leaf: event {about['event_id']} was changed: it does not have the hash of its leaf")
    head.check(keys)
    if root_by_inclusion(leaf, index, head.size, path) != head.root:
        raise Broken(f"index, leaf, path: they do not lead to the root that was signed at size {head.size}")
    anchored = _check_anchors(about, head, keys, anchors)
    return Checked(head, index, 1, int(event is None), anchored)


def check_consistency(about: Mapping[str, object], pinned: Iterable[bytes] = ()) -> tuple[Head, Head]:
    """Check that the trail only grew between two signed heads, and return the two. Raises Broken."""
    if about.get("format") != CONSISTENCY:
        raise Broken("it is no proof of consistency in this format")
    keys = _keys(about, pinned)
    first, second = Head.from_json(_object(about, "first")), Head.from_json(_object(about, "second"))
    for head in (first, second):
        head.check(keys)
    path = [bytes.fromhex(str(node)) for node in _list(about, "path")]
    if first.tenant != second.tenant:
        raise Broken("first, second: they are of two tenants")
    if not is_consistent(first.size, first.root, second.size, second.root, path):
        raise Broken(f"the tree of {second.size} did not grow out of the tree of {first.size}, or the path was changed")
    return first, second


def _keys(about: Mapping[str, object], pinned: Iterable[bytes]) -> dict[UUID, bytes]:
    """Return the public keys that a file names, by id; with `pinned` keys only those among them."""
    allowed = frozenset(pinned)
    keys = {UUID(str(key["id"])): bytes.fromhex(str(key["public"])) for key in _list(about, "keys")}
    return {key_id: public for key_id, public in keys.items() if not allowed or public in allowed}


def _root(low: int, high: int, shown: tuple[int, int], leaves: Iterator[bytes], nodes: Iterator[bytes]) -> bytes:
    """Return the hash over the leaves [low, high): from the events where the bundle shows them, else from its nodes."""
    if high <= shown[0] or low >= shown[1]:
        source, what = nodes, "nodes"
    elif high - low == 1:
        source, what = leaves, "events"
    else:
        middle = low + split(high - low)
        return node_hash(_root(low, middle, shown, leaves, nodes), _root(middle, high, shown, leaves, nodes))
    found = next(source, None)
    if found is None:
        raise Broken(f"the bundle ends before number {low}: {what} are missing")
    return found


def shown_ranges(size: int, shown: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the leaves [from, to) under each node that a bundle of `shown` needs, in the order of `_root`."""

    def visit(low: int, high: int) -> list[tuple[int, int]]:
        if high <= shown[0] or low >= shown[1]:
            return [(low, high)]
        if high - low == 1:
            return []
        middle = low + split(high - low)
        return visit(low, middle) + visit(middle, high)

    return visit(0, size) if size else []


def _leaves(bundle: zipfile.ZipFile, first: int, counts: dict[str, int]) -> Iterator[bytes]:
    with bundle.open("events.jsonl") as raw:
        for number, line in enumerate(io.TextIOWrapper(raw, "utf-8"), start=first):
            try:
                said = json.loads(line)
                index, leaf, event = int(said["index"]), bytes.fromhex(said["leaf"]), said.get("event")
            except (ValueError, KeyError, TypeError):
                raise Broken(f"number {number} cannot be read") from None
            if index != number:
                raise Broken(f"number {number} is missing: {index} comes in its place")
            if event is None:
                counts["dropped"] += 1
            elif event_hash(event) != leaf:
                raise Broken(f"number {number} was changed: it does not have the hash of its leaf")
            counts["events"] += 1
            yield leaf


def _check_anchors(
    about: Mapping[str, object], head: Head, keys: Mapping[UUID, bytes], anchors: Iterable[str]
) -> int | None:
    outside = {anchored.size: anchored for anchored in anchored_heads(anchors, head.tenant)}
    if not outside:
        return None
    if (longest := max(outside)) > head.size:
        raise Broken(f"a head of size {longest} was anchored, and the bundle ends at {head.size}: its tail is cut")
    told = int(str(about.get("consistent_from") or 0))
    size = head.size if longest == head.size else told
    if size not in outside:
        raise Broken(f"the bundle has a consistency proof from size {told} only: export one from {longest}")
    anchored, path = outside[size], [bytes.fromhex(str(node)) for node in _list(about, "consistency")]
    anchored.check(keys)
    if not is_consistent(size, anchored.root, head.size, head.root, [] if size == head.size else path):
        raise Broken(f"the head that was anchored at size {size} is not part of this tree: it was rewritten")
    return size


def _read(bundle: zipfile.ZipFile, name: str) -> dict[str, object]:
    try:
        said = json.loads(bundle.read(name))
    except (KeyError, ValueError):
        raise Broken(f"the bundle has no readable {name}") from None
    if not isinstance(said, dict):
        raise Broken(f"{name} is not an object")
    return said


def _list(said: Mapping[str, object], name: str) -> list[dict[str, object]]:
    found = said.get(name, [])
    if not isinstance(found, list):
        raise Broken(f"{name} is not a list")
    return found


def _object(said: Mapping[str, object], name: str) -> dict[str, object]:
    found = said.get(name)
    if not isinstance(found, dict):
        raise Broken(f"{name} is missing")
    return found


def check_key_record(head: Head, record: Mapping[str, object]) -> None:
    """Raise Broken when the published history lacks the head's key, or has it retired before the head was made."""
    retired = {str(key["id"]): key["retired_at"] for key in _list(record, "results") if key["use"] == "tree_head"}
    if str(head.key_id) not in retired:
        raise Broken(f"the record has no key {head.key_id} of the trail")
    end = retired[str(head.key_id)]
    if end and datetime.fromisoformat(head.at) > datetime.fromisoformat(str(end)) + LETS_GO:
        raise Broken(f"the head at size {head.size} was signed at {head.at}, after its key was retired at {end}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check a bundle of memstore's audit trail, or a single proof.")
    parser.add_argument("file", type=Path, help="the ZIP file, or the JSON file of one event or of two heads")
    parser.add_argument("--key", action="append", default=[], help="a public key (hex) that you know to be theirs")
    parser.add_argument("--anchors", type=Path, help="a file of anchored heads that you hold yourself")
    parser.add_argument("--key-record", type=Path, help="the published history of keys: the answer of audit/keys/")
    given = parser.parse_args(arguments)
    try:
        anchors = given.anchors.read_text("utf-8").splitlines() if given.anchors else []
        heads, lines = _told(given.file, [bytes.fromhex(key) for key in given.key], anchors)
        for head in heads if given.key_record else ():
            check_key_record(head, json.loads(given.key_record.read_bytes()))
    except (Broken, OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, RecursionError) as error:
        said = str(error) if isinstance(error, Broken | OSError) else f"it cannot be read: {error!r}"
        sys.stdout.write(f"BROKEN: {said}\n")
        return 1
    if not given.key:
        lines.append("  the key is the one that the file names: compare it with the published one, or give --key")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _told(path: Path, pinned: Sequence[bytes], anchors: Sequence[str]) -> tuple[list[Head], list[str]]:
    """Return the heads, and what is proved as lines to print. Raises Broken and what unreadable files raise."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as bundle:
            found = check_bundle(bundle, pinned, anchors)
        proved = f"events {found.first} to {found.first + found.n_events - 1} of"
    else:
        about = _object({"the proof": json.loads(path.read_bytes())}, "the proof")
        if about.get("format") == CONSISTENCY:
            heads = check_consistency(about, pinned)
            sizes = f"{heads[0].size} to {heads[1].size}"
            return [*heads], [f"INTACT: the trail of tenant {heads[0].tenant} only grew from {sizes} events"]
        found = check_inclusion(about, pinned, anchors)
        proved = f"event {about['event_id']} is number {found.first} of"
    head, lines = found.head, [f"INTACT: {proved} {found.head.size} of tenant {found.head.tenant}"]
    if found.n_dropped:
        lines.append(f"  {found.n_dropped} dropped at the end of their retention: only their hashes are left")
    lines.append(f"  sealed to {head.size} at {head.at}, signed by key {head.key_id}")
    return [head], [*lines, f"  anchored to {found.anchored_size}" if found.anchored_size else "  unanchored"]


if __name__ == "__main__":
    sys.exit(main())
