"""The overview of epochs and keys for staff: numbers of their own tenant, and what is next."""

from __future__ import annotations

import pytest

from governance.errors import AccessRefused
from governance.keyring.epoch_overview import keys_overview
from governance.keyring.models import DataKey
from governance.keyring.signing import signer
from governance.tenancy.tenant_context import tenant_context
from tests.support.cast import DATABASES, Organisation, organisation, say
from tests.support.query_counts import statements

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def keys_of(bank: Organisation) -> int:
    return sum(one.keys for one in keys_overview(caller=bank.staff("kay")).epochs)


@pytest.mark.parametrize("who", ["rita", "dora", "aud", "ada", "kay"])
def test_every_member_of_staff_sees_epochs_and_the_keys_that_sign(who: str) -> None:
    bank = organisation()
    signer(bank.tenant.id)
    found = keys_overview(caller=bank.staff(who))
    assert [one.epoch for one in found.epochs] == sorted((one.epoch for one in found.epochs), reverse=True)
    assert found.epochs[0].state == "current"
    assert found.next_step is None
    assert [key.use for key in found.signing_keys] == ["tree_head"]


def test_a_key_is_refused() -> None:
    bank = organisation()
    with pytest.raises(AccessRefused):
        keys_overview(caller=bank.caller())
    assert bank.refusals()[-1] == ("read_configuration", "capability_missing")


def test_keys_are_counted_of_this_tenant_alone() -> None:
    bank, other = organisation(), organisation("other")
    before = keys_of(other)
    say(bank, "carol", "I like tea")
    with tenant_context(bank.tenant.id, using="keys"):
        there = DataKey.objects.count()
    assert there > 1
    assert keys_of(bank) == there
    assert keys_of(other) == before


def test_more_keys_take_no_more_statements() -> None:
    bank = organisation()
    officer = bank.staff("kay")
    say(bank, "carol", "I like tea")
    keys_overview(caller=officer)
    few = len(statements(lambda: keys_overview(caller=officer)))
    for number in range(3):
        say(bank, f"person-{number}", "I like tea")
    assert len(statements(lambda: keys_overview(caller=officer))) == few <= 7
