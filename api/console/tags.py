"""Template tags and filters of the console: `{% load console %}`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from api.console.words import tone_of, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

register = template.Library()
NOTHING = "\N{EN DASH}"
SHORT = 8


@register.filter
def words(code: object) -> str:
    return words_of(code) if code not in (None, "") else NOTHING


@register.filter
def short(number: object) -> str:
    """Return the end of a random id, for people to tell rows apart: the beginning of a UUIDv7 is a time."""
    return str(number)[-SHORT:]


@register.filter
def badge(code: object) -> SafeString:
    """Return a state with its tone; the words tell it too, so it does not depend on colour."""
    if code in (None, ""):
        return SafeString(NOTHING)
    return format_html('<span class="badge {}">{}</span>', tone_of(code), words_of(code))


@register.filter
def day(moment: str) -> str:
    """Return a day for people to read, from a moment in ISO 8601, as the plan writes it."""
    return date_format(datetime.fromisoformat(moment), "j M Y")


@register.filter
def late(days_left: int) -> int:
    """Return the days since it was due; 0 on the day itself."""
    return -days_left


@register.filter
def named(number: UUID | None, staff: Mapping[UUID, str]) -> str:
    """Return the name of a member of staff; a dash for None, the end of the id for one who is not in the list."""
    return NOTHING if number is None else staff.get(number, short(number))


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<span class="icon material-symbols-outlined" aria-hidden="true">{}</span>', name)


@register.inclusion_tag("console/chart.html")
def chart(drawn: object) -> dict[str, object]:
    return {"chart": drawn}


@register.inclusion_tag("console/pager.html")
def pager(page: int, page_size: int, total: int, query: str = "") -> dict[str, object]:
    """Return the context of the pager. `query`: the other parts of the address, ending in `&`."""
    pages = max(1, -(-total // page_size))
    return {
        "page": page,
        "pages": pages,
        "total": total,
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if page < pages else None,
        "query": query,
    }
