"""The report on one principal: what it read, of whom, and what it was refused."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from governance.accountability import principal_access as module
from governance.accountability.principal_access import PrincipalTotals, RefusalCount, SubjectRead, principal_access
from governance.vocabulary import Action, ReasonCode
from tests.governance.accountability.trail import M1, M2, M3, NOON, SINCE, UNTIL, happened
from tests.support.cast import DATABASES, Organisation
from tests.support.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
HOUR = timedelta(hours=1)
ALICE, BOB = UUID(int=0xA11CE), UUID(int=0xB0B)


def test_whom_it_read_for_what_and_what_it_was_refused(bank: Organisation) -> None:
    happened(bank, subject=ALICE, purpose=bank.assistance, items=[(M1, 1), (M2, 1)])
    happened(bank, subject=ALICE, purpose=bank.offers, items=[(M2, 1)], at=NOON + HOUR)
    happened(bank, subject=BOB, purpose=bank.assistance, items=[(M3, 1)])
    happened(bank, action=Action.LIST_SUBJECTS)
    happened(bank, subject=BOB, reason=ReasonCode.CONSENT_MISSING)
    happened(bank, subject=BOB, reason=ReasonCode.CONSENT_MISSING, at=NOON + HOUR)
    happened(bank, action=Action.REMEMBER, reason=ReasonCode.CLASS_NOT_ALLOWED)
    # none of these is a read or a refusal of the key in the period
    happened(bank, subject=ALICE, action=Action.REMEMBER, items=[(M3, 1)])
    happened(bank, subject=ALICE, who=bank.staff("rita"), action=Action.INSPECT, items=[(M1, 1)])
    happened(bank, subject=ALICE, items=[(M1, 1)], at=UNTIL)
    report = principal_access(caller=bank.staff("aud"), principal_id=bank.key.id, since=SINCE, until=UNTIL)
    assert report.totals == PrincipalTotals(events=7, reads=4, refusals=3, subjects=2, memories=3, unlisted=0)
    assert (report.name, report.actors) == ("assistant", (f"api_key:{bank.key.id}",))
    assert report.subjects[0] == SubjectRead(ALICE, ("assistance", "offers"), 2, 2, NOON, NOON + HOUR)
    assert set(report.subjects[1:]) == {
        SubjectRead(BOB, ("assistance",), 1, 1, NOON, NOON),
        SubjectRead(None, (), 1, 0, NOON, NOON),
    }
    assert report.refusals == (
        RefusalCount("recall", "consent_missing", 2, NOON, NOON + HOUR),
        RefusalCount("remember", "class_not_allowed", 1, NOON, NOON),
    )
    assert len(report.events) == 7
    event = bank.events()[-1]
    assert (event.type, event.object_id, event.n_items) == ("read_report", bank.key.id, 7)


def test_pages_together_are_all_events_once(bank: Organisation) -> None:
    made = [happened(bank, subject=ALICE) for _ in range(3)]
    made += [happened(bank, action=Action.FORGET, reason=ReasonCode.NOT_FOUND)]
    seen: list[UUID] = []
    cursor = None
    while not seen or cursor is not None:
        report = principal_access(
            caller=bank.staff("aud"),
            principal_id=bank.key.id,
            since=SINCE,
            until=UNTIL,
            cursor=cursor,
            limit=3,
        )
        seen += [line.id for line in report.events]
        cursor = report.next_cursor
    assert seen == [*reversed(made)]


def test_of_very_many_people_the_most_read_are_listed_and_all_are_counted(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SUBJECTS", 1)
    for subject in (ALICE, ALICE, BOB):
        happened(bank, subject=subject, items=[(M1, 1)])
    report = principal_access(caller=bank.staff("aud"), principal_id=bank.key.id, since=SINCE, until=UNTIL)
    assert [line.subject_id for line in report.subjects] == [ALICE]
    assert report.totals.subjects == 2


def test_a_member_of_staff_has_a_username(bank: Organisation) -> None:
    rita = bank.staff("rita")
    happened(bank, subject=ALICE, who=rita, action=Action.INSPECT)
    report = principal_access(caller=bank.staff("dora"), principal_id=rita.principal.id, since=SINCE, until=UNTIL)
    assert (report.name, report.actors) == ("rita", (f"staff:{rita.principal.id}",))


@pytest.mark.parametrize("whose", ["another tenant's", "nobody's"])
def test_of_whom_is_not_here_there_is_nothing(bank: Organisation, outsider: Organisation, whose: str) -> None:
    happened(bank, subject=ALICE, items=[(M1, 1)])
    asked = bank.key.id if whose == "another tenant's" else uuid4()
    report = principal_access(caller=outsider.staff("aud"), principal_id=asked, since=SINCE, until=UNTIL)
    assert report.totals == PrincipalTotals(events=0, reads=0, refusals=0, subjects=0, memories=0, unlisted=0)
    assert (report.name, report.actors, report.subjects, report.refusals, report.events) == (None, (), (), (), ())


@pytest.mark.parametrize("who", ["ada", "rita", "kay", "the key"])
def test_only_auditors_and_data_protection_officers_read_it(bank: Organisation, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.READ_REPORT, ReasonCode.CAPABILITY_MISSING):
        principal_access(caller=caller, principal_id=bank.key.id)
