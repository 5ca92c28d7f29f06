"""A browser of the cast's staff: Django's client with the cookie of a session, and the forms of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

from django.test import Client

from tests.support.signed_in import signed_in

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from tests.support.cast import Organisation


def browser(organisation: Organisation, username: str, *, stepped_up: bool = True) -> Client:
    client = Client()
    client.cookies["memstore"] = signed_in(organisation, username, stepped_up=stepped_up)
    return client


def send(client: Client, address: str, *, once: str | None = None, **fields: object) -> HttpResponse:
    """Send a form, with a token of its own unless one is given."""
    return client.post(address, {"once": once or str(uuid4()), **fields})  # type: ignore[return-value]


def press_twice(client: Client, address: str, **fields: str) -> HttpResponse:
    """Send a form, and confirm it on the page that it shows, if it shows one."""
    shown = send(client, address, **fields)
    found = re.search(r'name="confirmed" value="([0-9a-f]+)"', shown.content.decode())
    return shown if found is None else send(client, address, confirmed=found.group(1), **fields)


def heading(response: HttpResponseBase) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", response.getvalue().decode(), re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found.group(1)).strip()
