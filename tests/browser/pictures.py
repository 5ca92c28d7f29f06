"""Pictures of every page of every role, and of the portal on a phone, from a running `make run` with its demo people.

    python -m tests.browser.pictures --url http://127.0.0.1:8000 --demo .memstore/demo.json --out docs/pictures

A code of the second factor counts once in its half minute, so a second run at once waits for the next.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from governance.access.totp import STEP_SECONDS
from memstore.client import Memstore
from tests.browser.visitor import ARGUMENTS, CHROMIUM, WIDE, Member, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

TALLEST = 1_400
PHONE = (390, 844)
PERSON = "demo-0006"
APPROVAL = "/console/requests/?which=approval"
PORTAL = {"": "home", "readers/": "readers", "choices/": "choices", "requests/": "requests", "receipt/": "receipt"}
ASKED = ("access", "erasure")
NAV = "[...document.querySelectorAll('.side nav a')].map((one) => one.pathname)"
# The first page of one thing that the open page lists: its address holds an id.
DETAIL = """
[...document.querySelectorAll("main a[href]")].map((one) => one.pathname)
  .find((path) => /\\/[0-9a-f]{8}-[0-9a-f-]{27}\\/$/.test(path)) ?? ""
"""
HEIGHT = "document.documentElement.scrollHeight"


def members(demo: Path) -> Iterator[Member]:
    said = json.loads(demo.read_text())
    for one in said["console"]:
        secret = base64.b32decode(one["totp_secret"])
        yield Member(said["tenant_slug"], one["username"], one["password"], secret)


def signed_in(browser: Browser, url: str, member: Member) -> Visitor:
    visitor = Visitor.arrives(browser, url)
    visitor.sign_in(member)
    if visitor.page.url.endswith("/sign-in/"):  # this code was used: a next one comes
        time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 1)
        visitor.sign_in(member)
    if visitor.page.url.endswith("/sign-in/"):
        raise SystemExit(f"{member.username} could not sign in at {url}")
    return visitor


def picture(page: Page, file: Path, size: tuple[int, int] = WIDE) -> None:
    height: int = page.evaluate(HEIGHT)
    width, low = size
    clip = {"x": 0, "y": 0, "width": width, "height": min(max(height, low), TALLEST)}
    page.screenshot(path=file, full_page=True, clip=clip)  # type: ignore[arg-type]  # FloatRect takes whole numbers
    sys.stdout.write(f"{file}\n")


def round_of(visitor: Visitor, name: str, out: Path) -> None:
    """Take each page of the sidebar, and with it the first thing that it lists."""
    page, taken = visitor.page, set[str]()
    paths: list[str] = page.evaluate(NAV)
    for path in paths:
        page.goto(path, wait_until="networkidle")
        words = path.strip("/").removeprefix("console").strip("/").replace("/", "-") or "home"
        picture(page, out / f"{name}-{words}.png")
        one: str = page.evaluate(DETAIL)
        kind = one.strip("/").split("/")[1] if one else ""
        if one and kind not in taken:
            taken.add(kind)
            page.goto(one, wait_until="networkidle")
            picture(page, out / f"{name}-{kind}-one.png")
    if APPROVAL.partition("?")[0] in paths:
        page.goto(APPROVAL)
        page.goto(page.evaluate(DETAIL), wait_until="networkidle")
        picture(page, out / f"{name}-erasure-one.png")


def portal(browser: Browser, url: str, key: str, out: Path) -> None:
    """Take the pages that the person sees, from the link on."""
    visitor = Visitor.arrives(browser, url, width=PHONE[0], scripts=False)
    page = visitor.page
    page.goto(urlsplit(Memstore(key, url).portal_link(user_id=PERSON)).path)
    picture(page, out / "portal-enter.png", PHONE)
    visitor.press("Open my page")
    places = {**PORTAL, **{f"requests/new/{kind}/": f"ask-{kind}" for kind in ASKED}}
    for place, name in places.items():
        page.goto(f"/portal/{place}")
        picture(page, out / f"portal-{name}.png", PHONE)
    visitor.leaves()


def take(url: str, demo: Path, out: Path) -> None:
    """Take the pictures. Raises SystemExit when a member of staff cannot sign in."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        outside = Visitor.arrives(browser, url)
        outside.page.goto("/console/sign-in/", wait_until="networkidle")
        picture(outside.page, out / "sign-in.png")
        for member in members(demo):
            visitor = signed_in(browser, url, member)
            round_of(visitor, member.username.removeprefix("demo-"), out)
            visitor.leaves()
        portal(browser, url, json.loads(demo.read_text())["api_key"], out)
        browser.close()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tests.browser.pictures", description="Pictures of console and portal.")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--demo", type=Path, required=True, help="demo.json of the running service")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the PNG files")
    given = parser.parse_args(arguments)
    take(given.url, given.demo, given.out)


if __name__ == "__main__":
    main()
