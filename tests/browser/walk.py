"""Every page that a visitor can reach: those without arguments by address, the others by the links on the way."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import Resolver404, URLPattern, resolve, reverse
from django.urls.converters import SlugConverter
from playwright.sync_api import Error

from api.console.urls import urlpatterns as console_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from tests.browser.visitor import Visitor

LINKS = "[...document.links].filter(a => a.origin === location.origin).map(a => a.pathname)"
OF_EACH = 2
MORE_OF = {"console:request": 6, "console:person": 4}  # they look different in each state
METHOD_NOT_ALLOWED = 405
# What chromium says to a file, and to a refusal without a word: an address that only takes forms.
DOWNLOAD, WORDLESS = "Download is starting", "ERR_HTTP_RESPONSE_CODE_FAILURE"
ERROR_PAGE = "chrome-error://chromewebdata/"
# Away from the page, out of the session, or to another program.
NOT_WALKED = frozenset(
    {
        "console:sign-out",
        "console:single-sign-on",
        "console:single-sign-on-link",
        "console:single-sign-on-back",
    }
)


@dataclass(frozen=True, slots=True)
class Stop:
    name: str
    path: str


def without_arguments() -> list[str]:
    """Return the addresses of the console's pages that take no argument."""
    return [
        reverse(f"console:{one.name}")
        for one in console_patterns
        if isinstance(one, URLPattern) and not one.pattern.converters
    ]


def walk(visitor: Visitor, start: Iterable[str], *, below: str) -> Iterator[Stop]:
    """Open page after page under `below`, a few of one name. The page is open while the caller has it."""
    waiting, known, visits = deque(start), set(start), Counter[str]()
    while waiting:
        path = waiting.popleft()
        name = _name(path)
        if name is None or name in NOT_WALKED or visits[name] >= MORE_OF.get(name, OF_EACH):
            continue
        visits[name] += 1
        try:
            answer = visitor.page.goto(path)
        except Error as error:
            if DOWNLOAD in error.message:
                continue
            if WORDLESS not in error.message:
                raise
            visitor.page.wait_for_url(ERROR_PAGE)
            continue
        if answer is None or answer.status == METHOD_NOT_ALLOWED:
            continue
        links: list[str] = visitor.page.evaluate(LINKS)
        fresh = [link for link in dict.fromkeys(links) if link.startswith(below) and link not in known]
        known.update(fresh)
        waiting.extend(fresh)
        yield Stop(name, path)


def _name(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def every_address(ids: Iterable[UUID]) -> list[str]:
    """Return every address of the console, with each of the ids where it takes one."""
    found = without_arguments()
    for one in console_patterns:
        if isinstance(one, URLPattern) and one.pattern.converters:
            takes = {name: "verify" for name, kind in one.pattern.converters.items() if isinstance(kind, SlugConverter)}
            wanted = [name for name in one.pattern.converters if name not in takes]
            for number in ids:
                found.append(reverse(f"console:{one.name}", kwargs={**takes, **dict.fromkeys(wanted, number)}))
    return found
