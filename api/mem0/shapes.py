"""Replies in the shapes of Mem0's wire, from our own values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from memstore.recall.entity_list import Entity
    from memstore.recall.get import HistoryEntry
    from memstore.records.insert import Stored
    from memstore.records.memory_view import MemoryView
    from memstore.records.scope_ids import ScopeIds
    from memstore.remember.call_events import CallEvent

Shape = dict[str, object]


def ids(scope: ScopeIds) -> Shape:
    """Return the scope ids. Mem0 calls one of them `run_id` here and `session_id` there; both are given everywhere."""
    return {
        "user_id": scope.user_id,
        "agent_id": scope.agent_id,
        "app_id": scope.app_id,
        "run_id": scope.run_id,
        "session_id": scope.run_id,
    }


def memory(view: MemoryView) -> Shape:
    return {
        "id": str(view.id),
        "memory": view.text,
        **ids(view.scope),
        "actor_id": view.speaker,
        "role": view.role,
        "metadata": dict(view.metadata) or None,
        "categories": list(view.categories),
        # A given timestamp stands for the creation time, as it does in filters.
        "created_at": (view.said_at or view.created_at).isoformat(),
        "received_at": view.created_at.isoformat(),
        "updated_at": view.updated_at.isoformat(),
        "timestamp": int(view.said_at.timestamp()) if view.said_at else None,
        "expiration_date": view.expires_on.isoformat() if view.expires_on else None,
        "structured_attributes": None,
        "replaced_by": str(view.replaced_by) if view.replaced_by else None,
        "valid_from": (view.said_at or view.created_at).isoformat(),
        "valid_until": view.valid_until.isoformat() if view.valid_until else None,
        "times_said": view.times_said,
        "synthesized": False,
        "lifecycle_state": view.state,
    }


def found(view: MemoryView, *, explain: bool) -> Shape:
    shape = {"id": str(view.id), "memory": view.text, "score": view.score, **memory(view)}
    return shape | {"score_breakdown": dict(view.parts)} if explain else shape


def only(shape: Shape, fields: Iterable[str] | None) -> Shape:
    """Return the fields asked for, and always the id."""
    wanted = set(fields or ())
    return {key: value for key, value in shape.items() if key == "id" or key in wanted} if wanted else shape


def stored(fact: Stored) -> Shape:
    shape: Shape = {
        "id": str(fact.id),
        "memory": fact.text,
        "data": {"memory": fact.text},
        "event": "ADD" if fact.added else "NONE",
    }
    if fact.supersedes:
        shape["supersedes"] = [str(old) for old in fact.supersedes]
    if fact.sighting:
        shape["sighting"] = True
    # It was kept, and is not recalled before a reviewer has released it.
    return shape | {"state": "quarantined"} if fact.quarantined else shape


def wording(entry: HistoryEntry) -> Shape:
    return {
        "id": str(entry.id),
        "memory_id": str(entry.memory_id),
        "input": [{"role": entry.payload.role, "content": entry.payload.text}],
        "old_memory": entry.before,
        "new_memory": entry.payload.text,
        **ids(entry.scope),
        "categories": list(entry.payload.categories),
        "event": entry.event,
        "metadata": entry.payload.metadata or None,
        "created_at": entry.created_at.isoformat(),
        "updated_at": entry.created_at.isoformat(),
        "provenance": {
            "extractor": entry.extractor,
            "model": entry.model or None,
            "prompt_version": entry.prompt_version or None,
            "speaker": entry.payload.speaker,
            "stated": entry.stated,
            "confidence": entry.confidence,
            "source_id": str(entry.source_id) if entry.source_id else None,
            "principal_id": str(entry.principal_id),
        },
    }


def entity(found: Entity) -> Shape:
    return {
        "id": str(found.id),
        "name": found.name,
        "type": found.kind.value,
        "created_at": found.created_at.isoformat(),
        "updated_at": found.updated_at.isoformat(),
        "owner": None,
        "metadata": None,
        "total_memories": found.total_memories,
    }


def event(view: CallEvent) -> Shape:
    job = view.job
    return {
        "id": str(job.id),
        "event_id": str(job.id),
        "event_type": job.kind,
        "status": job.status,
        "error": job.error_code or None,
        "results": [stored(fact) for fact in view.stored],
        "total_results": job.n_results,
        "quarantined": job.n_quarantined,
        "refused": job.n_refused,
        "reasons": job.outcomes.get("counts", {}),
        "sentences": [{"message": message, "reason": reason} for message, reason in job.outcomes.get("sentences", [])],
        "created_at": job.created_at.isoformat(),
        "updated_at": job.updated_at.isoformat(),
    }


def page(results: list[Shape], *, total: int, links: Mapping[str, str | None]) -> Shape:
    return {"count": total, "next": links["next"], "previous": links["previous"], "results": results}
