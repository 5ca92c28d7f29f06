"""Memories on Mem0's wire: add, search, list, one memory, history, delete by scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from api.mem0 import inputs, shapes
from api.mem0.deletions import deleted
from api.mem0.page_links import links
from api.mem0.replies import (
    EventReply,
    HistoryReply,
    ListReply,
    MemoryReply,
    MessageReply,
    SearchReply,
    UndoReply,
    uuid_of,
)
from api.mem0.request_parameters import IDEMPOTENCY, PURPOSE, combined_filters, query_scope, single
from api.web.authentication import caller
from api.web.idempotency_key import once
from api.web.request_body import ID_FIELDS, read
from memstore.errors import MemoryNotFound
from memstore.forget.forget import forget, forget_scope
from memstore.models import JobStatus
from memstore.recall.browse import browse
from memstore.recall.get import get, history
from memstore.recall.recall import recall
from memstore.remember.call_events import event
from memstore.remember.remember import remember
from memstore.remember.revise import Keep, Revision, revise
from memstore.remember.undo import undo

if TYPE_CHECKING:
    from rest_framework.request import Request

TAGS = ["memories"]


class AddView(APIView):
    @extend_schema(
        tags=TAGS,
        request=inputs.AddInput,
        responses=EventReply,
        parameters=[PURPOSE, IDEMPOTENCY],
        summary="Remember",
    )
    def post(self, request: Request) -> Response:
        body = read(inputs.AddInput, request.data)
        done = remember(
            caller=caller(request),
            scope=body["scope"],
            messages=body["messages"],
            infer=body["infer"],
            wait=not body["async_mode"],
            metadata=body.get("metadata"),
            instructions=body.get("custom_instructions"),
            said_at=body.get("timestamp"),
            expires_on=body.get("expiration_date"),
            once=once(request),
        )
        headers = inputs.ignored_keys(request.data, inputs.AddInput)
        if done.status == JobStatus.PENDING:
            shape = {
                "event_id": str(done.event_id),
                "status": "PENDING",
                "message": "The facts are being extracted.",
            }
            return Response(shape, headers=headers)
        stored = done.stored
        if done.answered_by_event:
            stored = event(caller=caller(request), event_id=done.event_id).stored
        return Response(
            {
                "message": "Remembered.",
                "status": done.status.value,
                "event_id": str(done.event_id),
                "results": [shapes.stored(fact) for fact in stored],
            },
            headers=headers,
        )


class SearchView(APIView):
    @extend_schema(tags=TAGS, request=inputs.SearchInput, responses=SearchReply, parameters=[PURPOSE], summary="Recall")
    def post(self, request: Request) -> Response:
        body = read(inputs.SearchInput, request.data)
        explain = body["explain"]
        found = recall(
            caller=caller(request),
            query=body["query"],
            filters=combined_filters(body),
            top_k=body["top_k"],
            threshold=body["threshold"] or 0.0,
            explain=explain,
            validity=inputs.validity_of(body),
            reference=body.get("reference_date"),
        )
        results = [shapes.only(shapes.found(view, explain=explain), body.get("fields_wanted")) for view in found]
        return Response({"results": results}, headers=inputs.ignored_keys(request.data, inputs.SearchInput))


class MemoriesView(APIView):
    """`POST` lists (the filters are in the body); `DELETE` forgets a scope (the ids are in the query)."""

    @extend_schema(
        tags=TAGS,
        request=inputs.ListInput,
        responses=ListReply,
        parameters=[PURPOSE, OpenApiParameter("page", int), OpenApiParameter("page_size", int)],
        summary="List",
    )
    def post(self, request: Request) -> Response:
        body = request.data if isinstance(request.data, dict) else {"body": request.data}
        query = request.query_params
        paging = {name: single(query, name) for name in ("page", "page_size") if name in query}
        wanted = read(inputs.ListInput, body | paging)
        page, size = wanted["page"], wanted["page_size"]
        listed = browse(
            caller=caller(request),
            filters=combined_filters(wanted),
            page=page,
            page_size=size,
            validity=inputs.validity_of(wanted),
        )
        results = [shapes.only(shapes.memory(view), wanted.get("fields_wanted")) for view in listed.memories]
        return Response(
            shapes.page(results, total=listed.total, links=links(request, page, size, listed.total)),
            headers=inputs.ignored_keys(request.data, inputs.ListInput),
        )

    @extend_schema(
        operation_id="v1_memories_forget_scope",
        tags=TAGS,
        responses=EventReply,
        parameters=[PURPOSE, IDEMPOTENCY, *(OpenApiParameter(field, str) for field in ID_FIELDS)],
        summary="Forget all memories of a user, agent, app or run",
    )
    def delete(self, request: Request) -> Response:
        asker = caller(request)
        done = forget_scope(caller=asker, scope=query_scope(request, asker), once=once(request))
        return deleted(done, "Memories deleted successfully!")


class OneMemoryView(APIView):
    @extend_schema(tags=TAGS, responses=MemoryReply, parameters=[PURPOSE], summary="One memory")
    def get(self, request: Request, memory_id: str) -> Response:
        return Response(shapes.memory(get(caller=caller(request), memory_id=uuid_of(memory_id, "memory_id"))))

    @extend_schema(
        tags=TAGS,
        request=inputs.UpdateInput,
        responses=MemoryReply,
        parameters=[PURPOSE, IDEMPOTENCY],
        summary="Revise a memory",
    )
    def put(self, request: Request, memory_id: str) -> Response:
        wanted = uuid_of(memory_id, "memory_id")
        body = read(inputs.UpdateInput, request.data)
        revision = Revision(
            memory_id=wanted,
            text=body.get("text"),
            metadata=body.get("metadata"),
            said_at=body.get("timestamp"),
            expires_on=body.get("expiration_date", Keep.KEEP),
        )
        event_id = revise(caller=caller(request), revisions=[revision], once=once(request))
        try:
            return Response(shapes.memory(get(caller=caller(request), memory_id=wanted)))
        except MemoryNotFound:  # a key that may write and not read has still written
            return Response({"id": str(wanted), "event_id": str(event_id)})

    @extend_schema(
        tags=TAGS,
        responses=MessageReply,
        parameters=[PURPOSE, IDEMPOTENCY, OpenApiParameter("delete_linked", OpenApiTypes.BOOL)],
        summary="Forget a memory",
    )
    def delete(self, request: Request, memory_id: str) -> Response:
        done = forget(caller=caller(request), ids=[uuid_of(memory_id, "memory_id")], once=once(request))
        answer = deleted(done, "Memory deleted successfully!")
        if request.query_params.get("delete_linked", "").lower() == "true":
            answer.data["cascade_count"] = 0  # no memory of ours is linked to another
        return answer


class HistoryView(APIView):
    @extend_schema(tags=TAGS, responses=HistoryReply(many=True), parameters=[PURPOSE], summary="Wordings of a memory")
    def get(self, request: Request, memory_id: str) -> Response:
        entries = history(caller=caller(request), memory_id=uuid_of(memory_id, "memory_id"))
        return Response([shapes.wording(entry) for entry in entries])


class UndoView(APIView):
    """Ours, not Mem0's: a replacement that was wrong is undone by one call."""

    @extend_schema(
        tags=TAGS,
        request=None,
        responses=UndoReply,
        parameters=[PURPOSE],
        summary="Make current again what a memory replaced, or a replaced memory itself",
    )
    def post(self, request: Request, memory_id: str) -> Response:
        revived = undo(caller=caller(request), memory_id=uuid_of(memory_id, "memory_id"))
        return Response({"message": "Current again.", "current": [str(one) for one in revived]})
