"""Request bodies of Mem0's clients. Unknown keys are ignored, and named in X-Memstore-Ignored."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from rest_framework import serializers

from api.web.fields import (
    AsOfField,
    BoundedList,
    DayField,
    FiltersField,
    IdField,
    MessagesField,
    MetadataField,
    MomentField,
)
from api.web.request_body import ID_FIELDS, read, reader
from memstore.recall.candidates import Validity
from memstore.recall.recall import DEFAULT_THRESHOLD, DEFAULT_TOP_K, MAX_TOP_K
from memstore.records.scope_ids import ScopeIds

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_QUERY_CHARS = 8_000
MAX_BATCH = 1_000
MAX_BATCH_UPDATE = 150  # each is opened, looked at, embedded and sealed anew: about 12 ms
MAX_PAGE_SIZE = 200
_PLAIN = re.compile(r"[A-Za-z_]{1,40}")
_REPORTED = 10


class ScopeInput(serializers.Serializer[object]):
    user_id = IdField(required=False, allow_null=True)
    agent_id = IdField(required=False, allow_null=True)
    app_id = IdField(required=False, allow_null=True)
    run_id = IdField(required=False, allow_null=True)


class AddInput(ScopeInput):
    messages = MessagesField()
    filters = FiltersField(required=False, help_text="Ids may be given here instead of at the top level.")
    infer = serializers.BooleanField(default=True, help_text="False: each message is a memory, word for word.")
    async_mode = serializers.BooleanField(default=True, help_text="False: wait until the facts are extracted.")
    metadata = MetadataField(required=False, allow_null=True)
    custom_instructions = serializers.CharField(required=False, allow_null=True, max_length=4_000)
    timestamp = MomentField(required=False, allow_null=True)
    expiration_date = DayField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        attrs["scope"] = scope_of(attrs, attrs.pop("filters", None))
        return attrs


def scope_of(attrs: Mapping[str, object], filters: object) -> ScopeIds:
    """Return the ids at the top level or in `filters`; both may name one only if they agree. Raises ValidationError."""
    given = {field: attrs.get(field) for field in ID_FIELDS if attrs.get(field) is not None}
    if filters is not None:
        if not isinstance(filters, dict) or set(filters) - set(ID_FIELDS):
            raise serializers.ValidationError({"filters": "expected only user_id, agent_id, app_id, run_id here"})
        for field, value in read(ScopeInput, filters).items():
            if value is not None and given.setdefault(field, value) != value:
                raise serializers.ValidationError({f"filters.{field}": "contradicts the id at the top level"})
    return ScopeIds(**{field: str(value) for field, value in given.items()})


class ValidityInput(ScopeInput):
    """What is asked for: what is so now, what was so as of a moment, or all history."""

    show_expired = serializers.BooleanField(default=False, help_text="True: also what something newer replaced.")
    latest_only = serializers.BooleanField(default=True, help_text="False: the same as show_expired.")
    as_of = AsOfField(required=False, allow_null=True, help_text="What was so then: a moment, a day or a month.")


def validity_of(body: Mapping[str, object]) -> Validity:
    as_of = body.get("as_of")
    history = bool(body["show_expired"]) or not body["latest_only"]
    return Validity(history=history, as_of=as_of if isinstance(as_of, datetime) else None)


class SearchInput(ValidityInput):
    query = serializers.CharField(max_length=MAX_QUERY_CHARS)
    filters = FiltersField(required=False)
    top_k = serializers.IntegerField(default=DEFAULT_TOP_K, min_value=1, max_value=MAX_TOP_K)
    threshold = serializers.FloatField(default=DEFAULT_THRESHOLD, min_value=0, max_value=1, allow_null=True)
    explain = serializers.BooleanField(default=False)
    fields_wanted = BoundedList(child=serializers.CharField(max_length=40), required=False, max_length=40)
    categories = BoundedList(child=serializers.CharField(max_length=100), required=False, max_length=50)
    metadata = MetadataField(required=False, allow_null=True)
    reference_date = MomentField(
        required=False, allow_null=True, help_text="The moment that words such as yesterday count from; default: now."
    )

    def to_internal_value(self, data: object) -> dict[str, object]:
        found: dict[str, object] = super().to_internal_value(_renamed(data))
        return found


class ListInput(ValidityInput):
    filters = FiltersField(required=False)
    page = serializers.IntegerField(default=1, min_value=1, max_value=1_000_000)
    page_size = serializers.IntegerField(default=100, min_value=1, max_value=MAX_PAGE_SIZE)
    fields_wanted = BoundedList(child=serializers.CharField(max_length=40), required=False, max_length=40)
    categories = BoundedList(child=serializers.CharField(max_length=100), required=False, max_length=50)
    keywords = serializers.CharField(required=False, max_length=200)
    start_date = DayField(required=False, allow_null=True)
    end_date = DayField(required=False, allow_null=True)

    def to_internal_value(self, data: object) -> dict[str, object]:
        found: dict[str, object] = super().to_internal_value(_renamed(data))
        return found


def _renamed(data: object) -> object:
    """Rename `fields`, which is an attribute of every serializer, to our `fields_wanted`."""
    if isinstance(data, dict) and "fields" in data:
        return {("fields_wanted" if key == "fields" else key): value for key, value in data.items()}
    return data


class UpdateInput(serializers.Serializer[object]):
    text = serializers.CharField(required=False, max_length=50_000)
    metadata = MetadataField(required=False, allow_null=True)
    timestamp = MomentField(required=False, allow_null=True)
    expiration_date = DayField(required=False, allow_null=True, help_text="null clears the date.")

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if not any(field in attrs for field in ("text", "metadata", "timestamp", "expiration_date")):
            raise serializers.ValidationError("expected one of text, metadata, timestamp, expiration_date")
        return attrs


class BatchUpdateItem(serializers.Serializer[object]):
    memory_id = serializers.UUIDField()
    text = serializers.CharField(required=False, max_length=50_000)
    metadata = MetadataField(required=False, allow_null=True)


class BatchUpdateInput(serializers.Serializer[object]):
    memories = BoundedList(child=BatchUpdateItem(), allow_empty=False, max_length=MAX_BATCH_UPDATE)


class BatchDeleteItem(serializers.Serializer[object]):
    memory_id = serializers.UUIDField()


class BatchDeleteInput(serializers.Serializer[object]):
    memories = BoundedList(child=BatchDeleteItem(), allow_empty=False, max_length=MAX_BATCH)


def ignored_keys(body: object, kind: type[serializers.Serializer[object]]) -> dict[str, str]:
    """Return the header that names the keys that were not understood: plain names only, ten at most."""
    if not isinstance(body, dict):
        return {}
    names: list[str] = list(reader(kind).fields)
    known = {"fields" if name == "fields_wanted" else name for name in names}
    unknown = sorted(key for key in body if key not in known and _PLAIN.fullmatch(str(key)))
    return {"X-Memstore-Ignored": ", ".join(unknown[:_REPORTED])} if unknown else {}
