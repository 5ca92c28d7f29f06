"""Jobs for staff: which wait, which failed, and for how long. Ids, states and codes; no content is in a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from governance.guard.authorize import authorize
from governance.vocabulary import Action
from memstore.models import Job, JobStatus

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class JobView:
    """One job."""

    id: UUID
    kind: str
    status: str
    error_code: str
    attempt: int
    n_results: int
    n_quarantined: int
    n_refused: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of jobs.

    `by_status` counts unfinished and failed jobs, and no finished ones; `more`: there is a next page.
    """

    jobs: tuple[JobView, ...]
    by_status: dict[str, int]
    oldest_unfinished_at: datetime | None
    more: bool


def list_jobs(*, caller: Caller, status: JobStatus | None = None, page: int = 1, page_size: int = 50) -> JobPage:
    """Return one page, counted from 1, newest first, for every member of staff."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        rows = Job.objects.order_by("-created_at", "-id")
        if status is not None:
            rows = rows.filter(status=status.value)
        first = (page - 1) * page_size
        found = list(rows[first : first + page_size + 1])
        waiting = Job.objects.unfinished()
        counted = dict(
            Job.objects.exclude(status=JobStatus.SUCCEEDED.value).values_list("status").annotate(Count("id"))
        )
        result = JobPage(
            jobs=tuple(
                JobView(
                    row.id,
                    row.kind,
                    row.status,
                    row.error_code,
                    row.attempt,
                    row.n_results,
                    row.n_quarantined,
                    row.n_refused,
                    row.created_at,
                    row.updated_at,
                )
                for row in found[:page_size]
            ),
            by_status={str(name): number for name, number in counted.items()},
            oldest_unfinished_at=waiting.order_by("created_at").values_list("created_at", flat=True).first(),
            more=len(found) > page_size,
        )
        grant.record(n_items=len(result.jobs))
    return result
