"""The answer to a deletion: done, or done as far as the law allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.response import Response

if TYPE_CHECKING:
    from memstore.forget import Forgotten

RETAINED = "The law keeps some of this for now. It is out of use at once, and goes as soon as the law allows."


def deleted(done: Forgotten, message: str) -> Response:
    """409 where something must be kept. The words are the same for a hold and for a legal minimum."""
    event_id = str(done.event_id)
    if done.retained:
        body = {"detail": RETAINED, "error": RETAINED, "code": "retained_by_law", "event_id": event_id}
        return Response(body, status=409)
    return Response({"message": message, "event_id": event_id})
