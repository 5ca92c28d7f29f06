"""A visitor of the portal: Django's client with a link opened, and the forms of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

from django.test import Client

from tests.support.sitting import link_text

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from governance.context import Caller
    from tests.support.cast import Organisation

COOKIE = "memstore-portal"


def visitor(organisation: Organisation, user_id: str = "alice", *, by: Caller | None = None) -> Client:
    """Return a browser that has just opened a link by its button."""
    client = Client()
    entered = client.post(f"/portal/enter/{link_text(organisation, user_id, by=by)}/")
    assert (entered.status_code, entered["Location"]) == (302, "/portal/")
    return client


def send(client: Client, address: str, *, once: str | None = None, **fields: object) -> HttpResponse:
    """Send a form, with a token of its own unless one is given."""
    return client.post(address, {"once": once or str(uuid4()), **fields})  # type: ignore[return-value]


def text_of(response: HttpResponseBase) -> str:
    return response.getvalue().decode()


def seen(response: HttpResponseBase) -> str:
    """Return what a reader sees: without markup, spaces made one."""
    body = re.sub(r"<[^>]+>", " ", text_of(response))
    return re.sub(r"\s+", " ", body)


def receipt_in(response: HttpResponseBase) -> str:
    found = re.search(r'class="secret"[^>]*>([^<]+)<', text_of(response))
    assert found is not None
    return found.group(1)
