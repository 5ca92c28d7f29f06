"""Candidate cache: candidate sets opened within the last minute, for the next question about the same subject.

A conversation asks about one person again and again. A cached set belongs to one revision of its subject; the audit
event of an answer from it is written only if that revision is unchanged, in the same statement. So no stale answer is
given, whichever process made the change. A set stays as long as an unwrapped key may, and holds what the key would
open: vectors, terms and ids, no texts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from django.db import connection

from governance.expiring_cache import ExpiringCache
from memstore.recall.candidates import Deck, columns, open_deck

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from governance.guard.authorize import Grant
    from governance.policy.decide import Reach
    from governance.vocabulary import DataClass
    from memstore.recall.columns import Columns

    # tenant, subject, purpose, generation, consent version, classes
    _Key = tuple[UUID, UUID, UUID, int, int, frozenset[DataClass]]

MAX_ROWS = 20_000  # of one candidate set; a larger one is opened anew each time
MAX_ROWS_IN_ALL = 50_000  # of one process: about 60 MB, at 1.2 KB a row
MAX_BYTES_IN_ALL = 128 * 2**20  # of one process, by the size of the opened cards
_decks: ExpiringCache[_Key, Shelved] = ExpiringCache(32)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A candidate set with its columns.

    `revision` None: opened in this transaction, and valid without a further check.
    """

    deck: Deck
    columns: Columns
    revision: int | None = None
    speakers: frozenset[int] = frozenset()
    """Terms of the names of all who speak in it."""


def take(grant: Grant, reach: Reach) -> Shelved | None:
    """Return the cached set of the grant's subject and this purpose, or None."""
    key = _key(grant, reach)
    found = _decks.get(key) if key else None
    return replace(found, deck=replace(found.deck, grant=grant, reach=reach)) if found else None


def speakers_in(grants: Iterable[Grant]) -> frozenset[int] | None:
    """Return the terms of the names of all who speak in the cached sets of the grants; None if one is not cached."""
    shelved = [take(grant, reach) for grant in grants for reach in grant.allowed.reaches]
    found: set[int] = set()
    for one in shelved:
        if one is None:
            return None
        found.update(one.speakers)
    return frozenset(found)


def open_and_shelve(grant: Grant, reach: Reach, now: datetime, *, model_id: str, dimensions: int) -> Shelved:
    """Open the candidate set, inside the tenant's context, and cache it for the next question."""
    key = _key(grant, reach)
    revision = _revision(grant)  # read first: a change that comes in between makes the cached set old, not wrong
    deck = open_deck(grant, reach, now)
    opened = Shelved(deck, columns(deck, model_id=model_id, dimensions=dimensions))
    if key and revision is not None and 0 < len(deck) <= MAX_ROWS:  # no memories: as slow as an unknown subject
        beside = [shelved.deck for shelved in _decks.values()]
        rows, size = sum(map(len, beside)) + len(deck), sum(one.size for one in beside) + deck.size
        if rows > MAX_ROWS_IN_ALL or size > MAX_BYTES_IN_ALL:
            _decks.clear()
        if deck.size <= MAX_BYTES_IN_ALL:
            names = np.unique(opened.columns.speaker).view(np.uint32)
            _decks.put(key, replace(opened, revision=revision, speakers=frozenset(names.tolist())))
    return opened


def discard(grant: Grant, reach: Reach) -> None:
    """Drop the cached set of the grant's subject and this purpose."""
    if key := _key(grant, reach):
        _decks.drop(key)


def empty() -> None:
    """Drop every candidate set that this process has cached."""
    _decks.clear()


def _key(grant: Grant, reach: Reach) -> _Key | None:
    subject = grant.subject
    if subject is None:
        return None
    version = subject.standing(reach.rule.purpose_id).consent_version
    return grant.caller.tenant_id, subject.id, reach.rule.purpose_id, subject.generation, version, reach.classes


def _revision(grant: Grant) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT revision FROM governance_subject WHERE id = %s", [grant.subject_id])
        row = cursor.fetchone()
    return int(row[0]) if row else None
