"""The Idempotency-Key header in the OpenAPI description of every write of the governance API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

if TYPE_CHECKING:
    from typing import Any

SENT_AGAIN = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable characters, kept for 7 days. Sent again by the same key or person, the request is "
    "answered and not repeated (Idempotent-Replayed: true); with another body it is refused (409 conflict). What was "
    "shown once is not shown twice (409 already_done, with the id).",
)


class Schema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        takes_key = getattr(self.view, "takes_key", None)
        return [*found, SENT_AGAIN] if takes_key is not None and takes_key(self.method) else found
