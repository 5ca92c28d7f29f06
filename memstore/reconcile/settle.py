"""Settlement: what each new statement of a call does to those that are current, decided before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from memstore.intake.claims import held_keys, slot_keys
from memstore.models import ReplacementKind
from memstore.reconcile.decide import decide, is_marked
from memstore.reconcile.pool import (
    FOR_A_CHANGE,
    LONG,
    MAX_OPENED,
    MAX_PLAIN,
    PLAIN,
    PLAIN_AND_LONG,
    member_of,
    open_pool,
)
from memstore.reconcile.signals import MOST_STEMS
from memstore.reconcile.statement import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from governance.keyring.sealing import Sealer
    from memstore.intake.claims import Claim
    from memstore.reconcile.pool import Member, Pool
    from memstore.reconcile.statement import Relation
    from memstore.records.insert import Draft, Owner

HISTORY: Final = (ReplacementKind.SUPERSEDES, ReplacementKind.RETRACTS)
"""Kinds by which the old memory is no longer current."""


@dataclass(slots=True)
class Settled:
    """What becomes of one draft.

    `repeats`: it says again what this memory says. `replaces`: (memory, relation) that it takes the place of.
    `slots`: keyed digests of what it is about, if it becomes current. `older_than`: memories that were said later and
    say something else of the same, though it stays current.
    """

    draft: Draft
    repeats: UUID | None = None
    replaces: list[tuple[UUID, ReplacementKind]] = field(default_factory=list)
    slots: list[bytes] = field(default_factory=list)
    older_than: list[UUID] = field(default_factory=list)


def settle(
    owner: Owner,
    drafts: Sequence[Draft],
    vectors: NDArray[np.float32],
    said_at: datetime | None,
    *,
    own_agent_only: bool = False,
) -> list[Settled]:
    """Return what becomes of each draft, in order. Inside the transaction that has locked the subject's row.

    `own_agent_only`: of what is current, only what came through the same agent takes part.

    Only what a person said is set against what the person said before; a draft that waits for a reviewer is not.
    """
    now = datetime.now(UTC)
    spoken_at = said_at or now
    settled = [Settled(draft) for draft in drafts]
    new: dict[int, Member] = {
        place: member_of(draft, owner, vectors[place], spoken_at)
        for place, draft in enumerate(drafts)
        if _takes_part(draft)
    }
    if not new:
        return settled
    macs = {place: slots_of(owner.sealer, one, slot_keys(_claims(one))) for place, one in new.items()}
    marked = {place for place, member in new.items() if member.statement and is_marked(member.statement)}
    late = said_at is not None and said_at < now
    short = any(member.n_terms <= LONG for member in new.values())
    limit = 0 if not short else MAX_OPENED if marked or late else MAX_PLAIN
    pool = open_pool(owner, sorted({mac for some in macs.values() for mac in some}), limit=limit, now=now)
    if own_agent_only:
        pool.keep_of(next(iter(new.values())).agent)
    for place, member in new.items():
        if member.statement is None:
            continue
        plain = PLAIN if len(member.statement.stems) <= MOST_STEMS else PLAIN_AND_LONG
        picked = pool.pick(member, macs[place], FOR_A_CHANGE if place in marked else plain)
        candidates = pool.candidates(member, picked)
        one = settled[place]
        one.draft = replace(one.draft, about=_about(member.statement.claims))
        for relation in decide(member.statement, candidates):
            _apply(one, relation, pool)
        if one.repeats is None and one.draft.replaced_by is None:
            for old, kind in one.replaces:
                if kind in HISTORY:
                    pool.drop(old)
            one.slots = slots_of(owner.sealer, member, held_keys(_claims(member)))
            pool.add(member)
            pool.slots |= {mac: member.id for mac in one.slots if mac not in pool.slots}
    return settled


def _apply(one: Settled, relation: Relation, pool: Pool) -> None:
    other = UUID(relation.id)
    match relation.kind:
        case Kind.DUPLICATES if relation.wholly:
            one.repeats = one.repeats or other
        case Kind.OUTDATED if relation.wholly:
            over = datetime.fromtimestamp(pool.members[other].said_at, UTC)
            if one.draft.valid_until is None or over < one.draft.valid_until:  # the next after it took its place
                one.draft = replace(one.draft, replaced_by=other, valid_until=over)
        case Kind.OUTDATED:
            one.older_than.append(other)
        case Kind.SUPERSEDES if not relation.wholly:
            one.replaces.append((other, ReplacementKind.PARTLY))
        case Kind.SUPERSEDES:
            one.replaces.append((other, ReplacementKind.SUPERSEDES))
        case Kind.RETRACTS if relation.wholly:
            one.replaces.append((other, ReplacementKind.RETRACTS))
        case Kind.CONTRADICTS:
            one.replaces.append((other, ReplacementKind.CONTRADICTS))
        case _:  # a part of it is said already, or is out of date: the rest is kept with it
            pass


def slots_of(sealer: Sealer, member: Member, keys: Iterable[str]) -> list[bytes]:
    """Return keyed digests of these slots of a statement's speaker, under the person's key for the purpose."""
    speaker = member.statement.speaker if member.statement else None
    return [sealer.mac(b"slot", f"{(speaker or '').casefold()}\0{key}".encode()) for key in keys]


def _about(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Return the attributes of the person that a statement tells, as questions name them."""
    told = (claim.attribute for claim in claims if claim.who == "self" and claim.one and claim.attribute)
    return tuple(dict.fromkeys(attribute.partition(":")[0] for attribute in told))


def _claims(member: Member) -> tuple[Claim, ...]:
    return member.statement.claims if member.statement else ()


def _takes_part(draft: Draft) -> bool:
    return draft.quarantine is None and draft.payload.role == "user"
