"""Reads per day: allowed ones of this tenant by the version of the purpose, and days that are over counted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from governance.accountability.reads_by_day import reads_by_day
from governance.ids import uuid7
from governance.models import AuditEvent
from governance.policy.decide import POLICY_VERSION
from governance.tenancy.tenant_context import tenant_context
from tests.support.cast import DATABASES, Organisation, organisation
from tests.support.query_counts import statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
FIRST = NOW.date() - timedelta(days=3)


def event(bank: Organisation, at: datetime, kind: str = "recall", reason: str = "allowed") -> None:
    with tenant_context(bank.tenant.id):
        AuditEvent.objects.create(
            tenant_id=bank.tenant.id,
            at=at,
            type=kind,
            reason=reason,
            policy_version=POLICY_VERSION,
            principal_id=bank.key.id,
            role="api_key",
            request_id=uuid7(),
            purpose_version_id=bank.assistance.version_id,
        )


def counted(bank: Organisation, now: datetime = NOW) -> Mapping[date, Mapping[UUID | None, int]]:
    with tenant_context(bank.tenant.id):
        return reads_by_day(bank.tenant.id, FIRST, now)


def test_allowed_reads_are_counted_on_their_day_and_nothing_else_is() -> None:
    bank, other = organisation(), organisation("other")
    midnight = NOW.replace(hour=0)
    event(bank, midnight)
    event(bank, midnight - timedelta(microseconds=1), "browse")
    event(bank, NOW - timedelta(days=2), "read")
    event(bank, NOW, "recall", "consent_missing")
    event(bank, NOW, "remember")
    event(bank, NOW - timedelta(days=4))
    event(other, NOW)
    version = bank.assistance.version_id
    assert [counted(bank)[FIRST + timedelta(days=n)] for n in range(4)] == [
        {},
        {version: 1},
        {version: 1},
        {version: 1},
    ]


def test_days_that_are_over_are_counted_once_and_today_each_time() -> None:
    bank = organisation()
    event(bank, NOW - timedelta(days=1))
    first = statements(lambda: counted(bank))
    event(bank, NOW)
    version = bank.assistance.version_id
    seen = counted(bank)
    assert (seen[NOW.date() - timedelta(days=1)], seen[NOW.date()]) == ({version: 1}, {version: 1})
    again = statements(lambda: counted(bank))
    assert f"{FIRST}" in first[-1]
    assert f"{NOW.date()}" in again[-1]
    assert f"{FIRST}" not in again[-1]


def test_a_day_that_has_just_ended_may_still_get_events() -> None:
    bank = organisation()
    after_midnight = NOW.replace(hour=0, minute=30)
    late = after_midnight - timedelta(minutes=31)
    assert counted(bank, after_midnight)[late.date()] == {}
    event(bank, late)
    assert counted(bank, after_midnight)[late.date()] == {bank.assistance.version_id: 1}
