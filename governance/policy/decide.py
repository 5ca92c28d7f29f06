"""Policy decision: one pure function over frozen values. Deny by default.

Order of evaluation; the first that applies decides:

1. the principal itself: revoked, expired
2. tenant: the object belongs to the principal's tenant
3. capability: the key or the role has what the action needs (`roles.NEEDED`), and `forget_subject` as well where all
   memories of a subject are deleted, `shared.write` where the subject is an agent or app
4. step-up: a second factor where the action asks staff for one (`roles.SECOND_FACTOR`)
5. purpose: named or default, known, and allowed to the principal; personal data for personal purposes only
6. pin: a key pinned to one subject or agent acts for no other
7. lawful basis: consent given and not expired where the purpose rests on it; no objection, no restriction
8. state of the subject: only an active one is read or written
9. classes: what the role or capability sees, of what the purpose may hold (`roles.VIEWS`)
10. what cannot be decided is refused

Rules 1 to 5 need no subject, and the pin needs only the names in the request. `look_up.clear` evaluates them before a
subject is looked up, so that no refusal depends on who is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.policy.roles import NEEDED, look, needs_step_up, row_of
from governance.vocabulary import (
    SENSITIVE,
    SHARED,
    Action,
    Article9Condition,
    Capability,
    DataClass,
    FieldGroup,
    Handling,
    LawfulBasis,
    MemoryState,
    ReasonCode,
    Role,
    SubjectKind,
    SubjectState,
    View,
)

if TYPE_CHECKING:
    from uuid import UUID

POLICY_VERSION = 4
NO_END = datetime(9999, 12, 31, tzinfo=UTC)  # a consent without an expiry

# Deletion and refusal by the person: a restricted subject, a missing consent or an objection cannot stop these.
LETS_GO = frozenset({Action.FORGET, Action.FORGET_SCOPE, Action.WITHDRAW_CONSENT, Action.OBJECT, Action.READ_CONSENT})
# Actions on memories that name a purpose (or take the key's default); all others are not for one purpose.
FOR_A_PURPOSE = frozenset(
    {
        Action.REMEMBER,
        Action.EXTRACT,
        Action.RECALL,
        Action.READ,
        Action.BROWSE,
        Action.HISTORY,
        Action.REVISE,
        Action.FORGET,
        Action.GRANT_CONSENT,
    }
)
# Reading for a purpose sees the purposes recorded as compatible with it; writing never does.
READS = frozenset({Action.RECALL, Action.READ, Action.BROWSE, Action.HISTORY})
# Actions that show the text of memories to a principal that may see it.
SHOWS = READS | {Action.READ_EVENT, Action.INSPECT, Action.READ_PORTAL}
WRITES = frozenset({Action.REMEMBER, Action.EXTRACT})
# Actions for all of the principal's purposes at once, unless one is named.
FOR_MANY_PURPOSES = frozenset({Action.LIST_SUBJECTS, Action.READ_EVENT, Action.FORGET_SCOPE})
# Actions about the principal itself, to which a pin to a subject or agent does not apply.
OWN_AFFAIRS = frozenset({Action.CONNECT, Action.READ_EVENT, Action.SIGN_OUT, Action.STEP_UP})
# Staff see the rows of a restricted person: a member of staff has to handle the restriction.
STAFF_ACTIONS = frozenset(set(NEEDED) - FOR_A_PURPOSE - FOR_MANY_PURPOSES)

# Actions that the person's own choices about a purpose never forbid.
WHATEVER_THE_PERSON_CHOSE = LETS_GO | STAFF_ACTIONS | {Action.GRANT_CONSENT}


@dataclass(frozen=True, slots=True)
class Intake:
    """Handling by a purpose of each kind of finding of the detector, before anything is stored."""

    identifier: Handling = Handling.ALLOW
    secret: Handling = Handling.MASK
    special: Handling = Handling.REFUSE
    criminal: Handling = Handling.REFUSE
    unknown: Handling = Handling.QUARANTINE


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """One version of a purpose, as far as decisions need it. `ceiling_days` limits storage (Art. 5(1)(e))."""

    purpose_id: UUID
    version_id: UUID
    name: str
    lawful_basis: LawfulBasis
    ceiling_days: int
    source_days: int
    personal: bool = True
    article9: Article9Condition | None = None
    intake: Intake = field(default_factory=Intake)
    review_first: bool = False
    direct_marketing: bool = False
    counts_use: bool = False  # a retention rule in force counts from the last use
    compatible: tuple[PurposeRule, ...] = ()  # whose memories may be read for this one (Art. 6(4))

    def holds(self, data_class: DataClass) -> bool:
        """Return whether memories of this class may exist for the purpose at all."""
        if data_class is DataClass.SPECIAL:
            return self.intake.special is not Handling.REFUSE and self.article9 is not None
        if data_class is DataClass.CRIMINAL:
            return self.intake.criminal is not Handling.REFUSE
        return True


@dataclass(frozen=True, slots=True)
class Principal:
    """Authenticated principal: an API key, a member of staff or the person, with the purposes that it may name."""

    id: UUID
    tenant_id: UUID
    role: Role
    capabilities: frozenset[Capability]
    purposes: tuple[PurposeRule, ...]
    default_purpose: str | None
    pinned_subject: UUID | None = None
    pinned_agent: UUID | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    stepped_up_until: datetime | None = None
    session_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Choices of one person about one purpose: consent, objection and restriction.

    `consent_until` None: no consent. `consent_version` counts the ends of consent.
    """

    purpose_id: UUID
    consent_until: datetime | None = None
    consent_version: int = 0
    objected: bool = False
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """Facts of a subject that policy decides by.

    `generation` counts up when an erasure puts the subject out of use or marks it erased, and when that is undone.
    `standing_version` counts up with each choice of the person (consent, objection, restriction), and when their age,
    end of contract or state changes, so that the audit event can tell a decision on old facts.
    """

    id: UUID
    kind: SubjectKind
    state: SubjectState
    generation: int
    standing_version: int = 0
    standings: tuple[Standing, ...] = ()

    def standing(self, purpose_id: UUID) -> Standing:
        """Return the person's choices about this purpose; none made when there is no row."""
        return next((found for found in self.standings if found.purpose_id == purpose_id), Standing(purpose_id))


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One question to policy.

    `purpose` is a name; None means the key's default. `subject` None: not known yet.
    """

    principal: Principal
    action: Action
    purpose: str | None
    subject: SubjectFacts | None = None
    agent_id: UUID | None = None
    object_tenant: UUID | None = None
    new_subject_kind: SubjectKind | None = None
    revealed: bool = False  # break-glass is open for this subject and principal
    on_a_row: bool = False  # about a row that is not loaded yet, which has the kind and the purpose


@dataclass(frozen=True, slots=True)
class Reach:
    """One purpose whose memories the request may read or write, and the classes of them that it sees."""

    rule: PurposeRule
    classes: frozenset[DataClass]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Decision for the caller, with what it reaches.

    `purpose` is the one that the request acts for; None when the action is for no single purpose. `reaches` has it
    first, then the purposes compatible with it. `row` is the row of `roles.VIEWS` that applies to the principal.
    """

    purpose: PurposeRule | None
    reaches: tuple[Reach, ...]
    row: str  # of `roles.VIEWS`

    @property
    def purposes(self) -> tuple[PurposeRule, ...]:
        """Return the rules of the purposes in reach, in the order of `reaches`."""
        return tuple(reach.rule for reach in self.reaches)

    def sees(self, purpose_id: UUID, data_class: DataClass) -> bool:
        """Return whether memories of this purpose and class are in reach."""
        return any(reach.rule.purpose_id == purpose_id and data_class in reach.classes for reach in self.reaches)

    def shows_special(self) -> bool:
        """Return whether content of a special category or about crimes would be seen in clear."""
        return any(
            look(self.row, FieldGroup.CONTENT, data_class, state) is View.CLEAR
            for reach in self.reaches
            for data_class in reach.classes & SENSITIVE
            for state in MemoryState
        )

    def view(self, group: FieldGroup, data_class: DataClass, state: MemoryState) -> View:
        """Return how much of a field group of a memory of this class and state is shown."""
        return look(self.row, group, data_class, state)


@dataclass(frozen=True, slots=True)
class Refused:
    """Decision against the caller, with one reason code."""

    reason: ReasonCode


def decide(request: AccessRequest, now: datetime) -> Allowed | Refused:
    """Return the decision on `request` at `now`, in the order written at the top of this module."""
    action, subject = request.action, request.subject
    purposes = _unseen(request, now)
    if isinstance(purposes, Refused):
        return purposes
    if _pinned_elsewhere(request):
        return Refused(ReasonCode.PINNED_ELSEWHERE)
    judged = [(rule, _unlawful(rule, request, now)) for rule in purposes]
    objections = [reason for _, reason in judged if reason is not None]
    lawful = tuple(rule for rule, reason in judged if reason is None)
    if action in FOR_A_PURPOSE and objections:
        return Refused(objections[0])
    if subject is not None and not _readable(subject, action):
        return Refused(ReasonCode.SUBJECT_NOT_ACTIVE)
    row = row_of(request.principal.role, request.principal.capabilities, revealed=request.revealed)
    reaches = tuple(Reach(rule, _classes(rule, row, action)) for rule in lawful)
    if action in READS:
        reaches += _compatible(purposes[0], request, row, now)
    return Allowed(purpose=lawful[0] if lawful and action in FOR_A_PURPOSE else None, reaches=reaches, row=row)


def refused_unseen(request: AccessRequest, now: datetime) -> Refused | None:
    """Return the refusal by rules 1 to 5, or None. They need no subject, and `decide` evaluates them again.

    With `on_a_row`, kind and purpose are known only once the row is loaded: the rules that need them are left to
    `decide`.
    """
    found = _unseen(request, now)
    return found if isinstance(found, Refused) else None


def _unseen(request: AccessRequest, now: datetime) -> tuple[PurposeRule, ...] | Refused:  # noqa: PLR0911 - one per rule
    """Return the purposes that the request is for, or the refusal by rules 1 to 5."""
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
    fresh = principal.stepped_up_until is not None and principal.stepped_up_until > now
    if needs_step_up(principal.role, action) and not fresh:
        return Refused(ReasonCode.STEP_UP_NEEDED)
    return _purposes(request)


def _capable(request: AccessRequest) -> bool:
    needed = NEEDED[request.action]
    held = request.principal.capabilities
    if request.action is Action.FORGET_SCOPE and Capability.FORGET_SUBJECT not in held:
        return False  # everything of a person, agent, app or run
    if _kind(request) in SHARED and needed in (Capability.REMEMBER, Capability.FORGET):
        return needed in held and Capability.SHARED_WRITE in held
    return needed is None or needed in held


def _kind(request: AccessRequest) -> SubjectKind | None:
    return request.subject.kind if request.subject else request.new_subject_kind


def _purposes(request: AccessRequest) -> tuple[PurposeRule, ...] | Refused:
    principal, action = request.principal, request.action
    for_one = action in FOR_A_PURPOSE and not request.on_a_row
    if not for_one and (action not in FOR_A_PURPOSE | FOR_MANY_PURPOSES or request.purpose is None):
        return principal.purposes
    shared = _kind(request) in SHARED
    name = request.purpose if request.purpose is not None else _default(principal, shared=shared)
    if not name:
        return Refused(ReasonCode.PURPOSE_MISSING)
    found = tuple(rule for rule in principal.purposes if rule.name == name)
    if not found:
        return Refused(ReasonCode.PURPOSE_NOT_ALLOWED)
    return found if request.on_a_row else _for_whom(found, action, shared=shared)


def _for_whom(found: tuple[PurposeRule, ...], action: Action, *, shared: bool) -> tuple[PurposeRule, ...] | Refused:
    """Refuse to write personal data for a purpose that is not personal, and the other way round."""
    if action in WRITES and shared and found[0].personal:
        return Refused(ReasonCode.PURPOSE_IS_PERSONAL)
    if action in WRITES and not shared and not found[0].personal:
        return Refused(ReasonCode.PURPOSE_NOT_PERSONAL)
    return found


def _default(principal: Principal, *, shared: bool) -> str | None:
    """Return the name of the key's default purpose.

    For an agent or app, the key's only purpose that is not personal, unless the default is such a purpose.
    """
    if shared:
        impersonal = [rule.name for rule in principal.purposes if not rule.personal]
        if principal.default_purpose not in impersonal and len(impersonal) == 1:
            return impersonal[0]
    return principal.default_purpose


def _pinned_elsewhere(request: AccessRequest) -> bool:
    principal = request.principal
    if request.action in OWN_AFFAIRS:
        return False
    subject_id = request.subject.id if request.subject else None
    return (principal.pinned_subject is not None and subject_id != principal.pinned_subject) or (
        principal.pinned_agent is not None and request.agent_id != principal.pinned_agent
    )


def _unlawful(rule: PurposeRule, request: AccessRequest, now: datetime) -> ReasonCode | None:
    """Return the reason why the person's own choices forbid this purpose now, or None."""
    shows = _shows_what_a_machine_sees(request)
    if not shows and (request.action in WHATEVER_THE_PERSON_CHOSE):
        return None
    if shows and request.subject is not None and request.subject.state is SubjectState.RESTRICTED:
        return ReasonCode.SUBJECT_NOT_ACTIVE
    standing = request.subject.standing(rule.purpose_id) if request.subject else Standing(rule.purpose_id)
    if standing.objected:
        return ReasonCode.OBJECTED
    if standing.restricted:
        return ReasonCode.SUBJECT_NOT_ACTIVE
    if rule.lawful_basis is LawfulBasis.CONSENT and (standing.consent_until is None or standing.consent_until <= now):
        return ReasonCode.CONSENT_MISSING
    return None


def _shows_what_a_machine_sees(request: AccessRequest) -> bool:
    """Return whether the portal may show only what the key that issued the link may read.

    So it is until the person has proved who they are: a key gains nothing by a link that it issues to itself.
    """
    return request.action is Action.READ_PORTAL and Capability.OWN_READ_ALL not in request.principal.capabilities


def _readable(subject: SubjectFacts, action: Action) -> bool:
    if subject.state is SubjectState.ACTIVE:
        return True
    # Memories of a restricted subject may still be deleted, and staff handle it; every other action is refused
    # (Art. 18(2)).
    return subject.state is SubjectState.RESTRICTED and (action in LETS_GO or action in STAFF_ACTIONS)


def _classes(rule: PurposeRule, row: str, action: Action) -> frozenset[DataClass]:
    """Return the classes that the purpose may hold and the principal's row shows.

    Deletion reaches every class.
    """
    if action in LETS_GO:
        return frozenset(DataClass)
    return frozenset(
        data_class
        for data_class in DataClass
        if rule.holds(data_class)
        and any(look(row, FieldGroup.CONTENT, data_class, state) is not View.HIDDEN for state in MemoryState)
    )


def _compatible(purpose: PurposeRule, request: AccessRequest, row: str, now: datetime) -> tuple[Reach, ...]:
    """Return the purposes compatible with `purpose` that may be read for it now.

    Never one that rests on consent, never special or criminal data (Art. 6(4), 9, 10).
    """
    ordinary = frozenset({DataClass.ORDINARY, DataClass.CONFIDENTIAL})
    return tuple(
        Reach(rule, _classes(rule, row, request.action) & ordinary)
        for rule in purpose.compatible
        if rule.lawful_basis is not LawfulBasis.CONSENT
        and rule.purpose_id != purpose.purpose_id
        and _unlawful(rule, request, now) is None
    )
