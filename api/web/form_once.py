"""Forms of the console and the portal that act once: each carries a form token."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from governance.access.form_tokens import first_time, not_done
from governance.errors import InvalidChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from governance.context import Caller

T = TypeVar("T")


class AlreadySent(Exception):
    """This form was sent before, and what it asked for was done or is being done."""


def form_token(request: HttpRequest) -> UUID:
    """Return the form token that the form was sent with. Raises InvalidChange."""
    try:
        return UUID(request.POST.get("once", ""))
    except ValueError:
        raise InvalidChange("once", "the form is not complete") from None


def once(request: HttpRequest, caller: Caller, do: Callable[[], T]) -> T:
    """Do what the form asks for, unless it was sent before.

    Raises AlreadySent, InvalidChange, and what `do` raises.
    """
    token = form_token(request)
    if not first_time(caller, token):
        raise AlreadySent
    try:
        return do()
    except BaseException:  # whatever it was, also the end of the process: what was not done may be sent again
        not_done(caller, token)
        raise
