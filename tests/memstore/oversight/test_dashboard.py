"""The dashboard: numbers that add up, of this tenant alone, and requests for those who handle them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from governance.models import RequestKind
from governance.rights.requests import Asked, open_request
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.models import Memory
from memstore.oversight.dashboard import Count, bucket_of, buckets, overview
from tests.support.cast import DATABASES, organisation, say, texts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_what_is_kept_ends_and_is_read_is_counted_for_this_tenant_alone() -> None:
    bank, other = organisation(), organisation("other")
    say(bank, "carol", "I like tea")
    say(bank, "dave", "My e-mail is dave@example.org")
    say(other, "carol", "I like coffee")
    with tenant_context(bank.tenant.id):
        soon = datetime.now(UTC) + timedelta(days=10)
        Memory.objects.update(expires_at=soon, destroy_at=soon)
    texts(bank, "carol")
    seen = overview(caller=bank.staff("aud"))
    assert seen.kept == (Count("assistance", "confidential", 1), Count("assistance", "ordinary", 1))
    assert [one.number for one in seen.ending if one.series == "assistance"] == [0, 2] + [0] * 10
    assert sum(one.number for one in seen.reads) == 1
    assert seen.reads[-1].number == 1
    assert seen.unsealed > 0


def test_requests_are_counted_by_days_left_for_those_who_handle_them() -> None:
    bank = organisation()
    for who, days in (("carol", 40), ("dave", 0)):
        asked = Asked(RequestKind.ACCESS, received_at=datetime.now(UTC) - timedelta(days=days))
        open_request(caller=bank.staff("dora"), subject_kind=SubjectKind.USER, external_id=who, asked=asked)
    seen = overview(caller=bank.staff("dora"))
    assert {one.label: one.number for one in seen.requests if one.number} == {"overdue": 1, "15-30": 1}
    assert overview(caller=bank.staff("aud")).requests == ()


def test_every_number_of_days_has_one_bucket_and_they_are_in_order() -> None:
    named = [bucket_of(days) for days in range(-3, 60)]
    assert list(dict.fromkeys(named)) == list(buckets())
