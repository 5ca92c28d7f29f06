"""Verification of the stored trail: every leaf recomputed from its event, every head from the leaves, and the anchors.

It trusts nothing that is stored beside the events: neither the sealer's frontier nor the rows that note anchors. The
first error is named by its leaf number. Events are read window by window, so memory does not grow with the trail.
"""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_right
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from psycopg import Cursor

from governance.evidence import verify_trail
from governance.evidence.anchors import anchors
from governance.evidence.dropped_ranges import dropped_runs
from governance.evidence.leaves import LEAF_FIELDS, hash_row, leaves_with_events
from governance.evidence.sealer import as_proof
from governance.evidence.snapshot import snapshot
from governance.keyring.signing import public_keys
from governance.models import AuditEvent, AuditLeaf, AuditQueued, TreeHead
from governance.vocabulary import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from psycopg.rows import TupleRow

    Progress = Callable[[int, int], None]

WINDOW = 1_000  # two of them are in memory
_LEAVES = leaves_with_events(f"l.event_id, {LEAF_FIELDS}, e.items")
_NO_LEAF = """
    SELECT e.id FROM governance_auditevent e
    WHERE e.tenant_id = %s
      AND NOT EXISTS (SELECT 1 FROM governance_auditleaf l WHERE l.event_id = e.id)
      AND NOT EXISTS (SELECT 1 FROM governance_auditqueued q WHERE q.event_id = e.id)
    ORDER BY e.at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one trail.

    `size`: events under the newest head; `anchored_size` None: unanchored; `unsealed`: events that wait for the sealer.
    With a `problem`, `index` is the first wrong leaf number (None: the event has no number yet) and `detail` describes
    it.
    """

    tenant_id: UUID
    size: int
    anchored_size: int | None
    unsealed: int
    n_dropped: int
    seconds: float
    problem: Problem | None = None
    index: int | None = None
    detail: str = ""

    @property
    def words(self) -> str:
        """Return how far the trail is anchored and sealed, as the command prints it."""
        anchored = "unanchored" if self.anchored_size is None else f"anchored to {self.anchored_size}"
        return f"{anchored}, sealed to {self.size}, {self.unsealed} unsealed"


class Tampered(Exception):
    """The first error found: its problem, the number of the event, and what is wrong with it."""

    def __init__(self, problem: Problem, index: int | None, detail: str) -> None:
        super().__init__(detail)
        self.problem, self.index, self.detail = problem, index, detail


class _Counts(NamedTuple):
    """Rows and newest head of the trail, counted in the snapshot that is verified."""

    events: int
    leaves: int
    queued: int
    head: TreeHead | None


class _Wanted(NamedTuple):
    """A root that the leaves must give at a size."""

    size: int
    root: bytes
    is_outside: bool

    @property
    def said(self) -> str:
        return "anchored outside" if self.is_outside else "signed"


class _Walk:
    """The recomputation, leaf by leaf, in the order of evidence."""

    def __init__(self, tenant_id: UUID, outside: Sequence[tuple[int, bytes]]) -> None:
        self.tenant_id = tenant_id
        self.tree = verify_trail.Frontier()
        self.n_dropped = 0
        self._dropped = dropped_runs(tenant_id)
        self._outside = outside
        self._to_meet: list[_Wanted] = []  # in this window, the smallest last

    def begin(self, low: int) -> None:
        """Begin a window: load its heads, of sizes (low, low + WINDOW], anchored ones first where two have one size.

        They are loaded at once: a cursor left open when an error is found would be closed in the middle of another
        query, at a moment that Python's garbage collector picks.
        """
        high = low + WINDOW
        heads = TreeHead.objects.filter(tenant_id=self.tenant_id, size__gt=low, size__lte=high)
        stored = heads.values_list("size", "root")
        inside = [_Wanted(size, bytes(root), is_outside=False) for size, root in stored]
        first, end = (bisect_right(self._outside, place, key=itemgetter(0)) for place in (low, high))
        outside = [_Wanted(size, root, is_outside=True) for size, root in self._outside[first:end]]
        self._to_meet = sorted([*inside, *outside], key=lambda wanted: (-wanted.size, wanted.is_outside))

    def take(self, row: TupleRow) -> None:
        """Check the next leaf, a row of `_ask`. Raises Tampered."""
        (index, leaf, event_id), fields, items = row[:3], row[3:-1], row[-1]
        if fields[0] is None:
            if not self._dropped.covers(index):
                raise Tampered(Problem.EVENT_MISSING, index, f"its event {event_id} was deleted")
            self.n_dropped += 1
        elif hash_row(fields) != leaf:
            detail = f"its event {event_id} was changed: it does not have the hash of its leaf"
            raise Tampered(Problem.EVENT_CHANGED, index, detail)
        if items is not None and hashlib.sha256(items).digest() != fields[-1]:
            raise Tampered(Problem.ITEMS_CHANGED, index, f"the memories that event {event_id} lists were changed")
        self.tree.append(leaf)
        while self._to_meet and self._to_meet[-1].size == self.tree.size:
            self._meet(self._to_meet.pop())

    def finish(self, counts: _Counts) -> None:
        """Raise Tampered when an anchored head was not reached, or a leaf has no head."""
        size = self.tree.size
        if self._outside and self._outside[-1][0] > size:
            detail = f"the trail ends here, and a head of size {self._outside[-1][0]} was anchored outside"
            raise Tampered(Problem.TAIL_CUT, size, detail)
        if size > (counts.head.size if counts.head else 0):
            first = counts.head.size if counts.head else 0
            raise Tampered(Problem.HEAD_REWRITTEN, first, "there are leaves that no head was signed over")

    def _meet(self, wanted: _Wanted) -> None:
        if self.tree.root() != wanted.root:
            detail = f"the events up to here do not lead to the root that was {wanted.said} at size {wanted.size}"
            raise Tampered(Problem.HEAD_REWRITTEN, wanted.size - 1, detail)


def verify(tenant_id: UUID, progress: Progress | None = None) -> Verdict:
    """Recompute the whole trail of one tenant. Tampering is returned in the verdict, never raised.

    Raises AnchorUnavailable when a configured anchor cannot be read: then no verdict is possible.
    """
    started = time.perf_counter()
    outside, last_outside = _anchored(tenant_id)
    anchored_size = last_outside[-1].size if last_outside else None
    published = public_keys(tenant_id)
    keys = {key.id: bytes.fromhex(key.public) for key in published}
    ends = {str(key.id): key.retired_at and key.retired_at.isoformat() for key in published}
    record = {"results": [{"id": one, "use": "tree_head", "retired_at": end} for one, end in ends.items()]}
    found: Tampered | None = None
    with snapshot(tenant_id):
        counts = _count(tenant_id)
        size = counts.head.size if counts.head else 0
        walk = _Walk(tenant_id, outside)
        try:
            _recompute(walk, counts, progress)
            for head in [*last_outside, *([as_proof(counts.head)] if counts.head else [])]:
                _signed(head, keys, record)
            _nothing_left_out(counts, walk)
        except Tampered as tampered:
            found = tampered
    return Verdict(
        tenant_id=tenant_id,
        size=size,
        anchored_size=anchored_size,
        unsealed=counts.queued,
        n_dropped=walk.n_dropped,
        seconds=round(time.perf_counter() - started, 3),
        problem=found.problem if found else None,
        index=found.index if found else None,
        detail=found.detail if found else "",
    )


def _anchored(tenant_id: UUID) -> tuple[list[tuple[int, bytes]], list[verify_trail.Head]]:
    """Return every anchored (size, root), by size, and the last head of each anchor."""
    places = anchors()
    roots = sorted({entry for place in places for entry in place.roots(tenant_id)})
    last = [head for place in places if (head := place.last(tenant_id)) is not None]
    return roots, sorted(last, key=lambda head: head.size)


def _count(tenant_id: UUID) -> _Counts:
    """Count the rows of the trail, and read its newest head.

    The tenant is named in spite of row-level security: the owner of the tables, who drops months, sees all tenants.
    """
    return _Counts(
        events=AuditEvent.objects.filter(tenant_id=tenant_id).count(),
        leaves=AuditLeaf.objects.filter(tenant_id=tenant_id).count(),
        queued=AuditQueued.objects.filter(tenant_id=tenant_id).count(),
        head=TreeHead.objects.filter(tenant_id=tenant_id).order_by("-size").first(),
    )


def _recompute(walk: _Walk, counts: _Counts, progress: Progress | None) -> None:
    """Recompute all leaves in pipeline mode: the server reads the next window while the current one is hashed."""
    size = max(counts.leaves, counts.head.size if counts.head else 0)
    with connection.connection.pipeline():
        ahead = _ask(walk.tenant_id, 0)
        for low in range(0, size, WINDOW):
            walk.begin(low)
            rows = ahead.fetchall()
            ahead = _ask(walk.tenant_id, low + WINDOW)
            for row in rows:
                if row[0] != walk.tree.size:
                    break
                walk.take(row)
            if walk.tree.size < min(low + WINDOW, size):
                _gap(walk.tree.size, counts)
            if progress is not None:
                progress(walk.tree.size, size)
    walk.finish(counts)


def _ask(tenant_id: UUID, low: int) -> Cursor[TupleRow]:
    """Send the query for a window. Its rows are (index, hash, event id, *LEAF_FIELDS, items) from `low` on."""
    cursor = Cursor(connection.connection)  # Django's own refuses binary results
    return cursor.execute(_LEAVES, {"tenant": tenant_id, "low": low, "high": low + WINDOW}, binary=True)


def _gap(index: int, counts: _Counts) -> None:
    """Raise Tampered for a missing leaf number: the tail was cut off, or one leaf in between was deleted."""
    if index >= counts.leaves:
        size = counts.head.size if counts.head else 0
        raise Tampered(Problem.TAIL_CUT, index, f"the trail ends here, and a head of size {size} was signed")
    raise Tampered(Problem.LEAF_MISSING, index, "its leaf was deleted")


def _signed(head: verify_trail.Head, keys: dict[UUID, bytes], record: Mapping[str, object]) -> None:
    try:
        head.check(keys)
        verify_trail.check_key_record(head, record)
    except verify_trail.Broken as broken:
        raise Tampered(Problem.HEAD_UNSIGNED, head.size - 1, str(broken)) from None


def _nothing_left_out(counts: _Counts, walk: _Walk) -> None:
    """Raise Tampered unless every event has a leaf or is queued, and every queued event exists."""
    expected = walk.tree.size - walk.n_dropped + counts.queued
    if counts.events > expected:
        with connection.cursor() as cursor:
            cursor.execute(_NO_LEAF, [walk.tenant_id])
            row = cursor.fetchone()
        raise Tampered(Problem.NEVER_QUEUED, None, f"event {row[0] if row else '?'} was never given to the sealer")
    if counts.events < expected:
        raise Tampered(Problem.EVENT_MISSING, None, "an event that waited for the sealer was deleted")
