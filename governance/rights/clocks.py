"""Clocks of requests: when a request of the person is due, by which law.

GDPR Art. 12(3): one month from receipt; two more months with a reason, told before the first period is over. A month
ends on the same date of the next one, or on its last day (Regulation 1182/71, Art. 3(2)(c)). CCPA, 11 CCR 7021: receipt
confirmed within 10 business days, an answer in 45 calendar days, 45 more with a reason.

Where the law would allow more, the earlier moment is taken: the time of day counts, and only Saturdays and Sundays are
no business days. Dates are those of the time zone that `received_at` carries. Functions that compute with a moment
raise ValueError when it has no time zone.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.models.requests import ClockProfile
from governance.vocabulary import ReasonCode

WARNING = timedelta(days=7)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of one law.

    `months` and `days` add up; `confirm_business_days` None: no confirmation is asked for.
    """

    months: int = 0
    days: int = 0
    extension_months: int = 0
    extension_days: int = 0
    may_pause: bool = False
    confirm_business_days: int | None = None


PERIODS: dict[ClockProfile, Periods] = {
    ClockProfile.GDPR: Periods(months=1, extension_months=2, may_pause=True),
    # Verifying the person does not extend the 45 days (11 CCR 7021(b)).
    ClockProfile.CCPA: Periods(days=45, extension_days=45, confirm_business_days=10),
}


def due_at(profile: ClockProfile, received_at: datetime) -> datetime:
    """Return the moment at which the answer is due, without an extension or a pause."""
    periods = PERIODS[profile]
    return _later(received_at, months=periods.months, days=periods.days)


def extended_due_at(profile: ClockProfile, received_at: datetime, paused: timedelta) -> datetime:
    """Return the moment at which the answer is due after the one extension, counted from receipt.

    `paused` is the sum of all pauses; a clock that never stops ignores it. Raises ValueError for a negative pause.
    """
    if paused < timedelta(0):
        raise ValueError("a pause cannot be negative")
    periods = PERIODS[profile]
    months, days = periods.months + periods.extension_months, periods.days + periods.extension_days
    return _later(received_at, months=months, days=days) + (paused if periods.may_pause else timedelta(0))


def extension_refused(due_at: datetime, *, extended_at: datetime | None, now: datetime) -> ReasonCode | None:
    """Return the reason why the period cannot be extended, or None: it can be once, and before it is over."""
    if extended_at is not None:
        return ReasonCode.ALREADY_EXTENDED
    return ReasonCode.DEADLINE_PASSED if _aware(now) >= _aware(due_at) else None


def may_pause(profile: ClockProfile) -> bool:
    """Return whether the clock stops while the person has to prove their identity or to clarify the request."""
    return PERIODS[profile].may_pause


def escalate_at(due_at: datetime, received_at: datetime) -> datetime:
    """Return the moment a week before the request is due; half-way when the whole period is shorter than two weeks."""
    half_way = _aware(received_at) + (_aware(due_at) - received_at) / 2
    return max(due_at - WARNING, half_way)


def confirm_by(profile: ClockProfile, received_at: datetime) -> datetime | None:
    """Return the moment until which receipt has to be confirmed, or None where the law does not ask for it."""
    left = PERIODS[profile].confirm_business_days
    if left is None:
        return None
    moment = _aware(received_at)
    while left:
        moment += timedelta(days=1)
        left -= moment.weekday() < _SATURDAY
    return moment


def days_left(due_at: datetime, now: datetime) -> int:
    """Return the whole days that are left; 0 on the last one, negative once it is overdue."""
    return (_aware(due_at) - _aware(now)) // timedelta(days=1)


def _later(moment: datetime, *, months: int, days: int) -> datetime:
    """Return the same date `months` later, or the month's last day where it has no such date; then add `days`."""
    year, month = divmod(_aware(moment).month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    day = min(moment.day, monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day) + timedelta(days=days)


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("expected a moment with a time zone")
    return moment
