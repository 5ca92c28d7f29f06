"""The OpenAPI file, made once in a process: making it costs half a second of a core, and it needs no key."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView

if TYPE_CHECKING:
    from rest_framework.request import Request

PATIENCE_SECONDS = 10.0
_making = threading.Lock()
_made: list[Document] = []


@dataclass(frozen=True, slots=True)
class Document:
    """The file and its entity tag (RFC 9110, 8.8.3)."""

    content: bytes
    etag: str


def document() -> Document | None:
    """Return this process's file, made by the first caller; None for a caller that waited ten seconds in vain."""
    if _made:
        return _made[0]
    if not _making.acquire(timeout=PATIENCE_SECONDS):
        return None
    try:
        if not _made:
            _made.append(_make())
        return _made[0]
    finally:
        _making.release()


def _make() -> Document:
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    content = OpenApiJsonRenderer().render(schema, renderer_context={})
    return Document(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


class SchemaView(SpectacularJSONAPIView):
    """The OpenAPI file, equal for all callers and in one language, so a conditional request is answered 304."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, summary="This file")
    def get(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        found = document()
        if found is None:
            return HttpResponse(status=503, headers={"Retry-After": "1"})
        whole = HttpResponse(found.content, content_type=OpenApiJsonRenderer.media_type, headers={"ETag": found.etag})
        answer = get_conditional_response(request._request, etag=found.etag, response=whole)
        return answer or whole
