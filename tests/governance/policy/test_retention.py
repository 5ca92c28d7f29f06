"""Floors and ceilings: examples to read, and what no set of rules may ever do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.policy.retention import (
    FOREVER,
    Anchors,
    Authority,
    Kept,
    Level,
    NoCeiling,
    PeriodStart,
    RetentionRule,
    RuleKind,
    resolve,
)

SAID = datetime(2026, 1, 1, tzinfo=UTC)
BY_LAW, BY_CHOICE = Authority.MANDATORY, Authority.DEFAULT


def ceiling(
    days: int, *, authority: Authority = BY_LAW, level: Level = Level.PURPOSE, anchor: PeriodStart = PeriodStart.CREATED
) -> RetentionRule:
    return RetentionRule(uuid4(), RuleKind.CEILING, days, anchor, authority, level)


def floor(days: int, *, anchor: PeriodStart = PeriodStart.CREATED) -> RetentionRule:
    return RetentionRule(uuid4(), RuleKind.FLOOR, days, anchor, BY_LAW, Level.TENANT)


def days(*rules: RetentionRule, **anchors: datetime) -> tuple[int, int] | None:
    """Return (use ends, it must go), in days after it was said. None: nothing may be stored."""
    found = resolve(rules, Anchors(SAID, **anchors))
    if isinstance(found, NoCeiling):
        return None
    return (found.expires_at - SAID).days, (found.destroy_at - SAID).days


CONTRACT_END = SAID + timedelta(days=50)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (days(), None),  # nothing would ever end it
        (days(floor(10)), None),  # a floor is no limit
        (days(ceiling(30)), (30, 30)),
        (days(ceiling(30), ceiling(7)), (7, 7)),  # the law's shortest
        (days(ceiling(30), floor(2190)), (30, 2190)),  # 17a-4: out of use after a month, kept for six years
        (days(ceiling(30), floor(2190), floor(100)), (30, 2190)),  # the longest floor
        (days(ceiling(30), floor(30)), (30, 30)),
        (days(ceiling(30), floor(7)), (30, 30)),
        # A default gives way to a more specific one, in both directions; the law never does.
        (
            days(
                ceiling(30, authority=BY_CHOICE, level=Level.TENANT),
                ceiling(365, authority=BY_CHOICE, level=Level.PURPOSE),
            ),
            (365, 365),
        ),
        (days(ceiling(30, level=Level.TENANT), ceiling(365, authority=BY_CHOICE)), (30, 30)),
        (
            days(
                ceiling(9, authority=BY_CHOICE, level=Level.SUBJECT),
                ceiling(5, authority=BY_CHOICE, level=Level.SUBJECT),
            ),
            (5, 5),
        ),
        # While the contract runs, a ceiling that waits for its end does not count, and a floor keeps.
        (days(ceiling(10, anchor=PeriodStart.CONTRACT_END)), None),
        (days(ceiling(10, anchor=PeriodStart.CONTRACT_END), contract_end=CONTRACT_END), (60, 60)),
        (days(ceiling(30), floor(10, anchor=PeriodStart.CONTRACT_END)), (30, (FOREVER - SAID).days)),
        (days(ceiling(30), floor(10, anchor=PeriodStart.CONTRACT_END), contract_end=CONTRACT_END), (30, 60)),
        # Never used counts from the day it was said.
        (days(ceiling(30, anchor=PeriodStart.LAST_USED)), (30, 30)),
        (days(ceiling(30, anchor=PeriodStart.LAST_USED), last_used=SAID + timedelta(days=20)), (50, 50)),
    ],
)
def test_examples(found: tuple[int, int] | None, expected: tuple[int, int] | None) -> None:
    assert found == expected


def test_what_use_may_move_is_bounded_by_what_it_may_not() -> None:
    used = ceiling(30, anchor=PeriodStart.LAST_USED)
    alone, bounded = resolve([used], Anchors(SAID)), resolve([used, ceiling(365)], Anchors(SAID))
    assert isinstance(alone, Kept)
    assert isinstance(bounded, Kept)
    assert (alone.sealed_until, bounded.sealed_until) == (FOREVER, SAID + timedelta(days=365))


def test_the_rules_that_decided_are_named() -> None:
    short, long, law = ceiling(30), ceiling(365), floor(2190)
    found = resolve([short, long, law, floor(10)], Anchors(SAID))
    assert isinstance(found, Kept)
    assert set(found.rule_ids) == {short.id, law.id}


@pytest.mark.parametrize("period", [0, -1, -365])
def test_a_period_that_is_not_positive_is_no_rule(period: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        ceiling(period)


@pytest.mark.parametrize("name", ["created", "last_used", "contract_end"])
@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1))])
def test_a_moment_that_is_not_in_utc_is_no_anchor(name: str, zone: timezone | None) -> None:
    with pytest.raises(ValueError, match="UTC"):
        replace(Anchors(SAID), **{name: SAID.replace(tzinfo=zone)})


moments = (
    st.just(SAID)
    | st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    | st.datetimes(datetime(9999, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
)
all_anchors = st.builds(Anchors, moments, st.none() | moments, st.none() | moments)
some_rule = st.builds(
    RetentionRule,
    st.uuids(),
    st.sampled_from(RuleKind),
    # Few values, so that ends meet; a day more or less; and beyond the calendar.
    st.sampled_from([1, 7, 30, 365, 2190]) | st.integers(1, 5000) | st.integers(10**6, 10**12),
    st.sampled_from(PeriodStart),
    st.sampled_from(Authority),
    st.sampled_from(Level),
)
some_rules = st.lists(some_rule, max_size=6)


def reference(rules: list[RetentionRule], anchors: Anchors) -> tuple[datetime, datetime] | None:
    """Decide slowly and literally: day by day what each sentence says."""

    def end(rule: RetentionRule) -> datetime | None:
        if rule.anchor is PeriodStart.CREATED:
            start: datetime | None = anchors.created
        elif rule.anchor is PeriodStart.CONTRACT_END:
            start = anchors.contract_end
        else:
            start = anchors.created if anchors.last_used is None else max(anchors.created, anchors.last_used)
        if start is None:
            return None
        try:
            return min(FOREVER, start + timedelta(days=rule.days))
        except OverflowError:
            return FOREVER

    limits = [rule for rule in rules if rule.kind is RuleKind.CEILING and end(rule) is not None]
    # A default counts unless there is another default that is more specific.
    counted = [
        rule
        for rule in limits
        if rule.authority is BY_LAW
        or not any(other.authority is BY_CHOICE and other.level > rule.level for other in limits)
    ]
    if not counted:
        return None
    use = min(end(rule) or FOREVER for rule in counted)
    kept = [end(rule) or FOREVER for rule in rules if rule.kind is RuleKind.FLOOR]
    return use, max([use, *kept])


@given(some_rules, all_anchors)
@settings(max_examples=500, deadline=None)
def test_it_says_what_the_sentences_say(rules: list[RetentionRule], anchors: Anchors) -> None:
    found = resolve(rules, anchors)
    assert (None if isinstance(found, NoCeiling) else (found.expires_at, found.destroy_at)) == reference(rules, anchors)
    if isinstance(found, Kept):
        assert found.expires_at <= found.destroy_at
        used_forever = resolve(rules, replace(anchors, last_used=FOREVER))
        assert isinstance(used_forever, Kept)
        assert found.expires_at <= found.sealed_until == used_forever.expires_at
        assert found.rule_ids
        assert set(found.rule_ids) <= {rule.id for rule in rules}
        assert list(found.rule_ids) == sorted(set(found.rule_ids), key=lambda one: one.bytes)


@given(some_rules, all_anchors)
@settings(deadline=None)
def test_nothing_is_used_longer_than_any_ceiling_of_the_law(rules: list[RetentionRule], anchors: Anchors) -> None:
    found = resolve(rules, anchors)
    for law in (rule for rule in rules if rule.kind is RuleKind.CEILING and rule.authority is BY_LAW):
        alone = resolve([law], anchors)
        if isinstance(alone, Kept):
            assert isinstance(found, Kept)
            assert found.expires_at <= alone.expires_at


@given(some_rules, all_anchors)
@settings(deadline=None)
def test_the_rules_named_give_the_same_dates_alone(rules: list[RetentionRule], anchors: Anchors) -> None:
    rules = [replace(rule, id=UUID(int=i)) for i, rule in enumerate(rules)]
    found = resolve(rules, anchors)
    if isinstance(found, Kept):
        alone = resolve([rule for rule in rules if rule.id in found.rule_ids], anchors)
        assert isinstance(alone, Kept)
        assert (alone.expires_at, alone.destroy_at, alone.rule_ids) == (
            found.expires_at,
            found.destroy_at,
            found.rule_ids,
        )


@given(st.lists(some_rule, max_size=4), all_anchors)
@settings(deadline=None)
def test_the_order_of_the_rules_says_nothing(rules: list[RetentionRule], anchors: Anchors) -> None:
    assert len({repr(resolve(order, anchors)) for order in permutations(rules)}) == 1
    assert resolve([*rules, *rules], anchors) == resolve(rules, anchors)


def later(rules: list[RetentionRule], more: RetentionRule, anchors: Anchors) -> tuple[Kept, Kept] | None:
    """Return the dates before and after one more rule, where both are kept."""
    before, after = resolve(rules, anchors), resolve([*rules, more], anchors)
    return (before, after) if isinstance(before, Kept) and isinstance(after, Kept) else None


@given(some_rules, some_rule, all_anchors)
@settings(deadline=None)
def test_another_floor_never_shortens(rules: list[RetentionRule], more: RetentionRule, anchors: Anchors) -> None:
    found = later(rules, replace(more, kind=RuleKind.FLOOR), anchors)
    if found:
        before, after = found
        assert after.expires_at == before.expires_at
        assert after.destroy_at >= before.destroy_at


@given(some_rules, some_rule, all_anchors)
@settings(deadline=None)
def test_another_ceiling_of_the_law_never_lengthens(
    rules: list[RetentionRule], more: RetentionRule, anchors: Anchors
) -> None:
    found = later(rules, replace(more, kind=RuleKind.CEILING, authority=BY_LAW), anchors)
    if found:
        before, after = found
        assert after.expires_at <= before.expires_at
        assert after.destroy_at <= before.destroy_at


@given(some_rules, some_rule, all_anchors)
@settings(deadline=None)
def test_another_default_lengthens_only_where_it_replaces_less_specific_ones(
    rules: list[RetentionRule], more: RetentionRule, anchors: Anchors
) -> None:
    default = replace(more, kind=RuleKind.CEILING, authority=BY_CHOICE)
    # Those that count: one that waits for the end of its contract replaces nothing.
    most = max(
        (
            rule.level
            for rule in rules
            if rule.kind is RuleKind.CEILING
            and rule.authority is BY_CHOICE
            and (rule.anchor is not PeriodStart.CONTRACT_END or anchors.contract_end is not None)
        ),
        default=Level.MEMORY,
    )
    found = later(rules, default, anchors)
    if found and default.level <= most:
        assert found[1].expires_at <= found[0].expires_at
        assert found[1].destroy_at <= found[0].destroy_at


@pytest.mark.parametrize("there", Level)
@pytest.mark.parametrize("added", Level)
def test_a_longer_default_lengthens_exactly_where_it_is_more_specific(there: Level, added: Level) -> None:
    longer = ceiling(365, authority=BY_CHOICE, level=added)
    found = days(ceiling(30, authority=BY_CHOICE, level=there), longer)
    assert found == ((365, 365) if added > there else (30, 30))


def test_a_default_that_waits_for_its_contract_replaces_nothing() -> None:
    waits = ceiling(9, authority=BY_CHOICE, level=Level.SUBJECT, anchor=PeriodStart.CONTRACT_END)
    general = ceiling(10, authority=BY_CHOICE)
    assert days(waits, general) == (10, 10)
    assert days(waits, general, contract_end=CONTRACT_END) == (59, 59)
    # So another of its level replaces the general one, and lengthens.
    assert days(waits, general, ceiling(100, authority=BY_CHOICE, level=Level.SUBJECT)) == (100, 100)


@pytest.mark.parametrize(("period", "short"), [(9, timedelta(days=1, hours=5)), (10, timedelta(hours=5)), (11, None)])
def test_the_calendar_ends_at_forever(period: int, short: timedelta | None) -> None:
    found = resolve([ceiling(period)], Anchors(FOREVER - timedelta(days=10, hours=5)))
    assert isinstance(found, Kept)
    assert found.expires_at == (FOREVER - short if short else FOREVER)


def test_ids_are_in_one_order() -> None:
    same = [ceiling(30) for _ in range(5)]
    found = resolve(same, Anchors(SAID))
    assert isinstance(found, Kept)
    assert list(found.rule_ids) == sorted((rule.id for rule in same), key=lambda one: UUID(str(one)).bytes)
