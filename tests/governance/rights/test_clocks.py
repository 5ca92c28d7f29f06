"""The due day of a request, by the law that applies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.models import ClockProfile
from governance.rights.clocks import (
    PERIODS,
    WARNING,
    confirm_by,
    days_left,
    due_at,
    escalate_at,
    extended_due_at,
    extension_refused,
    may_pause,
)
from governance.vocabulary import ReasonCode

GDPR, CCPA = ClockProfile.GDPR, ClockProfile.CCPA
NO_PAUSE = timedelta(0)
MOMENTS = st.integers(min_value=0, max_value=80 * 366 * 24 * 60).map(
    lambda minutes: datetime(2018, 5, 25, tzinfo=UTC) + timedelta(minutes=minutes)
)
PROFILES = st.sampled_from(list(ClockProfile))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("profile", "received", "due", "extended"),
    [
        (GDPR, "2026-03-05T10:30", "2026-04-05T10:30", "2026-06-05T10:30"),
        (GDPR, "2026-01-31", "2026-02-28", "2026-04-30"),  # each clamped to its own month, from receipt
        (GDPR, "2028-01-31", "2028-02-29", "2028-04-30"),  # a leap year
        (GDPR, "2026-11-30", "2026-12-30", "2027-02-28"),  # over the turn of the year
        (GDPR, "2026-12-01", "2027-01-01", "2027-03-01"),
        (GDPR, "2026-02-28", "2026-03-28", "2026-05-28"),  # the same date, not the last day again
        (CCPA, "2026-01-01", "2026-02-15", "2026-04-01"),
        (CCPA, "2028-01-15", "2028-02-29", "2028-04-14"),
    ],
)
def test_due_dates(profile: ClockProfile, received: str, due: str, extended: str) -> None:
    assert due_at(profile, at(received)) == at(due)
    assert extended_due_at(profile, at(received), NO_PAUSE) == at(extended)


def test_every_profile_has_its_periods() -> None:
    assert set(PERIODS) == set(ClockProfile)


@given(PROFILES, MOMENTS)
def test_what_is_received_later_is_never_due_on_an_earlier_day(profile: ClockProfile, received: datetime) -> None:
    """The hour may be earlier: the 30th and the 31st of May both lead to the 30th of June, each at its own hour."""
    later = received + timedelta(hours=7)
    assert due_at(profile, received).date() <= due_at(profile, later).date()
    assert received < due_at(profile, received) < extended_due_at(profile, received, NO_PAUSE)


@given(MOMENTS)
def test_a_month_ends_on_the_same_date_of_the_next_month_or_on_its_last_day(received: datetime) -> None:
    due = due_at(GDPR, received)
    assert (due.year * 12 + due.month) - (received.year * 12 + received.month) == 1
    assert due.timetz() == received.timetz()
    assert due.day == received.day or (due.day < received.day and (due + timedelta(days=1)).day == 1)
    assert timedelta(days=28) <= due - received <= timedelta(days=31)


@given(MOMENTS)
def test_a_ccpa_period_is_45_days_and_another_45(received: datetime) -> None:
    assert due_at(CCPA, received) - received == timedelta(days=45)
    assert extended_due_at(CCPA, received, NO_PAUSE) - received == timedelta(days=90)


@given(MOMENTS, st.timedeltas(min_value=NO_PAUSE, max_value=timedelta(days=60)))
def test_a_pause_moves_the_date_of_gdpr_only(received: datetime, paused: timedelta) -> None:
    assert may_pause(GDPR)
    assert not may_pause(CCPA)
    assert extended_due_at(GDPR, received, paused) - extended_due_at(GDPR, received, NO_PAUSE) == paused
    assert extended_due_at(CCPA, received, paused) == extended_due_at(CCPA, received, NO_PAUSE)


def test_a_pause_never_brings_the_date_forward() -> None:
    with pytest.raises(ValueError, match="negative"):
        extended_due_at(GDPR, at("2026-01-01"), timedelta(seconds=-1))


def test_dates_are_those_of_the_zone_in_which_it_was_received() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    received = datetime(2026, 2, 28, 23, 30, tzinfo=lisbon)
    assert due_at(GDPR, received) == datetime(2026, 3, 28, 23, 30, tzinfo=lisbon)
    over_the_change_of_clocks = datetime(2026, 3, 15, 9, 0, tzinfo=lisbon)
    assert due_at(GDPR, over_the_change_of_clocks).hour == 9


@given(PROFILES, MOMENTS)
def test_escalation_is_a_week_before_it_is_due(profile: ClockProfile, received: datetime) -> None:
    due = due_at(profile, received)
    assert escalate_at(due, received) == due - WARNING


@given(MOMENTS, st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=100)))
def test_escalation_never_comes_before_half_of_the_period_is_over(received: datetime, period: timedelta) -> None:
    moment = escalate_at(received + period, received)
    assert received + period / 2 <= moment < received + period
    assert moment >= received + period - WARNING


@pytest.mark.parametrize(
    ("received", "by"),
    [
        ("2026-06-01T09:00", "2026-06-15T09:00"),  # a Monday
        ("2026-06-05T09:00", "2026-06-19T09:00"),  # a Friday
        ("2026-06-06T09:00", "2026-06-19T09:00"),  # a Saturday: Monday is the first business day
        ("2026-06-07T09:00", "2026-06-19T09:00"),
    ],
)
def test_receipt_is_confirmed_within_ten_business_days(received: str, by: str) -> None:
    assert confirm_by(CCPA, at(received)) == at(by)
    assert confirm_by(GDPR, at(received)) is None


@given(MOMENTS)
def test_the_ten_days_hold_ten_business_days_and_end_on_one(received: datetime) -> None:
    by = confirm_by(CCPA, received)
    assert by is not None
    days = [received + timedelta(days=n) for n in range(1, (by - received).days + 1)]
    assert sum(day.weekday() < 5 for day in days) == 10
    assert by.weekday() < 5


def test_it_is_extended_once_and_only_before_it_is_due() -> None:
    due = at("2026-04-05T10:30")
    second = timedelta(seconds=1)
    assert extension_refused(due, extended_at=None, now=due - second) is None
    assert extension_refused(due, extended_at=None, now=due) is ReasonCode.DEADLINE_PASSED
    assert extension_refused(due, extended_at=due - second, now=due - second) is ReasonCode.ALREADY_EXTENDED


def test_days_left_are_negative_exactly_when_it_is_overdue() -> None:
    due = at("2026-04-05T10:30")
    assert days_left(due, due - timedelta(days=3)) == 3
    assert days_left(due, due - timedelta(hours=1)) == 0
    assert days_left(due, due) == 0
    assert days_left(due, due + timedelta(seconds=1)) == -1


def test_a_moment_without_a_time_zone_is_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    for ask in (
        lambda: due_at(GDPR, naive),
        lambda: extended_due_at(GDPR, naive, NO_PAUSE),
        lambda: confirm_by(CCPA, naive),
        lambda: escalate_at(naive, naive),
        lambda: days_left(naive, at("2026-01-01")),
    ):
        with pytest.raises(ValueError, match="time zone"):
            ask()
