"""Serializer fields of Mem0's wire. Each accepts one kind of value and says what it expected."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from memstore.errors import InvalidInput
from memstore.records.scope_ids import clean_id
from memstore.records.source import Message

if TYPE_CHECKING:
    from memstore.records.payload import Json

MAX_METADATA_BYTES = 32_768
MAX_METADATA_DEPTH = 10
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@extend_schema_field({"type": "string", "maxLength": 255})
class IdField(serializers.Field[str, object, str, object]):
    """A user, agent, app or run id."""

    def to_internal_value(self, data: object) -> str:
        try:
            return clean_id(data, str(self.field_name))
        except InvalidInput as error:
            raise serializers.ValidationError(error.problem) from None

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "role": {"type": "string", "enum": ["user", "assistant", "system"]},
                        "content": {"type": "string"},
                        "name": {"type": "string"},
                    },
                    "required": ["role", "content"],
                },
            },
        ]
    }
)
class MessagesField(serializers.Field[list[Message], object, object, object]):
    """A text, one message, or a list of messages with `role`, `content` and perhaps `name`."""

    def to_internal_value(self, data: object) -> list[Message]:
        if isinstance(data, str):
            return [Message(role="user", content=data, name=None)]
        if isinstance(data, dict):
            data = [data]
        if not isinstance(data, list):
            raise serializers.ValidationError("expected a text, a message or a list of messages")
        return [_message(item, index) for index, item in enumerate(data)]

    def to_representation(self, value: object) -> object:
        return value


def _message(item: object, index: int) -> Message:
    if not isinstance(item, dict):
        raise serializers.ValidationError({f"[{index}]": "expected an object with role and content"})
    role, content, name = item.get("role"), item.get("content"), item.get("name")
    if not isinstance(role, str) or not role or len(role) > 40:  # noqa: PLR2004 - no role is longer
        raise serializers.ValidationError({f"[{index}].role": "expected user, assistant or system"})
    if not isinstance(content, str):
        raise serializers.ValidationError({f"[{index}].content": "expected a text"})
    if name is not None and not isinstance(name, str):
        raise serializers.ValidationError({f"[{index}].name": "expected a text"})
    return Message(role=role, content=content, name=(name or None) and name[:255])


@extend_schema_field({"type": "object"})
class MetadataField(serializers.Field["dict[str, Json]", object, object, object]):
    """A JSON object of at most 32 KiB and 10 levels."""

    def to_internal_value(self, data: object) -> dict[str, Json]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("expected an object")
        if _depth(data) > MAX_METADATA_DEPTH:
            raise serializers.ValidationError(f"at most {MAX_METADATA_DEPTH} levels deep")
        if len(json.dumps(data, ensure_ascii=False).encode()) > MAX_METADATA_BYTES:
            raise serializers.ValidationError(f"at most {MAX_METADATA_BYTES} bytes")
        return data

    def to_representation(self, value: object) -> object:
        return value


def _depth(value: object) -> int:
    """Return the levels of nesting, counted without recursion and no further than one above the limit."""
    level, depth = [value], 0
    while level and depth <= MAX_METADATA_DEPTH:
        children: list[object] = []
        for node in level:
            children.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
        level, depth = children, depth + 1
    return depth


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.Field[date, object, str, object]):
    """YYYY-MM-DD, a day that exists."""

    def to_internal_value(self, data: object) -> date:
        try:
            if isinstance(data, str) and _DAY.fullmatch(data):
                return date.fromisoformat(data)
        except ValueError:
            pass
        raise serializers.ValidationError("expected a day as YYYY-MM-DD")

    def to_representation(self, value: date) -> str:
        return value.isoformat()


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string", "format": "date-time"}]})
class MomentField(serializers.Field[datetime, object, str, object]):
    """Unix seconds, or an ISO date-time (UTC if it names no zone)."""

    def to_internal_value(self, data: object) -> datetime:
        try:
            found = self.moment(data)
        except (ValueError, OverflowError, OSError):  # 31 February, an offset of 25 hours, an enormous number
            found = None
        if found is None or not self.may_be(found):
            raise serializers.ValidationError("expected Unix seconds or an ISO date-time between 1970 and 2100")
        return found

    def moment(self, data: object) -> datetime | None:
        return _moment(data)

    def may_be(self, moment: datetime) -> bool:
        return EARLIEST <= moment < LATEST

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class AsOfField(MomentField):
    """A moment, or the end of a day ("2026-04-30") or of a month ("2026-04"), UTC."""

    def moment(self, data: object) -> datetime | None:
        if isinstance(data, str) and (named := _DAY_OR_MONTH.fullmatch(data)):
            year, month = int(named["year"]), int(named["month"])
            if named["day"] is not None:
                return datetime(year, month, int(named["day"]), tzinfo=UTC) + timedelta(days=1, microseconds=-1)
            following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
            return following - timedelta(microseconds=1)
        return _moment(data)


_DAY_OR_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})(?:-(?P<day>\d{2}))?")


def _moment(data: object) -> datetime | None:
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        return datetime.fromtimestamp(data, UTC)
    if not isinstance(data, str):
        return None
    found = datetime.fromisoformat(data)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


class BoundedList(serializers.ListField):
    """A list whose length is checked before its entries, and that stops at the first bad one."""

    def to_internal_value(self, data: object) -> list[object]:
        if not isinstance(data, list):
            raise serializers.ValidationError("expected a list")
        if self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(f"at most {self.max_length} entries")
        if not data and not self.allow_empty:
            raise serializers.ValidationError("expected at least one entry")
        return [self._entry(index, entry) for index, entry in enumerate(data)]

    def _entry(self, index: int, entry: object) -> object:
        try:
            return self.child.run_validation(entry)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({f"[{index}]": error.detail}) from None


@extend_schema_field({"type": "object", "additionalProperties": True})
class FiltersField(serializers.Field[object, object, object, object]):
    """The filter language; `memstore.recall.filter.parse` reads it."""

    def to_internal_value(self, data: object) -> object:
        return data

    def to_representation(self, value: object) -> object:
        return value
