"""The control of the other tests: a browser that reaches out or complains is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.marks import IN_A_BROWSER
from tests.browser.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

pytestmark = IN_A_BROWSER


def test_what_reaches_out_or_runs_in_line_is_noticed(chromium: Browser, live_server: LiveServer) -> None:
    visitor = Visitor.arrives(chromium, live_server.url)
    visitor.page.goto("/console/sign-in/")
    assert (visitor.foreign(), visitor.complaints) == ([], [])
    visitor.page.evaluate("document.body.setAttribute('onclick', 'alert(1)')")
    visitor.page.locator("body").click(position={"x": 1, "y": 1})
    visitor.page.evaluate("fetch('http://other.example/').catch(() => 0)")
    assert len([said for said in visitor.complaints if "Content Security Policy" in said]) >= 2
    visitor.page.goto("about:blank")
    visitor.page.evaluate("fetch('http://other.example/').catch(() => 0)")
    assert "http://other.example/" in visitor.foreign()
    visitor.leaves()
