"""The rest of Mem0's wire: the client's connection check, batches, entities and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from api.mem0 import inputs, shapes
from api.mem0.deletions import deleted
from api.mem0.page_links import links
from api.mem0.replies import EntitiesReply, EventReply, MessageReply, PingReply, uuid_of
from api.mem0.request_parameters import IDEMPOTENCY, PURPOSE, path_scope, single
from api.web.authentication import caller
from api.web.idempotency_key import once
from api.web.request_body import read
from governance.access.connect import connect
from memstore.forget.forget import forget, forget_scope
from memstore.recall.entity_list import entities
from memstore.remember.call_events import event, events
from memstore.remember.revise import Revision, revise

if TYPE_CHECKING:
    from rest_framework.request import Request

PAGING = [OpenApiParameter("page", int), OpenApiParameter("page_size", int)]


class Paging(serializers.Serializer[object]):
    page = serializers.IntegerField(default=1, min_value=1, max_value=1_000_000)
    page_size = serializers.IntegerField(default=100, min_value=1, max_value=inputs.MAX_PAGE_SIZE)


def _paging(request: Request) -> tuple[int, int]:
    query = request.query_params
    found = read(Paging, {name: single(query, name) for name in ("page", "page_size") if name in query})
    return found["page"], found["page_size"]


class PingView(APIView):
    @extend_schema(tags=["client"], responses=PingReply, summary="Connection check of Mem0's client")
    def get(self, request: Request) -> Response:
        tenant = str(connect(caller=caller(request)).tenant_id)
        # The client makes `user_email` its analytics id, so it gets none.
        return Response({"status": "ok", "org_id": tenant, "project_id": tenant, "user_email": None})


class BatchView(APIView):
    @extend_schema(
        tags=["memories"],
        request=inputs.BatchUpdateInput,
        responses=MessageReply,
        parameters=[PURPOSE, IDEMPOTENCY],
        summary="Revise up to 150 memories, all or none",
    )
    def put(self, request: Request) -> Response:
        items = read(inputs.BatchUpdateInput, request.data)["memories"]
        revisions = [Revision(item["memory_id"], item.get("text"), item.get("metadata")) for item in items]
        event_id = revise(caller=caller(request), revisions=revisions, once=once(request))
        return Response({"message": f"Successfully updated {len(items)} memories", "event_id": str(event_id)})

    @extend_schema(
        tags=["memories"],
        request=inputs.BatchDeleteInput,
        responses=MessageReply,
        parameters=[PURPOSE, IDEMPOTENCY],
        summary="Forget up to 1,000 memories, all or none",
    )
    def delete(self, request: Request) -> Response:
        ids = [item["memory_id"] for item in read(inputs.BatchDeleteInput, request.data)["memories"]]
        done = forget(caller=caller(request), ids=ids, once=once(request))
        return deleted(done, f"Successfully deleted {len(ids)} memories")


class EntitiesView(APIView):
    @extend_schema(tags=["entities"], responses=EntitiesReply, parameters=PAGING, summary="Entities with memories")
    def get(self, request: Request) -> Response:
        page, size = _paging(request)
        found = entities(caller=caller(request), page=page, page_size=size)
        shape = shapes.page(
            [shapes.entity(entity) for entity in found.entities],
            total=found.total,
            links=links(request, page, size, found.total),
        )
        return Response(shape | {"total_users": found.total})


class EntityView(APIView):
    @extend_schema(
        tags=["entities"],
        responses=EventReply,
        parameters=[IDEMPOTENCY],
        summary="Forget all memories of an entity",
    )
    def delete(self, request: Request, kind: str, name: str) -> Response:
        asker = caller(request)
        done = forget_scope(caller=asker, scope=path_scope(kind, name, asker), once=once(request))
        return deleted(done, "Entity deleted successfully!")


class EventsView(APIView):
    @extend_schema(tags=["events"], responses=EventReply(many=True), parameters=PAGING, summary="This key's events")
    def get(self, request: Request) -> Response:
        page, size = _paging(request)
        found = events(caller=caller(request), page=page, page_size=size)
        shape = shapes.page(
            [shapes.event(view) for view in found.events],
            total=found.total,
            links=links(request, page, size, found.total),
        )
        return Response(shape)


class EventView(APIView):
    @extend_schema(tags=["events"], responses=EventReply, summary="What became of a call")
    def get(self, request: Request, event_id: str) -> Response:
        return Response(shapes.event(event(caller=caller(request), event_id=uuid_of(event_id, "event_id"))))
