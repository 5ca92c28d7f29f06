"""The base view of reports: JSON, CSV and a page, with headers that keep the answer out of caches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from drf_spectacular.types import OpenApiTypes
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from api.governance.governed_view import GovernedView
from api.governance.replies import reply
from api.governance.report_formats import CSVRenderer, PageRenderer, ReportNegotiation
from api.web.json_values import plain

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

# The page needs nothing but its own styles.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class ReportView(GovernedView):
    """A report, as JSON, CSV or a page: by the Accept header or `?format=`. `?table=` chooses the list of a CSV."""

    renderer_classes = (JSONRenderer, CSVRenderer, PageRenderer)
    content_negotiation_class = ReportNegotiation
    # `kind`: the dataclass of the report, which `report_method` answers with. Other methods answer as JSON.
    # `tables`: its lists and their captions; the first is the CSV unless `?table=` names another.
    kind: type[DataclassInstance]
    title: str
    tables: dict[str, str]
    report_method = "GET"

    def get_renderers(self) -> list[BaseRenderer]:
        found: list[BaseRenderer] = super().get_renderers()
        return found if self.request.method == self.report_method else [JSONRenderer()]

    def shown(self, report: DataclassInstance) -> Response:
        return Response(plain(report))

    def finalize_response(self, request: Request, response: Response, *args: object, **kwargs: object) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        renderer: Any = getattr(answer, "accepted_renderer", None)
        if renderer is not None and renderer.format != JSONRenderer.format:
            name = f"{self.title.lower().replace(' ', '-')}-{datetime.now(UTC):%Y%m%d}.{renderer.format}"
            how = "attachment" if renderer.format == CSVRenderer.format else "inline"
            answer["Content-Disposition"] = f'{how}; filename="{name}"'
            answer["Content-Security-Policy"] = POLICY
        return answer


def as_shown(kind: type[DataclassInstance]) -> dict[tuple[int, str], Any]:
    """Return the OpenAPI responses of a report in its three formats."""
    return {
        (200, "application/json"): reply(kind),
        (200, "text/csv"): OpenApiTypes.STR,
        (200, "text/html"): OpenApiTypes.STR,
    }
