"""One visitor with a browser: what they do there, all that it loaded, and what it complained about."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from governance.access.totp import STEP_SECONDS, code_at

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Dialog,
        Page,
        Request,
        Response,
        ViewportSize,
    )

CHROMIUM = "/usr/bin/chromium"
# Chromium takes the last such list alone: what Playwright switches off is named again. The first three are programs of
# the address field, which no test sees: they cost every new context three quarters of a second.
OFF = (
    *("AimEnabled", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying"),
    *("OptimizationHints", "PaintHolding", "PreconnectToSearch", "TcpPortRandomizationWin"),
    "ThirdPartyStoragePartitioning",
)
# No name of another host can be looked up, and chromium asks for nothing of its own accord.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(OFF)}",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
WIDE = (1280, 800)
TIMEOUT_MS = 10_000
NOT_A_HOST = frozenset({"data", "blob", "about"})
# Said for every page that answers with 4xx. A file of ours that is missing is found by its response.
STATUS_MESSAGE = "Failed to load resource"


@dataclass(frozen=True, slots=True)
class Member:
    """The factors of a member of staff: what they know (`password`) and have (`totp_secret`)."""

    tenant: str
    username: str
    password: str
    totp_secret: bytes

    def code(self) -> str:
        """Return the code of this half minute; it counts once."""
        return code_at(self.totp_secret, int(time.time()) // STEP_SECONDS).decode()


@dataclass
class Visitor:
    """A visitor.

    `complaints`: errors of the console and of scripts, violations of the policy, dialogs, files that failed.
    """

    page: Page
    origin: str
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def arrives(cls, browser: Browser, origin: str, *, width: int = WIDE[0], scripts: bool = True) -> Visitor:
        size: ViewportSize = {"width": width, "height": WIDE[1]}
        context = browser.new_context(base_url=origin, viewport=size, java_script_enabled=scripts)
        context.set_default_timeout(TIMEOUT_MS)
        visitor = cls(context.new_page(), origin)
        visitor._listen(context)
        return visitor

    def _listen(self, context: BrowserContext) -> None:
        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and not message.text.startswith(STATUS_MESSAGE):
                self.complaints.append(message.text)

        def answered(response: Response) -> None:
            if response.status >= 400 and response.request.resource_type != "document":
                self.complaints.append(f"{response.status} {response.url}")

        def asked(request: Request) -> None:
            self.requested.append(request.url)

        def opened(dialog: Dialog) -> None:
            self.complaints.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        context.on("request", asked)
        context.on("response", answered)
        context.on("console", said)
        context.on("dialog", opened)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def foreign(self) -> list[str]:
        """Return the requests to any host but ours."""
        ours = urlsplit(self.origin).netloc
        parts = [(urlsplit(url), url) for url in self.requested]
        return [url for part, url in parts if part.scheme not in NOT_A_HOST and part.netloc != ours]

    def sign_in(self, member: Member) -> Visitor:
        """Sign in through the form, with the second factor: for ten minutes no other code is needed."""
        self.page.goto("/console/sign-in/")
        for label, value in (
            ("Organisation", member.tenant),
            ("Name", member.username),
            ("Password", member.password),
            ("One-time code", member.code()),
        ):
            self.page.get_by_label(label, exact=True).fill(value)
        self.press("Sign in")
        return self

    def press(self, words: str) -> None:
        """Press a button that leads to a page."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).click()

    def follow(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words).first.click()

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def text(self) -> str:
        """Return the words in the main part of the page."""
        return self.page.locator("main").inner_text()

    def leaves(self) -> None:
        self.page.context.close()
