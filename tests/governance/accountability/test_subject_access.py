"""The report of who read one person: whole expected sets, page by page, after an erasure, and one tenant only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import F

from governance.accountability.subject_access import AccessLine, AccessTotals, MemoryRead, subject_access
from governance.errors import InvalidChange
from governance.models import ApiKey, Subject
from governance.policy.purpose_terms import PurposeTerms
from governance.subjects.subjects import admit_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, LawfulBasis, ReasonCode, SubjectKind, SystemJob
from memstore.oversight.inspection import inspect
from memstore.oversight.quarantine import quarantined
from memstore.recall.recall import recall
from tests.governance.accountability.trail import M1, M2, M3, NOON, SINCE, UNTIL, happened
from tests.support.cast import ASSISTANCE, DATABASES, Organisation, say
from tests.support.refusing import refused
from tests.support.two_people import revised

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
HOUR = timedelta(hours=1)
ALICE = UUID(int=0xA11CE)
NOTHING = AccessTotals(events=0, reads=0, refusals=0, actors=0, memories=0, unlisted=0)


def test_who_for_what_and_which_memories(bank: Organisation) -> None:
    key, rita = f"api_key:{bank.key.id}", bank.staff("rita")
    happened(bank, subject=ALICE, purpose=bank.assistance, items=[(M1, 1), (M2, 1)])
    happened(bank, subject=ALICE, purpose=bank.assistance, items=[(M1, 1)], at=NOON + HOUR)
    happened(bank, subject=ALICE, purpose=bank.offers, items=[(M3, 2)], at=NOON - HOUR)
    happened(bank, subject=ALICE, who=rita, action=Action.INSPECT, items=[(M1, 2)], at=NOON + 2 * HOUR)
    happened(bank, subject=ALICE, reason=ReasonCode.CONSENT_MISSING, at=NOON + 3 * HOUR)
    # none of these is a read of alice in the period
    happened(bank, subject=ALICE, action=Action.REMEMBER, items=[(M1, 1)])
    happened(bank, subject=uuid4(), items=[(M1, 1)])
    happened(bank, subject=ALICE, items=[(M1, 1)], at=SINCE - timedelta(microseconds=1))
    happened(bank, subject=ALICE, items=[(M1, 1)], at=UNTIL)
    report = subject_access(caller=bank.staff("aud"), subject=ALICE, since=SINCE, until=UNTIL)
    assert report.totals == AccessTotals(events=5, reads=4, refusals=1, actors=2, memories=3, unlisted=0)
    usual = AccessLine(
        key, "assistant", "api_key", "assistance", "recall", "allowed", "allowed", 2, 2, NOON, NOON + HOUR
    )
    rita_looked = AccessLine(
        actor=f"staff:{rita.principal.id}",
        name="rita",
        role="reviewer",
        purpose=None,
        action="inspect",
        decision="allowed",
        reason="allowed",
        events=1,
        memories=1,
        first_at=NOON + 2 * HOUR,
        last_at=NOON + 2 * HOUR,
    )
    offered = replace(usual, purpose="offers", events=1, memories=1, first_at=NOON - HOUR, last_at=NOON - HOUR)
    said_no = replace(
        usual,
        purpose=None,
        decision="refused",
        reason="consent_missing",
        events=1,
        memories=0,
        first_at=NOON + 3 * HOUR,
        last_at=NOON + 3 * HOUR,
    )
    assert report.summary[0] == usual
    assert set(report.summary) == {usual, rita_looked, offered, said_no}
    assert report.memories == (
        MemoryRead(M1, 3, 2, NOON, NOON + 2 * HOUR),
        MemoryRead(M2, 1, 1, NOON, NOON),
        MemoryRead(M3, 1, 1, NOON - HOUR, NOON - HOUR),
    )
    assert [(line.action, line.decision, set(line.memories)) for line in report.events] == [
        ("recall", "refused", set()),
        ("inspect", "allowed", {M1}),
        ("recall", "allowed", {M1}),
        ("recall", "allowed", {M1, M2}),
        ("recall", "allowed", {M3}),
    ]


def test_from_the_trail_that_the_service_writes(bank: Organisation) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"})
    alice = admit_subject(bank.tenant.id, SubjectKind.USER, "alice")
    inspect(caller=bank.staff("dora"), subject_id=alice.id)
    report = subject_access(caller=bank.staff("aud"), subject=(SubjectKind.USER, "alice"))
    assert report.subject_id == alice.id
    assert {(line.role, line.action, line.purpose) for line in report.summary} == {
        ("api_key", "recall", "assistance"),
        ("dpo", "inspect", None),
    }
    assert [(read.memory_id, read.reads, read.actors) for read in report.memories] == [(memory, 2, 2)]


def test_the_report_is_on_the_record_itself(bank: Organisation) -> None:
    happened(bank, subject=ALICE, items=[(M1, 1)])
    caller = bank.staff("aud")
    subject_access(caller=caller, subject=ALICE, since=SINCE, until=UNTIL)
    event = bank.events()[-1]
    assert (event.type, event.reason, event.subject_id, event.n_items) == ("read_report", "allowed", ALICE, 1)
    assert event.principal_id == caller.principal.id
    assert event.items is None


def test_versions_of_a_purpose_are_one_purpose(bank: Organisation) -> None:
    happened(bank, subject=ALICE, purpose=bank.assistance)
    terms = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30)
    assert terms != ASSISTANCE
    second = revised(bank, "assistance", terms)
    happened(bank, subject=ALICE, purpose=replace(bank.assistance, version_id=second.version_id))
    report = subject_access(caller=bank.staff("aud"), subject=ALICE, since=SINCE, until=UNTIL)
    assert [(line.purpose, line.events) for line in report.summary] == [("assistance", 2)]


def test_versions_of_a_memory_in_one_event_are_one_read(bank: Organisation) -> None:
    happened(bank, subject=ALICE, action=Action.HISTORY, items=[(M1, 1), (M1, 2), (M1, 3), (M2, 1)])
    report = subject_access(caller=bank.staff("aud"), subject=ALICE, since=SINCE, until=UNTIL)
    assert [(read.memory_id, read.reads) for read in report.memories] == [(M1, 1), (M2, 1)]
    assert report.events[0].memories == (M1, M2)


def test_an_event_of_too_many_memories_is_counted_as_unlisted(bank: Organisation) -> None:
    happened(bank, subject=ALICE, items=[(M1, 1), (M2, 1)], unlisted=True)
    report = subject_access(caller=bank.staff("aud"), subject=ALICE, since=SINCE, until=UNTIL)
    assert report.totals == AccessTotals(events=1, reads=1, refusals=0, actors=1, memories=0, unlisted=1)
    assert report.events[0].n_memories == 2


def test_the_service_itself_is_named_by_its_job(bank: Organisation) -> None:
    happened(bank, subject=ALICE, job=SystemJob.OPERATOR, action=Action.READ)
    [line] = subject_access(caller=bank.staff("aud"), subject=ALICE, since=SINCE, until=UNTIL).summary
    assert (line.actor, line.name, line.role) == ("system:operator", None, "system")


def test_a_look_at_the_quarantine_is_a_read_of_everybody_in_it(bank: Organisation) -> None:
    other = uuid4()
    happened(bank, subject=ALICE, action=Action.REMEMBER, items=[(M1, 1)], at=SINCE - timedelta(days=90))
    happened(bank, subject=other, action=Action.REMEMBER, items=[(M2, 1)])
    rita = bank.staff("rita")
    both = happened(bank, who=rita, action=Action.READ_QUARANTINE, items=[(M1, 1), (M2, 1)])
    happened(bank, who=rita, action=Action.READ_QUARANTINE, items=[(M2, 1)], at=NOON + HOUR)
    report = subject_access(caller=bank.staff("aud"), subject=ALICE, since=SINCE, until=UNTIL)
    assert report.totals == AccessTotals(events=1, reads=1, refusals=0, actors=1, memories=1, unlisted=0)
    assert [(line.action, line.events, line.memories) for line in report.summary] == [("read_quarantine", 1, 1)]
    # of the other person's memory in the same list, nothing
    assert [(line.id, line.memories, line.n_memories) for line in report.events] == [(both, (M1,), 1)]


def test_the_real_quarantine_is_found(bank: Organisation) -> None:
    from tests.support.world import quarantined_memory

    memory = quarantined_memory(bank)
    quarantined(caller=bank.staff("rita"))
    report = subject_access(caller=bank.staff("aud"), subject=(SubjectKind.USER, "alice"))
    assert [(line.action, line.name) for line in report.summary] == [("read_quarantine", "rita")]
    assert [read.memory_id for read in report.memories] == [memory]


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_pages_together_are_all_events_once(bank: Organisation, limit: int) -> None:
    happened(bank, subject=ALICE, action=Action.REMEMBER, items=[(M1, 1)])
    same_time = [happened(bank, subject=ALICE) for _ in range(3)]
    older = happened(bank, subject=ALICE, at=NOON - HOUR)
    listed = happened(bank, who=bank.staff("rita"), action=Action.READ_QUARANTINE, items=[(M1, 1)], at=NOON - HOUR)
    newest = happened(bank, subject=ALICE, at=NOON + timedelta(microseconds=1))
    seen, cursor = [], None
    while True:
        report = subject_access(
            caller=bank.staff("aud"), subject=ALICE, since=SINCE, until=UNTIL, cursor=cursor, limit=limit
        )
        assert report.totals.events == 6  # the whole period on every page
        seen += [line.id for line in report.events]
        cursor = report.next_cursor
        if cursor is None:
            break
        assert len(report.events) == limit
    assert seen == [newest, *reversed(same_time), *sorted([older, listed], reverse=True)]


def test_an_erased_person_is_still_reported_by_the_surrogate_id(bank: Organisation) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"})
    alice = admit_subject(bank.tenant.id, SubjectKind.USER, "alice")
    before = subject_access(caller=bank.staff("dora"), subject=alice.id)
    with tenant_context(bank.tenant.id):
        Subject.objects.filter(id=alice.id).update(state="erased", standing_version=F("standing_version") + 1)
    after = subject_access(caller=bank.staff("dora"), subject=alice.id, until=before.until)
    assert [read.memory_id for read in after.memories] == [memory]
    assert (after.totals, after.summary, after.memories) == (before.totals, before.summary, before.memories)


@pytest.mark.parametrize("whose", ["the outsider's", "nobody's"])
def test_another_tenant_sees_nothing(bank: Organisation, outsider: Organisation, whose: str) -> None:
    say(bank, "alice", "I like tea")
    recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"})
    alice = admit_subject(bank.tenant.id, SubjectKind.USER, "alice")
    asked = alice.id if whose == "the outsider's" else uuid4()
    report = subject_access(caller=outsider.staff("aud"), subject=asked)
    assert (report.subject_id, report.totals, report.summary, report.memories, report.events) == (
        asked,
        NOTHING,
        (),
        (),
        (),
    )
    by_name = subject_access(caller=outsider.staff("aud"), subject=(SubjectKind.USER, "alice"))
    assert (by_name.subject_id, by_name.totals, by_name.next_cursor) == (None, NOTHING, None)


def test_somebody_unknown_gives_a_report_of_the_same_shape(bank: Organisation) -> None:
    report = subject_access(caller=bank.staff("aud"), subject=(SubjectKind.USER, "never-seen"))
    assert (report.subject_id, report.totals, report.summary, report.memories, report.events) == (
        None,
        NOTHING,
        (),
        (),
        (),
    )
    assert report.until - report.since == timedelta(days=30)
    assert bank.events()[-1].subject_id is None


@pytest.mark.parametrize("who", ["ada", "rita", "kay", "the key"])
def test_only_auditors_and_data_protection_officers_read_it(bank: Organisation, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.READ_REPORT, ReasonCode.CAPABILITY_MISSING):
        subject_access(caller=caller, subject=ALICE)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"since": UNTIL, "until": SINCE}, "since"),
        ({"since": SINCE, "until": SINCE}, "since"),
        ({"since": datetime(2099, 1, 1, tzinfo=UTC)}, "since"),
        ({"since": datetime(2026, 1, 1)}, "since"),  # noqa: DTZ001 - what is refused
        ({"until": datetime(1900, 1, 1, tzinfo=UTC)}, "until"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "1.2.3"}, "cursor"),
        ({"cursor": f"{10**30}.{M1}"}, "cursor"),
        ({"cursor": "12.not-an-id"}, "cursor"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(bank: Organisation, given: dict[str, object], field: str) -> None:
    with refused(bank, Action.READ_REPORT, ReasonCode.INVALID) as caught:
        subject_access(caller=bank.staff("aud"), subject=ALICE, **given)  # type: ignore[arg-type]
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field


def test_a_key_without_a_name_of_its_own_tenant_has_none(bank: Organisation, outsider: Organisation) -> None:
    """An event's principal that is no key or member here is shown by id alone."""
    happened(bank, subject=ALICE, who=outsider.caller())
    [line] = subject_access(caller=bank.staff("aud"), subject=ALICE, since=SINCE, until=UNTIL).summary
    assert (line.actor, line.name) == (f"api_key:{outsider.key.id}", None)
    with tenant_context(outsider.tenant.id):
        assert ApiKey.objects.get(id=outsider.key.id).name == "assistant"
