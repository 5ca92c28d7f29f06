"""The policy table: one row per rule, and what no row may ever do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy import (
    NEEDED,
    AccessRequest,
    Action,
    Allowed,
    Capability,
    LawfulBasis,
    Principal,
    PurposeRule,
    ReasonCode,
    Refused,
    SubjectFacts,
    SubjectKind,
    SubjectState,
    decide,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTRACT = PurposeRule(uuid4(), uuid4(), "assistance", LawfulBasis.CONTRACT, 365, 30)
CONSENT = PurposeRule(uuid4(), uuid4(), "offers", LawfulBasis.CONSENT, 90, 7)
BANK = Principal(
    id=uuid4(),
    tenant_id=uuid4(),
    role="api_key",
    capabilities=frozenset(Capability),
    purposes=(CONTRACT, CONSENT),
    default_purpose="assistance",
)
ALICE = SubjectFacts(uuid4(), SubjectKind.USER, SubjectState.ACTIVE, 1)
AGENT = SubjectFacts(uuid4(), SubjectKind.AGENT, SubjectState.ACTIVE, 1)
RECALL = AccessRequest(principal=BANK, action=Action.RECALL, purpose=None, subject=ALICE)


def refused(request: AccessRequest) -> ReasonCode | None:
    answer = decide(request, NOW)
    return answer.reason if isinstance(answer, Refused) else None


def by(**changes: object) -> AccessRequest:
    return replace(RECALL, principal=replace(BANK, **changes))  # type: ignore[arg-type]  # fields of Principal


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (RECALL, None),
        (by(revoked_at=NOW - timedelta(days=1)), ReasonCode.KEY_REVOKED),
        (by(expires_at=NOW), ReasonCode.KEY_EXPIRED),
        (by(expires_at=NOW + timedelta(seconds=1)), None),
        (replace(RECALL, object_tenant=uuid4()), ReasonCode.OTHER_TENANT),
        (replace(RECALL, object_tenant=BANK.tenant_id), None),
        (by(capabilities=frozenset({Capability.REMEMBER})), ReasonCode.CAPABILITY_MISSING),
        (by(default_purpose=None), ReasonCode.PURPOSE_MISSING),
        (replace(RECALL, purpose=""), ReasonCode.PURPOSE_MISSING),
        (replace(RECALL, purpose="Assistance"), ReasonCode.PURPOSE_NOT_ALLOWED),  # names are exact
        (replace(RECALL, purpose="assistance,offers"), ReasonCode.PURPOSE_NOT_ALLOWED),  # a doubled header
        (by(purposes=(CONSENT,)), ReasonCode.PURPOSE_NOT_ALLOWED),
        (by(pinned_subject=uuid4()), ReasonCode.PINNED_ELSEWHERE),
        (by(pinned_subject=ALICE.id), None),
        (by(pinned_agent=uuid4()), ReasonCode.PINNED_ELSEWHERE),
        (
            replace(by(pinned_subject=ALICE.id), subject=None),
            ReasonCode.PINNED_ELSEWHERE,
        ),  # nobody is not Alice
        (replace(RECALL, purpose="offers"), ReasonCode.CONSENT_MISSING),
        (
            replace(RECALL, purpose="offers", subject=replace(ALICE, consents=frozenset({CONSENT.purpose_id}))),
            None,
        ),
        (replace(RECALL, purpose="offers", subject=None), ReasonCode.CONSENT_MISSING),
        (
            replace(RECALL, subject=replace(ALICE, state=SubjectState.RESTRICTED)),
            ReasonCode.SUBJECT_NOT_ACTIVE,
        ),
        (replace(RECALL, subject=replace(ALICE, state=SubjectState.ERASED)), ReasonCode.SUBJECT_NOT_ACTIVE),
        # A restricted person may still be forgotten, an erased one has nothing left to forget.
        (replace(RECALL, action=Action.FORGET, subject=replace(ALICE, state=SubjectState.RESTRICTED)), None),
        (
            replace(RECALL, action=Action.FORGET, subject=replace(ALICE, state=SubjectState.ERASED)),
            ReasonCode.SUBJECT_NOT_ACTIVE,
        ),
        (replace(RECALL, action=Action.FORGET, purpose="offers"), None),  # letting go needs no consent
        (replace(RECALL, action=Action.AUTHENTICATE), ReasonCode.CANNOT_DECIDE),  # no rule covers it as a request
    ],
)
def test_first_rule_that_applies_decides(request_: AccessRequest, reason: ReasonCode | None) -> None:
    assert refused(request_) == reason


@pytest.mark.parametrize("action", [Action.REMEMBER, Action.REVISE, Action.FORGET])
def test_what_an_agent_knows_is_written_only_with_shared_write(action: Action) -> None:
    without = by(capabilities=frozenset(Capability) - {Capability.SHARED_WRITE})
    about_agent = replace(without, action=action, subject=AGENT)
    assert refused(about_agent) == ReasonCode.CAPABILITY_MISSING
    assert (
        refused(replace(about_agent, subject=None, new_subject_kind=SubjectKind.APP)) == ReasonCode.CAPABILITY_MISSING
    )
    assert refused(replace(about_agent, principal=BANK)) is None
    assert refused(replace(about_agent, subject=ALICE)) is None


def test_allowed_purposes_are_the_named_one_only() -> None:
    assert decide(RECALL, NOW) == Allowed(purpose=CONTRACT, purposes=(CONTRACT,))


requests = st.builds(
    AccessRequest,
    principal=st.builds(
        replace,
        st.just(BANK),
        capabilities=st.frozensets(st.sampled_from(Capability)),
        default_purpose=st.sampled_from([None, "assistance", "offers"]),
        revoked_at=st.sampled_from([None, NOW]),
        expires_at=st.sampled_from([None, NOW, NOW + timedelta(days=1)]),
        pinned_subject=st.sampled_from([None, ALICE.id, AGENT.id]),
    ),
    action=st.sampled_from(Action),
    purpose=st.sampled_from([None, "", "assistance", "offers", "unknown"]),
    subject=st.sampled_from([None, ALICE, AGENT])
    | st.builds(
        SubjectFacts,
        st.just(ALICE.id),
        st.sampled_from(SubjectKind),
        st.sampled_from(SubjectState),
        st.just(1),
        st.sampled_from([frozenset(), frozenset({CONSENT.purpose_id})]),
    ),
)


@given(requests)
def test_nothing_is_allowed_without_key_capability_and_lawful_purpose(request: AccessRequest) -> None:
    answer = decide(request, NOW)
    if isinstance(answer, Refused):
        return
    principal = request.principal
    assert principal.revoked_at is None
    assert principal.expires_at is None or principal.expires_at > NOW
    assert NEEDED[request.action] is None or NEEDED[request.action] in principal.capabilities
    assert set(answer.purposes) <= set(principal.purposes)
    assert request.subject is None or request.subject.state is not SubjectState.ERASED
    reading = request.action in {Action.RECALL, Action.READ, Action.BROWSE, Action.HISTORY, Action.REMEMBER}
    if reading and answer.purpose == CONSENT:
        assert request.subject is not None
        assert CONSENT.purpose_id in request.subject.consents


@given(requests, st.sampled_from(Capability))
def test_taking_a_capability_away_never_allows_more(request: AccessRequest, taken: Capability) -> None:
    less = replace(request, principal=replace(request.principal, capabilities=request.principal.capabilities - {taken}))
    if isinstance(decide(less, NOW), Allowed):
        assert isinstance(decide(request, NOW), Allowed)


def test_every_action_of_a_request_has_a_rule() -> None:
    events_only = {Action.AUTHENTICATE}  # written by the system, asked by nobody
    assert set(Action) - set(NEEDED) == events_only
