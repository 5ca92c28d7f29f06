"""Each page of each role, checked by axe-core, a narrow screen and hostile words."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.browser.looked_at import against
from tests.browser.marks import IN_A_BROWSER
from tests.browser.walk import walk, without_arguments

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Arrive
    from tests.browser.staffed import LivelyBank

pytestmark = IN_A_BROWSER
WHO = ["ada", "dora", "rita", "aud", "kay", None]  # one of each role, and a visitor who is not signed in
OUTSIDE = {reverse(f"console:{name}") for name in ("sign-in", "enrol", "claim-key")}
VALUES = re.compile(r'value="[^"]*"')  # tokens differ each time
_looked_at: set[str] = set()


def is_new(page: Page) -> bool:
    """False for what was looked at under another role: the frame around it is the same on all pages of a role."""
    main: str = page.evaluate("(document.querySelector('main') ?? document.body).innerHTML")
    known, shown = len(_looked_at), hashlib.sha256(VALUES.sub("", main).encode()).hexdigest()
    _looked_at.add(shown)
    return len(_looked_at) > known


@pytest.mark.parametrize("who", WHO)
def test_no_page_is_hard_to_use_or_wider_than_the_screen_or_runs_what_it_shows(
    who: str | None, lively: LivelyBank, axe: None, arrive: Arrive
) -> None:
    visitor, found, seen = arrive(lively.members[who] if who else None), [], 0
    # What a role may not open is one page for all addresses, so one role tries them all and the others follow links.
    start = {None: sorted(OUTSIDE), "dora": [one for one in without_arguments() if one not in OUTSIDE]}
    for stop in walk(visitor, start.get(who, [reverse("console:home")]), below="/console/"):
        seen += 1
        if is_new(visitor.page) or stop.name == "console:home":
            found += [f"{stop.path} {said}" for said in against(visitor.page)]
    assert not found, "\n".join(dict.fromkeys(found))
    assert seen >= len(OUTSIDE)
