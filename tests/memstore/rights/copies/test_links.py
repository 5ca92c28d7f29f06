"""The list of links to copies: their authors, ends and uses. Never the link."""

from __future__ import annotations

import pytest

from governance.errors import AccessRefused
from memstore.rights.copies.copy_links import list_links
from memstore.rights.copies.hand_out import hand_out_copy, link_copy
from tests.memstore.rights.copies.test_copies import access
from tests.support.cast import DATABASES, Organisation, organisation, say
from tests.support.query_counts import statements

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def linked(bank: Organisation, user_id: str) -> str:
    say(bank, user_id, "I like tea")
    return link_copy(caller=bank.staff("dora"), request_id=access(bank, user_id)).token


def test_a_link_is_listed_until_and_after_it_is_used_and_its_secret_never_is() -> None:
    bank = organisation()
    token = linked(bank, "carol")
    [one] = list_links(caller=bank.staff("dov")).rows
    assert (one.used_at, one.issued_by) == (None, bank.staff("dora").principal.id)
    assert token not in repr(one)
    for _ in hand_out_copy(token=token).chunks:
        pass
    [used] = list_links(caller=bank.staff("dov")).rows
    assert used.used_at is not None


@pytest.mark.parametrize("who", ["rita", "aud", "ada", "kay"])
def test_who_handles_no_requests_is_refused(who: str) -> None:
    bank = organisation()
    with pytest.raises(AccessRefused):
        list_links(caller=bank.staff(who))
    assert bank.refusals()[-1] == ("list_links", "capability_missing")


def test_another_tenant_sees_none_and_pages_are_newest_first() -> None:
    bank, other = organisation(), organisation("other")
    for number in range(3):
        linked(bank, f"person-{number}")
    assert list_links(caller=other.staff("dora")).total == 0
    officer = bank.staff("dora")
    pages = [list_links(caller=officer, page=number, page_size=2) for number in (1, 2)]
    assert [(len(page.rows), page.total) for page in pages] == [(2, 3), (1, 3)]
    times = [one.issued_at for page in pages for one in page.rows]
    assert times == sorted(times, reverse=True)
    assert len(statements(lambda: list_links(caller=officer))) == 3
