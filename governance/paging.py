"""One page of a long list, counted from 1, and how long the list is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from django.db.models import Model

if TYPE_CHECKING:
    from django.db.models import QuerySet

T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """`total`: of the whole list."""

    rows: tuple[T_co, ...]
    total: int


def taken(rows: QuerySet[M], page: int, page_size: int | None) -> tuple[list[M], int]:
    """The rows of one page and the total; without a `page_size` all of them. `rows` have an order without ties."""
    if page_size is None:
        every = list(rows)
        return every, len(every)
    return list(rows[(page - 1) * page_size : page * page_size]), rows.count()
