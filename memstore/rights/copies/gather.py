"""Content of a copy: what is kept about one person, opened batch by batch, never all of it in memory.

Nothing of an erased person is opened.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import FactsMoved, KeyUnavailable, Unopenable
from governance.guard.alarms import report_damage
from governance.guard.facts import subject_facts
from governance.ids import NIL
from governance.models import PurposeVersion, RequestItem, Retention
from governance.subjects.subjects import subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectState
from memstore.models import Memory, MemoryVersion, Source
from memstore.records.payload import Payload, readable_payloads
from memstore.records.source import unseal_source
from memstore.rights.copies.disclosure_decisions import decided
from memstore.rights.copies.occurrences import told_of
from memstore.rights.copies.redact import redacted, redacted_deep, speaks_of_others

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from governance.policy.decide import SubjectFacts
    from memstore.records.payload import Json
    from memstore.rights.copies.disclosure_decisions import Decided
    from memstore.rights.copies.occurrences import Occurrence, Told

BATCH = 200
UNREADABLE = "unreadable"
USER = "user"
NOTHING = Payload("", role="")


@dataclass(frozen=True, slots=True)
class Wording:
    version: int
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One memory as the copy shows it. `text` None: withheld, for the ground. `marks`: why it is not in use.

    `said`: when and through what, which a withheld one does not show. `valid_until`: it is no longer so since then.
    """

    id: UUID
    text: str | None
    withheld: str
    redactions: int
    said_by: str
    speaker: str | None
    stated: str
    confidence: float
    extractor: str
    kind: str
    categories: tuple[str, ...]
    metadata: dict[str, Json]
    purpose: str
    lawful_basis: str
    article9_condition: str
    data_class: str
    found: tuple[str, ...]
    marks: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    earlier: tuple[Wording, ...]
    use_ends: datetime
    kept_until: datetime
    rules: tuple[str, ...]
    times_said: int
    said: tuple[Occurrence, ...]
    valid_until: datetime | None
    replaced_by: UUID | None


@dataclass(frozen=True, slots=True)
class KeptData:
    """Selection for one copy, fixed at its beginning, so that each of its parts is about the same memories.

    What is `decided` to be withheld is left out, with its ground and without its conversation.
    """

    tenant_id: UUID
    subject: SubjectFacts
    person: str
    memories: tuple[tuple[UUID, int], ...]
    sources: tuple[UUID, ...]
    decided: Decided
    purposes: dict[UUID, str]
    conditions: dict[UUID, str]
    rules: dict[UUID, str]
    made_at: datetime

    def items(self) -> Iterator[Item]:
        """Yield the memories, oldest first. Raises FactsMoved as soon as the person is erased or chooses otherwise."""
        for begin in range(0, len(self.memories), BATCH):
            yield from self._batch([memory_id for memory_id, _ in self.memories[begin : begin + BATCH]])

    def conversations(self) -> Iterator[dict[str, object]]:
        """Yield the sources that are still kept, oldest first. Raises FactsMoved."""
        for begin in range(0, len(self.sources), BATCH):
            with tenant_context(self.tenant_id):
                self._still_there()
                rows = list(Source.objects.filter(id__in=self.sources[begin : begin + BATCH]).order_by("created_at"))
            yield from (self._conversation(row) for row in rows)

    def known_as(self) -> str:
        """Return the name on the person's own messages: the only one on messages of users, else the external id.

        If several names are kept, or one beside messages without any, another person may have spoken: then only the
        external id stands for the person. A name that alone is left of a chat of several is taken for the person's.
        Raises FactsMoved.
        """
        names = {name.casefold() if name else "" for name in self._names()}
        return names.pop() or self.person if len(names) == 1 else self.person

    def _names(self) -> Iterator[str | None]:
        """Yield the names on messages of users, also on withheld ones: their speakers have spoken all the same."""
        for begin in range(0, len(self.memories), BATCH):
            for row, versions in self._rows([memory_id for memory_id, _ in self.memories[begin : begin + BATCH]]):
                with suppress(KeyUnavailable):
                    payloads = readable_payloads(subject_sealer(self.tenant_id, self.subject, row.purpose_id), versions)
                    yield from (payload.speaker for payload in payloads if payload and payload.role == USER)
        with tenant_context(self.tenant_id):
            ids = list(_sources_of(self.subject.id).values_list("id", flat=True))
        for begin in range(0, len(ids), BATCH):
            with tenant_context(self.tenant_id):
                self._still_there()
                rows = list(Source.objects.filter(id__in=ids[begin : begin + BATCH]))
            for source in rows:
                with suppress(Unopenable, KeyUnavailable):
                    opened = unseal_source(subject_sealer(self.tenant_id, self.subject, source.purpose_id), source)
                    yield from (message.name for message in opened.messages if message.role == USER)

    def _conversation(self, row: Source) -> dict[str, object]:
        shown: dict[str, object] = {
            "id": str(row.id),
            "purpose": self.purposes.get(row.purpose_id, ""),
            "kept_until": row.expires_at.isoformat(),
        }
        try:
            opened = unseal_source(subject_sealer(self.tenant_id, self.subject, row.purpose_id), row)
        except (Unopenable, KeyUnavailable):
            report_damage(self.tenant_id, [row.id], subject_id=self.subject.id)
            return {**shown, "unreadable": True}
        said = [(message.role, message.name, message.content) for message in opened.messages]
        messages = [
            {
                "role": role,
                "name": name,
                "text": redacted(text)[0]
                if speaks_of_others(text, role=role, speaker=name, person=self.person)
                else text,
            }
            for role, name, text in said
        ]
        return {**shown, "said_at": opened.said_at.isoformat(), "messages": messages}

    def _batch(self, ids: Sequence[UUID]) -> list[Item]:
        found = self._rows(ids)
        told = told_of(self.tenant_id, self.subject, [row for row, _ in found])
        return [self._item(row, versions, told[row.id]) for row, versions in found]

    def _rows(self, ids: Sequence[UUID]) -> list[tuple[Memory, list[MemoryVersion]]]:
        with tenant_context(self.tenant_id):
            self._still_there()
            rows = {row.id: row for row in Memory.objects.filter(id__in=ids)}
            versions: dict[UUID, list[MemoryVersion]] = {}
            for version in MemoryVersion.objects.filter(memory_id__in=ids).order_by("version"):
                versions.setdefault(version.memory_id, []).append(version)
        # Memories deleted since the beginning are left out.
        return [(rows[one], versions[one]) for one in ids if one in rows and one in versions]

    def _still_there(self) -> None:
        now = subject_facts(self.tenant_id, [self.subject.id], fresh=True).get(self.subject.id)
        before = (self.subject.generation, self.subject.standing_version)
        if now is None or (now.generation, now.standing_version) != before:
            raise FactsMoved

    def _item(self, row: Memory, versions: Sequence[MemoryVersion], told: Told) -> Item:
        version = versions[-1]
        payloads: list[Payload] = []
        withheld = self.decided.ground(row.id, row.purpose_id)
        if not withheld:
            found = self._readable(row, versions)
            if None in found:
                report_damage(self.tenant_id, [row.id], subject_id=self.subject.id)
            # A damaged earlier wording is left out; without the present one, nothing is shown.
            withheld = UNREADABLE if found[-1] is None else ""
            both = [(old, payload) for old, payload in zip(versions, found, strict=True) if payload and not withheld]
            versions, payloads = [old for old, _ in both], [payload for _, payload in both]
        shown = [self._shown(row.id, payload) for payload in payloads]
        payload = payloads[-1] if payloads else NOTHING
        metadata, n_metadata = shown[-1][2:] if shown else ({}, 0)
        return Item(
            id=row.id,
            text=shown[-1][0] if shown else None,
            withheld=withheld,
            redactions=sum(n for _, n, _, _ in shown) + n_metadata,
            said_by=payload.role,
            speaker=payload.speaker,
            stated=version.stated,
            confidence=version.confidence,
            extractor=version.extractor,
            kind=payload.kind,
            categories=payload.categories,
            metadata=metadata,
            purpose=self.purposes.get(row.purpose_id, ""),
            lawful_basis=row.lawful_basis,
            article9_condition=self.conditions.get(row.purpose_version_id, ""),
            data_class=row.data_class,
            found=payload.found,
            marks=self._marks(row),
            created_at=row.created_at,
            updated_at=row.updated_at,
            earlier=tuple(
                Wording(old.version, text, old.created_at)
                for old, (text, _, _, _) in zip(versions[:-1], shown[:-1], strict=bool(shown))
            ),
            use_ends=row.expires_at,
            kept_until=row.destroy_at,
            rules=tuple(self.rules.get(rule, "the purpose's own period") for rule in row.retention_rules)
            or ("the purpose's own period",),
            times_said=told.times,
            said=told.occurrences if shown else (),
            valid_until=told.valid_until,
            replaced_by=row.replaced_by,
        )

    def _readable(self, row: Memory, versions: Sequence[MemoryVersion]) -> list[Payload | None]:
        """Return the payloads, with None for one that is damaged or whose key is missing."""
        try:
            return readable_payloads(subject_sealer(self.tenant_id, self.subject, row.purpose_id), versions)
        except KeyUnavailable:
            return [None] * len(versions)

    def _shown(self, memory_id: UUID, payload: Payload) -> tuple[str, int, dict[str, Json], int]:
        """Return (text, number of redactions in it, metadata, number of redactions in that)."""
        of_others = speaks_of_others(payload.text, role=payload.role, speaker=payload.speaker, person=self.person)
        if memory_id in self.decided.in_full or not of_others:
            return payload.text, 0, payload.metadata, 0
        metadata, n = redacted_deep(dict(payload.metadata))
        return *redacted(payload.text), metadata if isinstance(metadata, dict) else {}, n

    def _marks(self, row: Memory) -> tuple[str, ...]:
        """Return the reasons why the memory is not used at present."""
        standing = self.subject.standing(row.purpose_id)
        marks = [] if row.state == "active" else [row.state]
        if self.subject.state is SubjectState.RESTRICTED or standing.restricted:
            marks.append("restriction")
        if standing.objected:
            marks.append("objection")
        if row.expires_at <= self.made_at:
            marks.append("expired")
        return tuple(marks)


def _sources_of(subject_id: UUID) -> QuerySet[Source]:
    return Source.objects.filter(subject_id=subject_id).exclude(purpose_id=NIL)  # without the canary of a scan


def gather(
    tenant_id: UUID, subject: SubjectFacts, person: str, request_id: UUID, purposes: dict[UUID, str]
) -> KeptData:
    """Select what the copy contains.

    Inside the tenant's context, in the transaction that puts the copy on the record.
    """
    memories = Memory.objects.filter(subject_id=subject.id).order_by("created_at", "id")
    sources = _sources_of(subject.id)
    found = decided(RequestItem.objects.filter(request_id=request_id))
    # The conversation would say what is withheld.
    spoken = MemoryVersion.objects.filter(memory_id__in=found.withheld, source_id__isnull=False).values("source_id")
    sources = sources.exclude(purpose_id__in=found.refused).exclude(id__in=spoken)
    return KeptData(
        tenant_id=tenant_id,
        subject=subject,
        person=person,
        memories=tuple(memories.values_list("id", "version")),
        sources=tuple(sources.order_by("created_at").values_list("id", flat=True)),
        decided=found,
        purposes=purposes,
        conditions=dict(PurposeVersion.objects.values_list("id", "article9_condition")),
        rules=dict(Retention.objects.values_list("id", "name")),
        made_at=datetime.now(UTC),
    )
