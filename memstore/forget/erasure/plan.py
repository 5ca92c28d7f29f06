"""Erasure plan: for each purpose what is erased and what the law keeps, with a digest that the approval is bound to."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import rfc8785
from django.db.models import Count, Max, Q

from governance.errors import AccessRefused
from governance.models import Ground, Purpose, RequestItem
from governance.processing.holds import holds_on
from governance.vocabulary import ReasonCode
from memstore.models import Memory, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from governance.models import LegalHold, Subject
    from memstore.records.payload import Json

ERASE, RESTRICT, KEEP = "erase", "restrict", "keep"


@dataclass(frozen=True, slots=True)
class PurposePlan:
    """Plan of one purpose.

    `action`: erase (rows and key); restrict (kept for the ground, out of use, and erased when that ends); or keep
    (refused for the ground by staff, so it stays as it is). `n_kept` of `n_memories` must stay, until `kept_until` if a
    retention floor says so (None: a hold, which has no day).
    """

    purpose_id: UUID
    purpose: str
    action: str
    ground: str
    n_memories: int
    n_sources: int
    n_kept: int
    kept_until: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Effect that an erasure would have now. `revision` counts every change of what is kept about the subject.

    `n_holds`: holds in force on anything kept now or later. While there are any, the person stays known to the service.
    """

    generation: int
    revision: int
    n_holds: int
    purposes: tuple[PurposePlan, ...]

    @property
    def is_complete(self) -> bool:
        """True if nothing has to stay."""
        return self.n_holds == 0 and all(part.action == ERASE for part in self.purposes)

    @property
    def waits_for_law(self) -> bool:
        """True if something stays only until a hold or a retention floor ends; the erasure then goes on."""
        return self.n_holds > 0 or any(part.action == RESTRICT for part in self.purposes)

    @property
    def erased(self) -> list[UUID]:
        return [part.purpose_id for part in self.purposes if part.action == ERASE]

    @property
    def kept(self) -> list[UUID]:
        return [part.purpose_id for part in self.purposes if part.action == RESTRICT]

    @property
    def erasable(self) -> int:
        """Number of memories and sources that would be erased."""
        return sum(part.n_memories - part.n_kept for part in self.purposes) + sum(
            part.n_sources for part in self.purposes if part.action == ERASE
        )

    def to_json(self) -> dict[str, Json]:
        content = asdict(self)
        content["purposes"] = [{**part, "purpose_id": str(part["purpose_id"])} for part in content["purposes"]]
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, object]) -> Plan:
        parts = content["purposes"]
        assert isinstance(parts, (list, tuple))  # noqa: S101 - our own JSON
        purposes = tuple(PurposePlan(**{**part, "purpose_id": UUID(part["purpose_id"])}) for part in parts)
        generation, revision, n_holds = (int(str(content[name])) for name in ("generation", "revision", "n_holds"))
        return cls(generation, revision, n_holds, purposes)

    def digest(self) -> bytes:
        """Return the SHA-256 of the canonical JSON (RFC 8785), which the second person approves."""
        return hashlib.sha256(rfc8785.dumps(self.to_json())).digest()


def plan(subject: Subject, now: datetime, request_id: UUID | None = None) -> Plan:
    """Plan the erasure of a subject whose row the caller has locked, so that no hold and no memory comes in between.

    Purposes that were refused in the request are kept.
    """
    holds, refused = holds_on(subject.id, now), _refused(request_id)
    under_floor = Q(keep_until__gt=now)
    found = {
        purpose_id: (n, n_floor, until)
        for purpose_id, n, n_floor, until in Memory.objects.filter(subject_id=subject.id)
        .values_list("purpose_id")
        .annotate(n=Count("id"), floor=Count("id", filter=under_floor), until=Max("keep_until", filter=under_floor))
        .order_by()
    }
    kept = Source.objects.filter(subject_id=subject.id)
    sources = dict(kept.values_list("purpose_id").annotate(n=Count("id")).order_by())
    names = dict(Purpose.objects.values_list("id", "name"))
    parts = []
    for purpose_id in sorted({*found, *sources}):
        n, n_floor, until = found.get(purpose_id, (0, 0, None))
        over = [hold for hold in holds if hold.purpose_id in (None, purpose_id)]
        by_law = bool(over) or n_floor > 0
        action = KEEP if purpose_id in refused else RESTRICT if by_law else ERASE
        parts.append(
            PurposePlan(
                purpose_id=purpose_id,
                purpose=names.get(purpose_id, ""),
                action=action,
                ground=refused.get(purpose_id) or (_ground(over) if by_law else ""),
                n_memories=n,
                n_sources=sources.get(purpose_id, 0),
                n_kept=n if over or action == KEEP else n_floor,
                kept_until=until.isoformat() if until and not over and action == RESTRICT else None,
            )
        )
    return Plan(subject.generation, subject.revision, len(holds), tuple(parts))


def as_seen(subject: Subject, seen: str, request_id: UUID | None = None) -> None:
    """Raise AccessRefused(PLAN_CHANGED) when the present plan has another digest than the one `seen`.

    The caller has locked the subject's row.
    """
    if plan(subject, datetime.now(UTC), request_id).digest().hex() != seen:
        raise AccessRefused(ReasonCode.PLAN_CHANGED)


def _refused(request_id: UUID | None) -> dict[UUID, str]:
    """Return the ground by refused purpose; the last decision counts."""
    items = RequestItem.objects.filter(request_id=request_id, purpose_id__isnull=False).order_by("decided_at", "id")
    return {purpose_id: ground for purpose_id, ground in items.values_list("purpose_id", "ground") if purpose_id}


def _ground(holds: Iterable[LegalHold]) -> str:
    """Return the ground: the neutral word if one of the holds is not to be disclosed, so that it tips no one off."""
    every = list(holds)
    if not every:
        return Ground.LEGAL_OBLIGATION.value
    if all(hold.disclosable for hold in every):
        return Ground.LEGAL_CLAIMS.value
    return Ground.RETAINED_BY_LAW.value
