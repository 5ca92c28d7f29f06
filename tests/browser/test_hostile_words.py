"""Markup, escape sequences, bidirectional tricks, endless words and formulas: shown, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.marks import IN_A_BROWSER
from tests.browser.shown import injected, too_wide
from tests.browser.staffed import HOSTILE, enrolled, subject_of
from tests.support.cast import organisation, say

if TYPE_CHECKING:
    from tests.browser.conftest import Arrive

pytestmark = IN_A_BROWSER


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_words_in_clear_are_words(kind: str, arrive: Arrive) -> None:
    """They are in a memory, in an id and in a reason, read by a role that sees all of it.

    `arrive` fails after a dialog.
    """
    bank, words = organisation(), HOSTILE[kind]
    say(bank, "carol", words)
    reviewer = arrive(enrolled(bank, "rita"))
    page = reviewer.page
    page.goto(f"/console/people/{subject_of(bank, 'carol')}/reveal/")
    page.get_by_label("Reason", exact=True).select_option("complaint")
    page.get_by_label("Case reference").fill(words[:120])
    reviewer.press("Break the glass")
    if reviewer.heading.startswith("Reveal"):  # not a reference: shown again, with what is wrong with it
        assert page.get_by_label("Case reference").get_attribute("aria-invalid") == "true"
        assert too_wide(page) + injected(page) == []
        page.get_by_label("Case reference").fill("CASE-7")
        reviewer.press("Break the glass")
    shown = page.locator(".timeline .words").first
    assert shown.locator("*").count() == 1  # the <bdi> alone
    assert [one for one in shown.inner_text() if one.isprintable()] == [one for one in words if one.isprintable()]
    assert too_wide(page) + injected(page) == []
    page.get_by_label("Find a person by user id").fill(words)
    reviewer.press("Find")
    assert "This is no id: ids hold no spaces" in reviewer.text
    assert too_wide(page) + injected(page) == []


def test_words_that_turn_the_direction_do_not_turn_what_is_beside_them(arrive: Arrive) -> None:
    bank = organisation()
    say(bank, "carol", HOSTILE["bidi"])
    reviewer = arrive(enrolled(bank, "rita"))
    reviewer.page.goto(f"/console/people/{subject_of(bank, 'carol')}/")
    isolated = reviewer.page.locator(".timeline .words bdi").first.evaluate("one => getComputedStyle(one).unicodeBidi")
    assert isolated.startswith("isolate")
