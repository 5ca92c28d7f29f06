"""The keyring's own count: memories that were opened without an event about their person are found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from governance.evidence.key_use_comparison import Unwitnessed, unwraps_without_event
from governance.expiring_cache import clear_all
from governance.ids import uuid7
from governance.keyring.keys import identity_sealer, lookup_sealer, purpose_sealer
from governance.keyring.models import UnwrapCount
from governance.models import AuditDrop, AuditEvent
from governance.subjects.subjects import find_subject, subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from tests.support.cast import DATABASES, Organisation, say

if TYPE_CHECKING:
    from uuid import UUID

    from governance.policy.decide import SubjectFacts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
HOUR = timedelta(hours=1)


def alice(bank: Organisation) -> SubjectFacts:
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found


def counts(bank: Organisation) -> dict[UUID, int]:
    with tenant_context(bank.tenant.id, using="keys"):
        return dict(UnwrapCount.objects.values_list("subject_id", "n"))


def unwrap(bank: Organisation, subject: SubjectFacts) -> None:
    """Open a key without asking the guard, as an intruder with the service's own code and rights would."""
    clear_all()
    subject_sealer(bank.tenant.id, subject, bank.assistance.purpose_id)


def found(bank: Organisation) -> list[Unwitnessed]:
    """Return what a comparison made tomorrow says of the hours until now."""
    now = datetime.now(UTC)
    return unwraps_without_event(bank.tenant.id, now - 24 * HOUR, now + 24 * HOUR)


# The count


def test_each_unwrapping_is_counted_and_what_comes_from_the_cache_is_not(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    subject = alice(bank)
    assert counts(bank) == {subject.id: 1}
    for _ in range(3):
        unwrap(bank, subject)
    subject_sealer(bank.tenant.id, subject, bank.assistance.purpose_id)  # in the cache
    assert counts(bank) == {subject.id: 4}
    with tenant_context(bank.tenant.id, using="keys"):
        [hour] = UnwrapCount.objects.values_list("hour", flat=True)
    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)
    assert datetime.now(UTC) - hour < 2 * HOUR


def test_a_count_that_cannot_be_written_means_no_key(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    say(bank, "alice", "I like tea")
    subject = alice(bank)
    clear_all()
    monkeypatch.setattr("governance.keyring.keys._COUNT", "SELECT 1/0, %s, %s")
    with pytest.raises(Exception, match="division by zero"):
        subject_sealer(bank.tenant.id, subject, bank.assistance.purpose_id)


def test_identity_and_lookup_keys_open_no_memories_and_are_not_counted(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    clear_all()
    before = counts(bank)
    identity_sealer(tenant_id=bank.tenant.id, subject_id=alice(bank).id)
    lookup_sealer(bank.tenant.id)
    assert counts(bank) == before


# What the record does not account for


def test_a_key_that_was_opened_past_the_guard_is_named(bank: Organisation, outsider: Organisation) -> None:
    for who in ("alice", "bea"):
        say(bank, who, "I like tea")
    bea = find_subject(bank.tenant.id, SubjectKind.USER, "bea")
    assert bea is not None
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    past = now - 5 * HOUR
    unwrap(bank, bea)
    unwrap(bank, bea)
    with tenant_context(bank.tenant.id, using="keys"):  # hours before anything about her was on the record
        UnwrapCount.objects.filter(subject_id=bea.id).update(hour=past)
    assert found(bank) == [Unwitnessed(bea.id, past, 3)]
    assert found(outsider) == []


def test_an_event_counts_two_minutes_before_the_hour_and_a_lease_after_it(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    subject = alice(bank)
    lease = timedelta(seconds=settings.MEMSTORE_JOB_LEASE_SECONDS)
    with tenant_context(bank.tenant.id):
        [at] = AuditEvent.objects.filter(subject_id=subject.id).values_list("at", flat=True)
    minute = timedelta(minutes=1)
    for hour, accounted in (
        (at + minute, True),  # the event came a minute before the hour
        (at + 3 * minute, False),
        (at - HOUR - minute - lease, True),  # and that much after its end
        (at - HOUR - 3 * minute - lease, False),
    ):
        with tenant_context(bank.tenant.id, using="keys"):
            UnwrapCount.objects.filter(subject_id=subject.id).update(hour=hour)
        assert (found(bank) == []) is accounted, hour - at


def test_an_hour_that_is_not_over_is_left_for_the_next_look(bank: Organisation) -> None:
    purpose_sealer(
        tenant_id=bank.tenant.id,
        subject_id=bank.key.id,  # no event ever named that subject
        purpose_id=bank.assistance.purpose_id,
        consent_version=0,
        create=True,
    )
    now = datetime.now(UTC)
    assert unwraps_without_event(bank.tenant.id, now - 24 * HOUR, now) == []
    assert [one.subject_id for one in found(bank)] == [bank.key.id]
    assert unwraps_without_event(bank.tenant.id, now + HOUR, now + 24 * HOUR) == []


def test_months_whose_events_were_dropped_on_the_record_accuse_nobody(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    past = datetime(2024, 5, 7, 12, tzinfo=UTC)
    with tenant_context(bank.tenant.id, using="keys"):
        UnwrapCount.objects.update(hour=past)
    look = (bank.tenant.id, past - HOUR, past + 24 * HOUR)
    assert len(unwraps_without_event(*look)) == 1
    with tenant_context(bank.tenant.id):
        AuditDrop.objects.create(tenant_id=bank.tenant.id, month=past.date().replace(day=1), runs=b"", n_events=1)
    assert unwraps_without_event(*look) == []


def test_thousands_of_hours_are_looked_at_batch_by_batch(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.evidence.key_use_comparison.BATCH", 7)
    say(bank, "alice", "I like tea")
    start = datetime.now(UTC) - 48 * HOUR
    subject_id = alice(bank).id
    with tenant_context(bank.tenant.id, using="keys"):
        UnwrapCount.objects.bulk_create(
            UnwrapCount(id=uuid7(), tenant_id=bank.tenant.id, subject_id=subject_id, hour=start + HOUR * place, n=1)
            for place in range(24)
        )
    look = unwraps_without_event(bank.tenant.id, start, start + 40 * HOUR)
    assert [one.hour for one in look] == sorted(one.hour for one in look)
    assert len({one.hour for one in look}) == len(look) == 24
