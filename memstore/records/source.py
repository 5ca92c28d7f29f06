"""Source messages of an extraction, sealed until the extractor has read them and for a retention of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from governance.errors import Unopenable
from governance.keyring.sealing import Field, Sealer, pad, unpad
from governance.vocabulary import SubjectKind
from memstore.models import Source
from memstore.records.scope_ids import ScopeIds

if TYPE_CHECKING:
    from uuid import UUID

    from memstore.records.insert import Owner
    from memstore.records.payload import Json

BUCKET = 512  # bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat. `role` is user, assistant, system or tool; `name` is the speaker in a group."""

    role: str
    content: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages of one `infer=True` call, with all that their extraction needs."""

    messages: tuple[Message, ...]
    scope: ScopeIds
    metadata: dict[str, Json]
    instructions: str | None
    said_at: datetime
    expires_on: date | None


def seal_source(owner: Owner, source_id: UUID, conversation: Conversation, now: datetime) -> Source:
    """Return an unsaved Source row with the sealed conversation. It expires after the purpose's `source_days`."""
    content = {
        "messages": [[message.role, message.content, message.name] for message in conversation.messages],
        "scope": [
            conversation.scope.user_id,
            conversation.scope.agent_id,
            conversation.scope.app_id,
            conversation.scope.run_id,
        ],
        "metadata": conversation.metadata,
        "instructions": conversation.instructions,
        "said_at": conversation.said_at.isoformat(),
        "expires_on": conversation.expires_on.isoformat() if conversation.expires_on else None,
    }
    plain = pad(json.dumps(content, ensure_ascii=False).encode(), BUCKET)
    return Source(
        id=source_id,
        tenant_id=owner.tenant_id,
        subject_id=owner.subject.id,
        purpose_id=owner.purpose.purpose_id,
        agent_ref=owner.refs.get(SubjectKind.AGENT),
        app_ref=owner.refs.get(SubjectKind.APP),
        run_ref=owner.refs.get(SubjectKind.RUN),
        sealed=owner.sealer.seal(Field.SOURCE, source_id, 1, plain),
        created_at=now,
        expires_at=now + timedelta(days=owner.purpose.source_days),
    )


def unseal_source(sealer: Sealer, source: Source) -> Conversation:
    """Return the conversation of a source. Raises Unopenable."""
    opened = unpad(sealer.unseal(Field.SOURCE, source.id, 1, bytes(source.sealed)))
    try:
        content = json.loads(opened)
        return Conversation(
            messages=tuple(Message(role=role, content=text, name=name) for role, text, name in content["messages"]),
            scope=ScopeIds.as_stored(content["scope"]),
            metadata=content["metadata"],
            instructions=content["instructions"],
            said_at=datetime.fromisoformat(content["said_at"]),
            expires_on=date.fromisoformat(content["expires_on"]) if content["expires_on"] else None,
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Unopenable(f"source {source.id} holds what nothing here would write", source.id) from None
