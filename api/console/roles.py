"""The page of roles: what each role may do, and how much it sees, from policy's own table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.console.page import page, show
from governance.accountability.policy_table import policy_table
from governance.vocabulary import DataClass

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


@page
def roles(request: HttpRequest, caller: Caller) -> HttpResponse:
    table = policy_table(caller=caller)
    context = {"table": table, "classes": [one.value for one in DataClass]}
    return show(request, caller, "console/roles.html", context)
