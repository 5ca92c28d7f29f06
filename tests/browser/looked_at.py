"""One page in light and dark, narrow and wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.axe import COLOURS, findings
from tests.browser.shown import injected, too_wide

if TYPE_CHECKING:
    from playwright.sync_api import Page

SETTLED = "document.fonts.ready.then(() => new Promise(requestAnimationFrame)).then(() => null)"


def against(page: Page) -> list[str]:
    """Return all findings against the open page, in light and dark, narrow and wide."""
    page.emulate_media(color_scheme="light")
    page.evaluate(SETTLED)
    said = findings(page)
    page.emulate_media(color_scheme="dark")
    said += [f"dark: {one}" for one in findings(page, rules=COLOURS)]
    return said + too_wide(page) + injected(page)
