"""The person in the portal, on a phone: with a link, without JavaScript, to a copy's code and an erasure's receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from governance.models import RightsRequest
from governance.rights.portal.codes import issue_code
from governance.tenancy.tenant_context import tenant_context
from tests.browser.looked_at import against
from tests.browser.marks import IN_A_BROWSER
from tests.browser.shown import NARROW
from tests.browser.staffed import HOSTILE
from tests.browser.walk import walk
from tests.support.cast import organisation, say
from tests.support.sitting import link_text

if TYPE_CHECKING:
    from tests.browser.conftest import Arrive
    from tests.browser.staffed import LivelyBank
    from tests.browser.visitor import Visitor

pytestmark = IN_A_BROWSER
ILLNESS = "I was diagnosed with diabetes last year"


def enter(visitor: Visitor, link: str) -> None:
    visitor.page.goto(f"/portal/enter/{link}/")
    visitor.press("Open my page")


def test_a_person_sees_asks_proves_and_keeps_the_receipt(arrive: Arrive) -> None:
    bank = organisation()
    say(bank, "alice", "I like tea")
    say(bank, "alice", ILLNESS)
    link = link_text(bank, "alice")
    alice = arrive(width=NARROW, scripts=False)
    enter(alice, link)
    assert link not in alice.page.url
    assert alice.heading == "What is remembered about you"
    assert "I like tea" in alice.text
    assert "Why?" in alice.text
    assert ILLNESS not in alice.text
    alice.follow("Ask for a copy")
    alice.press("Ask for it")
    assert alice.heading == "We have your request"
    receipt = alice.page.locator(".secret").inner_text()
    with alice.page.expect_download() as download:
        alice.page.get_by_role("button", name="Download the receipt").click()
    assert receipt in download.value.path().read_text()
    alice.follow("To the request")
    number = UUID(alice.page.url.partition("/requests/")[2][:36])
    alice.page.get_by_role("textbox").fill(issue_code(caller=bank.staff("dora"), request_id=number).code)
    alice.press("Enter the code")
    assert "being worked on" in alice.text
    alice.follow("What is remembered")
    assert ILLNESS in alice.text
    alice.press("Leave")

    later = arrive(width=NARROW, scripts=False)
    later.page.goto("/portal/receipt/")
    later.page.get_by_role("textbox").fill(receipt)
    later.press("Show how far it is")
    assert "being worked on" in later.text


def test_a_link_opens_once_and_what_opens_nothing_looks_the_same(arrive: Arrive) -> None:
    bank = organisation()
    say(bank, "alice", "I like tea")
    link = link_text(bank, "alice")
    enter(arrive(), link)
    pages = set()
    for text in (link, link[:-1] + ("0" if link[-1] != "0" else "1"), "nothing"):
        stranger = arrive()
        enter(stranger, text)
        pages.add(stranger.page.locator("body").inner_text())
    assert len(pages) == 1
    assert "tea" not in pages.pop()


def test_two_clicks_ask_for_one_erasure(arrive: Arrive) -> None:
    bank = organisation()
    say(bank, "alice", "I like tea")
    alice = arrive()
    enter(alice, link_text(bank, "alice"))
    alice.page.goto("/portal/requests/new/erasure/")
    alice.page.get_by_role("button", name="Ask for it").dblclick()
    alice.page.wait_for_load_state("networkidle")
    assert alice.heading == "We have your request"  # with the receipt, which is shown once
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.count() == 1


def test_no_page_of_the_portal_is_hard_to_use_or_wider_than_a_phone_or_runs_what_it_shows(
    lively: LivelyBank, axe: None, arrive: Arrive
) -> None:
    outside, inside = arrive(), arrive()
    enter(inside, link_text(lively.bank, "oscar"))
    found, read = [], ""
    for visitor, start in (
        (outside, ["/portal/", "/portal/enter/nothing/", "/portal/receipt/", "/portal/copy/"]),
        (inside, ["/portal/"]),
    ):
        for stop in walk(visitor, start, below="/portal/"):
            read += visitor.page.locator("main").inner_text()
            found += [f"{stop.path} {said}" for said in against(visitor.page)]
    assert not found, "\n".join(dict.fromkeys(found))
    for words in ("<b class=", "=HYPERLINK(", HOSTILE["word"], "gro.elpmaxe"):
        assert words in read
