"""The holder of a portal link ends what others asked for: an erasure that an officer verified, or opened."""

from __future__ import annotations

import http.cookiejar
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

from tests.attacks.staff import token
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

V1 = "/governance/v1"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ONCE = re.compile(r'name="once" value="([^"]+)"')


class Browser:
    """A browser of the portal's pages and forms, with its cookies."""

    def __init__(self, target: Target) -> None:
        self.url = target.url
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, path: str) -> str:
        return self._sent(urllib.request.Request(self.url + path))

    def post(self, path: str, page: str) -> str:
        """Send the form of `page`, with its token and its number."""
        found = TOKEN.search(page)
        once = ONCE.search(page)
        form = {"csrfmiddlewaretoken": found.group(1) if found else ""} | ({"once": once.group(1)} if once else {})
        headers = {"Referer": self.url + path}
        return self._sent(urllib.request.Request(self.url + path, urllib.parse.urlencode(form).encode(), headers))

    def _sent(self, request: urllib.request.Request) -> str:
        try:
            with self.opener.open(request, timeout=30) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()


def attack(target: Target) -> Outcome:
    """Cancel, from a link that a key issued, requests of an officer (one of them verified) and of a key."""
    name = f"ana-{secrets.token_hex(6)}"
    body = {"messages": [{"role": "user", "content": "I like tea."}], "user_id": name, "infer": False}
    target.call("POST", "/v3/memories/add/", body)
    officer = token(target, "dpo")
    asked = {"a key's access": _opened(target, {"user_id": name, "kind": "access"}, None)} | {
        f"an officer's {kind}": _opened(target, {"user_id": name, "kind": kind, "channel": "letter"}, officer)
        for kind in ("access", "restriction", "erasure")
    }
    _, link = target.call("POST", f"{V1}/portal/links/", {"user_id": name})
    browser = Browser(target)
    address = urllib.parse.urlsplit(str(link.get("url") or f"/portal/enter/{link.get('text')}/")).path
    home = browser.post(address, browser.get(address))
    taken = []
    for what, request_id in asked.items():
        page = browser.get(f"/portal/requests/{request_id}/")
        browser.post(f"/portal/requests/{request_id}/cancel/", page if TOKEN.search(page) else home)
        _, shown = target.call("GET", f"{V1}/requests/{request_id}/", key=officer)
        if shown["request"]["state"] == "cancelled":
            taken.append(what)
    back = ", ".join(taken) or "none"
    return Outcome(not taken, f"of {len(asked)} requests that others opened the link took back: {back}")


def _opened(target: Target, body: dict[str, str], key: str | None) -> str:
    status, opened = target.call("POST", f"{V1}/requests/", body, key=key)
    if status != 201:
        raise RuntimeError(f"{status}: {opened}")
    return str(opened["request"]["id"])
