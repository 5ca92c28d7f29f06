"""Health for staff: the verdict on each number, of this tenant alone, in few queries and without content."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from governance.errors import AccessRefused, KeyUnavailable
from governance.evidence.scheduled_checks import check
from governance.evidence.sealer import seal
from governance.ids import uuid7
from governance.models import AuditAnchor
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import AnchorKind, SystemJob
from memstore.models import Job, JobKind, JobStatus
from memstore.oversight import readiness
from memstore.oversight.system_health import Condition, HealthLine, HealthState, judged, system_health
from tests.support.cast import DATABASES, Organisation, organisation, say

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WELL = Condition(
    unsealed=3,
    unsealed_since=NOW - timedelta(seconds=5),
    head_size=100,
    head_at=NOW,
    anchored_size=100,
    anchored_at=NOW,
    check_problem="",
    checked_at=NOW - timedelta(hours=2),
    jobs_waiting=2,
    oldest_job_at=NOW - timedelta(seconds=2),
    jobs_failed=0,
    overdue=0,
    damaged=0,
)

LATE_ANCHOR = {"anchor_lag_seconds": "bad"}


def states(found: Condition) -> dict[str, str]:
    """Return the states that are not well."""
    return {line.name: line.state.value for line in judged(found, NOW) if line.state is not HealthState.OK}


def test_nothing_is_wrong_where_all_keeps_up() -> None:
    assert states(WELL) == {}
    assert all(line.explanation for line in judged(WELL, NOW))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"unsealed_since": NOW - timedelta(seconds=61)}, {"seal_lag_seconds": "warn"}),
        ({"unsealed_since": NOW - timedelta(minutes=11)}, {"seal_lag_seconds": "bad"}),
        ({"unsealed": 0, "unsealed_since": None}, {}),
        ({"check_problem": "event_changed"}, {"audit_check_hours": "bad"}),
        ({"check_problem": None, "checked_at": None}, {"audit_check_hours": "warn"}),
        ({"checked_at": NOW - timedelta(hours=49)}, {"audit_check_hours": "warn"}),
        # a new head that was signed a moment ago is not late yet
        ({"head_size": 120, "anchored_at": NOW - timedelta(minutes=2)}, {}),
        ({"head_size": 120, "anchored_at": NOW - timedelta(minutes=20)}, LATE_ANCHOR),
        (
            {"anchored_size": None, "anchored_at": None, "head_at": NOW - timedelta(hours=1)},
            {"anchor_lag_seconds": "bad"},
        ),
        ({"head_size": None, "head_at": None, "anchored_size": None, "anchored_at": None}, {}),
        ({"oldest_job_at": NOW - timedelta(minutes=6)}, {"oldest_job_seconds": "warn"}),
        ({"oldest_job_at": NOW - timedelta(hours=2)}, {"oldest_job_seconds": "bad"}),
        ({"jobs_failed": 1}, {"jobs_failed_last_day": "warn"}),
        ({"overdue": 1}, {"overdue_memories": "bad"}),
        ({"damaged": 1}, {"damaged_values_last_week": "bad"}),
    ],
)
def test_what_falls_behind_is_told(change: dict[str, object], told: dict[str, str]) -> None:
    assert states(replace(WELL, **change)) == told  # type: ignore[arg-type]  # fields of `Condition`


@override_settings(MEMSTORE_AUDIT_ANCHORS=[])
def test_a_trail_that_is_anchored_nowhere_is_a_warning() -> None:
    assert states(WELL) == {"anchor_lag_seconds": "warn"}


def lines(bank: Organisation, who: str = "kay") -> dict[str, HealthLine]:
    return {line.name: line for line in system_health(caller=bank.staff(who))}


def job(bank: Organisation, status: JobStatus) -> None:
    with tenant_context(bank.tenant.id):
        Job.objects.create(
            tenant_id=bank.tenant.id, kind=JobKind.ADD, status=status, principal_id=uuid7(), request_id=uuid7()
        )


@pytest.mark.parametrize("who", ["rita", "dora", "aud", "ada", "kay"])
def test_every_member_of_staff_sees_how_the_service_is(who: str) -> None:
    found = lines(organisation(), who)
    assert {found[name].state for name in ("database", "keys", "root_key", "audit", "ledger")} == {HealthState.OK}


def test_a_machine_does_not() -> None:
    bank = organisation()
    with pytest.raises(AccessRefused):
        system_health(caller=bank.caller())
    assert bank.refusals()[-1] == ("read_configuration", "capability_missing")


def test_numbers_are_of_this_tenant_alone() -> None:
    bank, other = organisation(), organisation("other")
    job(bank, JobStatus.FAILED)
    job(bank, JobStatus.PENDING)
    job(other, JobStatus.PENDING)
    found = lines(bank)
    assert (found["jobs_failed_last_day"].value, found["jobs_waiting"].value) == (1, 1)
    empty = lines(other)
    assert (empty["jobs_failed_last_day"].value, empty["jobs_waiting"].value) == (0, 1)


def test_a_sealed_checked_and_anchored_trail_is_well() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    assert lines(bank)["audit_check_hours"] == HealthLine(
        "audit_check_hours", HealthState.WARN, None, lines(bank)["audit_check_hours"].explanation
    )
    seal(bank.tenant.id)
    check(bank.tenant.id, job=SystemJob.AUDIT_CHECK)
    found = lines(bank)
    assert (found["audit_check_hours"].state, found["audit_check_hours"].value) == (HealthState.OK, 0)
    assert found["unsealed_events"].value == len(bank.events()) - sealed_by_now(bank) - 1  # this look itself came later
    with tenant_context(bank.tenant.id):
        AuditAnchor.objects.create(tenant_id=bank.tenant.id, size=10_000, kind=AnchorKind.FILE)
    assert lines(bank)["anchor_lag_seconds"].value == 0


def sealed_by_now(bank: Organisation) -> int:
    from governance.evidence.sealer import last_head

    with tenant_context(bank.tenant.id):
        head = last_head(bank.tenant.id)
    assert head is not None
    return head.size


def test_a_part_that_fails_is_an_alarm_and_the_reason_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bool:
        raise KeyUnavailable("secret path")

    monkeypatch.setitem(readiness.CHECKS, "root_key", fail)
    found = lines(organisation())
    assert found["root_key"].state is HealthState.BAD
    assert not any("secret path" in line.explanation for line in found.values())


def test_the_numbers_take_one_query() -> None:
    bank = organisation()
    caller = bank.staff("kay")
    system_health(caller=caller)
    with CaptureQueriesContext(connection) as captured:
        system_health(caller=caller)
    counted = [one["sql"] for one in captured if "COUNT(*) AS" in one["sql"]]
    assert len(counted) == 1
    assert len(captured) <= 14
