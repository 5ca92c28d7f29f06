"""A hold on an unknown id protects nothing, so it is placed only for a person who is expected."""

from __future__ import annotations

import pytest

from governance.keyring.identities import find_identity
from governance.processing.holds import HoldView, request_hold
from governance.vocabulary import Action, ReasonCode, SubjectKind
from tests.support.cast import DATABASES, Organisation
from tests.support.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def asked(bank: Organisation, external_id: str, *, expected: bool) -> HoldView:
    return request_hold(
        caller=bank.staff("dora"),
        kind=SubjectKind.USER,
        external_id=external_id,
        reference="C-1",
        expected=expected,
    )


def test_an_id_that_nobody_has_is_held_only_for_somebody_who_is_expected(bank: Organisation) -> None:
    with refused(bank, Action.REQUEST_HOLD, ReasonCode.NOT_FOUND):
        asked(bank, "alice", expected=False)
    assert find_identity(bank.tenant.id, SubjectKind.USER, "alice") is None
    assert asked(bank, "alice", expected=True).state == "requested"
    assert asked(bank, "alice", expected=False).state == "requested"  # she is known by now


@pytest.mark.parametrize("unseen", ["alice\u200b", "ali ce", "alice\ufe0f"])
def test_a_hold_on_what_is_no_id_is_refused_on_the_record(bank: Organisation, unseen: str) -> None:
    with refused(bank, Action.REQUEST_HOLD, ReasonCode.INVALID):
        asked(bank, unseen, expected=True)
