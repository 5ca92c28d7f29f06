"""The policy table: one row per rule, and what no row may ever do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from governance.policy.decide import (
    AccessRequest,
    Allowed,
    Intake,
    Principal,
    PurposeRule,
    Reach,
    Refused,
    Standing,
    SubjectFacts,
    decide,
)
from governance.policy.roles import NEEDED, ROLE_CAPABILITIES, SECOND_FACTOR, STEP_UP
from governance.vocabulary import (
    MACHINE_CAPABILITIES,
    STAFF,
    Action,
    Article9Condition,
    Capability,
    DataClass,
    Handling,
    LawfulBasis,
    ReasonCode,
    Role,
    SubjectKind,
    SubjectState,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ORDINARY = frozenset({DataClass.ORDINARY, DataClass.CONFIDENTIAL})
EVERYTHING = frozenset(DataClass)
NO_CLASS: frozenset[DataClass] = frozenset()


def purpose(name: str, basis: LawfulBasis, **terms: object) -> PurposeRule:
    return PurposeRule(uuid4(), uuid4(), name, basis, 365, 30, **terms)  # type: ignore[arg-type]  # its fields


ASSISTANCE = purpose("assistance", LawfulBasis.CONTRACT)
OFFERS = purpose("offers", LawfulBasis.CONSENT)
SURVEYS = purpose("surveys", LawfulBasis.LEGITIMATE_INTERESTS)
KNOWLEDGE = purpose("knowledge", LawfulBasis.LEGITIMATE_INTERESTS, personal=False)
MANUALS = purpose("manuals", LawfulBasis.CONTRACT, personal=False)
BANK = Principal(
    id=uuid4(),
    tenant_id=uuid4(),
    role=Role.API_KEY,
    capabilities=frozenset(MACHINE_CAPABILITIES),
    purposes=(ASSISTANCE, OFFERS, SURVEYS, KNOWLEDGE),
    default_purpose="assistance",
)
ALICE = SubjectFacts(uuid4(), SubjectKind.USER, SubjectState.ACTIVE, 1)
VISITOR = SubjectFacts(uuid4(), SubjectKind.RUN, SubjectState.ACTIVE, 1)
AGENT = SubjectFacts(uuid4(), SubjectKind.AGENT, SubjectState.ACTIVE, 1)
RESTRICTED = replace(ALICE, state=SubjectState.RESTRICTED)
ERASED = replace(ALICE, state=SubjectState.ERASED)
RECALL = AccessRequest(principal=BANK, action=Action.RECALL, purpose=None, subject=ALICE)

LETS_GO = [Action.FORGET, Action.FORGET_SCOPE, Action.WITHDRAW_CONSENT, Action.OBJECT, Action.READ_CONSENT]
READS = [Action.RECALL, Action.READ, Action.BROWSE, Action.HISTORY]
WRITES = [Action.REMEMBER, Action.EXTRACT]
OWN_AFFAIRS = [Action.CONNECT, Action.READ_EVENT, Action.SIGN_OUT, Action.STEP_UP]
ONE_PURPOSE = [*READS, *WRITES, Action.REVISE, Action.FORGET, Action.GRANT_CONSENT]


def refused(request: AccessRequest, now: datetime = NOW) -> ReasonCode | None:
    answer = decide(request, now)
    return answer.reason if isinstance(answer, Refused) else None


def allowed(request: AccessRequest) -> Allowed:
    answer = decide(request, NOW)
    assert isinstance(answer, Allowed), answer
    return answer


def reach(request: AccessRequest) -> dict[str, frozenset[DataClass]]:
    return {found.rule.name: found.classes for found in allowed(request).reaches}


def by(**changes: object) -> AccessRequest:
    return replace(RECALL, principal=replace(BANK, **changes))  # type: ignore[arg-type]  # fields of Principal


def only(action: Action, *capabilities: Capability) -> AccessRequest:
    return replace(by(capabilities=frozenset(capabilities)), action=action)


def about(subject: SubjectFacts | None, action: Action = Action.RECALL, name: str | None = None) -> AccessRequest:
    return replace(RECALL, subject=subject, action=action, purpose=name)


def who(rule: PurposeRule, **choices: object) -> SubjectFacts:
    return replace(ALICE, standings=(Standing(rule.purpose_id, **choices),))  # type: ignore[arg-type]  # its fields


def at_work(role: Role, action: Action, subject: SubjectFacts | None = ALICE) -> AccessRequest:
    """Return a request of a member of staff whose second factor is fresh."""
    person = Principal(
        id=uuid4(),
        tenant_id=BANK.tenant_id,
        role=role,
        capabilities=ROLE_CAPABILITIES[role],
        purposes=(ASSISTANCE, OFFERS),
        default_purpose=None,
        stepped_up_until=NOW + SECOND,
    )
    return AccessRequest(principal=person, action=action, purpose=None, subject=subject)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        # 0. nothing speaks against it
        (RECALL, None),
        # 1. revoked, at any time
        (by(revoked_at=NOW - timedelta(days=1)), ReasonCode.KEY_REVOKED),
        # 1. a time of revocation is enough, whatever the clocks say
        (by(revoked_at=NOW + SECOND), ReasonCode.KEY_REVOKED),
        # 1. revoked before expired
        (by(revoked_at=NOW, expires_at=NOW), ReasonCode.KEY_REVOKED),
        # 1. expired at exactly its time
        (by(expires_at=NOW), ReasonCode.KEY_EXPIRED),
        (by(expires_at=NOW + SECOND), None),
        # 2. another tenant's object
        (replace(RECALL, object_tenant=uuid4()), ReasonCode.OTHER_TENANT),
        (replace(RECALL, object_tenant=BANK.tenant_id), None),
        # 3. a capability that is not held
        (by(capabilities=frozenset({Capability.REMEMBER})), ReasonCode.CAPABILITY_MISSING),
        # 3. everything of a person goes with both capabilities only
        (only(Action.FORGET_SCOPE, Capability.FORGET), ReasonCode.CAPABILITY_MISSING),
        (only(Action.FORGET_SCOPE, Capability.FORGET_SUBJECT), ReasonCode.CAPABILITY_MISSING),
        (only(Action.FORGET_SCOPE, Capability.FORGET, Capability.FORGET_SUBJECT), None),
        (only(Action.FORGET, Capability.FORGET), None),
        # 3. to see special categories is not to read
        (by(capabilities=frozenset({Capability.RECALL_SPECIAL})), ReasonCode.CAPABILITY_MISSING),
        # 5. no purpose named and no default
        (by(default_purpose=None), ReasonCode.PURPOSE_MISSING),
        # 5. named, and empty: the default does not step in
        (about(ALICE, name=""), ReasonCode.PURPOSE_MISSING),
        # 5. an unknown name
        (about(ALICE, name="research"), ReasonCode.PURPOSE_NOT_ALLOWED),
        # 5. names are exact
        (about(ALICE, name="Assistance"), ReasonCode.PURPOSE_NOT_ALLOWED),
        (about(ALICE, name="assistance "), ReasonCode.PURPOSE_NOT_ALLOWED),
        # 5. a doubled header
        (about(ALICE, name="assistance,offers"), ReasonCode.PURPOSE_NOT_ALLOWED),
        (about(ALICE, name="assistance,assistance"), ReasonCode.PURPOSE_NOT_ALLOWED),
        # 5. the tenant's, and not this key's
        (by(purposes=(OFFERS,)), ReasonCode.PURPOSE_NOT_ALLOWED),
        # 5. a key without purposes
        (by(purposes=()), ReasonCode.PURPOSE_NOT_ALLOWED),
        # 5. what is about a person, for a purpose that is not personal
        (about(ALICE, Action.REMEMBER, "knowledge"), ReasonCode.PURPOSE_NOT_PERSONAL),
        (about(VISITOR, Action.EXTRACT, "knowledge"), ReasonCode.PURPOSE_NOT_PERSONAL),
        # 5. no subject is not an agent
        (about(None, Action.REMEMBER, "knowledge"), ReasonCode.PURPOSE_NOT_PERSONAL),
        # 5. what an agent knows, for a purpose that is about persons
        (about(AGENT, Action.REMEMBER, "assistance"), ReasonCode.PURPOSE_IS_PERSONAL),
        (about(AGENT, Action.EXTRACT, "offers"), ReasonCode.PURPOSE_IS_PERSONAL),
        (about(AGENT, Action.REMEMBER, "knowledge"), None),
        # 5. only what is new is bound to that: both may be read for either, and what is there may be deleted
        (about(ALICE, name="knowledge"), None),
        (about(AGENT, name="assistance"), None),
        (about(AGENT, Action.FORGET, "assistance"), None),
        # 5. letting go of a scope is for all purposes, or for one that the key may name
        (replace(by(default_purpose=None), action=Action.FORGET_SCOPE), None),
        (about(ALICE, Action.FORGET_SCOPE, "research"), ReasonCode.PURPOSE_NOT_ALLOWED),
        # 6. pinned to another
        (by(pinned_subject=uuid4()), ReasonCode.PINNED_ELSEWHERE),
        (by(pinned_subject=ALICE.id), None),
        # 6. no subject is not Alice
        (replace(by(pinned_subject=ALICE.id), subject=None), ReasonCode.PINNED_ELSEWHERE),
        # 6. pinned to an agent, and asked without it or for another
        (by(pinned_agent=AGENT.id), ReasonCode.PINNED_ELSEWHERE),
        (replace(by(pinned_agent=AGENT.id), agent_id=uuid4()), ReasonCode.PINNED_ELSEWHERE),
        (replace(by(pinned_agent=AGENT.id), agent_id=AGENT.id), None),
        # 6. pinned to both: both count
        (by(pinned_subject=ALICE.id, pinned_agent=AGENT.id), ReasonCode.PINNED_ELSEWHERE),
        # 7. no consent
        (about(ALICE, name="offers"), ReasonCode.CONSENT_MISSING),
        # 7. no one has consented
        (about(None, name="offers"), ReasonCode.CONSENT_MISSING),
        # 7. given, and not expired
        (about(who(OFFERS, consent_until=NOW + SECOND), name="offers"), None),
        # 7. expired at exactly now
        (about(who(OFFERS, consent_until=NOW), name="offers"), ReasonCode.CONSENT_MISSING),
        # 7. given for another purpose
        (about(who(SURVEYS, consent_until=NOW + SECOND), name="offers"), ReasonCode.CONSENT_MISSING),
        # 7. consent is asked of consent-based purposes only
        (about(who(ASSISTANCE, consent_until=NOW)), None),
        # 7. objected, and to another purpose only
        (about(who(SURVEYS, objected=True), name="surveys"), ReasonCode.OBJECTED),
        (about(who(SURVEYS, objected=True)), None),
        # 7. consent does not overrule an objection
        (about(who(OFFERS, consent_until=NOW + SECOND, objected=True), name="offers"), ReasonCode.OBJECTED),
        # 7. restricted for this purpose, and for another only
        (about(who(SURVEYS, restricted=True), name="surveys"), ReasonCode.SUBJECT_NOT_ACTIVE),
        (about(who(SURVEYS, restricted=True)), None),
        # 7. objection, restriction and consent stop writes as well
        (about(who(SURVEYS, objected=True), Action.REMEMBER, "surveys"), ReasonCode.OBJECTED),
        (about(who(SURVEYS, restricted=True), Action.EXTRACT, "surveys"), ReasonCode.SUBJECT_NOT_ACTIVE),
        (about(who(SURVEYS, restricted=True), Action.REVISE, "surveys"), ReasonCode.SUBJECT_NOT_ACTIVE),
        (about(ALICE, Action.REMEMBER, "offers"), ReasonCode.CONSENT_MISSING),
        # 7. letting go needs no consent, and no objection stops it
        (about(ALICE, Action.FORGET, "offers"), None),
        (about(who(SURVEYS, objected=True, restricted=True), Action.FORGET, "surveys"), None),
        # 7. to consent one need not have consented, and may have objected before
        (about(who(OFFERS, objected=True), Action.GRANT_CONSENT, "offers"), None),
        # 8. a restricted and an erased person are not read
        (about(RESTRICTED), ReasonCode.SUBJECT_NOT_ACTIVE),
        (about(ERASED), ReasonCode.SUBJECT_NOT_ACTIVE),
        # 10. no rule covers it as a request
        (replace(RECALL, action=Action.AUTHENTICATE), ReasonCode.CANNOT_DECIDE),
    ],
)
def test_first_rule_that_applies_decides(request_: AccessRequest, reason: ReasonCode | None) -> None:
    assert refused(request_) == reason


def test_every_action_of_a_request_has_a_rule() -> None:
    events_only = {Action.AUTHENTICATE}  # written by the system, requested by no caller
    assert set(Action) - set(NEEDED) == events_only


def test_an_action_that_nobody_wrote_a_rule_for_is_refused() -> None:
    assert refused(replace(RECALL, action="dance")) == ReasonCode.CANNOT_DECIDE  # type: ignore[arg-type]


STAFF_ONLY = [action for action, needed in NEEDED.items() if needed and needed not in MACHINE_CAPABILITIES]


@pytest.mark.parametrize("action", STAFF_ONLY)
@pytest.mark.parametrize("subject", [ALICE, None])
def test_no_machine_does_what_people_do(action: Action, subject: SubjectFacts | None) -> None:
    key = replace(BANK, capabilities=frozenset(MACHINE_CAPABILITIES), stepped_up_until=NOW + SECOND)
    request = AccessRequest(principal=key, action=action, purpose="assistance", subject=subject, revealed=True)
    assert refused(request) == ReasonCode.CAPABILITY_MISSING


@pytest.mark.parametrize("action", sorted(STEP_UP))
def test_a_second_factor_is_needed_and_must_be_fresh(action: Action) -> None:
    role = next(role for role in sorted(STAFF) if NEEDED[action] is None or NEEDED[action] in ROLE_CAPABILITIES[role])
    fresh = at_work(role, action)
    assert refused(fresh) not in {ReasonCode.STEP_UP_NEEDED, ReasonCode.CAPABILITY_MISSING}
    for until in (None, NOW, NOW - SECOND):
        stale = replace(fresh, principal=replace(fresh.principal, stepped_up_until=until))
        assert refused(stale) == ReasonCode.STEP_UP_NEEDED
    if NEEDED[action] is not None:
        without = replace(fresh.principal, capabilities=frozenset())
        assert refused(replace(fresh, principal=without)) == ReasonCode.CAPABILITY_MISSING  # and nothing about factors


def test_for_each_action_that_staff_may_take_it_is_said_whether_a_second_factor_is_needed() -> None:
    held = {capability for role in STAFF for capability in ROLE_CAPABILITIES[role]}
    assert set(SECOND_FACTOR) == {action for action, needed in NEEDED.items() if needed is None or needed in held}


@pytest.mark.parametrize("action", sorted(action for action in STEP_UP if NEEDED[action] in MACHINE_CAPABILITIES))
def test_a_key_needs_no_second_factor_for_what_it_may_do(action: Action) -> None:
    key = replace(BANK, capabilities=frozenset(MACHINE_CAPABILITIES), stepped_up_until=None)
    request = AccessRequest(principal=key, action=action, purpose="assistance", subject=ALICE)
    assert refused(request) != ReasonCode.STEP_UP_NEEDED


@pytest.mark.parametrize("role", sorted(STAFF))
def test_a_role_does_what_its_capabilities_say_and_nothing_else(role: Role) -> None:
    done = {action for action in NEEDED if refused(at_work(role, action)) != ReasonCode.CAPABILITY_MISSING}
    assert done == {action for action, needed in NEEDED.items() if needed is None or needed in ROLE_CAPABILITIES[role]}


@pytest.mark.parametrize("action", [Action.REMEMBER, Action.REVISE, Action.FORGET])
@pytest.mark.parametrize("subject", [AGENT, None])
def test_what_an_agent_knows_is_written_only_with_shared_write(action: Action, subject: SubjectFacts | None) -> None:
    mine = replace(about(subject, action, "knowledge"), new_subject_kind=SubjectKind.APP)
    less = replace(BANK, capabilities=frozenset(MACHINE_CAPABILITIES) - {Capability.SHARED_WRITE})
    assert refused(mine) is None
    assert refused(replace(mine, principal=less)) == ReasonCode.CAPABILITY_MISSING
    assert refused(replace(mine, principal=less, subject=ALICE, purpose=None)) is None
    only_shared = replace(BANK, capabilities=frozenset({Capability.SHARED_WRITE}))
    assert refused(replace(mine, principal=only_shared)) == ReasonCode.CAPABILITY_MISSING


@pytest.mark.parametrize(
    ("purposes", "default", "acts_for"),
    [
        # the key's default is about persons, and it has one purpose that is not
        ((ASSISTANCE, KNOWLEDGE), "assistance", KNOWLEDGE),
        # no default at all
        ((ASSISTANCE, KNOWLEDGE), None, KNOWLEDGE),
        # the default is not personal already
        ((KNOWLEDGE, MANUALS), "manuals", MANUALS),
        # two of them: none is guessed, and the personal default does not fit
        ((ASSISTANCE, KNOWLEDGE, MANUALS), "assistance", ReasonCode.PURPOSE_IS_PERSONAL),
        ((KNOWLEDGE, MANUALS), None, ReasonCode.PURPOSE_MISSING),
        # none of them
        ((ASSISTANCE,), "assistance", ReasonCode.PURPOSE_IS_PERSONAL),
    ],
)
def test_the_default_for_what_an_agent_knows(
    purposes: tuple[PurposeRule, ...], default: str | None, acts_for: PurposeRule | ReasonCode
) -> None:
    request = by(purposes=purposes, default_purpose=default)
    answer = decide(replace(request, action=Action.REMEMBER, subject=AGENT), NOW)
    assert (answer.reason if isinstance(answer, Refused) else answer.purpose) == acts_for


@pytest.mark.parametrize("action", OWN_AFFAIRS)
def test_a_pin_says_nothing_about_the_keys_own_affairs(action: Action) -> None:
    pinned = replace(by(pinned_subject=ALICE.id, pinned_agent=AGENT.id), action=action, subject=None)
    assert refused(pinned) is None


@pytest.mark.parametrize("action", [*ONE_PURPOSE, Action.FORGET_SCOPE, Action.LIST_SUBJECTS, Action.WITHDRAW_CONSENT])
def test_a_pin_holds_for_everything_else(action: Action) -> None:
    pinned = replace(by(pinned_subject=uuid4()), action=action)
    assert refused(pinned) == ReasonCode.PINNED_ELSEWHERE


@pytest.mark.parametrize("action", sorted(set(NEEDED) - {Action.AUTHENTICATE}))
def test_what_a_restricted_and_an_erased_person_still_allow(action: Action) -> None:
    everybody = [Role.API_KEY, *ROLE_CAPABILITIES]
    answers = set()
    for state in (RESTRICTED, ERASED):
        for role in everybody:
            request = about(state, action) if role is Role.API_KEY else at_work(role, action, state)
            request = replace(request, purpose="assistance", principal=replace(request.principal))
            answers.add((state.state, refused(request)))
    answers.discard((SubjectState.RESTRICTED, ReasonCode.CAPABILITY_MISSING))
    answers.discard((SubjectState.ERASED, ReasonCode.CAPABILITY_MISSING))
    # Reading, writing and asking for consent stop; letting go and the work of staff go on (Art. 18(2)).
    stopped = {*READS, *WRITES, Action.REVISE, Action.GRANT_CONSENT, Action.LIST_SUBJECTS, Action.READ_EVENT}
    restricted = ReasonCode.SUBJECT_NOT_ACTIVE if action in stopped else None
    assert answers == {(SubjectState.RESTRICTED, restricted), (SubjectState.ERASED, ReasonCode.SUBJECT_NOT_ACTIVE)}


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.DPO])
def test_staff_handle_a_person_who_restricted_or_objected(role: Role) -> None:
    choices = (Standing(ASSISTANCE.purpose_id, restricted=True), Standing(OFFERS.purpose_id, objected=True))
    subject = replace(RESTRICTED, standings=choices)
    assert reach(at_work(role, Action.INSPECT, subject)) == {"assistance": ORDINARY, "offers": ORDINARY}


@pytest.mark.parametrize("action", LETS_GO)
def test_letting_go_reaches_everything_whatever_the_choices(action: Action) -> None:
    subject = replace(who(OFFERS, objected=True, restricted=True), state=SubjectState.RESTRICTED)
    key = by(capabilities=frozenset({Capability.FORGET, Capability.FORGET_SUBJECT}))
    request = replace(key, action=action, purpose="offers", subject=subject)
    assert allowed(request).sees(OFFERS.purpose_id, DataClass.CRIMINAL)


def test_allowed_names_the_purpose_and_reaches_it_only() -> None:
    assert allowed(RECALL) == Allowed(ASSISTANCE, (Reach(ASSISTANCE, ORDINARY),), "recall.special")


def test_what_is_for_many_purposes_leaves_out_those_the_person_forbids() -> None:
    subject = who(SURVEYS, objected=True)
    listed = about(subject, Action.LIST_SUBJECTS)
    assert set(reach(listed)) == {"assistance", "knowledge"}  # offers lacks consent
    assert allowed(listed).purpose is None
    assert set(reach(replace(listed, purpose="assistance"))) == {"assistance"}
    assert set(reach(replace(listed, purpose="surveys"))) == set()
    assert refused(replace(listed, purpose="research")) == ReasonCode.PURPOSE_NOT_ALLOWED


HELD = purpose(
    "care",
    LawfulBasis.CONTRACT,
    article9=Article9Condition.HEALTH_CARE,
    intake=Intake(special=Handling.ALLOW, criminal=Handling.ALLOW),
)
FEED = purpose("feed", LawfulBasis.CONTRACT, article9=Article9Condition.HEALTH_CARE, intake=HELD.intake)
DEEP = replace(FEED, purpose_id=uuid4(), name="deep", compatible=(FEED,))


@pytest.mark.parametrize("action", READS)
def test_reading_sees_what_is_compatible_without_special_or_criminal_data(action: Action) -> None:
    target = replace(HELD, compatible=(FEED,))
    request = replace(by(purposes=(target, FEED), default_purpose="care"), action=action)
    assert reach(request) == {"care": EVERYTHING, "feed": ORDINARY}
    # directed: the other way round nothing is seen
    assert reach(replace(request, purpose="feed")) == {"feed": EVERYTHING}
    # a key that may not name the other purpose reads it all the same: the tenant recorded it so
    assert reach(replace(request, principal=replace(request.principal, purposes=(target,))))["feed"] == ORDINARY


@pytest.mark.parametrize("action", [*WRITES, Action.REVISE, Action.FORGET, Action.GRANT_CONSENT])
def test_only_reading_sees_what_is_compatible(action: Action) -> None:
    target = replace(HELD, compatible=(FEED,))
    assert set(reach(replace(by(purposes=(target,), default_purpose="care"), action=action))) == {"care"}


@pytest.mark.parametrize(
    ("compatible", "choices", "seen"),
    [
        # not transitive: what is compatible with the compatible one is not
        ((DEEP,), (), ["care", "deep"]),
        # never what rests on consent, not even with consent
        ((OFFERS,), (Standing(OFFERS.purpose_id, consent_until=NOW + SECOND),), ["care"]),
        # an objection and a restriction bind there too
        ((FEED,), (Standing(FEED.purpose_id, objected=True),), ["care"]),
        ((FEED,), (Standing(FEED.purpose_id, restricted=True),), ["care"]),
        # a purpose recorded as compatible with itself is no second reach
        ((HELD,), (), ["care"]),
    ],
)
def test_what_compatible_never_means(
    compatible: tuple[PurposeRule, ...], choices: tuple[Standing, ...], seen: list[str]
) -> None:
    target = replace(HELD, compatible=compatible)
    request = by(purposes=(target,), default_purpose="care")
    answer = allowed(replace(request, subject=replace(ALICE, standings=choices)))
    assert [rule.name for rule in answer.purposes] == seen


REFUSING = Intake()
TAKING = {handling: Intake(special=handling, criminal=handling) for handling in Handling}
CONDITION = Article9Condition.HEALTH_CARE


@pytest.mark.parametrize(
    ("special_key", "intake", "article9", "classes"),
    [
        # the defaults take neither
        (True, REFUSING, None, ORDINARY),
        # a condition alone lets nothing in
        (True, REFUSING, CONDITION, ORDINARY),
        # intake alone opens criminal matters (Art. 10 has its own gate), and special categories not
        (True, TAKING[Handling.ALLOW], None, ORDINARY | {DataClass.CRIMINAL}),
        # both
        (True, TAKING[Handling.ALLOW], CONDITION, EVERYTHING),
        # what is masked or released from quarantine is there to be read
        (True, TAKING[Handling.MASK], CONDITION, EVERYTHING),
        (True, TAKING[Handling.QUARANTINE], CONDITION, EVERYTHING),
        (True, TAKING[Handling.REFUSE], CONDITION, ORDINARY),
        # a key without the capability for them sees neither
        (False, TAKING[Handling.ALLOW], CONDITION, ORDINARY),
    ],
)
def test_classes_are_what_the_key_sees_of_what_the_purpose_may_hold(
    special_key: bool, intake: Intake, article9: Article9Condition | None, classes: frozenset[DataClass]
) -> None:
    rule = replace(HELD, intake=intake, article9=article9)
    held = {Capability.RECALL, Capability.RECALL_SPECIAL} if special_key else {Capability.RECALL}
    request = by(purposes=(rule,), default_purpose="care", capabilities=frozenset(held))
    assert reach(request) == {"care": classes}


@pytest.mark.parametrize(
    ("role", "classes"),
    [
        # masked is seen
        (Role.REVIEWER, EVERYTHING),
        (Role.DPO, EVERYTHING),
        # without content no class
        (Role.ADMINISTRATOR, NO_CLASS),
        (Role.AUDITOR, NO_CLASS),
        (Role.KEY_OFFICER, NO_CLASS),
    ],
)
def test_classes_that_people_at_work_see(role: Role, classes: frozenset[DataClass]) -> None:
    request = at_work(role, Action.READ_CONFIGURATION)
    assert reach(replace(request, principal=replace(request.principal, purposes=(HELD,)))) == {"care": classes}


def test_an_open_break_glass_changes_the_row_of_those_who_may_reveal_only() -> None:
    rows = {role: allowed(replace(at_work(role, Action.READ_CONFIGURATION), revealed=True)).row for role in STAFF}
    assert rows == {role: "break_glass" if role in (Role.REVIEWER, Role.DPO) else role.value for role in STAFF}
    assert allowed(replace(RECALL, revealed=True)).row == "recall.special"
