"""One page of a long list, counted from 1, and how long the list is; many counts in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from django.db.models import BigIntegerField, Func, Model, Subquery

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


class _CountRows(Func):
    """Not Django's `Count`: that one would group the rows of the subquery first."""

    template = "COUNT(*)"
    output_field = BigIntegerField()


def count_of(rows: QuerySet[M]) -> Subquery:
    """The number of rows as a subquery, for `values` of a one-row query: many counts in one statement."""
    return Subquery(rows.order_by().annotate(counted_rows=_CountRows()).values("counted_rows"))


def first_of(rows: QuerySet[M], field: str) -> Subquery:
    """`field` of the first row, None where there is none. `rows` are ordered."""
    return Subquery(rows.values(field)[:1])
