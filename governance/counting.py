"""Many counts in one statement: each a subquery, so that a page of numbers costs one way to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import BigIntegerField, Func, Model, Subquery

if TYPE_CHECKING:
    from django.db.models import QuerySet

M = TypeVar("M", bound=Model)


class _CountRows(Func):
    """Not Django's `Count`: that one would group the rows of the subquery first."""

    template = "COUNT(*)"
    output_field = BigIntegerField()


def count_of(rows: QuerySet[M]) -> Subquery:
    """How many rows; for `values` of a query of one row."""
    return Subquery(rows.order_by().annotate(counted_rows=_CountRows()).values("counted_rows"))


def first_of(rows: QuerySet[M], field: str) -> Subquery:
    """`field` of the first row, None where there is none. `rows` are ordered."""
    return Subquery(rows.values(field)[:1])
