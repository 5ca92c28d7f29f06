"""Single proofs as files: each holds all that `proof.py` needs to check it, except the reader's own public key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Max

from governance.errors import NoSuchObject
from governance.evidence import verify_trail
from governance.evidence.bundle import event_at
from governance.evidence.merkle_proofs import consistency, inclusion, nodes
from governance.keyring.models import SigningUse
from governance.models import AuditAnchor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.keyring.signing import PublicKey


@dataclass(frozen=True, slots=True)
class EventProof:
    """The file of one event's proof, checked by `verify_trail.check_inclusion`. All hashes are in hex.

    `event`: as a bundle shows it, without the memories that it lists; None once it was dropped, and then only its leaf
    is proved. `keys`: the public keys of the trail. `consistency`: the proof from the head that was anchored last, of
    size `consistent_from`.
    """

    format: str
    event_id: UUID
    index: int
    leaf: str
    path: tuple[str, ...]
    head: dict[str, str | int]
    event: dict[str, str | int] | None
    keys: tuple[dict[str, str], ...]
    consistent_from: int
    consistency: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrowthProof:
    """The file of two heads and the path between them, checked by `verify_trail.check_consistency`."""

    format: str
    first: dict[str, str | int]
    second: dict[str, str | int]
    path: tuple[str, ...]
    keys: tuple[dict[str, str], ...]


def event_proof(tenant_id: UUID, event_id: UUID, keys: Iterable[PublicKey]) -> EventProof:
    """Return the proof of one event under the newest head.

    Call it inside the tenant's context. Raises NoSuchObject for an event without a leaf (yet).
    """
    found = inclusion(tenant_id, event_id)
    anchored, path = grown_from_anchor(tenant_id, int(found.head["size"]))
    try:
        event = {name: value for name, value in event_at(tenant_id, found.index).items() if name != "items"}
    except NoSuchObject:
        event = None
    return EventProof(
        format=verify_trail.INCLUSION,
        event_id=found.event_id,
        index=found.index,
        leaf=found.leaf,
        path=found.path,
        head=found.head,
        event=event,
        keys=_of_the_trail(keys),
        consistent_from=anchored,
        consistency=path,
    )


def growth_proof(tenant_id: UUID, first: int, second: int, keys: Iterable[PublicKey]) -> GrowthProof:
    """Return the consistency proof between the signed heads of two sizes, as a file.

    Call it inside the tenant's context. Raises NoSuchObject without such heads.
    """
    found = consistency(tenant_id, first, second)
    return GrowthProof(verify_trail.CONSISTENCY, found.first, found.second, found.path, _of_the_trail(keys))


def grown_from_anchor(tenant_id: UUID, size: int) -> tuple[int, tuple[str, ...]]:
    """Return the size of the last head anchored below `size` (0: none), and the consistency proof from it, in hex."""
    anchored = AuditAnchor.objects.filter(size__lt=size).aggregate(size=Max("size"))["size"] or 0
    path = nodes(tenant_id, verify_trail.consistency_ranges(anchored, size))
    return anchored, tuple(node.hex() for node in path)


def _of_the_trail(keys: Iterable[PublicKey]) -> tuple[dict[str, str], ...]:
    return tuple({"id": str(key.id), "public": key.public} for key in keys if key.use == SigningUse.TREE_HEAD)
