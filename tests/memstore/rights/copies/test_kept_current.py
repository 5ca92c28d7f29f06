"""A copy says how often something was said and through what, what replaced it, and which deletions left a mark."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from governance.models import Ground
from governance.tenancy.tenant_context import tenant_context
from memstore.forget.forget import forget
from memstore.models import Sighting
from memstore.rights.copies.hand_out import withhold
from tests.memstore.rights.copies.test_copies import access, copy_of
from tests.support.cast import DATABASES, Organisation, say

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
TEA, PORTO, LISBON = "I like tea", "I live in Porto", "I moved to Lisbon"


def items(members: dict[str, bytes]) -> dict[str | None, dict[str, Any]]:
    return {item["text"]: item for item in map(json.loads, members["memories.jsonl"].splitlines())}


def page(members: dict[str, bytes]) -> str:
    return html.unescape(members["index.html"].decode())


def told_twice(bank: Organisation) -> UUID:
    """Say a thing in two sessions. Return the id of its memory."""
    say(bank, "alice", TEA, run_id="morning")
    return say(bank, "alice", TEA, agent_id="helper", run_id="evening").stored[0].id


def test_each_time_that_it_was_said_is_listed_with_where_it_came_from(bank: Organisation) -> None:
    told_twice(bank)
    say(bank, "bob", TEA, run_id="of-bob")
    members = copy_of(bank, access(bank))
    item = items(members)[TEA]
    assert item["times_said"] == 2
    assert [(one["agent_id"], one["app_id"], one["run_id"]) for one in item["said"]] == [
        (None, None, "morning"),
        ("helper", None, "evening"),
    ]
    assert all(datetime.fromisoformat(one["at"]) <= datetime.now(UTC) for one in item["said"])
    assert "2 times" in page(members)
    assert "of-bob" not in page(members)


def test_what_was_replaced_says_by_what_and_until_when_it_was_so(bank: Organisation) -> None:
    say(bank, "alice", PORTO)
    say(bank, "alice", LISBON)
    members = copy_of(bank, access(bank))
    old, new = items(members)[PORTO], items(members)[LISBON]
    assert (old["replaced_by"], old["marks"]) == (new["id"], ["superseded"])
    assert old["valid_until"] is not None
    assert (new["replaced_by"], new["valid_until"], new["times_said"]) == (None, None, 1)
    assert f'href="#m-{new["id"]}"' in page(members)


def test_fingerprints_of_deleted_wordings_are_counted_with_their_days(bank: Organisation) -> None:
    say(bank, "alice", LISBON)
    gone = [say(bank, "alice", text).stored[0].id for text in (TEA, "I collect clocks")]
    forget(caller=bank.caller(), ids=gone)
    members = copy_of(bank, access(bank))
    [counted] = json.loads(members["processing.json"])["forgotten_wordings"]
    assert (counted["number"], counted["purpose"]) == (2, "assistance")
    assert counted["deleted_on"] == datetime.now(UTC).date().isoformat()
    assert counted["kept_until"] > counted["deleted_on"]
    assert "2 fingerprints of wordings deleted on" in page(members)
    assert TEA not in page(members)


def test_withheld_memory_does_not_say_where_it_was_said(bank: Organisation) -> None:
    memory_id, request_id = told_twice(bank), access(bank)
    withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=memory_id, ground=Ground.RIGHTS_OF_OTHERS)
    members = copy_of(bank, request_id)
    assert items(members)[None]["said"] == []
    assert "evening" not in page(members)


def test_damaged_occurrence_is_counted_and_keeps_nothing_back(bank: Organisation) -> None:
    told_twice(bank)
    with tenant_context(bank.tenant.id):
        Sighting.objects.update(sealed=b"damaged")
    item = items(copy_of(bank, access(bank)))[TEA]
    assert (item["times_said"], [one["run_id"] for one in item["said"]]) == (2, ["morning"])
