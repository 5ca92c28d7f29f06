"""Ends of proposals that are not approved: declined by another person with a reason, or withdrawn by their author.

All kinds share these use cases. The row states who ended the proposal, when and how, and each end is an audit event.
The same may be proposed anew afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from governance.access import api_keys, staff
from governance.dual_control import approve_loosening
from governance.errors import AccessRefused, NoSuchObject
from governance.guard.authorize import authorize
from governance.guard.second_approval import EndedProposal, ended_of, not_the_same
from governance.models import DeclineReason, LegalHold, Offboarding, Proposal, ProposalEnd
from governance.processing import holds, retention_rules
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from governance.context import Caller


class ProposalKind(StrEnum):
    """The subject matter of a proposal.

    A hold and a rule each take a second proposal: of the release, and of the end.
    """

    HOLD = "hold"
    HOLD_RELEASE = "hold_release"
    RULE = "rule"
    RULE_END = "rule_end"
    KEY = "key"
    MEMBER = "member"
    OFFBOARDING = "offboarding"
    LOOSENING = "loosening"


@dataclass(frozen=True, slots=True)
class _Way:
    """The actions of one kind. `locked(id)` returns its row; `second`: column prefix of a row's second proposal."""

    decline: Action
    withdraw: Action
    locked: Callable[[UUID], Proposal]
    second: str = ""


def _offboarding(offboarding_id: UUID) -> Proposal:
    row = Offboarding.objects.select_for_update().filter(id=offboarding_id).first()
    if row is None:
        raise NoSuchObject("offboarding")
    return row


WAYS: dict[ProposalKind, _Way] = {
    ProposalKind.HOLD: _Way(Action.DECLINE_HOLD, Action.WITHDRAW_HOLD, holds.locked),
    ProposalKind.HOLD_RELEASE: _Way(
        Action.DECLINE_HOLD_RELEASE, Action.WITHDRAW_HOLD_RELEASE, holds.locked, second="release_"
    ),
    ProposalKind.RULE: _Way(Action.DECLINE_RULE, Action.WITHDRAW_RULE, retention_rules.rule_by_id),
    ProposalKind.RULE_END: _Way(
        Action.DECLINE_RULE_END, Action.WITHDRAW_RULE_END, retention_rules.rule_by_id, second="end_"
    ),
    ProposalKind.KEY: _Way(Action.DECLINE_KEY, Action.WITHDRAW_KEY, api_keys.locked),
    ProposalKind.MEMBER: _Way(Action.DECLINE_MEMBER, Action.WITHDRAW_MEMBER, staff.locked),
    ProposalKind.OFFBOARDING: _Way(Action.DECLINE_OFFBOARDING, Action.WITHDRAW_OFFBOARDING, _offboarding),
    ProposalKind.LOOSENING: _Way(Action.DECLINE_LOOSENING, Action.WITHDRAW_LOOSENING, approve_loosening.locked),
}


def decline_proposal(*, caller: Caller, kind: ProposalKind, object_id: UUID, reason: DeclineReason) -> EndedProposal:
    """Decline another person's proposal. It has no effect, and the same may be proposed anew.

    Raises NoSuchObject, AccessRefused: SAME_PERSON (the author withdraws instead), ALREADY_DECIDED.
    """
    return _end(caller, kind, object_id, ProposalEnd.DECLINED, reason.value)


def withdraw_proposal(*, caller: Caller, kind: ProposalKind, object_id: UUID) -> EndedProposal:
    """Withdraw the caller's own proposal.

    Raises NoSuchObject, AccessRefused: NOT_THE_AUTHOR (others decline instead), ALREADY_DECIDED.
    """
    return _end(caller, kind, object_id, ProposalEnd.WITHDRAWN, "")


def check_proposal(*, caller: Caller, kind: ProposalKind, object_id: UUID, how: ProposalEnd) -> None:
    """Check that the proposal waits and may be ended in this way by the caller. It changes nothing.

    Raises what ending it would raise.
    """
    action = WAYS[kind].decline if how is ProposalEnd.DECLINED else WAYS[kind].withdraw
    grant = authorize(caller=caller, action=action, object_id=object_id)
    with grant.effect(object_id=object_id):
        _waiting(caller, WAYS[kind], object_id, how)


def _waiting(caller: Caller, way: _Way, object_id: UUID, how: ProposalEnd) -> Proposal:
    """Return the row of a waiting proposal, locked.

    Raises NoSuchObject, AccessRefused: ALREADY_DECIDED, SAME_PERSON, NOT_THE_AUTHOR.
    """
    row = way.locked(object_id)
    author = _author(row, way.second)
    if author is None:
        raise AccessRefused(ReasonCode.ALREADY_DECIDED)
    if how is ProposalEnd.DECLINED:
        not_the_same(caller, author)
    elif caller.principal.id != author:
        raise AccessRefused(ReasonCode.NOT_THE_AUTHOR)
    return row


def _end(caller: Caller, kind: ProposalKind, object_id: UUID, how: ProposalEnd, reason: str) -> EndedProposal:
    way = WAYS[kind]
    action = way.decline if how is ProposalEnd.DECLINED else way.withdraw
    grant = authorize(caller=caller, action=action, object_id=object_id)
    with grant.effect(object_id=object_id):
        row = _waiting(caller, way, object_id, how)
        row.ended_as, row.ended_reason = how.value, reason
        row.ended_by, row.ended_at = caller.principal.id, datetime.now(UTC)
        cleared = [f"{way.second}requested_by", f"{way.second}requested_at"] if way.second else []
        for column in cleared:
            setattr(row, column, None)
        row.save(update_fields=["ended_as", "ended_reason", "ended_by", "ended_at", *cleared])
        about = row.subject_id if isinstance(row, LegalHold) else None
        grant.record_under_lock(subject_id=about, object_id=row.id)
        ended = ended_of(row)
        assert ended is not None  # noqa: S101 - written three lines above
        return ended


def _author(row: Proposal, second: str) -> UUID | None:
    """Return the person whose proposal waits; None where none does."""
    if second:
        asked: UUID | None = getattr(row, f"{second}requested_by")
        return asked if getattr(row, f"{second}approved_at") is None else None
    over = row.approved_at is not None or row.has_ended
    over = over or any(getattr(row, column, None) is not None for column in ("revoked_at", "suspended_at"))
    return None if over else row.requested_by
