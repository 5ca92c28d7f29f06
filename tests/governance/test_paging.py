"""Pages of long lists: together they are the whole list, in its order, and each asks policy first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from governance.access.api_keys import list_keys, page_keys
from governance.access.break_glass import break_glass, list_break_glass, page_break_glass
from governance.access.recipients import list_recipients, page_recipients, register_recipient
from governance.accountability.breaches import list_breaches, open_breach, page_breaches
from governance.errors import AccessRefused
from governance.models import BreachKind, Objection, RecipientKind, RevealReason
from governance.processing.holds import list_holds, page_holds, request_hold
from governance.processing.objections import list_objections, page_objections
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from tests.support.cast import DATABASES, Organisation, organisation, say
from tests.support.query_counts import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from governance.context import Caller
    from governance.paging import Page

    WholeList = Callable[..., list[object]]
    OnePage = Callable[..., Page[object]]

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
PEOPLE = ("carol", "dave", "erin")


def fill(bank: Organisation) -> None:
    """Make three of each."""
    administrator, officer = bank.staff("ada"), bank.staff("dora")
    for who in PEOPLE:
        say(bank, who, "I like tea")
        subject = find_subject(bank.tenant.id, SubjectKind.USER, who)
        assert subject is not None
        request_hold(
            caller=officer, kind=SubjectKind.USER, external_id=who, reference="CASE-1", purpose=None, disclosable=True
        )
        break_glass(caller=officer, subject=subject, reason=RevealReason.COMPLAINT, reference="CASE-1", minutes=5)
        register_recipient(caller=administrator, name=f"Auditor of {who}", kind=RecipientKind.PERSON)
        with tenant_context(bank.tenant.id):
            Objection.objects.create(
                tenant_id=bank.tenant.id,
                subject_id=subject.id,
                purpose_id=bank.assistance.purpose_id,
                recorded_by=officer.principal.id,
            )
        bank.another_key()
        now = datetime.now(UTC)
        open_breach(
            caller=officer,
            kind=BreachKind.INTEGRITY,
            reference="CASE-1",
            aware_at=now,
            since=now - timedelta(days=2),
            until=now - timedelta(days=1),
        )


# (the whole list, one page of it, who may see it, who may not)
LISTS = [
    (list_holds, page_holds, "dora", "rita"),
    (list_break_glass, page_break_glass, "dora", None),
    (list_objections, page_objections, "dora", "rita"),
    (list_recipients, page_recipients, "aud", None),
    (list_keys, page_keys, "ada", None),
    (list_breaches, page_breaches, "aud", "rita"),
]


@pytest.mark.parametrize(("whole", "one_page", "may", "may_not"), LISTS)
def test_pages_are_the_list_and_as_many_rows_take_as_many_statements(
    whole: WholeList, one_page: OnePage, may: str, may_not: str | None
) -> None:
    bank, other = organisation(), organisation("other")
    empty = len(statements(lambda: one_page(caller=bank.staff(may)))) - len(statements(lambda: bank.staff(may)))
    fill(bank)
    caller: Caller = bank.staff(may)
    every = whole(caller=caller)
    pages = [one_page(caller=caller, page=number, page_size=2) for number in (1, 2, 3)]
    assert [row for page in pages for row in page.rows] == every
    assert {page.total for page in pages} == {len(every)}
    assert len(statements(lambda: one_page(caller=caller))) == empty <= 5
    assert len(one_page(caller=other.staff(may)).rows) == len(whole(caller=other.staff(may)))
    assert not {getattr(row, "id", None) for row in whole(caller=other.staff(may))} & {
        getattr(row, "id", None) for row in every
    }
    for refused in ([] if may_not is None else [bank.staff(may_not)]) + [bank.caller()]:
        with pytest.raises(AccessRefused):
            one_page(caller=refused)
