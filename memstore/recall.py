"""recall: authorize -> cards -> unseal -> filter -> rank -> text of the winners -> audit event -> answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.policy import Action
from governance.tenancy import tenant_context
from memstore.deck import columns, open_deck
from memstore.errors import InvalidInput
from memstore.providers import embedder
from memstore.rank import Query, rank
from memstore.resolve import reach
from memstore.select import matching

if TYPE_CHECKING:
    from governance.guard import Caller, Grant
    from memstore.filters import Filter
    from memstore.view import MemoryView

DEFAULT_TOP_K = 10
MAX_TOP_K = 1_000
DEFAULT_THRESHOLD = 0.1


def recall(
    *,
    caller: Caller,
    query: str,
    filters: object,
    top_k: int = DEFAULT_TOP_K,
    threshold: float = DEFAULT_THRESHOLD,
    explain: bool = False,
) -> list[MemoryView]:
    """The memories that answer `query`, best first, among all that the filters reach and policy allows.

    `threshold` is the lowest score returned, 0 to 1. Every memory in reach is scored: there is no index that
    could miss one. Raises AccessRefused, InvalidInput (a filter's path in `field`), ProviderError,
    KeyUnavailable, AuditUnavailable.
    """
    if not query.strip():
        raise InvalidInput("query", "must not be empty")
    wanted, grants = reach(caller=caller, action=Action.RECALL, filters=filters)
    model = embedder()
    vector = model.embed([query])[0]  # may be remote: outside the transaction
    now = datetime.now(UTC)
    asked = Query.read(query, vector, now.timestamp())
    with tenant_context(caller.tenant_id):
        found = [
            view
            for grant in grants
            for view in _recall_one(grant, wanted, asked, model.model_id, now, top_k, threshold, explain=explain)
        ]
    # One subject's list is ranked already; several are merged by score.
    return found if len(grants) == 1 else sorted(found, key=lambda view: -(view.score or 0.0))[:top_k]


def _recall_one(
    grant: Grant,
    wanted: Filter,
    asked: Query,
    model_id: str,
    now: datetime,
    top_k: int,
    threshold: float,
    *,
    explain: bool,
) -> list[MemoryView]:
    deck = matching(open_deck(grant, now), wanted)
    ranking = rank(asked, columns(deck, model_id=model_id, dimensions=len(asked.vector)), k=top_k)
    winners = [int(row) for row, score in zip(ranking.indices, ranking.scores, strict=True) if score >= threshold]
    payloads = deck.payloads(winners)
    grant.record(items=[(UUID(bytes=deck.ids[row]), deck.versions[row]) for row in winners])
    return [
        deck.card(row).view(
            payload.text,
            score=round(float(ranking.scores[place]), 4),
            parts={name: round(float(part[place]), 4) for name, part in ranking.parts.items()} if explain else None,
        )
        for place, (row, payload) in enumerate(zip(winners, payloads, strict=True))
    ]
