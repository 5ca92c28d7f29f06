"""The list of subjects: of this tenant, under random ids, with counts, for the roles that look after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.errors import AccessRefused
from governance.models import RequestKind
from governance.rights.requests import Asked, open_request
from governance.vocabulary import SubjectKind, SubjectState
from memstore.oversight.subject_list import list_subjects
from tests.support.cast import DATABASES, organisation, say
from tests.support.erasing import approved

if TYPE_CHECKING:
    from uuid import UUID

    from memstore.oversight.subject_list import SubjectLine

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_everybody_is_on_one_page_after_another_once_and_of_this_tenant_alone() -> None:
    bank, other = organisation(), organisation("other")
    for number in range(5):
        say(bank, f"person-{number}", "I like tea")
    say(bank, "person-0", "I like coffee")
    say(other, "stranger", "I like tea")
    open_request(
        caller=bank.staff("dora"),
        subject_kind=SubjectKind.USER,
        external_id="person-0",
        asked=Asked(RequestKind.ACCESS),
    )
    after: UUID | None = None
    seen: list[SubjectLine] = []
    while True:
        page = list_subjects(caller=bank.staff("dora"), after=after, page_size=2)
        seen += page.subjects
        after = page.after
        if after is None:
            break
    assert sorted((one.n_memories, one.open_requests) for one in seen) == [(1, 0)] * 4 + [(2, 1)]
    assert len({one.id for one in seen}) == 5
    assert {one.open_requests for one in list_subjects(caller=bank.staff("rita")).subjects} == {0}


def test_the_erased_person_is_listed_as_erased_and_with_nothing() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    approved(bank, "carol")
    from memstore.tasks import resume_erasures

    resume_erasures()
    [gone] = list_subjects(caller=bank.staff("dora"), state=SubjectState.ERASED).subjects
    assert gone.n_memories == 0


@pytest.mark.parametrize("who", ["aud", "ada", "kay"])
def test_who_does_not_look_after_people_sees_no_list(who: str) -> None:
    with pytest.raises(AccessRefused):
        list_subjects(caller=organisation().staff(who))


def test_a_page_takes_as_many_queries_for_many_people_as_for_one() -> None:
    bank = organisation()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list_subjects(caller=bank.staff("dora"))
        return len(captured)

    say(bank, "person", "I like tea")
    once = queries()
    for number in range(9):
        say(bank, f"person-{number}", "I like tea")
    assert queries() == once
