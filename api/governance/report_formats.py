"""Reports as CSV or as a page to print, beside JSON. Columns come from the dataclasses, so an empty list has them."""

from __future__ import annotations

import csv
import io
from dataclasses import is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, get_args, get_origin

from django.template.loader import render_to_string
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer

from api.governance.replies import hints_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from _typeshed import DataclassInstance
    from rest_framework.request import Request

# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection); the wide forms in some locales.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
Path = tuple[str, ...]
MAX_COLUMNS = 14  # of a table on a page; more are written below each other


class Rendered(Protocol):
    """A view of a report: the dataclass, the title, and its lists with their captions."""

    kind: type[DataclassInstance]
    title: str
    tables: dict[str, str]


class CSVRenderer(BaseRenderer):
    """A renderer of one list of the report: the one that `?table=` names, else the first. UTF-8, with a header row."""

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
    """A renderer of the whole report for reading and printing, without scripts or anything from elsewhere."""

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
        apart = {*view.tables, *_HEADER, _MORE}
        facts = tuple(path for path in columns(view.kind) if path[0] not in apart)
        return render_to_string(
            "report.html",
            {
                "title": view.title,
                **{name: seen(data[name]) for name in _HEADER if name in data},
                "facts": [(words, seen(at(data, path))) for words, path in zip(in_words(facts), facts, strict=True)],
                "tables": [_table(view, name, data[name]) for name in view.tables],
                "more": bool(data.get(_MORE)),
            },
        )


_HEADER = ("since", "until", "made_at")
_MORE = "next_cursor"


class ReportNegotiation(DefaultContentNegotiation):
    """Content negotiation in which `?format=` comes before Accept; the view refuses an unknown one, as JSON."""

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
    """Return the paths of all fields that are no dataclass; one empty path where the entries are plain texts."""
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return ((),)
    return tuple((name, *path) for name, hint in hints_of(kind).items() for path in columns(hint))


@cache
def element(kind: type[DataclassInstance], table: str) -> Any:
    """Return the type of a list's entries: X of `tuple[X, ...]`. Raises TypeError when `table` is no list."""
    hint = hints_of(kind)[table]
    if get_origin(hint) is not tuple:
        raise TypeError(f"{table} is no list of {kind.__name__}")
    return get_args(hint)[0]


def at(row: Any, path: Path) -> object:
    """Return the value at a path of nested dictionaries."""
    for name in path:
        row = row[name]
    found: object = row
    return found


def heading(path: Path) -> str:
    return ".".join(path)


def in_words(paths: Sequence[Path]) -> list[str]:
    """Return headings for readers: the last name of each path in words, or the whole path where two would be equal."""
    last = [_words(path[-1:]) for path in paths]
    return [words if last.count(words) == 1 else _words(path) for words, path in zip(last, paths, strict=True)]


def _words(path: Path) -> str:
    said = [f"number of {name[2:]}" if name.startswith("n_") else name for name in path]
    return " ".join(said).replace("_", " ").capitalize()


def seen(value: object) -> str:
    """Return a value as the page shows it, with times to the second."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return cell(value)


def cell(value: object) -> str:
    """Return a value as text: times in UTC, lists and dictionaries on one line, nothing for None."""
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
    """Return a cell of CSV that no spreadsheet takes for a formula. Numbers are ours, and stay numbers."""
    text = cell(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, (int, float)) else text


def _table(view: Rendered, name: str, rows: Sequence[Any]) -> dict[str, object]:
    """Return a list for the page: `rows` under `headings`, or `records` of (heading, value) if rows get too wide."""
    paths = columns(element(view.kind, name))
    headings = in_words(paths) if paths != ((),) else []
    values = [[seen(at(row, path)) for path in paths] for row in rows]
    if len(paths) > MAX_COLUMNS:
        records = [list(zip(headings, row, strict=True)) for row in values]
        return {"caption": view.tables[name], "records": records}
    return {"caption": view.tables[name], "headings": headings, "rows": values}


def _shown_by(context: Mapping[str, Any] | None) -> tuple[Rendered, Request]:
    if context is None:
        raise TypeError("a report is rendered for a view")
    return context["view"], context["request"]
