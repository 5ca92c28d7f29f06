"""Memories into the database: the one place that inserts them, for verbatim adds and for extracted facts alike."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import connection

from governance.errors import AccessRefused
from governance.keyring.identities import enrol_identity
from governance.policy import PurposeRule, ReasonCode, SubjectFacts, SubjectKind
from memstore.cards import CardContent, seal_card
from memstore.errors import InvalidInput
from memstore.models import Card, Memory, MemoryState, MemoryVersion, VersionEvent
from memstore.remove import remove
from memstore.terms import text_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from governance.keyring.sealing import Sealer
    from memstore.payload import Payload
    from memstore.scope import ScopeIds

VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a wording came from: the extractor, its model and prompt, and the source messages behind it."""

    principal_id: UUID
    extractor: str = VERBATIM
    model: str = ""
    prompt_version: str = ""
    source_id: UUID | None = None
    job_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A memory about to be stored. `position` is its turn in the call that brought it."""

    payload: Payload
    position: int = 0
    stated: str = "stated"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose memories are stored, for which purpose, under which key, and through whom they came."""

    tenant_id: UUID
    subject: SubjectFacts
    purpose: PurposeRule
    sealer: Sealer
    scope: ScopeIds
    refs: dict[SubjectKind, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """`added` is False when the same fact was there already; `id` is then that one's."""

    id: UUID
    text: str
    added: bool


def scope_refs(tenant_id: UUID, scope: ScopeIds) -> dict[SubjectKind, UUID]:
    """The random ids of the agent, app and run of `scope`, made on first sight."""
    return {
        kind: enrol_identity(tenant_id, kind, external)
        for kind, external in scope.given().items()
        if kind is not SubjectKind.USER
    }


def hold_subject(subject: SubjectFacts) -> None:
    """Lock the subject's row against an erasure, and against other writers, until the transaction ends.

    Not FOR SHARE: the triggers on cards count up the subject's revision, and two writers that share the row would
    then wait for each other.
    Raises AccessRefused(SUBJECT_NOT_ACTIVE) when it is no longer who and what it was at the decision.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM governance_subject WHERE id = %s AND state = 'active' AND generation = %s FOR NO KEY UPDATE",
            [subject.id, subject.generation],
        )
        if cursor.fetchone() is None:
            raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)


def hold_subjects(ids: Iterable[UUID]) -> None:
    """Lock several subjects, whatever their state, in one order for all: so that no two deletes wait for each other."""
    with connection.cursor() as cursor:
        for subject_id in sorted(ids):
            cursor.execute("SELECT 1 FROM governance_subject WHERE id = %s FOR NO KEY UPDATE", [subject_id])


def check_expires_on(expires_on: date | None, now: datetime) -> None:
    """Raises InvalidInput for a day that is over: nothing can be kept until then."""
    if expires_on is not None and expires_on < now.date():
        raise InvalidInput("expiration_date", "must not lie in the past")


def expiry(created_at: datetime, ceiling_days: int, expires_on: date | None) -> datetime:
    """The storage limit, or the caller's date (its last moment, UTC) when that is earlier."""
    limit = created_at + timedelta(days=ceiling_days)
    if expires_on is None or expires_on >= limit.date():
        return limit
    return datetime.combine(expires_on + timedelta(days=1), time.min, UTC)


def fingerprint(sealer: Sealer, text: str) -> bytes:
    """A keyed fingerprint of the wording: same words, whatever their case and spacing."""
    normal = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return sealer.mac(b"fingerprint", normal.encode())


def store(
    *,
    owner: Owner,
    drafts: Sequence[Draft],
    vectors: NDArray[np.float32],
    model_id: str,
    provenance: Provenance,
    said_at: datetime | None = None,
    expires_on: date | None = None,
) -> list[Stored]:
    """Insert `drafts` with versions and cards into the current transaction; same facts are stored once.

    `vectors` is (n, d), one row per draft. Answers in the order of the drafts.
    """
    now = datetime.now(UTC)
    expires_at = expiry(now, owner.purpose.ceiling_days, expires_on)
    rows = [_row(owner, draft, provenance, now, expires_at) for draft in drafts]
    ids = _insert_once(rows)
    new = [index for index, row in enumerate(rows) if ids[index] == row.id]
    MemoryVersion.objects.bulk_create(
        version_row(owner.tenant_id, rows[i].id, 1, drafts[i], owner.sealer, provenance, now) for i in new
    )
    Card.objects.bulk_create(
        card_row(
            owner.sealer,
            rows[i],
            CardContent(
                payload=drafts[i].payload,
                scope=owner.scope,
                created_at=now,
                updated_at=now,
                said_at=said_at,
                expires_at=expires_at,
                expires_on=expires_on,
                position=drafts[i].position,
                model=text_hash(model_id),
                lawful_basis=owner.purpose.lawful_basis,
            ),
            vectors[i],
        )
        for i in new
    )
    added = set(new)
    return [Stored(ids[i], draft.payload.text, added=i in added) for i, draft in enumerate(drafts)]


def version_row(
    tenant_id: UUID,
    memory_id: UUID,
    version: int,
    draft: Draft,
    sealer: Sealer,
    provenance: Provenance,
    now: datetime,
) -> MemoryVersion:
    return MemoryVersion(
        tenant_id=tenant_id,
        memory_id=memory_id,
        version=version,
        event=VersionEvent.ADD if version == 1 else VersionEvent.UPDATE,
        sealed=draft.payload.seal(sealer, memory_id, version),
        source_id=provenance.source_id,
        principal_id=provenance.principal_id,
        extractor=provenance.extractor,
        model=provenance.model,
        prompt_version=provenance.prompt_version,
        stated=draft.stated,
        confidence=draft.confidence,
        created_at=now,
    )


def card_row(sealer: Sealer, memory: Memory, content: CardContent, vector: NDArray[np.float32]) -> Card:
    return Card(
        memory_id=memory.id,
        tenant_id=memory.tenant_id,
        subject_id=memory.subject_id,
        purpose_id=memory.purpose_id,
        version=memory.version,
        expires_at=memory.expires_at,
        sealed=seal_card(sealer, memory.id, memory.version, content, vector),
    )


def _row(owner: Owner, draft: Draft, provenance: Provenance, now: datetime, expires_at: datetime) -> Memory:
    return Memory(
        tenant_id=owner.tenant_id,
        subject_id=owner.subject.id,
        purpose_version_id=owner.purpose.version_id,
        purpose_id=owner.purpose.purpose_id,
        lawful_basis=owner.purpose.lawful_basis.value,
        fingerprint=fingerprint(owner.sealer, draft.payload.text),
        agent_ref=owner.refs.get(SubjectKind.AGENT),
        app_ref=owner.refs.get(SubjectKind.APP),
        run_ref=owner.refs.get(SubjectKind.RUN),
        job_id=provenance.job_id,
        created_at=now,
        updated_at=now,
        expires_at=expires_at,
    )


def _insert_once(rows: list[Memory]) -> list[UUID]:
    """Insert what is not there yet; the id under which each row's fact is now stored, in order.

    A fact that another transaction is just storing makes us wait for it on the unique index. One that has expired
    makes room for the new one. One that is being forgotten at the same moment may vanish between our insert and
    our look: then we insert again.
    """
    missing = rows
    kept: dict[bytes, UUID] = {}
    while missing:
        Memory.objects.bulk_create(missing, ignore_conflicts=True)
        found = Memory.objects.filter(
            subject_id=rows[0].subject_id,
            purpose_id=rows[0].purpose_id,
            fingerprint__in=[row.fingerprint for row in missing],
            state=MemoryState.ACTIVE,
        )
        live = found.filter(expires_at__gt=rows[0].created_at).values_list("id", "fingerprint")
        kept |= {bytes(print_): memory_id for memory_id, print_ in live}
        missing = [row for row in missing if bytes(row.fingerprint) not in kept]
        if missing:
            remove(list(found.filter(expires_at__lte=rows[0].created_at).values_list("id", flat=True)))
    return [kept[bytes(row.fingerprint)] for row in rows]
