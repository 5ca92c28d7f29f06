"""A key of one purpose is destroyed by a shred order of the person's choice, not because a row says that it is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from governance.keyring.keys import person_keys
from governance.models import SubjectPurpose
from governance.processing.shred_orders import seal_consent
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.forget.erasure.rows import delete_rows
from memstore.forget.sweep import sweep
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents, withdraws

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def alice_of(bank: Organisation) -> UUID:
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found.id


def keys_for_offers(bank: Organisation, subject_id: UUID) -> list[UUID]:
    return person_keys(tenant_id=bank.tenant.id, subject_id=subject_id, purposes=[bank.offers.purpose_id])


def alter(bank: Organisation, subject_id: UUID, **columns: object) -> None:
    with tenant_context(bank.tenant.id):
        rows = SubjectPurpose.objects.filter(subject_id=subject_id, purpose_id=bank.offers.purpose_id)
        assert rows.update(**columns) == 1


@pytest.fixture
def offered(bank: Organisation) -> UUID:
    consents(bank)
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"))
    say(bank, "alice", "I like tea")
    return alice_of(bank)


def test_a_date_that_somebody_wrote_into_the_row_destroys_no_key(bank: Organisation, offered: UUID) -> None:
    with tenant_context(bank.tenant.id):
        delete_rows(offered, [bank.offers.purpose_id])  # the intruder's too: nothing would have to stay
    alter(bank, offered, shred_due_at=datetime.now(UTC), shred_mac=b"m" * 32)
    before = keys_for_offers(bank, offered)
    sweep(bank.tenant.id)
    sweep(bank.tenant.id)
    assert keys_for_offers(bank, offered) == before != []
    assert bank.refusals() == [("shred", "approval_broken")]  # said once


def test_an_order_that_was_copied_does_not_destroy_the_key_of_a_later_consent(
    bank: Organisation, offered: UUID
) -> None:
    with tenant_context(bank.tenant.id):
        rows = SubjectPurpose.objects.filter(subject_id=offered, purpose_id=bank.offers.purpose_id)
        first = keys_for_offers(bank, offered)
    copied: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("memstore.rights.choices.finish_shred", lambda **_ids: False)
        withdraws(bank)
        with tenant_context(bank.tenant.id):
            copied.append(bytes(rows.values_list("shred_mac", flat=True)[0] or b""))
    sweep(bank.tenant.id)
    assert keys_for_offers(bank, offered) == []
    consents(bank)
    say(bank, "alice", "I want offers again", key_text=bank.another_key(default_purpose="offers"))
    second = keys_for_offers(bank, offered)
    assert second not in ([], first)
    with tenant_context(bank.tenant.id):
        delete_rows(offered, [bank.offers.purpose_id])
    alter(bank, offered, shred_due_at=datetime.now(UTC), shred_mac=copied[0])
    sweep(bank.tenant.id)
    assert keys_for_offers(bank, offered) == second


def test_an_end_of_consent_that_somebody_wrote_ends_its_use_and_destroys_no_key(
    bank: Organisation, offered: UUID
) -> None:
    alter(bank, offered, consent_until=datetime.now(UTC) - timedelta(seconds=1))
    before = keys_for_offers(bank, offered)
    sweep(bank.tenant.id)
    assert keys_for_offers(bank, offered) == before != []
    assert ("expire", "approval_broken") in bank.refusals()
    assert texts(bank, "alice") == ["I like tea"]


def test_a_consent_that_runs_out_as_it_was_given_takes_its_key_along(bank: Organisation, offered: UUID) -> None:
    with tenant_context(bank.tenant.id):
        standing = SubjectPurpose.objects.get(subject_id=offered, purpose_id=bank.offers.purpose_id)
        standing.consent_until = datetime.now(UTC) - timedelta(seconds=1)
        seal_consent(standing)
        standing.save()
    sweep(bank.tenant.id)
    assert keys_for_offers(bank, offered) == []
    assert bank.refusals() == []
