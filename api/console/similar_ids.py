"""Near duplicates of an id, shown before a request or a hold is opened, to be ticked or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.policy.roles import NEEDED
from governance.subjects.near_duplicates import Twin, near_twins
from governance.vocabulary import Action, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django import forms
    from django.http import HttpRequest, QueryDict

    from governance.context import Caller

SEEN, TICKED = "twins_seen", "twin"


def ids_of(form: forms.Form, beside: Iterable[str] = ()) -> list[str]:
    """Return the form's `user_id`, those `beside` it, and the ticked ones, each once."""
    data: QueryDict = form.data  # type: ignore[assignment]  # of a request
    every = [form.cleaned_data["user_id"], *beside, *data.getlist(TICKED)]
    return list(dict.fromkeys(one.strip() for one in every if one.strip()))


def unseen_twins(request: HttpRequest, caller: Caller, form: forms.Form, ids: Iterable[str]) -> tuple[Twin, ...]:
    """Return the near duplicates, until the officer has seen them; none for a role that may not look subjects up."""
    may = NEEDED[Action.LOOK_UP_SUBJECT] in caller.principal.capabilities
    if not may or request.method != "POST" or request.POST.get(SEEN) or form.errors:
        return ()
    return near_twins(caller=caller, kind=SubjectKind.USER, external_ids=ids)
