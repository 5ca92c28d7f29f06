"""Pages of a long list with its total, and counts as subqueries, so that many fit in one statement."""

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
    """One page of a list. `total` counts the whole list."""

    rows: tuple[T_co, ...]
    total: int


def taken(rows: QuerySet[M], page: int, page_size: int | None) -> tuple[list[M], int]:
    """Return the rows of one page, counted from 1, and the total; all rows when `page_size` is None.

    `rows` must have a total order (no ties).
    """
    if page_size is None:
        every = list(rows)
        return every, len(every)
    return list(rows[(page - 1) * page_size : page * page_size]), rows.count()


class _CountRows(Func):
    """Aggregate `COUNT(*)` without GROUP BY; Django's `Count` would group the rows of the subquery."""

    template = "COUNT(*)"
    output_field = BigIntegerField()


def count_of(rows: QuerySet[M]) -> Subquery:
    """Return the number of rows as a subquery, for `values` of a one-row query: many counts in one statement."""
    return Subquery(rows.order_by().annotate(counted_rows=_CountRows()).values("counted_rows"))


def first_of(rows: QuerySet[M], field: str) -> Subquery:
    """Return `field` of the first row as a subquery; None where there is no row. `rows` must be ordered."""
    return Subquery(rows.values(field)[:1])
