"""Consent and clocks: whatever times the events bear, they count in the order in which they were taken in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.errors import AccessRefused
from governance.models import ConsentEvent
from governance.processing.consents import Choice, consent_history
from governance.subjects.subjects import find_subject
from governance.tenancy.database_clock import CLOCK_TOLERANCE, database_now
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind
from memstore.records.scope_ids import ScopeIds
from memstore.rights import choices
from tests.governance.processing.test_consents import in_force, now, offered, read, took_back
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation
from tests.support.consenting import consents, notice
from tests.support.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize("said", [None, -20 * 365 * DAY, -HOUR, timedelta(0), HOUR, 900 * 365 * DAY])
def test_a_withdrawal_takes_effect_whatever_time_it_bears(bank: Organisation, said: timedelta | None) -> None:
    consents(bank, happened_at=now() + CLOCK_TOLERANCE / 2)
    offered(bank)
    at = None if said is None else now() + said
    before = database_now()
    took_back(bank, happened_at=at)
    with refused(bank, Action.BROWSE, ReasonCode.CONSENT_MISSING):
        read(bank)
    _, [_, taken] = consent_history(
        caller=bank.caller(), subject=find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    )
    assert taken.action == "withdraw"
    assert before <= taken.recorded_at <= database_now()
    assert taken.happened_at == at or (at is None and taken.happened_at <= taken.recorded_at)
    assert consents(bank).granted  # said now, whatever the one before said of itself


def test_a_withdrawal_of_the_same_moment_as_an_earlier_one_takes_effect(bank: Organisation) -> None:
    at = now() - HOUR
    for _ in range(2):
        consents(bank)
        took_back(bank, happened_at=at)
        assert not in_force(bank).granted


def test_a_withdrawal_dated_far_back_does_not_let_an_old_consent_in_again(bank: Organisation) -> None:
    consents(bank)
    took_back(bank, happened_at=now() - 3650 * DAY)
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.OUT_OF_ORDER):
        consents(bank, happened_at=now() - HOUR)


def test_a_consent_is_never_dated_after_the_clock_of_the_database(bank: Organisation) -> None:
    consents(bank, happened_at=now() + CLOCK_TOLERANCE / 2)
    with tenant_context(bank.tenant.id):
        given = ConsentEvent.objects.get()
    assert given.happened_at <= given.created_at <= database_now()
    with tenant_context(bank.tenant.id), pytest.raises(IntegrityError, match="consent_is_not_of_the_future"):
        ConsentEvent.objects.create(
            tenant_id=bank.tenant.id,
            subject_id=given.subject_id,
            purpose_id=given.purpose_id,
            action="grant",
            notice_id=given.notice_id,
            notice_sha256=given.notice_sha256,
            channel="web",
            given_by="subject",
            happened_at=now() + HOUR,
            consent_version=0,
            recorded_by=given.recorded_by,
        )


MOMENTS = st.none() | st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ACTS = st.lists(st.tuples(st.sampled_from(["grant", "withdraw"]), MOMENTS), min_size=1, max_size=6)


def _told(bank: Organisation, who: ScopeIds, wording: str, action: str, choice: Choice) -> ReasonCode | None:
    """Return the reason of the refusal, or None."""
    try:
        if action == "grant":
            choices.grant(caller=bank.caller(), scope=who, purpose="offers", notice=wording, choice=choice)
        else:
            choices.withdraw(caller=bank.caller(), scope=who, purpose="offers", choice=choice)
    except AccessRefused as refusal:
        return refusal.reason
    return None


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(acts=ACTS)
def test_whatever_the_clocks_say_the_last_one_that_was_taken_in_counts(
    bank: Organisation, acts: list[tuple[str, datetime | None]]
) -> None:
    """A model: what is in force after any acts with any times is what the last one that was not refused said."""
    who = ScopeIds(user_id=f"p{uuid4().hex}")
    wording, expected = notice(bank), False
    for action, at in acts:
        told = _told(bank, who, wording, action, Choice("web", happened_at=at))
        if told is None:
            expected = action == "grant"
        elif action == "withdraw":  # only where there is nothing to take back
            assert (told, expected) == (ReasonCode.DUPLICATE, False)
        else:  # a consent that says nothing of its time is neither too old nor too early
            assert at is not None
        states, _ = choices.consent_history(caller=bank.caller(), scope=who)
        assert any(state.granted for state in states) == expected


@pytest.mark.parametrize(
    "at", ["0001-01-02T00:00:00Z", "1969-12-31", "2426-01-01T00:00:00Z", "9999-12-31T00:00:00Z", -1, 253_000_000_000]
)
def test_a_withdrawal_over_http_takes_effect_however_wrong_the_callers_clock_is(
    bank: Organisation, at: str | int
) -> None:
    consents(bank)
    offered(bank)
    body = {"user_id": "alice", "purpose": "offers", "channel": "web", "at": at}
    assert ask(bank, "POST", "/governance/v1/consents/withdraw/", body).status_code == 201
    assert not in_force(bank).granted
    history = ask(bank, "POST", "/governance/v1/consents/history/", {"user_id": "alice"})
    assert history.status_code == 200
