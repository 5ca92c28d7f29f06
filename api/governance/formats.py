"""A report as CSV or as a page to print, beside JSON. Columns come from the dataclasses, so an empty list has them."""

from __future__ import annotations

import csv
import io
from dataclasses import is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin

from django.template.loader import render_to_string
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer

from api.governance.replies import hints_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from _typeshed import DataclassInstance
    from rest_framework.request import Request

    from api.governance.report_view import ReportView

# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection); the wide forms in some locales.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
Path = tuple[str, ...]


class CSVRenderer(BaseRenderer):
    """One list of the report: the one that `?table=` names, else the first. UTF-8, with a header row."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Mapping[str, Any],
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        view, request = _shown_by(renderer_context)
        table = request.query_params.get("table") or next(iter(view.tables))
        paths = columns(element(view.kind, table))
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([heading(path) or table for path in paths])
        writer.writerows([inert(at(row, path)) for path in paths] for row in data[table])
        return out.getvalue().encode()


class PageRenderer(BaseRenderer):
    """The whole report for reading and printing: no scripts, nothing from elsewhere."""

    media_type = "text/html"
    format = "html"
    charset = "utf-8"

    def render(
        self,
        data: Mapping[str, Any],
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        view, _ = _shown_by(renderer_context)
        plain = [path for path in columns(view.kind) if path[0] not in view.tables and path[0] not in _HEADER]
        return render_to_string(
            "report.html",
            {
                "title": view.title,
                **{name: cell(data[name]) for name in _HEADER if name in data},
                "facts": [(heading(path), cell(at(data, path))) for path in plain],
                "tables": [_table(view, name, data[name]) for name in view.tables],
            },
        )


_HEADER = ("since", "until", "made_at")


class ReportNegotiation(DefaultContentNegotiation):
    """`?format=` decides whatever is accepted; one that is not known is refused by the view, as JSON."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        wanted = request.query_params.get("format")
        if wanted is None:
            accepted: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
            return accepted
        found = next((one for one in renderers if one.format == wanted), None) or JSONRenderer()
        return found, found.media_type


@cache
def columns(kind: Any) -> tuple[Path, ...]:
    """The paths of all that is no dataclass itself; one empty path where the entries are plain texts."""
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return ((),)
    return tuple((name, *path) for name, hint in hints_of(kind).items() for path in columns(hint))


@cache
def element(kind: type[DataclassInstance], table: str) -> Any:
    """What a list of the report is made of: X of `tuple[X, ...]`."""
    hint = hints_of(kind)[table]
    if get_origin(hint) is not tuple:
        raise TypeError(f"{table} is no list of {kind.__name__}")
    return get_args(hint)[0]


def at(row: Any, path: Path) -> object:
    """The value at a path of nested dictionaries."""
    for name in path:
        row = row[name]
    found: object = row
    return found


def heading(path: Path) -> str:
    return ".".join(path)


def cell(value: object) -> str:
    """A value as text: times in UTC, lists and dictionaries on one line, nothing for None."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case datetime():
            text = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Enum():
            text = str(value.value)
        case dict():
            text = "; ".join(f"{name}: {cell(inner)}" for name, inner in value.items())
        case list() | tuple():
            text = "; ".join(cell(inner) for inner in value)
        case _:
            text = str(value)
    return text


def inert(value: object) -> str:
    """A cell of CSV that no spreadsheet takes for a formula. Numbers are ours, and stay numbers."""
    text = cell(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, (int, float)) else text


def _table(view: ReportView, name: str, rows: Sequence[Any]) -> dict[str, object]:
    paths = columns(element(view.kind, name))
    return {
        "caption": view.tables[name],
        "headings": [heading(path) for path in paths] if paths != ((),) else [],
        "rows": [[cell(at(row, path)) for path in paths] for row in rows],
    }


def _shown_by(context: Mapping[str, Any] | None) -> tuple[ReportView, Request]:
    if context is None:
        raise TypeError("a report is rendered for a view")
    return context["view"], context["request"]
