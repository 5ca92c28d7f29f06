"""The quarantine of many people: a page takes few statements with cold keys, and is recorded for each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from governance.errors import KeyUnavailable
from governance.evidence.key_use_comparison import unwraps_without_event
from governance.expiring_cache import clear_all
from governance.guard.facts import subject_facts
from governance.keyring.keys import shred_person_keys
from governance.keyring.models import UnwrapCount
from governance.models import AuditQueued
from governance.subjects.subjects import fetch_sealers
from governance.tenancy.tenant_context import tenant_context
from memstore.models import Memory
from memstore.oversight.quarantine import quarantined
from tests.memstore.intake.test_classify import purpose
from tests.support.cast import ASSISTANCE, DATABASES, Organisation, say
from tests.support.query_counts import statements

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
PEOPLE = 12


@pytest.fixture
def key(bank: Organisation) -> str:
    return purpose(bank, "reviewed", replace(ASSISTANCE, review_first=True))


def wait(bank: Organisation, key: str, *people: str) -> None:
    for who in people:
        for text in ("I like tea", "I collect clocks"):
            say(bank, who, text, key_text=key)


def everybody(bank: Organisation) -> set[UUID]:
    with tenant_context(bank.tenant.id):
        return set(Memory.objects.values_list("subject_id", flat=True))


def looks(bank: Organisation) -> dict[UUID | None, int]:
    return {event.subject_id: event.n_items for event in bank.events() if event.type == "read_quarantine"}


def test_a_page_of_many_people_takes_as_many_statements_as_one_of_one(bank: Organisation, key: str) -> None:
    reviewer = bank.staff("rita")
    wait(bank, key, "alice")

    def cold() -> object:
        clear_all()
        return quarantined(caller=reviewer)

    one = len(statements(cold))
    wait(bank, key, *(f"person-{number}" for number in range(PEOPLE)))
    assert len(statements(cold)) == one <= 12


def test_each_person_is_on_the_record_with_what_was_seen_of_them(bank: Organisation, key: str) -> None:
    wait(bank, key, *(f"person-{number}" for number in range(PEOPLE)))
    clear_all()
    shown, total = quarantined(caller=bank.staff("rita"), page_size=2 * PEOPLE)
    assert (len(shown), total) == (2 * PEOPLE, 2 * PEOPLE)
    assert looks(bank) == dict.fromkeys(everybody(bank), 2)
    with tenant_context(bank.tenant.id):
        queued = set(AuditQueued.objects.values_list("event_id", flat=True))
    assert {event.id for event in bank.events()} == queued  # none escapes the sealer


def test_each_key_is_counted_once_and_an_event_accounts_for_it(bank: Organisation, key: str) -> None:
    wait(bank, key, "alice", "bob")
    with tenant_context(bank.tenant.id, using="keys"):
        before = dict(UnwrapCount.objects.values_list("subject_id", "n"))
    clear_all()
    quarantined(caller=bank.staff("rita"))
    quarantined(caller=bank.staff("rita"))  # from the cache
    with tenant_context(bank.tenant.id, using="keys"):
        after = dict(UnwrapCount.objects.values_list("subject_id", "n"))
        since = UnwrapCount.objects.values_list("hour", flat=True).order_by("hour")[0]
    assert after == {subject: n + 1 for subject, n in before.items()}
    assert unwraps_without_event(bank.tenant.id, since, since + timedelta(days=1)) == []


def test_who_has_no_key_is_left_to_the_one_who_asks_for_it(bank: Organisation, key: str) -> None:
    wait(bank, key, "alice", "bob")
    first, second = subject_facts(bank.tenant.id, everybody(bank)).values()
    with tenant_context(bank.tenant.id):
        purpose_id = Memory.objects.values_list("purpose_id", flat=True)[0]
    shred_person_keys(tenant_id=bank.tenant.id, subject_id=first.id)
    clear_all()
    fetch_sealers(bank.tenant.id, [(first, purpose_id), (second, purpose_id)])
    with pytest.raises(KeyUnavailable):
        quarantined(caller=bank.staff("rita"))


def test_the_other_tenants_people_are_not_opened(bank: Organisation, outsider: Organisation, key: str) -> None:
    wait(bank, key, "alice")
    clear_all()
    assert quarantined(caller=outsider.staff("rita")) == ([], 0)
    [facts] = subject_facts(bank.tenant.id, everybody(bank)).values()
    assert statements(lambda: fetch_sealers(outsider.tenant.id, [(facts, bank.assistance.purpose_id)]))
    with tenant_context(outsider.tenant.id, using="keys"):
        assert not UnwrapCount.objects.exists()
