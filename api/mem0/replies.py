"""Serializers of Mem0's replies for OpenAPI."""

from __future__ import annotations

from uuid import UUID

from rest_framework import serializers

from memstore.errors import InvalidInput


def uuid_of(text: str, field: str) -> UUID:
    """Return the UUID of an id in a path. Raises InvalidInput, which names `field`."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(field, "should be a valid UUID") from None


class StoredReply(serializers.Serializer[object]):
    id = serializers.UUIDField()
    memory = serializers.CharField()
    event = serializers.ChoiceField(["ADD", "NONE"], help_text="NONE: the same fact was remembered already.")
    supersedes = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="Memories whose place it took."
    )
    sighting = serializers.BooleanField(required=False, help_text="It was noted that the same fact was said again.")


class EventReply(serializers.Serializer[object]):
    event_id = serializers.UUIDField()
    status = serializers.ChoiceField(["PENDING", "RUNNING", "SUCCEEDED", "FAILED"], required=False)
    message = serializers.CharField(required=False)
    results = StoredReply(many=True, required=False)


class MessageReply(serializers.Serializer[object]):
    message = serializers.CharField()


class UndoReply(serializers.Serializer[object]):
    message = serializers.CharField()
    current = serializers.ListField(child=serializers.UUIDField())


class MemoryReply(serializers.Serializer[object]):
    id = serializers.UUIDField()
    memory = serializers.CharField()
    user_id = serializers.CharField(allow_null=True)
    agent_id = serializers.CharField(allow_null=True)
    app_id = serializers.CharField(allow_null=True)
    run_id = serializers.CharField(allow_null=True)
    session_id = serializers.CharField(allow_null=True, help_text="The same as run_id.")
    metadata = serializers.DictField(allow_null=True)
    categories = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    timestamp = serializers.IntegerField(allow_null=True, help_text="When it was said, in Unix seconds.")
    expiration_date = serializers.DateField(allow_null=True)
    received_at = serializers.DateTimeField(help_text="When it reached us, whatever the caller says.")
    replaced_by = serializers.UUIDField(allow_null=True, help_text="The memory that took its place.")
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True, help_text="When it stopped being so; null: it is.")
    times_said = serializers.IntegerField()
    lifecycle_state = serializers.CharField(help_text="active or superseded")


class FoundReply(MemoryReply):
    score = serializers.FloatField(help_text="0 to 1, higher is nearer.")
    score_breakdown = serializers.DictField(required=False)


class SearchReply(serializers.Serializer[object]):
    results = FoundReply(many=True)


class ListReply(serializers.Serializer[object]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MemoryReply(many=True)


class HistoryReply(serializers.Serializer[object]):
    id = serializers.UUIDField()
    memory_id = serializers.UUIDField()
    old_memory = serializers.CharField(allow_null=True)
    new_memory = serializers.CharField()
    event = serializers.ChoiceField(["ADD", "UPDATE"])
    created_at = serializers.DateTimeField()
    provenance = serializers.DictField()


class EntityReply(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    type = serializers.ChoiceField(["user", "agent", "app", "run"])
    total_memories = serializers.IntegerField()


class EntitiesReply(serializers.Serializer[object]):
    count = serializers.IntegerField()
    total_users = serializers.IntegerField()
    results = EntityReply(many=True)


class PingReply(serializers.Serializer[object]):
    status = serializers.CharField()
    org_id = serializers.CharField()
    project_id = serializers.CharField()
    user_email = serializers.CharField(allow_null=True)
