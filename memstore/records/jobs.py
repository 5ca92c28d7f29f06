"""Jobs: claimed under a lease, finished once, and resumed by a sweep if the message or the worker is lost."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from celery import current_app
from django.conf import settings
from django.db.models import Q

from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_ids
from memstore.models import Job, JobStatus

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

log = logging.getLogger(__name__)

RUN_JOB = "memstore.tasks.run_job"  # the task that a hint is for
MAX_ATTEMPTS = 5
SWEEP_BATCH = 100
LONGEST_PAUSE = 300  # seconds


def hint(job_id: UUID, tenant_id: UUID) -> None:
    """Tell a worker. A lost hint costs seconds: the sweep finds the job."""
    try:
        current_app.send_task(RUN_JOB, [str(job_id), str(tenant_id)], ignore_result=True)
    except Exception as error:  # noqa: BLE001 - each broker fails in its own way, and none may fail the request
        log.warning("hint_lost", extra={"fields": {"job": str(job_id), "problem": type(error).__name__}})


def due() -> Q:
    """Return the condition for jobs that no worker holds: never started, or with a lease that has ended."""
    return Q(status=JobStatus.PENDING) | (Q(status=JobStatus.RUNNING) & lease_is_over())


def lease_is_over() -> Q:
    """Return the condition for a lease that has ended, or whose end is further away than any lease reaches.

    The latter is so after a clock was set back.
    """
    now, longest = datetime.now(UTC), max(settings.MEMSTORE_JOB_LEASE_SECONDS, LONGEST_PAUSE)
    return Q(lease_until__lt=now) | Q(lease_until__gt=now + timedelta(seconds=2 * longest))


def claim_job(job_id: UUID, tenant_id: UUID) -> Job | None:
    """Claim the job for one lease. Return None when it is done, claimed or gone.

    `attempt` is the fencing token: a worker that comes back after its lease has ended can finish nothing.
    """
    now = datetime.now(UTC)
    with tenant_context(tenant_id):
        row = Job.objects.select_for_update(skip_locked=True).filter(due(), id=job_id).first()
        if row is None:
            return None
        row.status = JobStatus.RUNNING
        row.attempt += 1
        row.lease_until = now + timedelta(seconds=settings.MEMSTORE_JOB_LEASE_SECONDS)
        row.updated_at = now
        row.save(update_fields=["status", "attempt", "lease_until", "updated_at"])
        return row


def mine(job: Job) -> QuerySet[Job]:
    """Return the job's row while this worker's lease is the last one."""
    return Job.objects.filter(id=job.id, status=JobStatus.RUNNING, attempt=job.attempt)


def finish(job: Job, *, n_results: int, n_quarantined: int = 0, n_refused: int = 0) -> bool:
    """Mark the job as succeeded, inside the transaction of its effect.

    Return False if another worker has it now: the caller rolls back.
    """
    return bool(
        mine(job).update(
            status=JobStatus.SUCCEEDED,
            n_results=n_results,
            n_quarantined=n_quarantined,
            n_refused=n_refused,
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
    pause = timedelta(seconds=min(2**job.attempt, LONGEST_PAUSE))
    with tenant_context(job.tenant_id):
        mine(job).update(
            status=JobStatus.FAILED if last else JobStatus.RUNNING,
            error_code=error_code,
            lease_until=None if last else now + pause,
            updated_at=now,
        )
    log.warning(
        "job_failed",
        extra={"fields": {"job": str(job.id), "code": error_code, "final": last, "attempt": job.attempt}},
    )


def due_jobs() -> list[tuple[UUID, UUID]]:
    """Return (job id, tenant id) pairs that the sweep should do: due for longer than a hint takes to arrive.

    At most SWEEP_BATCH of each tenant.
    """
    now, moment = datetime.now(UTC), timedelta(seconds=2)
    settled = Q(created_at__lt=now - moment) | Q(created_at__gt=now + moment)  # by a clock that was set back since
    found: list[tuple[UUID, UUID]] = []
    for tenant_id in tenant_ids():
        with tenant_context(tenant_id):
            ids = Job.objects.filter(due(), settled).order_by("created_at").values_list("id", flat=True)
            found += [(job_id, tenant_id) for job_id in ids[:SWEEP_BATCH]]
    return found
