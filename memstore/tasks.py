"""Celery tasks: each takes ids, and calls the use case. The arguments are hints; the Job row decides."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from memstore.forget.erasure.saga import resume_erasures as resume_all_erasures
from memstore.forget.erasure.saga import run_erasure as go_on
from memstore.forget.erasure.steps import ERASURES
from memstore.forget.sweep import sweep_all
from memstore.records.jobs import JOBS
from memstore.remember.learn import learn
from memstore.remember.learn import resume_jobs as resume_all_jobs


@shared_task(name=JOBS.task)
def run_job(job_id: str, tenant_id: str) -> None:
    learn(job_id=UUID(job_id), tenant_id=UUID(tenant_id))


@shared_task(name="memstore.tasks.sweep")
def sweep() -> None:
    """Run now and then: delete what is due for destruction, in every tenant."""
    sweep_all()


@shared_task(name="memstore.tasks.resume_jobs")
def resume_jobs() -> None:
    """Run every few seconds: take up jobs that no worker works on."""
    resume_all_jobs()


@shared_task(name=ERASURES.task)
def run_erasure(erasure_id: str, tenant_id: str) -> None:
    go_on(erasure_id=UUID(erasure_id), tenant_id=UUID(tenant_id))


@shared_task(name="memstore.tasks.resume_erasures")
def resume_erasures() -> None:
    """Run every few seconds: take up erasures with no active lease and those whose hold or floor has ended."""
    resume_all_erasures()
