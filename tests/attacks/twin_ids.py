"""Ids that look like a person's and are not: another form of Unicode, or with characters that cannot be seen."""

from __future__ import annotations

import http.cookiejar
import re
import secrets
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

from tests.attacks.staff import code, proofs, token
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

UNSEEN = {
    "zero width space": "\u200b",
    "combining grapheme joiner": "\u034f",
    "variation selector": "\ufe0f",
    "right-to-left override": "\u202e",
    "Hangul filler": "\u3164",
    "tag": "\U000e0041",
    "soft hyphen": "\u00ad",
    "unassigned": "\u0378",
    "private use": "\ue000",
    "invisible times": "\u2062",
    "supplementary variation selector": "\U000e0100",
    "Khmer inherent vowel": "\u17b4",
}
HOLDS = "/governance/v1/holds/"


def attack(target: Target) -> Outcome:
    """Delete a person by the decomposed form of their id, and hold, filter and remember what cannot be seen."""
    mark = secrets.token_hex(4)
    composed = unicodedata.normalize("NFC", f"jos\u00e9-{mark}")
    decomposed = unicodedata.normalize("NFD", composed)
    broken: list[str] = []
    _add(target, composed, "I keep a blue folder")
    target.call("DELETE", f"/v1/memories/?user_id={urllib.parse.quote(decomposed)}")
    if _finds(target, composed):
        broken.append("the decomposed id deleted nobody and said that it had")
    _add(target, decomposed, "I keep a red folder")
    if not _finds(target, composed):
        broken.append("a filter by the composed id misses what was said with the decomposed one")
    plain = f"ana-{mark}"
    _add(target, plain, "I like tea")
    officer = token(target, "dpo")
    taken = [name for name, unseen in UNSEEN.items() if _add(target, f"{plain}{unseen}", "I like rum") == 200]
    for name, unseen in UNSEEN.items():
        body = {"user_id": f"{plain}{unseen}", "case_reference": "C-1"}
        if target.call("POST", HOLDS, body, key=officer)[0] == 201:
            taken.append(f"hold: {name}")
    status, _ = target.call("POST", HOLDS, {"user_id": f"unknown-{mark}", "case_reference": "C-1"}, key=officer)
    if status == 201:
        broken.append("a hold on an id that nobody has was accepted in silence")
    if _held_in_the_console(target, f"{plain}\u200b"):
        broken.append("the console holds an id with a zero width space")
    broken += [f"taken with: {', '.join(taken)}"] if taken else []
    return Outcome(held=not broken, seen="; ".join(broken) or f"{2 * len(UNSEEN) + 4} twins refused or the same person")


def _add(target: Target, user_id: str, text: str) -> int:
    return target.call("POST", "/v3/memories/add/", {"messages": text, "infer": False, "user_id": user_id})[0]


def _finds(target: Target, user_id: str) -> bool:
    status, found = target.call("POST", "/v3/memories/", {"filters": {"user_id": user_id}})
    return status == 200 and bool(found["results"])


def _held_in_the_console(target: Target, user_id: str) -> bool:
    """Return whether the officer's form took the id. It has a session of its own, of `dpo-2`."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    signed_in = _submit(
        browser, f"{target.url}/console/sign-in/", **proofs(target, "dpo-2", code=code(target, "dpo-2"))
    )
    if "/console/" not in signed_in.split()[0]:
        raise RuntimeError("no session of the console")
    said = {"user_id": user_id, "case_reference": "C-2", "disclosable": "on", "expected": "on"}
    return "done=" in _submit(browser, f"{target.url}/console/holds/", **said).split()[0]


def _submit(browser: urllib.request.OpenerDirector, address: str, **fields: str) -> str:
    """Return the address and the page that a form led to, sent with its hidden fields."""
    with browser.open(address, timeout=30) as page:
        html = page.read().decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    data = urllib.parse.urlencode(hidden | fields).encode()
    sent = urllib.request.Request(
        address, data, {"Referer": address, "Origin": address.split("/console", maxsplit=1)[0]}
    )
    try:
        with browser.open(sent, timeout=30) as page:
            return f"{page.url} {page.read().decode()}"
    except urllib.error.HTTPError as error:
        return f"{error.url} {error.read().decode()}"
