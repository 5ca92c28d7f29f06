"""Template filters of the portal: codes in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from api.portal import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memstore.rights.portal.own_memories import OwnMemory

register = template.Library()
LISTS: dict[str, Mapping[str, object]] = {
    "basis": words.BASES,
    "mark": words.MARKS,
    "reader": words.READERS,
    "ground": words.GROUNDS,
    "state": words.STATES,
    "next": words.NEXT,
}


@register.filter
def plain(code: str, kind: str) -> str:
    """Return the sentence for a code of the list `kind`; a code that is not in it without its underscores."""
    return str(LISTS[kind].get(code) or named(code))


@register.filter
def named(code: str) -> str:
    """Return the name of a purpose as people would write it."""
    return code.replace("_", " ").replace("-", " ")


@register.filter
def wish(kind: str) -> words.Wish | str:
    return words.WISHES.get(kind, kind)


@register.filter
def origin(memory: OwnMemory) -> str:
    return str(words.origin(memory.said_by, memory.stated, revised=memory.revised))
