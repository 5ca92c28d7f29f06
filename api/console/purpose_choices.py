"""Choices of a form from the organisation's own purposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.processing.purposes import list_purposes

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Words

    from governance.context import Caller


def purposes_of(caller: Caller, without: Words | str) -> list[tuple[str, str]]:
    """Return the purposes to choose from, after the words `without` for none of them."""
    return [("", str(without)), *((one.name, one.name) for one in list_purposes(caller=caller))]
