"""Values of a JSON answer, made from what use cases return."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime

from governance.tenancy.days import zone


def plain(value: object) -> object:
    """Return a view as dictionaries and lists, for rendering. `dataclasses.asdict` would copy each value deeply.

    Moments are given in the tenant's time zone, with their offset.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return _here(value)
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return value


def _here(moment: datetime) -> datetime:
    """Return `moment` in the tenant's time zone; unchanged when it has no zone, or too near the end of all dates."""
    try:
        return moment.astimezone(zone()) if moment.tzinfo else moment
    except OverflowError:
        return moment
