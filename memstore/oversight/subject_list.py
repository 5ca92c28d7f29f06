"""List of subjects under their random ids, for staff who look after them. External ids are only found by look-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q

from governance.guard.authorize import authorize
from governance.models import RightsRequest, Subject
from governance.vocabulary import Action, Capability, MemoryState
from memstore.models import Memory

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller
    from governance.vocabulary import SubjectKind, SubjectState


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """One subject of the list. `open_requests` is 0 for a role that does not handle them."""

    id: UUID
    kind: str
    state: str
    n_memories: int
    n_quarantined: int
    latest_at: datetime | None
    open_requests: int


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """One page. `after` is the cursor of the next page, None on the last one."""

    subjects: tuple[SubjectLine, ...]
    after: UUID | None


def list_subjects(
    *,
    caller: Caller,
    state: SubjectState | None = None,
    kind: SubjectKind | None = None,
    after: UUID | None = None,
    page_size: int = 50,
) -> SubjectPage:
    """Return one page by keyset, in the order of the random ids, which does not say when a subject was first met.

    Counts only what is on the page: as fast for fifty thousand people as for fifty.
    """
    grant = authorize(caller=caller, action=Action.LOOK_UP_SUBJECT)
    with grant.effect():
        rows = Subject.objects.order_by("id")
        if state is not None:
            rows = rows.filter(state=state.value)
        if kind is not None:
            rows = rows.filter(kind=kind.value)
        if after is not None:
            rows = rows.filter(id__gt=after)
        found = list(rows[: page_size + 1])
        shown = found[:page_size]
        ids = [row.id for row in shown]
        waits = Q(state=MemoryState.QUARANTINED.value)
        kept = Memory.objects.filter(subject_id__in=ids).values("subject_id")
        counted = {
            row["subject_id"]: (row["n"], row["waiting"], row["latest"])
            for row in kept.annotate(n=Count("id"), waiting=Count("id", filter=waits), latest=Max("created_at"))
        }
        asked: dict[UUID, int] = {}
        if Capability.HANDLE_RIGHTS in caller.principal.capabilities:
            is_open = RightsRequest.objects.open().filter(subject_id__in=ids)
            asked = dict(is_open.values_list("subject_id").annotate(Count("id")))
        grant.record(n_items=len(shown))
    nothing = (0, 0, None)
    lines = tuple(
        SubjectLine(row.id, row.kind, row.state, *counted.get(row.id, nothing), asked.get(row.id, 0)) for row in shown
    )
    return SubjectPage(lines, shown[-1].id if len(found) > page_size else None)
