"""The console without a mouse, and with an impatient one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.models import RequestKind
from tests.browser.marks import IN_A_BROWSER
from tests.browser.staffed import asks_for, enrolled
from tests.support.cast import organisation, say

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Arrive
    from tests.browser.staffed import LivelyBank

pytestmark = IN_A_BROWSER


def focused(page: Page) -> str:
    """Return the id of what has the focus, else its words."""
    found: str = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    return found


def test_the_first_tab_offers_the_way_to_the_content(lively: LivelyBank, arrive: Arrive) -> None:
    page = arrive(lively.members["rita"]).page
    page.keyboard.press("Tab")
    assert focused(page) == "To the content"
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    assert focused(page) == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_slash_goes_to_the_search_and_enter_finds(lively: LivelyBank, arrive: Arrive) -> None:
    visitor = arrive(lively.members["dora"])
    visitor.page.keyboard.press("/")
    assert focused(visitor.page) == "find"
    visitor.page.keyboard.type("al/ice")
    assert visitor.page.locator("#find").input_value() == "al/ice"  # within the field it is a character
    visitor.page.locator("#find").fill("alice")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/people/*-*/")
    assert visitor.heading.startswith("Person")


def test_what_has_the_focus_is_seen(lively: LivelyBank, arrive: Arrive) -> None:
    page = arrive(lively.members["dora"]).page
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "3px", focused(page)


def test_a_double_click_does_one_thing(arrive: Arrive) -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    number = asks_for(bank, "carol", RequestKind.ACCESS)
    visitor = arrive(enrolled(bank, "dora"))
    visitor.page.goto(f"/console/requests/{number}/")
    visitor.page.get_by_label("How do you know?").select_option("in_person")
    visitor.page.get_by_role("button", name="It is the person").dblclick()
    visitor.page.get_by_text("Verified. The request is in handling.").wait_for()
    verified = [event.reason for event in bank.events() if event.type == "verify_request"]
    assert verified == ["allowed"]
