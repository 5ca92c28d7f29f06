"""Recipients: registered, used by keys, ended, never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError

from governance.access.api_keys import list_keys, request_key, revoke_key
from governance.access.recipients import end_recipient, list_recipients, register_recipient
from governance.errors import InvalidChange
from governance.models import ApiKey, Recipient, RecipientKind
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode
from tests.support.cast import DATABASES, STAFF_NAMES, Organisation
from tests.support.refusing import refused
from tests.support.rows import rows_of

if TYPE_CHECKING:
    from governance.access.api_keys import KeyView
    from governance.access.recipients import RecipientView

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def office(organisation: Organisation, name: str = "Health Office", **given: Any) -> RecipientView:
    return register_recipient(
        caller=organisation.staff("ada"), name=name, **({"kind": RecipientKind.AUTHORITY} | given)
    )


def key_for(organisation: Organisation, recipient_id: UUID) -> KeyView:
    return request_key(
        caller=organisation.staff("ada"),
        name="handed out",
        capabilities=["recall"],
        purposes=["assistance"],
        recipient_id=recipient_id,
    )


def test_everybody_at_work_sees_the_register(bank: Organisation, outsider: Organisation) -> None:
    one = office(bank, address="Harbour Road 1")
    two = office(bank, "Clinic North", kind=RecipientKind.CONTROLLER, exempt=True)
    assert (one.kind, one.address, one.exempt, one.ended_at) == ("authority", "Harbour Road 1", False, None)
    for who in STAFF_NAMES:
        assert list_recipients(caller=bank.staff(who)) == [two, one]
    assert list_recipients(caller=outsider.staff("ada")) == []
    with refused(bank, Action.READ_RECIPIENTS, ReasonCode.CAPABILITY_MISSING):
        list_recipients(caller=bank.caller())


@pytest.mark.parametrize("who", ["dora", "rita", "aud", "kay", "the key"])
def test_only_administrators_register_and_end_them(bank: Organisation, who: str) -> None:
    known = office(bank)
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.REGISTER_RECIPIENT, ReasonCode.CAPABILITY_MISSING):
        register_recipient(caller=caller, name="Another", kind=RecipientKind.PERSON)
    with refused(bank, Action.REGISTER_RECIPIENT, ReasonCode.CAPABILITY_MISSING):
        end_recipient(caller=caller, recipient_id=known.id)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"address": "x" * 301}, "address"),
        ({"address": "\x07"}, "address"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(bank: Organisation, given: dict[str, str], field: str) -> None:
    with refused(bank, Action.REGISTER_RECIPIENT, ReasonCode.INVALID) as caught:
        office(bank, **given)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field


def test_a_name_is_in_use_once_and_free_again_after_the_end(bank: Organisation) -> None:
    first = office(bank)
    with refused(bank, Action.REGISTER_RECIPIENT, ReasonCode.DUPLICATE):
        office(bank)
    ended = end_recipient(caller=bank.staff("ada"), recipient_id=first.id)
    assert ended.ended_at is not None
    with refused(bank, Action.REGISTER_RECIPIENT, ReasonCode.ALREADY_DECIDED):
        end_recipient(caller=bank.staff("ada"), recipient_id=first.id)
    assert office(bank).id != first.id
    assert len(list_recipients(caller=bank.staff("ada"))) == 2


def test_a_key_may_be_for_a_recipient_that_is_in_use(bank: Organisation, outsider: Organisation) -> None:
    known, theirs = office(bank), office(outsider)
    asked = key_for(bank, known.id)
    assert asked.recipient_id == known.id
    assert {key.id: key.recipient_id for key in list_keys(caller=bank.staff("dora"))} == {
        asked.id: known.id,
        bank.key.id: None,
    }
    for missing in (theirs.id, uuid4()):
        with refused(bank, Action.REQUEST_KEY, ReasonCode.INVALID) as caught:
            key_for(bank, missing)
        assert isinstance(caught.value, InvalidChange)
        assert caught.value.field == "recipient_id"


def test_whose_key_still_works_does_not_end(bank: Organisation) -> None:
    known = office(bank)
    asked = key_for(bank, known.id)
    with refused(bank, Action.REGISTER_RECIPIENT, ReasonCode.INVALID):
        end_recipient(caller=bank.staff("ada"), recipient_id=known.id)
    revoke_key(caller=bank.staff("ada"), key_id=asked.id)
    assert end_recipient(caller=bank.staff("ada"), recipient_id=known.id).ended_at is not None
    with refused(bank, Action.REQUEST_KEY, ReasonCode.INVALID):
        key_for(bank, known.id)


@pytest.mark.parametrize("whose", ["nobody's", "outsider's"])
def test_what_is_not_here_does_not_end(bank: Organisation, outsider: Organisation, whose: str) -> None:
    foreign = office(outsider)
    before = rows_of(outsider)
    with refused(bank, Action.REGISTER_RECIPIENT, ReasonCode.NOT_FOUND):
        end_recipient(caller=bank.staff("ada"), recipient_id=uuid4() if whose == "nobody's" else foreign.id)
    assert rows_of(outsider) == before


def test_the_database_keeps_them_and_their_tenant(bank: Organisation, outsider: Organisation) -> None:
    known, theirs = office(bank), office(outsider)
    with pytest.raises(DatabaseError, match="permission denied"), tenant_context(bank.tenant.id):
        Recipient.objects.filter(id=known.id).delete()
    with pytest.raises(IntegrityError, match="in_tenant"), tenant_context(bank.tenant.id):
        ApiKey.objects.filter(id=bank.key.id).update(recipient_id=theirs.id)
