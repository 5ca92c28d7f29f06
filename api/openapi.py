"""The service's own description, made once a process: it takes a second, and no key is needed to ask for it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularJSONAPIView

if TYPE_CHECKING:
    from rest_framework.request import Request


class SchemaView(SpectacularJSONAPIView):
    """OpenAPI 3.1 as JSON: the same for everybody, in one language."""

    def _get_schema_response(self, request: Request) -> HttpResponse:
        headers = {"Content-Disposition": 'inline; filename="memstore.json"'}
        return HttpResponse(_document(), content_type=OpenApiJsonRenderer.media_type, headers=headers)


@lru_cache(maxsize=1)
def _document() -> bytes:
    with translation.override("en"):
        schema = SchemaView.generator_class().get_schema(request=None, public=True)
    return OpenApiJsonRenderer().render(schema, renderer_context={})
