"""Jobs are done once, whatever happens to workers, messages, keys and people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from governance.models import ApiKey, AuditEvent, Subject
from governance.tenancy.tenant_context import tenant_context
from memstore.errors import ProviderError
from memstore.models import Job, Memory
from memstore.records import jobs
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.learn import learn
from memstore.remember.remember import remember
from memstore.tasks import resume_jobs
from tests.support.cast import DATABASES, Organisation, texts

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
FACT = "My daughter is allergic to peanuts."


def asked(organisation: Organisation) -> UUID:
    return remember(
        caller=organisation.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content=FACT)],
    ).event_id


def job(organisation: Organisation, event_id: UUID) -> Job:
    with tenant_context(organisation.tenant.id):
        return Job.objects.get(id=event_id)


def change(organisation: Organisation, event_id: UUID, **values: object) -> None:
    with tenant_context(organisation.tenant.id):
        Job.objects.filter(id=event_id).update(**values)


def test_eight_workers_at_once_do_a_job_once(bank: Organisation) -> None:
    event_id = asked(bank)

    def work(_: int) -> None:
        try:
            learn(job_id=event_id, tenant_id=bank.tenant.id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert job(bank, event_id).status == "SUCCEEDED"
    assert len(texts(bank, "alice")) == 1
    with tenant_context(bank.tenant.id):
        assert AuditEvent.objects.filter(type="extract").count() == 1


def test_a_job_whose_worker_died_is_resumed_by_the_sweep_after_its_lease(bank: Organisation) -> None:
    event_id = asked(bank)
    taken = jobs.claim_job(event_id, bank.tenant.id)  # and its worker is killed here
    assert taken is not None
    change(bank, event_id, created_at=datetime.now(UTC) - timedelta(minutes=1))
    resume_jobs()
    assert job(bank, event_id).status == "RUNNING"  # the lease still holds
    change(bank, event_id, lease_until=datetime.now(UTC) - timedelta(seconds=1))
    resume_jobs()
    assert job(bank, event_id).status == "SUCCEEDED"
    assert len(texts(bank, "alice")) == 1


def test_a_worker_that_comes_back_after_its_lease_changes_nothing(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = asked(bank)
    slow = jobs.claim_job(event_id, bank.tenant.id)
    assert slow is not None
    change(bank, event_id, lease_until=datetime.now(UTC) - timedelta(seconds=1))
    learn(job_id=event_id, tenant_id=bank.tenant.id)  # the second worker
    with tenant_context(bank.tenant.id):
        Memory.objects.update(fingerprint=bytes(32))  # so that only the fence can stop the first one's facts
    monkeypatch.setattr("memstore.remember.learn.jobs.claim_job", lambda *_: slow)
    learn(job_id=event_id, tenant_id=bank.tenant.id)
    assert len(texts(bank, "alice")) == 1


def test_a_lost_hint_is_found_by_the_sweep(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_task: object, **_options: object) -> None:
        raise OSError("broker is down")

    monkeypatch.setattr("celery.current_app.send_task", broken)
    event_id = asked(bank)
    change(bank, event_id, created_at=datetime.now(UTC) - timedelta(minutes=1))
    resume_jobs()
    assert job(bank, event_id).status == "SUCCEEDED"


def test_a_tenant_whose_jobs_cannot_be_listed_keeps_no_other_waiting(
    bank: Organisation, outsider: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = jobs.due_jobs

    def listed(tenant_id: UUID) -> list[UUID]:
        if tenant_id == bank.tenant.id:
            raise OSError("the database went away")
        return found(tenant_id)

    tenants = [bank.tenant.id, outsider.tenant.id]  # the one that fails comes first
    monkeypatch.setattr("governance.tenancy.tenant_lookup.tenant_ids", lambda: tenants)
    monkeypatch.setattr("memstore.remember.learn.jobs.due_jobs", listed)
    asked_of = {one.tenant.id: asked(one) for one in (bank, outsider)}
    for one in (bank, outsider):
        change(one, asked_of[one.tenant.id], created_at=datetime.now(UTC) - timedelta(minutes=1))
    resume_jobs()
    assert job(bank, asked_of[bank.tenant.id]).status == "PENDING"
    assert job(outsider, asked_of[outsider.tenant.id]).status == "SUCCEEDED"


@pytest.mark.parametrize(("permanent", "status"), [(True, "FAILED"), (False, "RUNNING")])
def test_a_failing_provider_is_retried_unless_it_fails_for_good(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, permanent: bool, status: str
) -> None:
    class Broken:
        def extract(self, *_args: object, **_kwargs: object) -> object:
            raise ProviderError("llm", "no", permanent=permanent)

    event_id = asked(bank)
    with monkeypatch.context() as patch:
        patch.setattr("memstore.remember.learn.extractor", Broken)
        learn(job_id=event_id, tenant_id=bank.tenant.id)
    failed = job(bank, event_id)
    assert failed.status == status
    assert FACT not in failed.error_code
    assert texts(bank, "alice") == []
    if not permanent:
        assert failed.lease_until is not None
        assert failed.lease_until > datetime.now(UTC)


def test_a_poison_job_ends_failed(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def extract(self, *_args: object, **_kwargs: object) -> object:
            raise ProviderError("llm", "no", permanent=False)

    monkeypatch.setattr("memstore.remember.learn.extractor", Broken)
    event_id = asked(bank)
    for _ in range(jobs.MAX_ATTEMPTS):
        change(bank, event_id, lease_until=datetime.now(UTC) - timedelta(seconds=1))
        learn(job_id=event_id, tenant_id=bank.tenant.id)
    assert job(bank, event_id).status == "FAILED"


def test_a_key_revoked_meanwhile_stops_its_job(bank: Organisation) -> None:
    event_id = asked(bank)
    with tenant_context(bank.tenant.id):
        ApiKey.objects.filter(id=bank.key.id).update(revoked_at=datetime.now(UTC))
    learn(job_id=event_id, tenant_id=bank.tenant.id)
    assert job(bank, event_id).status == "FAILED"
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()
    assert ("extract", "key_revoked") in bank.refusals()


def test_a_person_erased_meanwhile_is_not_learned_about(bank: Organisation) -> None:
    event_id = asked(bank)
    with tenant_context(bank.tenant.id):
        Subject.objects.update(state="erased", generation=2)
    learn(job_id=event_id, tenant_id=bank.tenant.id)
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()
