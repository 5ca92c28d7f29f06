"""A request that was opened, and its receipt: shown once, and again when the same form is sent again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse

from api.portal.page import show
from api.web.form_once import AlreadySent, form_token, once
from governance.errors import NoSuchObject
from governance.rights.portal.receipts import opened_by_form

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.rights.portal.sittings import Sitting
    from governance.rights.requests import OpenedRequest

LOOKS, SECONDS_BETWEEN = 10, 0.2


def open_once(request: HttpRequest, sitting: Sitting, ask: Callable[[UUID], OpenedRequest]) -> HttpResponse:
    """Return the page with the receipt. A browser shows the answer to the second POST, so that one has it too.

    Raises InvalidChange, and what `ask` raises.
    """
    form = form_token(request)
    try:
        opened: OpenedRequest | None = once(request, sitting.caller, lambda: ask(form))
    except AlreadySent:
        opened = _from_before(sitting, form)
    if opened is None:
        return HttpResponseRedirect(f"{reverse('portal:requests')}?{urlencode({'done': 'already'})}")
    return show(request, sitting, "portal/opened.html", {"opened": opened})


def _from_before(sitting: Sitting, form: UUID) -> OpenedRequest | None:
    """Return what the first POST of this form opened, or is opening now; None when it did not within two seconds."""
    for _ in range(LOOKS):
        try:
            return opened_by_form(caller=sitting.caller, form=form)
        except NoSuchObject:
            time.sleep(SECONDS_BETWEEN)
    return None
