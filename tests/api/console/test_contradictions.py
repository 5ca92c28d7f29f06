"""The page of contradictions, and the undo of a replacement on the page of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from governance.subjects.subjects import find_subject
from governance.vocabulary import SubjectKind
from tests.support.browsing import browser, press_twice
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.world import BORN, contradicted

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
PAGE = "/console/contradictions/"


def alice(bank: Organisation) -> UUID:
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found.id


def test_contradiction_is_listed_counted_and_settled_in_two_presses(bank: Organisation) -> None:
    found = contradicted(bank)
    reviewer = browser(bank, "rita")
    page = reviewer.get(PAGE).content.decode()
    assert all(wording in page for wording in BORN)
    assert "contradiction to decide" in reviewer.get(reverse("console:home")).content.decode()
    done = press_twice(reviewer, reverse("console:contradiction-settle", args=[found]), right="second")
    assert done["Location"] == f"{PAGE}?done=settled"
    assert texts(bank, "alice") == [BORN[1]]
    assert "contradict each other and no rule decides, they appear here." in reviewer.get(PAGE).content.decode()


def test_other_tenants_reviewer_sees_nothing_of_it(bank: Organisation, outsider: Organisation) -> None:
    found = contradicted(bank)
    reviewer = browser(outsider, "rita")
    assert BORN[0].encode() not in reviewer.get(PAGE).content
    answer = press_twice(reviewer, reverse("console:contradiction-settle", args=[found]), right="first")
    assert "?done=" not in answer.get("Location", "")
    assert set(texts(bank, "alice")) == set(BORN)


def test_persons_page_offers_the_undo_of_a_replacement_and_no_other(bank: Organisation) -> None:
    old = say(bank, "alice", "I live in Porto").stored[0].id
    new = say(bank, "alice", "I moved to Lisbon").stored[0].id
    reviewer, page = browser(bank, "rita"), reverse("console:person", args=[alice(bank)])
    undo = reverse("console:person-undo", args=[alice(bank), old])
    shown = reviewer.get(page).content.decode()
    assert undo in shown
    assert shown.count("/undo/") == 1
    assert str(new) in shown
    assert press_twice(reviewer, undo)["Location"] == f"{page}?done=current"
    assert "/undo/" not in reviewer.get(page).content.decode()
    assert set(texts(bank, "alice")) == {"I live in Porto", "I moved to Lisbon"}
