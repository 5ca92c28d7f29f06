"""Accessibility findings of axe-core, from its npm package."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast", "link-in-text-block")  # all that changes between light and dark
FINDINGS = """
async ([type, values]) => {
  const found = await axe.run(document, { runOnly: { type, values }, resultTypes: ["violations"] });
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .flatMap((one) => one.nodes.map((node) => `${one.id} (${one.impact}): ${node.html.slice(0, 160)}`));
}
"""


def axe_file() -> Path:
    """Return the file under the folder that AXE_CORE names, else under `.axe/node_modules`."""
    return Path(os.environ.get("AXE_CORE") or ROOT / ".axe" / "node_modules") / "axe-core" / "axe.min.js"


@cache
def _source() -> str:
    return axe_file().read_text() + "\n;null"


def findings(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """Return serious and critical findings of `rules`, or of all.

    The policy forbids script tags, so axe is evaluated.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_source())
    chosen = ["rule", list(rules)] if rules else ["tag", list(TAGS)]
    found: list[str] = page.evaluate(FINDINGS, chosen)
    return found
