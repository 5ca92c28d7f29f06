"""Chromium as Debian has it, against the application in a thread. Nothing leaves the machine, and that is checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from playwright.sync_api import sync_playwright

from tests.browser.axe import axe_file
from tests.browser.staffed import lively_bank
from tests.browser.visitor import ARGUMENTS, CHROMIUM, WIDE, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from pytest_django import DjangoDbBlocker
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.staffed import LivelyBank
    from tests.browser.visitor import Member


class Arrive(Protocol):
    def __call__(self, member: Member | None = None, *, width: int = ..., scripts: bool = ...) -> Visitor: ...


@pytest.fixture(autouse=True)
def _fresh_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the limit of attempts: all sign in from one address, whose attempts are counted."""
    limiter = FixedWindowRateLimiter(MemoryStorage()), RateLimitItemPerMinute(1_000)
    monkeypatch.setattr("api.web.throttling._limiter", lambda: limiter)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"needs {CHROMIUM} (apt-get install chromium)")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, and Django would take every query for one inside of it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def lively(chromium: Browser, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> LivelyBank:
    """One bank for all tests that only look."""
    with django_db_blocker.unblock():
        return lively_bank()


@pytest.fixture(scope="package")
def axe() -> None:
    if not axe_file().exists():
        pytest.skip(f"needs {axe_file()} (npm install --prefix .axe --no-save axe-core@4)")


@pytest.fixture
def arrive(chromium: Browser, live_server: LiveServer) -> Iterator[Arrive]:
    """Yield a function that opens a browser for a visitor and signs a member in.

    At the end none may have complaints.
    """
    visitors: list[Visitor] = []

    def arrives(member: Member | None = None, *, width: int = WIDE[0], scripts: bool = True) -> Visitor:
        visitor = Visitor.arrives(chromium, live_server.url, width=width, scripts=scripts)
        visitors.append(visitor)
        return visitor.sign_in(member) if member is not None else visitor

    yield arrives
    for visitor in visitors:
        visitor.leaves()
    assert [url for visitor in visitors for url in visitor.foreign()] == []
    assert [said for visitor in visitors for said in visitor.complaints] == []
