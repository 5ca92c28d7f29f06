"""The answer to a deletion: done, done as far as the law allows, or waiting for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.response import Response

if TYPE_CHECKING:
    from memstore.forget.forget import Forgotten

RETAINED = "The law keeps some of this for now. It is out of use at once, and goes as soon as the law allows."


WAITS = "This is out of reach, and waits for a person to approve its destruction."


def deleted(done: Forgotten, message: str) -> Response:
    """Return the answer, 409 where something must be kept. Its words do not tell a hold from a legal minimum."""
    event_id = str(done.event_id)
    if done.retained:
        body = {"detail": RETAINED, "error": RETAINED, "code": "retained_by_law", "event_id": event_id}
        return Response(body, status=409)
    if done.waits:
        return Response({"message": WAITS, "status": "PENDING", "event_id": event_id})
    return Response({"message": message, "event_id": event_id})
