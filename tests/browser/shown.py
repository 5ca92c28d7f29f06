"""Harm that hostile words could do to a page that shows them: widen it, or become a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.visitor import WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Page

NARROW = 320
# Charts follow the width some frames later.
WIDER = """
async () => {
  const room = document.documentElement.clientWidth;
  const wide = () => document.documentElement.scrollWidth > room;
  for (let frame = 0; frame < 2 || (frame < 120 && wide()); frame += 1) await new Promise(requestAnimationFrame);
  if (!wide()) return [];
  const out = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > room + 1);
  return [`wider than ${room} px`, ...out.slice(0, 3).map((one) => `too wide: ${one.outerHTML.slice(0, 120)}`)];
}
"""
# Charts bring their numbers as JSON, which runs nothing.
INJECTED = """
[...document.querySelectorAll(".injected, main script:not([type='application/json']), main img, main style, [onload]")]
  .map((one) => `injected: ${one.outerHTML.slice(0, 120)}`)
"""


def too_wide(page: Page) -> list[str]:
    """Return what makes the page wider than a narrow and a wide screen."""
    found: list[str] = []
    for width in (NARROW, WIDE[0]):
        page.set_viewport_size({"width": width, "height": WIDE[1]})
        found += page.evaluate(WIDER)
    return found


def injected(page: Page) -> list[str]:
    """Return elements that came from the words of people."""
    found: list[str] = page.evaluate(INJECTED)
    title = page.title()
    return found if title and "taken" not in title else [*found, f"its title is {title!r}"]
