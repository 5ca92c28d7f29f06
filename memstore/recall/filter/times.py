"""Times of a filter, read strictly into spans of instants."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING

from memstore.errors import InvalidInput
from memstore.recall.filter.tree import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The profile of ISO 8601 in RFC 3339, section 5.6, with seconds and offset optional and a comma allowed.
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
PROBLEM = "expected YYYY-MM-DD, an ISO 8601 date-time or Unix seconds"


def read_span(value: object, path: str, *, days_only: bool) -> Span:
    """Return the instants that `value` stands for, in UTC: a whole day for a date, else one instant.

    With `days_only` an instant stands for its whole UTC day. Raises InvalidInput.
    """
    try:
        instant = _instant(value)
    except (ValueError, OverflowError, OSError):  # 31 February, an offset of 25 hours, a year beyond 9999
        raise InvalidInput(path, PROBLEM) from None
    if instant is None:
        raise InvalidInput(path, PROBLEM)
    if days_only or (isinstance(value, str) and _DAY.fullmatch(value)):
        return Span(datetime.combine(instant, time.min, UTC), datetime.combine(instant, time.max, UTC))
    return Span(instant, instant)


def _instant(value: object) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC) if math.isfinite(value) else None
    if not isinstance(value, str) or not (_DAY.fullmatch(value) or _DATE_TIME.fullmatch(value)):
        return None
    found = datetime.fromisoformat(value.upper().replace(",", "."))
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans in order, overlapping ones joined, so that bisection finds the one that may hold a time."""
    ordered = sorted(spans, key=lambda span: span.first)
    if all(before.last < after.first for before, after in pairwise(ordered)):
        return tuple(ordered)
    joined = ordered[:1]
    for span in ordered[1:]:
        if span.first <= joined[-1].last:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return tuple(joined)
