"""Jobs: claimed under a lease, finished once, and resumed by a sweep if the message or the worker is lost."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.tenancy.tenant_context import tenant_context
from memstore.models import Job, JobStatus
from memstore.records.lease import LeaseQueue, pause_after, take_lease

if TYPE_CHECKING:
    from uuid import UUID

    from governance.vocabulary import ReasonCode
    from memstore.models import JobQuerySet

log = logging.getLogger(__name__)

JOBS = LeaseQueue(
    name="job",
    task="memstore.tasks.run_job",
    rows=Job.objects.all,
    running=Q(status=JobStatus.RUNNING.value),
    untaken=Q(status=JobStatus.PENDING.value),
)
MAX_ATTEMPTS = 5
SWEEP_BATCH = 100


def claim_job(job_id: UUID, tenant_id: UUID) -> Job | None:
    """Claim the job for one lease. Return None when it is done, claimed or gone.

    `attempt` is the fencing token: a worker that comes back after its lease has ended can finish nothing.
    """
    with tenant_context(tenant_id):
        row = JOBS.lock_due(job_id)
        if row is None:
            return None
        row.status, row.updated_at = JobStatus.RUNNING, datetime.now(UTC)
        take_lease(row, changed=("status", "updated_at"))
        return row


def finish(
    job: Job,
    *,
    n_results: int,
    n_quarantined: int = 0,
    n_refused: int = 0,
    outcomes: dict[str, object] | None = None,
) -> bool:
    """Mark the job as succeeded, inside the transaction of its effect.

    Return False if another worker has it now: the caller rolls back.
    """
    return bool(
        JOBS.held(job.id, job.attempt).update(
            status=JobStatus.SUCCEEDED,
            n_results=n_results,
            n_quarantined=n_quarantined,
            n_refused=n_refused,
            outcomes=outcomes or {},
            lease_until=None,
            updated_at=datetime.now(UTC),
        )
    )


def fail(job: Job, error_code: str, *, permanent: bool) -> None:
    """Fail the job for good, or hand it back to the sweep after a pause that doubles with each attempt.

    It fails for good if `permanent`, or at attempt MAX_ATTEMPTS.
    """
    now = datetime.now(UTC)
    last = permanent or job.attempt >= MAX_ATTEMPTS
    with tenant_context(job.tenant_id):
        JOBS.held(job.id, job.attempt).update(
            status=JobStatus.FAILED if last else JobStatus.RUNNING,
            error_code=error_code,
            lease_until=None if last else now + pause_after(job.attempt),
            updated_at=now,
        )
    log.warning(
        "job_failed",
        extra={"fields": {"job": str(job.id), "code": error_code, "final": last, "attempt": job.attempt}},
    )


def cancel_jobs(found: JobQuerySet, reason: ReasonCode) -> int:
    """Mark the unfinished ones of these jobs as failed, so that no worker adds anything. Return how many."""
    return found.unfinished().update(status=JobStatus.FAILED.value, error_code=reason.value, lease_until=None)


def due_jobs(tenant_id: UUID) -> list[UUID]:
    """Return the jobs of a tenant that the sweep should do: due for longer than a hint takes to arrive.

    At most SWEEP_BATCH.
    """
    now, moment = datetime.now(UTC), timedelta(seconds=2)
    settled = Q(created_at__lt=now - moment) | Q(created_at__gt=now + moment)  # by a clock that was set back since
    with tenant_context(tenant_id):
        return list(JOBS.due().filter(settled).order_by("created_at").values_list("id", flat=True)[:SWEEP_BATCH])
