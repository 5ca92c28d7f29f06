"""Bundles: the events of a period with what an outsider needs to check them, given `proof.py` and a public key.

`proof.py` is the published name of `verify_trail.py`.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from django.db import connection
from django.db.models import Max, Min
from psycopg import Cursor

from governance.errors import InvalidChange, NoSuchObject
from governance.evidence import verify_trail
from governance.evidence.leaves import leaves_with_events
from governance.evidence.merkle_proofs import nodes
from governance.evidence.sealer import as_proof, last_head
from governance.evidence.snapshot import snapshot
from governance.keyring.signing import public_keys
from governance.models import AuditAnchor, AuditLeaf, TreeHead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

WINDOW = 10_000
# The fields of `verify_trail.FIELDS`, the items and the salt, as JSON; what the event does not have is left out.
_EVENTS = leaves_with_events("""
    e.id, json_strip_nulls(json_build_object(
        'id', e.id, 'tenant', e.tenant_id, 'at', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
        'type', e.type, 'reason', e.reason, 'policy_version', e.policy_version, 'principal', e.principal_id,
        'role', e.role, 'job', e.job, 'request', e.request_id, 'address', host(e.address), 'subject', e.subject_id,
        'object', e.object_id, 'purpose_version', e.purpose_version_id, 'lawful_basis', e.lawful_basis,
        'n_items', e.n_items, 'item_digest', encode(e.item_digest, 'hex'), 'items', encode(e.items, 'hex'),
        'salt', e.salt))::text
""")
README = """This is a part of an audit trail. To check it, with Python 3.11 and the package `cryptography`:

    python proof.py THIS_FILE.zip --key PUBLIC_KEY --anchors ANCHORS.jsonl

Take proof.py and the public key from the operator's published pages or from an earlier bundle, not from this file:
whoever made the bundle could have put any verifier into it. `events.jsonl` holds no content: ids are random.
"""


@dataclass(frozen=True, slots=True)
class Bundled:
    """The events [first, last] that were exported, of a tree of `size` leaves."""

    first: int
    last: int
    size: int


def write_bundle(
    tenant_id: UUID, file: IO[bytes], *, since: datetime, until: datetime, consistent_from: int | None = None
) -> Bundled:
    """Write the events of all leaves from the first to the last one with a time in [since, until).

    Events that were sealed between these two are included, whatever their time. `consistent_from`: the size of an
    earlier head that the reader holds; without it, of the one anchored last. Memory does not grow with the period.
    Raises NoSuchObject when nothing of the period is sealed, InvalidChange for a head larger than the newest.
    """
    keys = [{"id": str(key.id), "public": key.public} for key in public_keys(tenant_id)]
    with snapshot(tenant_id), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        head = last_head(tenant_id)
        found = AuditLeaf.objects.filter(at__gte=since, at__lt=until).aggregate(first=Min("index"), last=Max("index"))
        first, last = found["first"], found["last"]
        if head is None or first is None or last is None:
            raise NoSuchObject("sealed event in this period")
        if consistent_from is not None and consistent_from > head.size:
            raise InvalidChange("consistent_from", f"the trail has {head.size} events under its newest head")
        with bundle.open("events.jsonl", "w", force_zip64=True) as lines:
            for line in _lines(tenant_id, first, last + 1):
                lines.write(line)
        bundle.writestr(
            "bundle.json",
            json.dumps(_about(tenant_id, head, (first, last), consistent_from) | {"keys": keys}, indent=1),
        )
        bundle.writestr("README.txt", README)
    return Bundled(first, last, head.size)


def event_at(tenant_id: UUID, index: int) -> dict[str, str | int]:
    """Return the event of one leaf as a bundle shows it.

    Call it inside the tenant's context. Raises NoSuchObject once the event is dropped.
    """
    values = {"tenant": tenant_id, "low": index, "high": index + 1}
    found = Cursor(connection.connection).execute(_EVENTS, values).fetchone()
    if found is None or found[2] is None:
        raise NoSuchObject("event of a leaf")
    event: dict[str, str | int] = json.loads(found[3])
    return event


def _about(tenant_id: UUID, head: TreeHead, shown: tuple[int, int], consistent_from: int | None) -> dict[str, object]:
    """Return the head, the nodes beside the events, and the proof that the head grew out of the earlier one."""
    first, last = shown
    beside = nodes(tenant_id, verify_trail.shown_ranges(head.size, (first, last + 1)))
    anchored = AuditAnchor.objects.filter(size__lt=head.size).aggregate(size=Max("size"))["size"] or 0
    earlier = anchored if consistent_from is None else consistent_from
    path = nodes(tenant_id, verify_trail.consistency_ranges(earlier, head.size))
    return {
        "format": "memstore audit bundle 1",
        "first": first,
        "last": last,
        "head": as_proof(head).to_json(),
        "nodes": [node.hex() for node in beside],
        "consistent_from": earlier,
        "consistency": [node.hex() for node in path],
    }


def _lines(tenant_id: UUID, first: int, end: int) -> Iterator[bytes]:
    for low in range(first, end, WINDOW):
        values = {"tenant": tenant_id, "low": low, "high": min(low + WINDOW, end)}
        for index, leaf, event_id, event in Cursor(connection.connection).execute(_EVENTS, values):
            shown = "" if event_id is None else f', "event": {event}'
            yield f'{{"index": {index}, "leaf": "{leaf.hex()}"{shown}}}\n'.encode()
