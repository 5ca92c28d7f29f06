"""Merkle proofs for outsiders: inclusion of an event in the tree, and consistency of two trees (RFC 6962, 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from psycopg import Cursor

from governance.errors import NoSuchObject
from governance.evidence import verify_trail
from governance.evidence.sealer import as_proof, last_head
from governance.models import AuditLeaf, TreeHead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

WINDOW = 50_000
_HASHES = b"SELECT hash FROM governance_auditleaf WHERE tenant_id = %s AND index >= %s AND index < %s ORDER BY index"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An inclusion proof. All hashes are in hex.

    `verify_trail.root_by_inclusion(leaf, index, head.size, path)` gives the head's root.
    """

    event_id: UUID
    index: int
    leaf: str
    path: tuple[str, ...]
    head: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Consistency:
    """A consistency proof: `verify_trail.is_consistent` holds for the two heads and this path."""

    first: dict[str, str | int]
    second: dict[str, str | int]
    path: tuple[str, ...]


def inclusion(tenant_id: UUID, event_id: UUID) -> Inclusion:
    """Return the inclusion proof of an event under the newest head.

    Call it inside the tenant's context. Raises NoSuchObject for an event without a leaf (yet).
    """
    leaf = AuditLeaf.objects.filter(event_id=event_id).first()
    head = last_head(tenant_id)
    if leaf is None or head is None or leaf.index >= head.size:
        raise NoSuchObject("sealed event")
    path = nodes(tenant_id, verify_trail.inclusion_ranges(leaf.index, head.size))
    return Inclusion(event_id, leaf.index, bytes(leaf.hash).hex(), _hex(path), as_proof(head).to_json())


def consistency(tenant_id: UUID, first: int, second: int) -> Consistency:
    """Return the consistency proof between the signed heads of two sizes.

    Call it inside the tenant's context. Raises NoSuchObject without such heads, or when `first` is the larger.
    """
    heads = {head.size: head for head in TreeHead.objects.filter(tenant_id=tenant_id, size__in=[first, second])}
    if first not in heads or second not in heads or first > second:
        raise NoSuchObject("pair of tree heads")
    path = nodes(tenant_id, verify_trail.consistency_ranges(first, second))
    return Consistency(as_proof(heads[first]).to_json(), as_proof(heads[second]).to_json(), _hex(path))


def nodes(tenant_id: UUID, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
    """Return the Merkle tree hash of each range [from, to) of leaves, in their order.

    Memory does not grow with the tree.
    """
    found = []
    for low, high in ranges:
        tree = verify_trail.Frontier()
        for leaf in _hashes(tenant_id, low, high):
            tree.append(leaf)
        found.append(tree.root())
    return found


def _hashes(tenant_id: UUID, low: int, high: int) -> Iterator[bytes]:
    for start in range(low, high, WINDOW):
        values = [tenant_id, start, min(start + WINDOW, high)]
        yield from (row[0] for row in Cursor(connection.connection).execute(_HASHES, values, binary=True))


def _hex(path: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(node.hex() for node in path)
