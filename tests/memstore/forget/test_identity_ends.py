"""Identities end with the last thing that is kept about them, however that went; an id without anything ends too."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection, connections

from governance.evidence.ledger.storage import ledger
from governance.expiring_cache import clear_all
from governance.keyring.identities import find_identity, reveal_identities
from governance.keyring.keys import person_keys
from governance.keyring.models import Identity
from governance.models import (
    ApiKey,
    Erasure,
    ErasureStep,
    ErasureStepDone,
    Protection,
    RequestKind,
    RightsRequest,
    Subject,
)
from governance.processing.consents import Choice
from governance.subjects.subjects import admit_subject, find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind, SystemJob
from memstore.forget.erasure.scan import traces
from memstore.forget.forget import forget, forget_scope
from memstore.forget.sweep import sweep
from memstore.models import Job, Memory, Source
from memstore.records.identity_end import _end, end_identities, end_unneeded
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights.choices import object_to, withdraw
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents, withdraws
from tests.support.erasing import approved, asks, erased, four_eyes, work
from tests.support.sitting import link_text

if TYPE_CHECKING:
    from uuid import UUID

    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

CHAT = "chat-of-ana@mail.example"
THROUGH = {SubjectKind.RUN: "run_id", SubjectKind.AGENT: "agent_id", SubjectKind.APP: "app_id"}


@pytest.fixture(autouse=True)
def _cold(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0


def identity(bank: Organisation, kind: SubjectKind, external_id: str) -> UUID | None:
    clear_all()
    return find_identity(bank.tenant.id, kind, external_id)


def a_while_later(bank: Organisation, days: int = 91) -> None:
    """Move the time since when identities are unneeded back by so many days."""
    end_unneeded(bank.tenant.id)  # notes since when nothing needs them
    ago = timedelta(days=days)
    with tenant_context(bank.tenant.id, using="keys"):
        for row in Identity.objects.exclude(unneeded_since=None):
            assert row.unneeded_since
            Identity.objects.filter(id=row.id).update(unneeded_since=row.unneeded_since - ago)


def say_through(bank: Organisation, user_id: str, text: str, kind: SubjectKind) -> None:
    """Remember a text of a person through the run, agent or app of this test."""
    ids: dict[str, Any] = {THROUGH[kind]: CHAT}
    say(bank, user_id, text, **ids)


@pytest.mark.parametrize("kind", THROUGH)
def test_what_only_the_person_came_through_goes_with_the_person(bank: Organisation, kind: SubjectKind) -> None:
    say_through(bank, "ana", "I like tea", kind)
    run = identity(bank, kind, CHAT)
    assert run
    assert forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="ana")).retained is False
    assert identity(bank, kind, CHAT) is None
    assert reveal_identities(bank.tenant.id, [run]) == {}
    assert person_keys(tenant_id=bank.tenant.id, subject_id=run) == []
    assert traces(bank.tenant.id, run) == {}


@pytest.mark.parametrize("kind", THROUGH)
def test_what_another_persons_rows_name_goes_with_the_last(bank: Organisation, kind: SubjectKind) -> None:
    say_through(bank, "ana", "I like tea", kind)
    say_through(bank, "bob", "I like coffee", kind)
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="ana"))
    assert identity(bank, kind, CHAT)
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="bob"))
    assert identity(bank, kind, CHAT) is None


def test_an_approved_erasure_takes_them_along_and_its_scan_looks_for_them(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "ana", "I like tea", run_id=CHAT)
    remember(
        caller=bank.caller(), scope=ScopeIds(user_id="ana", agent_id="agent-of-ana"), messages=[Message("user", "x")]
    )
    request_id = erased(bank, "ana")
    assert identity(bank, SubjectKind.RUN, CHAT) is identity(bank, SubjectKind.AGENT, "agent-of-ana") is None
    with tenant_context(bank.tenant.id):
        done = ErasureStepDone.objects.get(erasure__request_id=request_id, step=ErasureStep.DELETE.value)
    assert len(done.counts["through"]) == 2


def test_the_scan_finds_one_that_was_left_open(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of closing it fail: no certificate is signed over that."""
    four_eyes(bank)
    say(bank, "ana", "I like tea", run_id=CHAT)
    request_id = approved(bank, "ana")
    monkeypatch.setattr("memstore.records.identity_end._end", lambda *_ids: False)
    monkeypatch.setattr("memstore.records.identity_end.end_identity", lambda *_ids: False)
    assert work(bank, request_id).problem == "residue_found"
    monkeypatch.undo()
    with tenant_context(bank.tenant.id):
        Erasure.objects.filter(request_id=request_id).update(lease_until=None)
    assert work(bank, request_id).state == "done"
    assert identity(bank, SubjectKind.RUN, CHAT) is None


def test_a_run_that_is_a_subject_of_its_own_stays_while_it_has_memories(bank: Organisation) -> None:
    say(bank, "ana", "I like tea", run_id="session-1")
    remember(
        caller=bank.caller(), scope=ScopeIds(run_id="session-1"), messages=[Message("user", "I am cold")], infer=False
    )
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="ana"))
    assert identity(bank, SubjectKind.RUN, "session-1")
    forget_scope(caller=bank.caller(), scope=ScopeIds(run_id="session-1"))
    assert identity(bank, SubjectKind.RUN, "session-1") is None


def test_an_agent_that_a_key_is_pinned_to_stays(bank: Organisation) -> None:
    say(bank, "ana", "I like tea", agent_id="helper")
    agent = identity(bank, SubjectKind.AGENT, "helper")
    bank.another_key(agent_id="helper")
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="ana"))
    assert identity(bank, SubjectKind.AGENT, "helper") == agent
    with tenant_context(bank.tenant.id):
        ApiKey.objects.filter(pinned_agent=agent).update(revoked_at=datetime.now(UTC))
    assert end_identities(bank.tenant.id, [agent] if agent else []) == 1


def by_single_delete(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        ids = list(Memory.objects.values_list("id", flat=True))
    for memory_id in ids:
        forget(caller=bank.caller(), ids=[memory_id])


def by_expiry(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        past = datetime.now(UTC) - timedelta(days=1)
        Memory.objects.update(expires_at=past, destroy_at=past)
        Source.objects.update(expires_at=past)
    sweep(bank.tenant.id)


def by_run(bank: Organisation) -> None:
    forget_scope(caller=bank.caller(), scope=ScopeIds(run_id=CHAT))


@pytest.mark.parametrize("way", [by_single_delete, by_expiry, by_run])
def test_the_last_thing_about_somebody_takes_the_identity_along(bank: Organisation, way: object) -> None:
    assert callable(way)
    for text in ("I like tea", "I like coffee"):
        say(bank, "ana", text, run_id=CHAT)
    ana = identity(bank, SubjectKind.USER, "ana")
    assert ana
    way(bank)
    assert identity(bank, SubjectKind.USER, "ana") is identity(bank, SubjectKind.RUN, CHAT) is None
    with tenant_context(bank.tenant.id):
        assert Subject.objects.get(id=ana).state == "erased"
    ended = [event for event in bank.events() if event.subject_id == ana and event.job == SystemJob.SWEEP.value]
    assert {event.type for event in ended} >= {"expire"}
    say(bank, "ana", "I am back", run_id=CHAT)
    assert texts(bank, "ana") == ["I am back"]
    assert identity(bank, SubjectKind.USER, "ana") not in (None, ana)


def test_while_something_is_left_nothing_ends(bank: Organisation) -> None:
    say(bank, "ana", "I like tea")
    second = say(bank, "ana", "I like coffee")
    ana = identity(bank, SubjectKind.USER, "ana")
    forget(caller=bank.caller(), ids=[second.stored[0].id])
    assert identity(bank, SubjectKind.USER, "ana") == ana
    assert texts(bank, "ana") == ["I like tea"]


def test_what_a_call_came_to_is_still_to_be_asked_for(bank: Organisation) -> None:
    added = say(bank, "ana", "I like tea")
    forget(caller=bank.caller(), ids=[added.stored[0].id])
    with tenant_context(bank.tenant.id):
        assert Job.objects.get(id=added.event_id).subject_id is None


def test_a_consent_in_force_keeps_and_a_withdrawal_keeps_for_its_time(bank: Organisation) -> None:
    consents(bank)
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"), run_id=CHAT)
    withdraws(bank)
    assert identity(bank, SubjectKind.RUN, CHAT) is None  # nothing was said in its name
    alice = identity(bank, SubjectKind.USER, "alice")
    assert alice
    a_while_later(bank)
    end_unneeded(bank.tenant.id)
    assert identity(bank, SubjectKind.USER, "alice") == alice  # the withdrawal was made a moment ago


def link(bank: Organisation) -> None:
    link_text(bank, "stranger")


def closed_request(bank: Organisation) -> None:
    asks(bank, "stranger", RequestKind.ACCESS)
    with tenant_context(bank.tenant.id):
        RightsRequest.objects.update(state="refused", ground="16", closed_at=datetime.now(UTC), closed_by=uuid4())


def withdrawal(bank: Organisation) -> None:
    withdraw(caller=bank.caller(), scope=ScopeIds(user_id="stranger"), purpose="offers", choice=Choice("web"))


def objection(bank: Organisation) -> None:
    from governance.policy.purpose_terms import PurposeTerms
    from governance.processing.purposes import create_purpose
    from governance.vocabulary import LawfulBasis

    terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30, source_days=5)
    create_purpose(caller=bank.staff("ada"), name="surveys", terms=terms)
    key = bank.another_key(purposes=["assistance", "surveys"])
    object_to(caller=bank.caller(key_text=key), scope=ScopeIds(user_id="stranger"), purpose="surveys")


def nothing_at_all(bank: Organisation) -> None:
    admit_subject(bank.tenant.id, SubjectKind.USER, "stranger")


@pytest.mark.parametrize("met", [link, closed_request, withdrawal, objection, nothing_at_all])
def test_who_was_never_met_is_forgotten_after_the_stated_time(bank: Organisation, met: object) -> None:
    assert callable(met)
    met(bank)
    stranger = identity(bank, SubjectKind.USER, "stranger")
    assert stranger
    sweep(bank.tenant.id)
    with tenant_context(bank.tenant.id, using="keys"):
        assert Identity.objects.get(id=stranger).unneeded_since  # from here on its days are counted
    a_while_later(bank, 5 * 365)
    assert end_unneeded(bank.tenant.id, datetime.now(UTC) + timedelta(days=5 * 365)) == 1
    assert identity(bank, SubjectKind.USER, "stranger") is None
    assert person_keys(tenant_id=bank.tenant.id, subject_id=stranger) == []


def test_the_file_of_a_request_keeps_who_asked_for_its_own_time(bank: Organisation) -> None:
    closed_request(bank)
    a_while_later(bank, 2_000)
    for days, ended in ((1_090, 0), (1_096, 1)):
        assert end_unneeded(bank.tenant.id, datetime.now(UTC) + timedelta(days=days)) == ended


def test_an_open_request_keeps_whoever_asks(bank: Organisation) -> None:
    asks(bank, "stranger")
    a_while_later(bank, 10_000)
    assert end_unneeded(bank.tenant.id) == 0
    assert identity(bank, SubjectKind.USER, "stranger")


def test_who_empties_the_data_database_ends_no_identity_at_once(bank: Organisation) -> None:
    """The sweep alone looks, and its days are counted in the other database."""
    say(bank, "ana", "I like tea")
    ana = identity(bank, SubjectKind.USER, "ana")
    with tenant_context(bank.tenant.id), connection.cursor() as cursor:
        for table in ("slot", "sighting", "replacement", "card", "memoryversion", "memory", "source"):
            cursor.execute(f"DELETE FROM memstore_{table}")
        cursor.execute("UPDATE governance_subject SET created_at = '2001-01-01'")
    for _ in range(3):
        sweep(bank.tenant.id)
    assert identity(bank, SubjectKind.USER, "ana") == ana


def test_what_is_needed_again_begins_anew(bank: Organisation) -> None:
    admit_subject(bank.tenant.id, SubjectKind.USER, "ana")
    a_while_later(bank)
    say(bank, "ana", "I like tea")
    assert end_unneeded(bank.tenant.id) == 0
    with tenant_context(bank.tenant.id, using="keys"):
        assert not Identity.objects.exclude(unneeded_since=None).exists()


def test_a_part_at_a_time_all_are_looked_at(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.keyring.identities.ALL_AT_ONCE", 2)
    from governance.keyring.identities import PART_SECONDS, some_identities

    ids = {admit_subject(bank.tenant.id, SubjectKind.USER, f"person-{n}").id for n in range(12)}
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    seen = [set(some_identities(bank.tenant.id, begin + timedelta(seconds=PART_SECONDS * n))) for n in range(256)]
    assert set.union(*seen) == ids
    assert sum(len(part) for part in seen) == len(ids)


def test_the_end_is_in_the_ledger(bank: Organisation) -> None:
    say(bank, "ana", "I like tea", run_id=CHAT)
    gone = {identity(bank, SubjectKind.USER, "ana"), identity(bank, SubjectKind.RUN, CHAT)}
    by_single_delete(bank)
    with tenant_context(bank.tenant.id):
        noted = set(Protection.objects.filter(kind="erase").values_list("subject_id", flat=True))
    shipped = {entry.subject_id for entry in ledger().entries(0) if entry.kind.value == "erase"}
    assert gone <= noted | shipped


def test_an_add_that_comes_while_a_run_ends_finds_it_anew(bank: Organisation) -> None:
    """The add locks the run, and the end waits for it: so the database decides which was first."""
    say(bank, "ana", "I like tea", run_id=CHAT)
    run = identity(bank, SubjectKind.RUN, CHAT)
    assert run
    with tenant_context(bank.tenant.id):
        Memory.objects.update(run_ref=None)
    waits, ended = threading.Event(), []

    def end() -> None:
        waits.set()
        ended.append(_end(bank.tenant.id, run, datetime.now(UTC)))
        for alias in ("default", "keys"):
            connections[alias].close()

    from memstore.records.identity_end import hold_refs

    with tenant_context(bank.tenant.id):
        hold_refs(bank.tenant.id, [run])
        thread = threading.Thread(target=end)
        thread.start()
        waits.wait()
        thread.join(0.3)
        assert thread.is_alive()
        Memory.objects.update(run_ref=run)
    thread.join(10)
    assert ended == [False]
    assert identity(bank, SubjectKind.RUN, CHAT) == run


def test_an_add_with_a_run_that_has_ended_is_met_anew(bank: Organisation) -> None:
    """This process still has the old id in its cache."""
    say(bank, "ana", "I like tea", run_id=CHAT)
    before = find_identity(bank.tenant.id, SubjectKind.RUN, CHAT)
    with tenant_context(bank.tenant.id):
        Memory.objects.update(run_ref=None)
    assert before
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("governance.keyring.identities._found.drop", lambda _key: None)  # another process ended it
        assert _end(bank.tenant.id, before, datetime.now(UTC))
    say(bank, "bob", "I like coffee", run_id=CHAT)
    after = identity(bank, SubjectKind.RUN, CHAT)
    assert after not in (None, before)
    with tenant_context(bank.tenant.id):
        assert Memory.objects.get(subject_id=_of(bank, "bob")).run_ref == after


def _of(bank: Organisation, user_id: str) -> UUID:
    found = find_subject(bank.tenant.id, SubjectKind.USER, user_id)
    assert found
    return found.id
