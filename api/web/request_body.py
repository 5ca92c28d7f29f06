"""Reading of request bodies by a serializer: the validated values, or the first bad field by its path."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rest_framework import serializers

ID_FIELDS = ("user_id", "agent_id", "app_id", "run_id")


@cache
def reader(kind: type[serializers.Serializer[object]]) -> serializers.Serializer[object]:
    """Return the one serializer of this kind in this process.

    DRF copies every field for each new one, which costs more than the validation.
    """
    return kind()


def read(kind: type[serializers.Serializer[object]], body: object) -> dict[str, Any]:
    """Return the validated values of a body. Raises ValidationError with the path of the first bad field."""
    values: dict[str, Any] = reader(kind).run_validation(body)
    return values
