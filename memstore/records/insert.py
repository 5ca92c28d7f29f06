"""Insertion of memories: the one place that inserts them, for verbatim adds and for extracted facts alike."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from django.db import connection

from governance.errors import AccessRefused, FactsMoved
from governance.guard.facts import subject_facts
from governance.ids import uuid7
from governance.keyring.identities import enrol_identity
from governance.policy.retention import Anchors
from governance.processing.contract_end import contract_end
from governance.processing.retention_rules import RULES_STAY, rules_in_force
from governance.subjects.subject_lock import closed_before
from governance.vocabulary import DataClass, MemoryState, ReasonCode, SubjectKind, SubjectState
from memstore.errors import InvalidInput
from memstore.models import Card, Memory, MemoryVersion, Quarantine, VersionEvent
from memstore.records.card import CardContent, seal_card
from memstore.records.dates import dates_of
from memstore.records.delete import make_way
from memstore.records.identity_end import ended_without_erasure, hold_refs
from memstore.records.terms import text_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from governance.keyring.sealing import Sealer
    from governance.policy.decide import PurposeRule, SubjectFacts
    from memstore.models import QuarantineReason
    from memstore.records.dates import Dates
    from memstore.records.payload import Payload
    from memstore.records.scope_ids import ScopeIds

VERBATIM = "verbatim"
_HOLD = (
    f"SELECT {RULES_STAY} FROM governance_subject"  # noqa: S608 - constant text
    " WHERE id = %s AND state = ANY (%s) AND generation = %s AND standing_version = %s FOR NO KEY UPDATE"
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Provenance of a wording: extractor, model and prompt version, source, and the principal that brought it."""

    principal_id: UUID
    extractor: str = VERBATIM
    model: str = ""
    prompt_version: str = ""
    source_id: UUID | None = None
    job_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A memory about to be stored, checked by `classify`. `position` is its place in the call that brought it."""

    payload: Payload
    data_class: DataClass = DataClass.ORDINARY
    quarantine: QuarantineReason | None = None
    position: int = 0
    stated: str = "stated"
    confidence: float = 1.0
    context: str = ""
    """Words around it that help to find it; only their stems are kept."""
    valid_until: datetime | None = None
    """The end of a plan or appointment: it is no longer so from then on."""
    about: tuple[str, ...] = ()
    """Attributes that it tells."""
    replaced_by: UUID | None = None
    """It arrived late: this memory was said later and is current, so it is history from the start."""
    objects: bool = False
    """The person objects in it (Art. 21 GDPR): an officer is told."""
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Owner:
    """Subject, purpose and sealer of the memories to store, and the ids that they came through."""

    tenant_id: UUID
    subject: SubjectFacts
    purpose: PurposeRule
    sealer: Sealer
    scope: ScopeIds
    refs: dict[SubjectKind, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """Result of storing one draft.

    `added` is False when the same fact was stored before; `id` is then that memory's, and this was a `sighting` of it.
    `supersedes` are the memories whose place it took.
    """

    id: UUID
    text: str
    added: bool
    quarantined: bool = False
    sighting: bool = False
    supersedes: tuple[UUID, ...] = ()


def touched(stored: Iterable[Stored]) -> list[tuple[UUID, int]]:
    """Return (id, version) of what a call added, of what it said again, and of what is history by it."""
    items = [(one.id, 1) for one in stored]
    return list(dict.fromkeys([*items, *((old, 1) for one in stored for old in one.supersedes)]))


def scope_refs(tenant_id: UUID, scope: ScopeIds) -> dict[SubjectKind, UUID]:
    """Return the random ids of the agent, app and run of `scope`, enrolled on first use."""
    return {
        kind: enrol_identity(tenant_id, kind, external)
        for kind, external in scope.given().items()
        if kind is not SubjectKind.USER
    }


def hold_subject(
    tenant_id: UUID, subject: SubjectFacts, *, asked_at: float | None = None, even_restricted: bool = False
) -> None:
    """Lock the subject's row against erasures, withdrawals and other writers, until the transaction ends.

    Not FOR SHARE: the triggers on cards count up the subject's revision, and two writers that share the row would then
    wait for each other. A retention rule that is approved meanwhile waits until the new rows exist, and dates them.

    Raises FactsMoved when the subject is no longer as it was at the decision, AccessRefused when it was erased. Raises
    FactsMoved for an erased subject too, if the caller gives `asked_at` (`time.monotonic()`) and either the erasure had
    closed before it or the subject ended with its last row, without an erasure: the external id is then enrolled anew.
    """
    with connection.cursor() as cursor:
        states = [SubjectState.ACTIVE.value] + [SubjectState.RESTRICTED.value] * even_restricted
        cursor.execute(_HOLD, [tenant_id, subject.id, states, subject.generation, subject.standing_version])
        if cursor.fetchone() is None:
            now = subject_facts(tenant_id, [subject.id], fresh=True).get(subject.id)
            if now is None or now.state is SubjectState.ERASED:
                came_back = asked_at is not None and (
                    closed_before(subject.id, asked_at) or ended_without_erasure(subject.id)
                )
                if not came_back:  # not decided again: words from before the erasure would be kept for a new subject
                    raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
            raise FactsMoved


def check_expires_on(expires_on: date | None, now: datetime) -> None:
    """Raise InvalidInput for a day that is over (UTC)."""
    if expires_on is not None and expires_on < now.date():
        raise InvalidInput("expiration_date", "must not lie in the past")


def fingerprint(sealer: Sealer, payload: Payload) -> bytes:
    """Return a keyed fingerprint of wording and speaker, the same for every letter case and spacing.

    What two people of a group say in the same words are two facts.
    """
    normal = _folded(payload.text)
    spoken = normal if payload.speaker is None else f"{normal}\0{_folded(payload.speaker)}"
    return sealer.mac(b"fingerprint", spoken.encode())


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


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
    """Insert `drafts` with versions and cards into the current transaction.

    A fact that is stored already is not stored again. `vectors` is float32 (n, d), one row for each draft. Returns one
    result for each draft, in order. Raises FactsMoved when an agent, app or run that they came through has ended
    meanwhile.
    """
    hold_refs(owner.tenant_id, owner.refs.values())
    now = datetime.now(UTC)
    dates = _dates(owner, {draft.data_class for draft in drafts}, now, expires_on)
    rows = [_row(owner, draft, provenance, now, dates[draft.data_class], expires_on) for draft in drafts]
    ids = _insert_all(rows)
    new = [index for index, row in enumerate(rows) if ids[index] == row.id]
    MemoryVersion.objects.bulk_create(
        version_row(owner.tenant_id, rows[i].id, 1, drafts[i], owner.sealer, provenance, now) for i in new
    )
    cards = {
        i: card_row(
            owner.sealer,
            rows[i],
            CardContent(
                payload=drafts[i].payload,
                scope=owner.scope,
                created_at=now,
                updated_at=now,
                said_at=said_at,
                expires_at=dates[drafts[i].data_class].sealed_until,
                expires_on=expires_on,
                position=drafts[i].position,
                model=text_hash(model_id),
                lawful_basis=owner.purpose.lawful_basis,
                data_class=drafts[i].data_class,
                context=drafts[i].context,
                valid_until=drafts[i].valid_until,
                about=drafts[i].about,
            ),
            vectors[i],
        )
        for i in new
    }
    Card.objects.bulk_create(card for i, card in cards.items() if drafts[i].quarantine is None)
    Quarantine.objects.bulk_create(
        quarantine_row(card, reason) for i, card in cards.items() if (reason := drafts[i].quarantine) is not None
    )
    return [
        Stored(ids[i], draft.payload.text, added=i in cards, quarantined=i in cards and draft.quarantine is not None)
        for i, draft in enumerate(drafts)
    ]


def _dates(owner: Owner, classes: set[DataClass], now: datetime, expires_on: date | None) -> dict[DataClass, Dates]:
    rules = rules_in_force()
    ended_on = contract_end(owner.subject.id, owner.purpose.purpose_id) if rules else None
    return {
        data_class: dates_of(
            rules,
            purpose=owner.purpose,
            subject_id=owner.subject.id,
            data_class=data_class,
            anchors=Anchors(created=now, contract_end=ended_on),
            expires_on=expires_on,
        )
        for data_class in classes
    }


def quarantine_row(card: Card, reason: QuarantineReason) -> Quarantine:
    return Quarantine(memory_id=card.memory_id, tenant_id=card.tenant_id, reason=reason, sealed_card=card.sealed)


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
        data_class=memory.data_class,
        expires_at=memory.expires_at,
        current=memory.state != MemoryState.SUPERSEDED.value,
        sealed=seal_card(sealer, memory.id, memory.version, content, vector),
    )


def _row(
    owner: Owner, draft: Draft, provenance: Provenance, now: datetime, dates: Dates, expires_on: date | None
) -> Memory:
    return Memory(
        id=draft.id,
        state=_state(draft).value,
        replaced_by=draft.replaced_by,
        data_class=draft.data_class.value,
        tenant_id=owner.tenant_id,
        subject_id=owner.subject.id,
        purpose_version_id=owner.purpose.version_id,
        purpose_id=owner.purpose.purpose_id,
        lawful_basis=owner.purpose.lawful_basis.value,
        fingerprint=fingerprint(owner.sealer, draft.payload),
        agent_ref=owner.refs.get(SubjectKind.AGENT),
        app_ref=owner.refs.get(SubjectKind.APP),
        run_ref=owner.refs.get(SubjectKind.RUN),
        job_id=provenance.job_id,
        created_at=now,
        updated_at=now,
        expires_on=expires_on,
        expires_at=dates.expires_at,
        destroy_at=dates.destroy_at,
        keep_until=dates.keep_until,
        retention_rules=list(dates.rule_ids),
    )


def _state(draft: Draft) -> MemoryState:
    if draft.quarantine is not None:
        return MemoryState.QUARANTINED
    return MemoryState.ACTIVE if draft.replaced_by is None else MemoryState.SUPERSEDED


def _insert_all(rows: list[Memory]) -> list[UUID]:
    """Insert what is current once, and what came too late as history. Return the id of each row's fact, in order."""
    late = [row for row in rows if row.state == MemoryState.SUPERSEDED.value]
    known = dict(
        Memory.objects.filter(
            subject_id__in={row.subject_id for row in late},
            fingerprint__in=[row.fingerprint for row in late],
            state=MemoryState.SUPERSEDED.value,
        ).values_list("fingerprint", "id")
        if late
        else ()
    )
    told = {bytes(print_): memory_id for print_, memory_id in known.items()}
    new = {bytes(row.fingerprint): row for row in late if bytes(row.fingerprint) not in told}
    Memory.objects.bulk_create(new.values())
    told |= {print_: row.id for print_, row in new.items()}
    current = [row for row in rows if row.state != MemoryState.SUPERSEDED.value]
    ids = dict(zip([row.id for row in current], _insert_once(current), strict=True)) if current else {}
    return [ids.get(row.id) or told[bytes(row.fingerprint)] for row in rows]


def _insert_once(rows: list[Memory]) -> list[UUID]:
    """Insert the rows whose facts are not stored yet.

    Return the id under which each row's fact is now stored, in order. A fact that another transaction is just storing
    makes this one wait for it on the unique index. An expired one is replaced. One that is deleted at the same moment
    may vanish between insert and look-up: then it is inserted again.
    """
    missing = rows
    kept: dict[bytes, UUID] = {}
    while missing:
        Memory.objects.bulk_create(missing, ignore_conflicts=True)
        found = Memory.objects.filter(
            subject_id=rows[0].subject_id,
            purpose_id=rows[0].purpose_id,
            fingerprint__in=[row.fingerprint for row in missing],
            state__in=[MemoryState.ACTIVE.value, MemoryState.QUARANTINED.value],
        )
        live = found.filter(expires_at__gt=rows[0].created_at).values_list("id", "fingerprint")
        kept |= {bytes(print_): memory_id for memory_id, print_ in live}
        missing = [row for row in missing if bytes(row.fingerprint) not in kept]
        if missing:
            make_way(found.filter(expires_at__lte=rows[0].created_at), rows[0].created_at)
    return [kept[bytes(row.fingerprint)] for row in rows]
