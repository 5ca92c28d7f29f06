"""The use cases recall and browse: who sees what. Every access test compares the whole visible set."""

from __future__ import annotations

import pytest
from django.db import connection

from governance.errors import AccessRefused, AuditUnavailable, KeyUnavailable
from governance.expiring_cache import clear_all
from governance.keyring.models import DataKey
from governance.models import Subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Capability, ReasonCode
from memstore.errors import InvalidInput
from memstore.models import Card, Memory
from memstore.recall.browse import browse
from memstore.recall.filter.parse import UnscopedFilter
from memstore.recall.recall import recall
from tests.support.cast import DATABASES, Organisation, say

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def visible(organisation: Organisation, filters: object, **caller: str) -> set[str]:
    """Return what both ways of reading show; they must agree."""
    asker = organisation.caller(**caller)
    found = {view.text for view in recall(caller=asker, query="anything", filters=filters, top_k=1_000, threshold=0)}
    listed = {view.text for view in browse(caller=asker, filters=filters).memories}
    assert found == listed
    return found


@pytest.fixture
def people(bank: Organisation, outsider: Organisation) -> Organisation:
    say(bank, "alice", "alice likes tea", agent_id="advisor", run_id="r1")
    say(bank, "alice", "alice lives in Lisbon", run_id="r2")
    say(bank, "bob", "bob likes coffee", agent_id="advisor", run_id="r3")
    say(outsider, "alice", "another alice elsewhere", agent_id="advisor", run_id="r1")
    return bank


ALICE = {"alice likes tea", "alice lives in Lisbon"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"user_id": "alice"}, ALICE),
        ({"user_id": "nobody"}, set()),
        ({"user_id": "Alice"}, set()),
        ({"user_id": "alice", "AND": [{"user_id": "bob"}]}, set()),  # mem0 gives Bob's (MEM0 5.5)
        ({"AND": [{"user_id": "alice"}, {"OR": [{"user_id": "bob"}]}]}, set()),
        ({"user_id": "alice", "NOT": {"user_id": "bob"}}, ALICE),
        ({"user_id": "alice", "run_id": "r2"}, {"alice lives in Lisbon"}),
        ({"user_id": "alice", "NOT": [{"run_id": "r2"}]}, {"alice likes tea"}),
        ({"user_id": "alice", "agent_id": {"ne": "advisor"}}, {"alice lives in Lisbon"}),
        ({"OR": [{"user_id": "alice"}, {"user_id": "bob"}]}, ALICE | {"bob likes coffee"}),
        ({"agent_id": "advisor"}, {"alice likes tea", "bob likes coffee"}),
        ({"run_id": "r3"}, {"bob likes coffee"}),
        ({"user_id": "alice", "keywords": {"contains": "Lisbon"}}, {"alice lives in Lisbon"}),
        ({"user_id": "alice", "agent_id": "*"}, {"alice likes tea"}),
    ],
)
def test_a_filter_reaches_exactly_whom_it_names(people: Organisation, filters: object, expected: set[str]) -> None:
    assert visible(people, filters) == expected


@pytest.mark.parametrize("filters", [{"user_id": "*"}, {}, {"NOT": {"user_id": "alice"}}, {"user_id": {"ne": "bob"}}])
def test_a_filter_that_names_nobody_is_refused_on_the_record(people: Organisation, filters: object) -> None:
    with pytest.raises(UnscopedFilter):
        recall(caller=people.caller(), query="x", filters=filters)
    reason = ReasonCode.WILDCARD_SCOPE if filters == {"user_id": "*"} else ReasonCode.UNSCOPED
    assert people.refusals() == [("recall", reason)]


def test_the_outsider_sees_its_own_alice_only(people: Organisation, outsider: Organisation) -> None:
    assert visible(outsider, {"user_id": "alice"}) == {"another alice elsewhere"}
    assert visible(outsider, {"run_id": "r3"}) == set()


def test_a_pinned_key_reads_its_subject_and_nobody_else(people: Organisation) -> None:
    with tenant_context(people.tenant.id):
        bob = Memory.objects.get(
            run_ref__isnull=False,
            subject__in=Subject.objects.filter(kind="user"),
            agent_ref__isnull=False,
            id__in=[view.id for view in browse(caller=people.caller(), filters={"user_id": "bob"}).memories],
        ).subject_id
    pinned = people.another_key(pinned_subject=bob)
    assert visible(people, {"user_id": "bob"}, key_text=pinned) == {"bob likes coffee"}
    for filters in ({"user_id": "alice"}, {"user_id": "nobody"}, {"agent_id": "advisor"}):
        with pytest.raises(AccessRefused):
            recall(caller=people.caller(key_text=pinned), query="x", filters=filters)


def test_a_key_without_the_capability_reads_nothing(people: Organisation) -> None:
    writer = people.another_key([Capability.REMEMBER])
    with pytest.raises(AccessRefused) as refused:
        recall(caller=people.caller(key_text=writer), query="x", filters={"user_id": "alice"})
    assert refused.value.reason is ReasonCode.CAPABILITY_MISSING


def test_a_purpose_that_rests_on_consent_is_refused_without_it(people: Organisation) -> None:
    with pytest.raises(AccessRefused) as refused:
        recall(caller=people.caller(purpose="offers"), query="x", filters={"user_id": "alice"})
    assert refused.value.reason is ReasonCode.CONSENT_MISSING


def test_an_expired_memory_is_not_returned_though_no_sweep_has_run(people: Organisation) -> None:
    with tenant_context(people.tenant.id), connection.cursor() as cursor:
        for table in ("memstore_memory", "memstore_card"):
            cursor.execute(f"UPDATE {table} SET expires_at = now() - interval '1 second'")
    assert visible(people, {"user_id": "alice"}) == set()


def test_a_card_whose_plain_expiry_was_stretched_is_refused_as_tampered(people: Organisation) -> None:
    with tenant_context(people.tenant.id), connection.cursor() as cursor:
        cursor.execute("UPDATE memstore_card SET expires_at = expires_at + interval '1 year'")
    assert visible(people, {"user_id": "alice"}) == set()


def test_a_card_copied_to_another_person_does_not_open_there(people: Organisation) -> None:
    with tenant_context(people.tenant.id):
        bob = Card.objects.get(subject_id__in=[Memory.objects.order_by("-created_at").first().subject_id])  # type: ignore[union-attr]
        alice = Card.objects.exclude(subject_id=bob.subject_id).first()
        assert alice is not None
        Card.objects.filter(pk=bob.pk).update(sealed=alice.sealed)
    assert visible(people, {"user_id": "bob"}) == set()
    assert visible(people, {"user_id": "alice"}) == ALICE


def test_one_damaged_card_does_not_hide_the_others(people: Organisation) -> None:
    with tenant_context(people.tenant.id):
        first = Card.objects.order_by("memory_id").first()
        assert first is not None
        Card.objects.filter(pk=first.pk).update(sealed=bytes(first.sealed)[:-1] + b"\0")
    assert visible(people, {"user_id": "alice"}) == {"alice lives in Lisbon"}


def test_a_subject_without_its_key_is_an_alarm_and_not_an_empty_answer(people: Organisation) -> None:
    with tenant_context(people.tenant.id, using="keys"):
        DataKey.objects.filter(use="purpose").delete()
    clear_all()
    with pytest.raises(KeyUnavailable):
        recall(caller=people.caller(), query="x", filters={"user_id": "alice"})


def test_a_state_that_moved_after_the_decision_is_noticed_before_the_answer(people: Organisation) -> None:
    visible(people, {"user_id": "alice"})  # the state is cached in this process now
    with tenant_context(people.tenant.id):
        Subject.objects.update(state="restricted")
    with pytest.raises(AccessRefused) as refused:
        recall(caller=people.caller(), query="x", filters={"user_id": "alice"})
    assert refused.value.reason is ReasonCode.SUBJECT_NOT_ACTIVE


def test_every_read_is_on_the_record_with_what_it_returned(people: Organisation) -> None:
    before = len(people.events())
    found = recall(caller=people.caller(), query="where does she live?", filters={"user_id": "alice"}, threshold=0)
    recall(caller=people.caller(), query="x", filters={"user_id": "nobody"})
    read, empty = people.events()[before:]
    assert (read.type, read.reason, read.n_items) == ("recall", "allowed", len(found))
    assert read.item_digest is not None
    assert read.purpose_version_id == people.assistance.version_id
    assert (empty.n_items, empty.subject_id) == (0, None)


def test_no_answer_leaves_when_the_event_cannot_be_written(
    people: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("governance.guard.audit_event._INSERT", "INSERT INTO no_such_table SELECT %s")
    with pytest.raises(AuditUnavailable):
        recall(caller=people.caller(), query="x", filters={"user_id": "alice"})


def test_all_results_are_there_and_the_best_is_first(bank: Organisation) -> None:
    for number in range(30):
        say(bank, "alice", f"fact number {number} about nothing")
    say(bank, "alice", "I moved to Lisbon in May and I collect old clocks")
    found = recall(
        caller=bank.caller(),
        query="Lisbon clocks",
        filters={"user_id": "alice"},
        top_k=31,
        threshold=0,
        explain=True,
    )
    assert len(found) == 31
    assert found[0].text.startswith("I moved to Lisbon")
    scores = [view.score or 0 for view in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert "cosine" in found[0].parts


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_an_empty_query_is_refused(bank: Organisation, query: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        recall(caller=bank.caller(), query=query, filters={"user_id": "alice"})
    assert refused.value.field == "query"


def test_a_list_is_paged_newest_first(bank: Organisation) -> None:
    for number in range(5):
        say(bank, "alice", f"fact {number}")
    pages = [
        browse(caller=bank.caller(), filters={"user_id": "alice"}, page=page, page_size=2) for page in (1, 2, 3, 4)
    ]
    assert [[view.text for view in page.memories] for page in pages] == [
        ["fact 4", "fact 3"],
        ["fact 2", "fact 1"],
        ["fact 0"],
        [],
    ]
    assert {page.total for page in pages} == {5}
