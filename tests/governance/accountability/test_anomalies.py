"""Anomalies: a pure function over counts, and the counts as they come from the trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.accountability.anomalies import (
    LIMITS,
    MIN_HOURS,
    AnomalyKind,
    Explanation,
    HourCounts,
    anomalies,
    bound,
    find_anomalies,
    in_working_hours,
)
from governance.vocabulary import Action, ReasonCode
from tests.governance.accountability.trail import NOON, SINCE, UNTIL, happened
from tests.support.cast import DATABASES, Organisation
from tests.support.refusing import refused

HOUR = timedelta(hours=1)
KEY, RITA = UUID(int=1), UUID(int=2)
QUIET = HourCounts(KEY, "api_key", NOON, events=10, reads=10, subjects=5, refusals=0)
VOLUME, BREADTH, REFUSALS, HOURS = AnomalyKind.VOLUME, AnomalyKind.BREADTH, AnomalyKind.REFUSALS, AnomalyKind.HOURS


def habit(counts: HourCounts = QUIET, hours: int = 100) -> list[HourCounts]:
    """Return equal counts for each of the hours before NOON."""
    return [replace(counts, hour=NOON - hour * HOUR) for hour in range(1, hours + 1)]


def found(counts: list[HourCounts], since: datetime = NOON) -> list[tuple[AnomalyKind, Explanation, int, int]]:
    return [(one.kind, one.explanation, one.value, one.expected) for one in find_anomalies(counts, since=since)]


def test_an_hour_like_the_others_does_not_stand_out() -> None:
    assert found([*habit(), QUIET]) == []


@pytest.mark.parametrize(
    ("change", "kind", "value", "expected"),
    [
        ({"reads": 51}, VOLUME, 51, 50),  # five times the median of 10
        ({"subjects": 26}, BREADTH, 26, 25),
        ({"refusals": 21}, REFUSALS, 21, 20),  # the floor: usually there are none
    ],
)
def test_far_above_the_own_habit_stands_out(
    change: dict[str, int], kind: AnomalyKind, value: int, expected: int
) -> None:
    loud = replace(QUIET, **change)  # type: ignore[arg-type]
    assert found([*habit(), loud]) == [(kind, Explanation.ABOVE_OWN_HABIT, value, expected)]
    barely = replace(QUIET, **{name: number - 1 for name, number in change.items()})  # type: ignore[arg-type]
    assert found([*habit(), barely]) == []


def test_who_varies_much_may_vary_more() -> None:
    """Median 100, MAD 80: the bound is 100 + 6 x 1.4826 x 80 = 811, above five times the median."""
    varied = [replace(one, reads=20 if place % 2 else 180) for place, one in enumerate(habit(hours=101))]
    varied[50] = replace(varied[50], reads=100)
    assert bound(VOLUME, varied) == (811, Explanation.ABOVE_OWN_HABIT)
    assert found([*varied, replace(QUIET, reads=810)]) == []


def test_below_the_floor_nobody_stands_out() -> None:
    still = habit(replace(QUIET, reads=1, subjects=1))
    assert found([*still, replace(QUIET, reads=20, subjects=10)]) == []
    assert [kind for kind, *_ in found([*still, replace(QUIET, reads=21, subjects=11)])] == [BREADTH, VOLUME]


@pytest.mark.parametrize(("role", "place"), [("reviewer", 1), ("api_key", 2)])
@pytest.mark.parametrize("kind", list(LIMITS))
def test_the_new_are_measured_by_a_fixed_limit(role: str, place: int, kind: AnomalyKind) -> None:
    limit = LIMITS[kind][place]
    name = {VOLUME: "reads", BREADTH: "subjects", REFUSALS: "refusals"}[kind]
    quiet = replace(QUIET, role=role, reads=0, subjects=0)
    few = habit(quiet, hours=MIN_HOURS - 2)
    at_limit, above = (replace(quiet, **{name: number}) for number in (limit, limit + 1))  # type: ignore[arg-type]
    judged = [one for one in found([*few, at_limit]) if one[0] is not HOURS]
    assert judged == []
    judged = [one for one in found([*few, above]) if one[0] is not HOURS]
    assert judged == [(kind, Explanation.ABOVE_LIMIT_OF_THE_NEW, limit + 1, limit)]


def test_history_makes_the_habit_and_is_not_judged() -> None:
    loud = replace(QUIET, hour=NOON - HOUR, reads=10_000)
    assert found([*habit(), loud]) == []
    assert [kind for kind, *_ in found([*habit(), loud], since=NOON - HOUR)] == [VOLUME]


def test_one_principals_habit_is_not_anothers() -> None:
    busy = habit(replace(QUIET, principal_id=RITA, reads=1000))
    assert [one.principal_id for one in find_anomalies([*habit(), *busy, replace(QUIET, reads=900)], since=NOON)] == [
        KEY
    ]


@pytest.mark.parametrize(
    ("hour", "inside"),
    [
        (NOON, True),
        (NOON.replace(hour=7), True),
        (NOON.replace(hour=6), False),
        (NOON.replace(hour=19), True),
        (NOON.replace(hour=20), False),
        (NOON + timedelta(days=3), False),  # Saturday
        (NOON + timedelta(days=4), False),
        (NOON + timedelta(days=5), True),
    ],
)
def test_people_at_work_stand_out_outside_working_hours_and_machines_never_do(hour: datetime, inside: bool) -> None:
    assert in_working_hours(hour) is inside
    rita = HourCounts(RITA, "reviewer", hour, events=1, reads=0, subjects=0, refusals=0)
    odd = [] if inside else [(HOURS, Explanation.OUTSIDE_WORKING_HOURS, 1, 0)]
    assert found([rita], SINCE) == odd
    assert found([replace(rita, role="api_key")], SINCE) == []


COUNTS = st.lists(
    st.builds(
        HourCounts,
        principal_id=st.sampled_from([KEY, RITA]),
        role=st.just("api_key"),
        hour=st.integers(-200, 200).map(lambda hours: NOON + hours * HOUR),
        events=st.integers(1, 10**6),
        reads=st.integers(0, 10**6),
        subjects=st.integers(0, 10**5),
        refusals=st.integers(0, 10**5),
    ),
    max_size=60,
)


@given(counts=COUNTS)
def test_what_stands_out_is_in_the_period_above_its_bound_and_in_order(counts: list[HourCounts]) -> None:
    anomalous = find_anomalies(counts, since=NOON)
    assert list(anomalous) == sorted(anomalous, key=lambda one: one.hour, reverse=True)
    for one in anomalous:
        assert one.hour + HOUR > NOON
        assert one.value > one.expected >= LIMITS[one.kind][0]


@given(counts=COUNTS)
def test_a_busier_habit_never_lowers_the_bound(counts: list[HourCounts]) -> None:
    calm = [one for one in counts if one.principal_id == KEY]
    bounds = {kind: bound(kind, calm)[0] for kind in LIMITS}
    louder = [replace(one, reads=one.reads + 1) for one in calm]
    assert bound(VOLUME, louder)[0] >= bounds[VOLUME]


@pytest.mark.django_db(transaction=True, databases=DATABASES)
class TestOfATrail:
    def test_the_counts_are_of_reads_people_and_refusals(self, bank: Organisation, outsider: Organisation) -> None:
        rita, night = bank.staff("rita"), NOON.replace(hour=23)
        for number in range(31):
            happened(bank, who=rita, action=Action.INSPECT, subject=UUID(int=number), at=NOON)
        for _ in range(21):
            happened(bank, who=rita, action=Action.INSPECT, reason=ReasonCode.NOT_FOUND, at=NOON + HOUR)
        happened(bank, who=rita, action=Action.SIGN_IN, at=night)
        happened(bank, subject=UUID(int=1), at=night)  # a machine works at night
        happened(outsider, who=rita, action=Action.INSPECT, subject=UUID(int=1), at=night)
        report = anomalies(caller=bank.staff("aud"), since=SINCE, until=UNTIL)
        actor = f"staff:{rita.principal.id}"
        assert [(one.kind, one.actor, one.name, one.hour, one.value, one.expected) for one in report.anomalies] == [
            (HOURS, actor, "rita", night, 1, 0),
            (REFUSALS, actor, "rita", NOON + HOUR, 21, 20),
            (BREADTH, actor, "rita", NOON, 31, 30),
        ]
        assert (report.principals, report.hours) == (2, 4)
        event = bank.events()[-1]
        assert (event.type, event.n_items) == ("read_report", 3)

    def test_habits_reach_back_before_the_period(self, bank: Organisation) -> None:
        for hour in range(30):
            happened(bank, subject=UUID(int=1), at=SINCE - (hour + 1) * HOUR)
        for _ in range(21):
            happened(bank, subject=UUID(int=1), at=SINCE + HOUR)
        report = anomalies(caller=bank.staff("aud"), since=SINCE, until=UNTIL)
        [only] = report.anomalies
        assert (only.kind, only.explanation, only.value, only.expected) == (VOLUME, Explanation.ABOVE_OWN_HABIT, 21, 20)
        assert (report.principals, report.hours) == (1, 1)

    @pytest.mark.parametrize("who", ["ada", "rita", "kay", "the key"])
    def test_only_auditors_and_data_protection_officers_read_it(self, bank: Organisation, who: str) -> None:
        caller = bank.caller() if who == "the key" else bank.staff(who)
        with refused(bank, Action.READ_REPORT, ReasonCode.CAPABILITY_MISSING):
            anomalies(caller=caller)
