"""Copies of what is kept about a person (Art. 15, Art. 20): streamed, and never stored here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.governance import request_inputs as bodies
from api.governance.governed_view import GovernedView
from api.governance.inputs import Nothing, read_for
from api.governance.replies import answer, reply
from api.web.authentication import caller
from api.web.downloads import streamed
from api.web.request_body import read
from api.web.throttling import spend_unknown
from governance.models import Ground
from governance.vocabulary import Action
from memstore.rights.copies.hand_out import (
    CopyOutline,
    Link,
    hand_out_copy,
    link_copy,
    make_copy,
    outline_copy,
    withhold,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import StreamingHttpResponse
    from rest_framework.request import Request

TAGS = ["copies"]
ZIP = {(200, "application/zip"): OpenApiTypes.BINARY}


class CopyView(GovernedView):
    asks_only = True

    @extend_schema(tags=TAGS, responses=reply(CopyOutline), summary="What a copy would hold: numbers only")
    def get(self, request: Request, request_id: UUID) -> Response:
        return answer(outline_copy(caller=caller(request), request_id=request_id))

    @extend_schema(tags=TAGS, request=Nothing, responses=ZIP, summary="A copy of everything, as a ZIP")
    def post(self, request: Request, request_id: UUID) -> StreamingHttpResponse:
        return streamed(make_copy(caller=caller(request), request_id=request_id))


class CopyLinkView(GovernedView):
    shows_once = True

    @extend_schema(tags=TAGS, request=Nothing, responses=reply(Link), summary="A link for the person, for one copy")
    def post(self, request: Request, request_id: UUID) -> Response:
        return answer(link_copy(caller=caller(request), request_id=request_id), 201)


class WithholdView(GovernedView):
    @extend_schema(
        tags=TAGS,
        request=bodies.WithholdInput,
        responses={204: None},
        summary="Leave a memory out of the copy, or show it in full",
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        asker, body = read_for(request, bodies.WithholdInput, Action.REFUSE_REQUEST)
        ground = Ground(body["ground"])
        withhold(caller=asker, request_id=request_id, memory_id=body["memory_id"], ground=ground)
        return Response(status=204)


class HandOutView(GovernedView):
    """The token is in the body, since addresses are written to logs and histories."""

    asks_only = True

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(tags=TAGS, auth=[], request=bodies.CopyTokenInput, responses=ZIP, summary="Get the copy, once")
    def post(self, request: Request) -> StreamingHttpResponse:
        spend_unknown(request)
        return streamed(hand_out_copy(token=read(bodies.CopyTokenInput, request.data)["token"]))
