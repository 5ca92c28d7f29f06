"""Copies: the speaker by the name on a message, where the person goes by another name than their id."""

from __future__ import annotations

import json

import pytest

from governance.models import Ground
from governance.tenancy.tenant_context import tenant_context
from memstore.models import MemoryVersion
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights.copies.hand_out import withhold
from tests.memstore.rights.copies.test_copies import access, copy_of
from tests.support.cast import DATABASES, Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def chats(bank: Organisation, *said: tuple[str | None, str], infer: bool = False) -> None:
    """Remember these messages under one id, each under the name that the client gives."""
    messages = [Message(role="user", content=text, name=name) for name, text in said]
    remember(caller=bank.caller(), scope=ScopeIds(user_id="u-17"), messages=messages, infer=infer)


def test_the_only_name_on_what_users_said_is_the_persons_own(bank: Organisation) -> None:
    chats(bank, ("Alice", "My e-mail is alice@example.com"))
    chats(bank, ("alice", "Write to alice@example.org"), infer=True)
    members = copy_of(bank, access(bank, "u-17"))
    assert [one["text"] for one in json.loads(members["portable.json"])["memories"]] == [
        "My e-mail is alice@example.com"
    ]
    assert b"alice@example.com" in members["memories.jsonl"]
    assert b"alice@example.org" in members["conversations.jsonl"]


@pytest.mark.parametrize("infer", [False, True])
@pytest.mark.parametrize("other", ["Alice", None])
def test_where_others_may_have_spoken_nothing_of_how_to_reach_them_is_handed_out(
    bank: Organisation, other: str | None, infer: bool
) -> None:
    chats(bank, ("Bob", "My e-mail is bob@example.com"))
    chats(bank, (other, "I like tea"), infer=infer)
    members = copy_of(bank, access(bank, "u-17"))
    assert b"bob@example.com" not in b"".join(members.values())
    assert all(one["text"] == "I like tea" for one in json.loads(members["portable.json"])["memories"])


def test_what_is_withheld_of_one_speaker_does_not_make_another_the_person(bank: Organisation) -> None:
    chats(bank, ("Alice", "I like tea"))
    with tenant_context(bank.tenant.id):
        alices = MemoryVersion.objects.get().memory_id
    chats(bank, ("Bob", "My e-mail is bob@example.com"))
    request_id = access(bank, "u-17")
    withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=alices, ground=Ground.RIGHTS_OF_OTHERS)
    assert b"bob@example.com" not in b"".join(copy_of(bank, request_id).values())
