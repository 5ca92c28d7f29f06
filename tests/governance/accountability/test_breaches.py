"""Breaches: cases, their clocks, and what the trail counts in their window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError

from governance.accountability.breach_report import EventCount, breach_report
from governance.accountability.breaches import BreachStep, BreachView, clock, list_breaches, open_breach, update_breach
from governance.errors import InvalidChange
from governance.models import Breach, BreachKind
from governance.processing.tenants import configure_tenant
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode
from tests.governance.accountability.trail import M1, M2, M3, NOON, SINCE, UNTIL, happened
from tests.support.cast import DATABASES, Organisation
from tests.support.refusing import refused
from tests.support.rows import rows_of
from tests.support.two_people import configured

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALICE, BOB = UUID(int=0xA11CE), UUID(int=0xB0B)


def opened(organisation: Organisation, who: str = "dora", **given: Any) -> BreachView:
    said: dict[str, Any] = {
        "kind": BreachKind.CONFIDENTIALITY,
        "reference": "2026/204",
        "aware_at": datetime.now(UTC) - HOUR,
        "since": SINCE,
        "until": UNTIL,
    }
    return open_breach(caller=organisation.staff(who), **(said | given))


def test_its_clocks_count_from_when_it_was_known(bank: Organisation) -> None:
    aware = datetime.now(UTC) - 10 * HOUR
    case = opened(bank, aware_at=aware)
    assert (case.authority.due_at, case.subjects.due_at) == (aware + 72 * HOUR, aware + 60 * DAY)
    assert (case.authority.hours_left, case.authority.overdue) == (61, False)
    assert (case.subjects.hours_left, case.subjects.overdue) == (60 * 24 - 11, False)
    assert (case.state, case.opened_by) == ("open", bank.staff("dora").principal.id)
    event = bank.events()[-1]
    assert (event.type, event.object_id) == ("open_breach", case.id)


def test_the_tenant_sets_the_hours_and_a_later_change_moves_no_clock(bank: Organisation) -> None:
    configure_tenant(caller=bank.staff("ada"), changes={"breach_hours": 24})
    case = opened(bank)
    assert case.authority.due_at - case.aware_at == 24 * HOUR
    configured(bank, breach_hours=720)
    [listed] = list_breaches(caller=bank.staff("aud"))
    assert listed.authority.due_at == case.authority.due_at
    assert opened(bank).authority.due_at - case.aware_at >= 720 * HOUR


@pytest.mark.parametrize(
    ("done", "now", "hours_left", "overdue"),
    [
        (None, NOON - 90 * timedelta(minutes=1), 1, False),
        (None, NOON, 0, False),
        (None, NOON + timedelta(minutes=1), -1, True),
        (NOON, NOON + DAY, None, False),
        (NOON + timedelta(seconds=1), NOON + DAY, None, True),  # done, and too late
    ],
)
def test_a_clock_says_what_is_left_and_whether_it_was_kept(
    done: datetime | None, now: datetime, hours_left: int | None, overdue: bool
) -> None:
    found = clock(NOON, done, None, now)
    assert (found.hours_left, found.overdue) == (hours_left, overdue)


def test_each_step_is_taken_once_by_somebody_and_none_after_the_end(bank: Organisation) -> None:
    case, dora, dov = opened(bank), bank.staff("dora"), bank.staff("dov")
    told = datetime.now(UTC) - timedelta(minutes=30)
    after = update_breach(caller=dov, breach_id=case.id, step=BreachStep.NOTIFIED_AUTHORITY, at=told)
    assert (after.authority.done_at, after.authority.done_by) == (told, dov.principal.id)
    assert (after.authority.hours_left, after.authority.overdue, after.subjects.done_at) == (None, False, None)
    with refused(bank, Action.UPDATE_BREACH, ReasonCode.ALREADY_DECIDED):
        update_breach(caller=dora, breach_id=case.id, step=BreachStep.NOTIFIED_AUTHORITY)
    closed = update_breach(caller=dora, breach_id=case.id, step=BreachStep.CLOSED)
    assert (closed.state, closed.closed_by) == ("closed", dora.principal.id)
    with refused(bank, Action.UPDATE_BREACH, ReasonCode.ALREADY_DECIDED):
        update_breach(caller=dora, breach_id=case.id, step=BreachStep.INFORMED_SUBJECTS)
    # closed, and listed all the same (Art. 33(5))
    assert [one.id for one in list_breaches(caller=dora)] == [case.id]


@pytest.mark.parametrize("off", [-2 * HOUR, HOUR])
def test_a_step_lies_between_the_awareness_and_now(bank: Organisation, off: timedelta) -> None:
    case = opened(bank)
    with refused(bank, Action.UPDATE_BREACH, ReasonCode.INVALID) as caught:
        update_breach(caller=bank.staff("dora"), breach_id=case.id, step=BreachStep.CLOSED, at=datetime.now(UTC) + off)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "at"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"aware_at": datetime.now(UTC) + DAY}, "aware_at"),
        ({"since": UNTIL, "until": SINCE}, "since"),
        ({"reference": "Alice was told, and cried"}, "case_reference"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(bank: Organisation, given: dict[str, Any], field: str) -> None:
    with refused(bank, Action.OPEN_BREACH, ReasonCode.INVALID) as caught:
        opened(bank, **given)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field


def test_the_report_counts_what_happened_in_the_window(bank: Organisation) -> None:
    rita = bank.staff("rita")
    happened(bank, subject=ALICE, purpose=bank.assistance, items=[(M1, 1), (M2, 1)])
    happened(bank, subject=ALICE, purpose=bank.assistance, items=[(M1, 1)])
    happened(bank, subject=BOB, purpose=bank.offers, action=Action.REMEMBER, items=[(M3, 1)])
    happened(bank, subject=ALICE, who=rita, action=Action.INSPECT, items=[(M2, 2)])
    happened(bank, subject=uuid4(), reason=ReasonCode.CONSENT_MISSING)
    happened(bank, subject=ALICE, items=[(M1, 1), (M3, 1)], unlisted=True)
    happened(bank, subject=uuid4(), items=[(uuid4(), 1)], at=UNTIL)
    report = breach_report(caller=bank.staff("aud"), breach_id=opened(bank).id)
    assert (report.events, report.reads, report.refusals, report.unlisted) == (6, 4, 1, 1)
    assert (report.principals, report.subjects) == (2, 2)
    assert (report.memories_read, report.memories_changed) == (2, 1)
    assert report.unwraps_without_event == 0
    assert set(report.counts) == {
        EventCount("purpose", "assistance", 2),
        EventCount("purpose", "offers", 1),
        EventCount("role", "api_key", 4),
        EventCount("role", "reviewer", 1),
        EventCount("action", "recall", 3),
        EventCount("action", "remember", 1),
        EventCount("action", "inspect", 1),
        EventCount("refused", "consent_missing", 1),
    }


def test_of_one_principal_only_its_events_are_counted(bank: Organisation) -> None:
    rita = bank.staff("rita")
    happened(bank, subject=ALICE, items=[(M1, 1)])
    happened(bank, subject=BOB, who=rita, action=Action.INSPECT, items=[(M2, 2)])
    case = opened(bank, principal_id=rita.principal.id)
    report = breach_report(caller=bank.staff("dora"), breach_id=case.id)
    assert (report.events, report.principals, report.subjects, report.memories_read) == (1, 1, 1, 1)


@pytest.mark.parametrize("who", ["ada", "rita", "aud", "kay", "the key"])
def test_only_data_protection_officers_handle_breaches(bank: Organisation, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    case = opened(bank)
    with refused(bank, Action.OPEN_BREACH, ReasonCode.CAPABILITY_MISSING):
        open_breach(caller=caller, kind=BreachKind.INTEGRITY, reference="1", aware_at=NOON, since=SINCE, until=UNTIL)
    with refused(bank, Action.UPDATE_BREACH, ReasonCode.CAPABILITY_MISSING):
        update_breach(caller=caller, breach_id=case.id, step=BreachStep.CLOSED)


@pytest.mark.parametrize("who", ["ada", "rita", "kay", "the key"])
def test_others_do_not_even_read_them(bank: Organisation, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    case = opened(bank)
    with refused(bank, Action.READ_BREACHES, ReasonCode.CAPABILITY_MISSING):
        list_breaches(caller=caller)
    with refused(bank, Action.READ_BREACHES, ReasonCode.CAPABILITY_MISSING):
        breach_report(caller=caller, breach_id=case.id)


@pytest.mark.parametrize("whose", ["nobody's", "outsider's"])
def test_what_is_not_here_is_neither_read_nor_changed(bank: Organisation, outsider: Organisation, whose: str) -> None:
    foreign = opened(outsider)
    before, asked = rows_of(outsider), uuid4() if whose == "nobody's" else foreign.id
    with refused(bank, Action.UPDATE_BREACH, ReasonCode.NOT_FOUND):
        update_breach(caller=bank.staff("dora"), breach_id=asked, step=BreachStep.CLOSED)
    with refused(bank, Action.READ_BREACHES, ReasonCode.NOT_FOUND):
        breach_report(caller=bank.staff("dora"), breach_id=asked)
    assert list_breaches(caller=bank.staff("dora")) == []
    assert rows_of(outsider) == before


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "noise"}, "breach_of_a_known_kind"),
        ({"case_reference": ""}, "breach_names_a_case"),
        ({"until": SINCE}, "breach_has_a_window"),
        ({"aware_at": NOON + DAY}, "breach_known_when_it_is_opened"),
        ({"notified_authority_at": NOON}, "breach_notified_by_somebody"),
        ({"informed_subjects_by": ALICE}, "breach_told_by_somebody"),
        ({"closed_at": NOON}, "breach_closed_by_somebody"),
    ],
)
def test_the_database_refuses_it_as_well(bank: Organisation, values: dict[str, Any], constraint: str) -> None:
    row: dict[str, Any] = {
        "kind": "integrity",
        "case_reference": "1",
        "since": SINCE,
        "until": UNTIL,
        "aware_at": NOON,
        "authority_due_at": NOON,
        "subjects_due_at": NOON,
        "opened_by": ALICE,
        "opened_at": NOON,
    }
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        Breach.objects.create(tenant_id=bank.tenant.id, **(row | values))


def test_no_case_can_be_deleted(bank: Organisation) -> None:
    case = opened(bank)
    with pytest.raises(DatabaseError, match="permission denied"), tenant_context(bank.tenant.id):
        Breach.objects.filter(id=case.id).delete()
