"""Jobs for staff: states, times and codes of this tenant, page by page; no content is in a job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from governance.errors import AccessRefused
from governance.ids import uuid7
from governance.tenancy.tenant_context import tenant_context
from memstore.models import Job, JobKind, JobStatus
from memstore.oversight.job_list import JobPage, list_jobs
from tests.support.cast import DATABASES, Organisation, organisation
from tests.support.query_counts import statements

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
BEGAN = datetime(2026, 5, 1, tzinfo=UTC)


def jobs(bank: Organisation, *statuses: JobStatus) -> None:
    """Make one job a minute, the first the oldest."""
    with tenant_context(bank.tenant.id):
        Job.objects.bulk_create(
            Job(
                tenant_id=bank.tenant.id,
                kind=JobKind.ADD,
                status=status,
                principal_id=uuid7(),
                request_id=uuid7(),
                created_at=BEGAN + timedelta(minutes=number),
            )
            for number, status in enumerate(statuses)
        )


DONE, FAILED, PENDING, RUNNING = JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.PENDING, JobStatus.RUNNING


@pytest.mark.parametrize("who", ["rita", "dora", "aud", "ada", "kay"])
def test_staff_see_states_newest_first_and_how_old_the_oldest_is(who: str) -> None:
    bank = organisation()
    jobs(bank, DONE, PENDING, FAILED, RUNNING)
    found = list_jobs(caller=bank.staff(who))
    assert [one.status for one in found.jobs] == ["RUNNING", "FAILED", "PENDING", "SUCCEEDED"]
    assert found.by_status == {"PENDING": 1, "RUNNING": 1, "FAILED": 1}
    assert found.oldest_unfinished_at == BEGAN + timedelta(minutes=1)


def test_a_key_is_refused_and_another_tenant_sees_none() -> None:
    bank, other = organisation(), organisation("other")
    jobs(bank, FAILED, PENDING)
    with pytest.raises(AccessRefused):
        list_jobs(caller=bank.caller())
    assert list_jobs(caller=other.staff("ada")) == JobPage((), {}, None, more=False)


def test_pages_and_states_leave_none_out() -> None:
    bank = organisation()
    jobs(bank, *[DONE, FAILED] * 4)
    officer = bank.staff("kay")
    pages = [list_jobs(caller=officer, page=number, page_size=3) for number in (1, 2, 3)]
    assert [(len(page.jobs), page.more) for page in pages] == [(3, True), (3, True), (2, False)]
    assert len({one.id for page in pages for one in page.jobs}) == 8
    failed = list_jobs(caller=officer, status=FAILED)
    assert ([one.status for one in failed.jobs], failed.more) == (["FAILED"] * 4, False)


def test_many_take_as_many_statements_as_one() -> None:
    bank = organisation()
    officer = bank.staff("kay")
    jobs(bank, DONE)
    one = len(statements(lambda: list_jobs(caller=officer)))
    jobs(bank, *[PENDING] * 20)
    assert len(statements(lambda: list_jobs(caller=officer))) == one <= 4
