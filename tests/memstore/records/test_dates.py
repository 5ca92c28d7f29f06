"""One schedule for many memories gives each of them what the rules alone would."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.errors import AccessRefused
from governance.policy.retention import Anchors, NoCeiling, RetentionRule, RuleKind, resolve
from governance.processing.retention_rules import RuleTerms, draft
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.models import Memory
from memstore.oversight.retention_preview import preview_terms
from memstore.records.dates import Dates, Schedule
from memstore.records.redate import new_dates
from tests.governance.policy.test_retention import all_anchors, some_rules
from tests.support.cast import DATABASES, Organisation, say

LAST_DAYS = st.none() | st.dates(date(2019, 1, 1), date(2040, 1, 1))


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_a_rule_for_one_person_is_nobody_elses(bank: Organisation) -> None:
    for who in ("alice", "bob", "alice", "bob"):
        say(bank, who, f"I like tea number {secrets.token_hex(2)}")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    terms = RuleTerms("Test Act", RuleKind.CEILING, 1, subject_id=alice.id)
    plan = preview_terms(caller=bank.staff("ada"), terms=terms)
    assert (plan.total, plan.shortened, plan.lengthened) == (4, 2, 0)
    with tenant_context(bank.tenant.id):
        rows = list(Memory.objects.all())
        dated = new_dates(rows, [draft(bank.staff("ada"), terms)])
        days = {row.id: (dates.expires_at - row.created_at).days for row, dates in dated}
    assert days == {row.id: 1 if row.subject_id == alice.id else 365 for row in rows}


def one_by_one(rules: list[RetentionRule], anchors: Anchors, last_day: date | None) -> Dates | None:
    """Return the dates of this memory alone, as section 8 of the design says."""
    kept = resolve(rules, anchors)
    if isinstance(kept, NoCeiling):
        return None
    own = None if last_day is None else datetime.combine(last_day + timedelta(days=1), time.min, UTC)
    use = min(kept.expires_at, own or kept.expires_at)
    sealed = min(kept.sealed_until, own or kept.sealed_until)
    return Dates(use, max(use, kept.keep_until or use), kept.keep_until, sealed, kept.rule_ids)


@given(some_rules, st.lists(st.tuples(all_anchors, LAST_DAYS), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_each_memory_gets_the_dates_of_its_own(
    rules: list[RetentionRule], memories: list[tuple[Anchors, date | None]]
) -> None:
    wanted = [one_by_one(rules, anchors, last_day) for anchors, last_day in memories]
    if None in wanted:
        with pytest.raises(AccessRefused):
            Schedule(rules).dates(*memories[wanted.index(None)])
        return
    schedule = Schedule(rules)
    assert [schedule.dates(anchors, last_day) for anchors, last_day in memories] == wanted
