"""Who may do what, for which purpose: one pure function over frozen values. Deny by default.

Order of evaluation; the first that applies decides:

1. the key itself: revoked, expired
2. tenant: the object belongs to the principal's tenant
3. capability: the key has what the action needs
4. purpose: named or default, known, and allowed to the key
5. pin: a key pinned to one subject or agent acts for no other
6. lawful basis: consent, where the purpose rests on it
7. state of the subject: only an active one is read or written
8. what cannot be decided is refused
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

POLICY_VERSION = 1


class Capability(StrEnum):
    REMEMBER = "remember"
    RECALL = "recall"
    FORGET = "forget"
    FORGET_SUBJECT = "forget_subject"
    LIST_SUBJECTS = "list_subjects"
    SHARED_WRITE = "shared.write"


class Action(StrEnum):
    """What a use case is about to do; also the type of its audit event."""

    REMEMBER = "remember"
    EXTRACT = "extract"
    RECALL = "recall"
    READ = "read"
    BROWSE = "browse"
    HISTORY = "history"
    REVISE = "revise"
    FORGET = "forget"
    FORGET_SCOPE = "forget_scope"
    LIST_SUBJECTS = "list_subjects"
    READ_EVENT = "read_event"
    CONNECT = "connect"
    AUTHENTICATE = "authenticate"


class LawfulBasis(StrEnum):
    """GDPR Article 6(1)(a) to (f)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class SubjectKind(StrEnum):
    """What the subject is. A session stands for a person not yet known; agents and apps are not persons."""

    USER = "user"
    RUN = "run"
    AGENT = "agent"
    APP = "app"


class SubjectState(StrEnum):
    ACTIVE = "active"
    RESTRICTED = "restricted"
    ERASED = "erased"


class ReasonCode(StrEnum):
    """Why a request was allowed or refused: the closed vocabulary of the audit trail."""

    ALLOWED = "allowed"
    KEY_UNKNOWN = "key_unknown"
    KEY_REVOKED = "key_revoked"
    KEY_EXPIRED = "key_expired"
    OTHER_TENANT = "other_tenant"
    CAPABILITY_MISSING = "capability_missing"
    PURPOSE_MISSING = "purpose_missing"
    PURPOSE_NOT_ALLOWED = "purpose_not_allowed"
    PINNED_ELSEWHERE = "pinned_elsewhere"
    CONSENT_MISSING = "consent_missing"
    SUBJECT_NOT_ACTIVE = "subject_not_active"
    NOT_FOUND = "not_found"
    UNSCOPED = "unscoped"
    WILDCARD_SCOPE = "wildcard_scope"
    UNREADABLE_SCOPE = "unreadable_scope"
    CANNOT_DECIDE = "cannot_decide"


NEEDED: dict[Action, Capability | None] = {
    Action.REMEMBER: Capability.REMEMBER,
    Action.EXTRACT: Capability.REMEMBER,
    Action.RECALL: Capability.RECALL,
    Action.READ: Capability.RECALL,
    Action.BROWSE: Capability.RECALL,
    Action.HISTORY: Capability.RECALL,
    Action.REVISE: Capability.REMEMBER,
    Action.FORGET: Capability.FORGET,
    Action.FORGET_SCOPE: Capability.FORGET,
    Action.LIST_SUBJECTS: Capability.LIST_SUBJECTS,
    Action.CONNECT: None,  # any valid key may ask whose it is
    Action.READ_EVENT: None,  # only the key that made the event sees it; the use case compares the two
}
# Letting go needs no consent: withdrawing it is what brings people here.
FORGETS = frozenset({Action.FORGET, Action.FORGET_SCOPE})
READS_MANY_PURPOSES = frozenset({Action.CONNECT, Action.LIST_SUBJECTS, Action.READ_EVENT, Action.FORGET_SCOPE})
# About the key itself, so a pin to a subject or agent says nothing about them.
OWN_AFFAIRS = frozenset({Action.CONNECT, Action.READ_EVENT})


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """One version of a purpose, as far as decisions need it. `ceiling_days` limits storage (Art. 5(1)(e))."""

    purpose_id: UUID
    version_id: UUID
    name: str
    lawful_basis: LawfulBasis
    ceiling_days: int
    source_days: int


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an API key, with the purposes that it may name."""

    id: UUID
    tenant_id: UUID
    role: str
    capabilities: frozenset[Capability]
    purposes: tuple[PurposeRule, ...]
    default_purpose: str | None
    pinned_subject: UUID | None = None
    pinned_agent: UUID | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """A subject as policy sees it. `generation` changes when a person is erased and starts anew."""

    id: UUID
    kind: SubjectKind
    state: SubjectState
    generation: int
    consents: frozenset[UUID] = frozenset()  # ids of the purposes that this person consents to now


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One question to policy. `purpose` is a name; None means the key's default. `subject` None: not known yet."""

    principal: Principal
    action: Action
    purpose: str | None
    subject: SubjectFacts | None = None
    agent_id: UUID | None = None
    object_tenant: UUID | None = None
    new_subject_kind: SubjectKind | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The purposes whose memories the request may touch; `purpose` is the one that it acts for."""

    purpose: PurposeRule | None
    purposes: tuple[PurposeRule, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    reason: ReasonCode


def decide(request: AccessRequest, now: datetime) -> Allowed | Refused:  # noqa: PLR0911 - one line per rule
    """The answer of policy to `request` at `now`, in the order written at the top of this module."""
    principal, action = request.principal, request.action
    if principal.revoked_at is not None:
        return Refused(ReasonCode.KEY_REVOKED)
    if principal.expires_at is not None and principal.expires_at <= now:
        return Refused(ReasonCode.KEY_EXPIRED)
    if request.object_tenant not in (None, principal.tenant_id):
        return Refused(ReasonCode.OTHER_TENANT)
    if action not in NEEDED:
        return Refused(ReasonCode.CANNOT_DECIDE)
    if not _capable(request):
        return Refused(ReasonCode.CAPABILITY_MISSING)
    purposes = _purposes(request)
    if isinstance(purposes, Refused):
        return purposes
    if _pinned_elsewhere(request):
        return Refused(ReasonCode.PINNED_ELSEWHERE)
    lawful = tuple(rule for rule in purposes if action in FORGETS or _lawful(rule, request.subject))
    if not lawful and action not in READS_MANY_PURPOSES:
        return Refused(ReasonCode.CONSENT_MISSING)
    if request.subject is not None and not _readable(request.subject, action):
        return Refused(ReasonCode.SUBJECT_NOT_ACTIVE)
    return Allowed(purpose=lawful[0] if lawful else None, purposes=lawful)


def _capable(request: AccessRequest) -> bool:
    needed = NEEDED[request.action]
    held = request.principal.capabilities
    kind = request.subject.kind if request.subject else request.new_subject_kind
    shared = kind in (SubjectKind.AGENT, SubjectKind.APP)
    if shared and needed in (Capability.REMEMBER, Capability.FORGET) and Capability.SHARED_WRITE not in held:
        return False
    return needed is None or needed in held


def _purposes(request: AccessRequest) -> tuple[PurposeRule, ...] | Refused:
    principal = request.principal
    if request.action in READS_MANY_PURPOSES and request.purpose is None:
        return principal.purposes
    name = request.purpose if request.purpose is not None else principal.default_purpose
    if not name:
        return Refused(ReasonCode.PURPOSE_MISSING)
    found = tuple(rule for rule in principal.purposes if rule.name == name)
    return found or Refused(ReasonCode.PURPOSE_NOT_ALLOWED)


def _pinned_elsewhere(request: AccessRequest) -> bool:
    principal = request.principal
    if request.action in OWN_AFFAIRS:
        return False
    subject_id = request.subject.id if request.subject else None
    return (principal.pinned_subject is not None and subject_id != principal.pinned_subject) or (
        principal.pinned_agent is not None and request.agent_id != principal.pinned_agent
    )


def _lawful(rule: PurposeRule, subject: SubjectFacts | None) -> bool:
    if rule.lawful_basis is not LawfulBasis.CONSENT:
        return True
    return subject is not None and rule.purpose_id in subject.consents


def _readable(subject: SubjectFacts, action: Action) -> bool:
    if subject.state is SubjectState.ACTIVE:
        return True
    # A restricted subject may still be forgotten; nothing else may touch it (Art. 18(2)).
    return subject.state is SubjectState.RESTRICTED and action in FORGETS
