"""Every opening of a person's memories is recorded as an event about that person, also when nothing comes of it.

Each flow runs in a process that holds no keys, and is judged by itself: an event of another flow excuses nothing.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from governance.access.break_glass import break_glass
from governance.errors import GovernanceError
from governance.evidence.key_use_comparison import unwraps_without_event
from governance.expiring_cache import clear_all
from governance.keyring.models import UnwrapCount
from governance.models import AuditEvent, RevealReason
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import Authority, RuleKind
from governance.processing.purposes import create_purpose
from governance.processing.retention_rules import RuleTerms, propose_rule
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import LawfulBasis, MemoryState, SubjectKind
from memstore.errors import MemstoreError, ProviderError
from memstore.forget.forget import forget, forget_scope
from memstore.forget.sweep import sweep
from memstore.models import Memory, MemoryVersion
from memstore.oversight.inspection import inspect, look_up
from memstore.oversight.quarantine import quarantined, reject, release
from memstore.oversight.retention_preview import approve_rule, preview
from memstore.recall.browse import browse
from memstore.recall.get import get, history
from memstore.recall.recall import recall
from memstore.records.idempotency import Once
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.call_events import event
from memstore.remember.learn import learn
from memstore.remember.remember import remember
from memstore.remember.revise import Revision, revise
from memstore.rights import choices
from tests.support.cast import DATABASES, Organisation, say
from tests.support.consenting import consents, withdraws

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ALICE = ScopeIds(user_id="alice")
FACT = "My daughter is allergic to peanuts."
HOUR = timedelta(hours=1)


class World:
    """A bank at work, with a key that also has a purpose whose memories are reviewed before they are recalled."""

    def __init__(self, bank: Organisation) -> None:
        self.bank = bank
        terms = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30, review_first=True)
        create_purpose(caller=bank.staff("ada"), name="reviewed", terms=terms)
        self.careful = bank.another_key(purposes=["reviewed"], default_purpose="reviewed")
        self.once = Once(key=secrets.token_hex(8), request=b"same")
        self.said = say(bank, "alice", "I like tea")
        say(bank, "alice", "I live in Porto", once=self.once)
        say(bank, "bea", "I like coffee")
        for who in ("alice", "bea"):
            say(bank, who, "I collect old clocks", key_text=self.careful)
        self.ids = [stored.id for stored in self.said.stored]
        consents(bank)

    @property
    def alice(self) -> Any:
        return find_subject(self.bank.tenant.id, SubjectKind.USER, "alice")

    def waiting(self) -> UUID:
        with tenant_context(self.bank.tenant.id):
            return Memory.objects.filter(state=MemoryState.QUARANTINED.value).order_by("id")[0].id

    def ask(self, text: str = FACT, who: str = "alice") -> UUID:
        """Make an add whose facts a job is to extract."""
        done = remember(
            caller=self.bank.caller(),
            scope=ScopeIds(user_id=who),
            messages=[Message(role="user", content=text)],
        )
        return done.event_id

    def damage(self) -> None:
        with tenant_context(self.bank.tenant.id):
            MemoryVersion.objects.filter(memory_id=self.ids[0]).update(sealed=b"ms\x01 damaged")

    def new_rule(self) -> None:
        terms = RuleTerms("short", RuleKind.CEILING, 20, authority=Authority.MANDATORY)
        rule = propose_rule(caller=self.bank.staff("ada"), terms=terms)
        seen = preview(caller=self.bank.staff("dora"), rule_id=rule.id)
        approve_rule(caller=self.bank.staff("dora"), rule_id=rule.id, digest=seen.digest)

    def expire_all(self) -> None:
        past = datetime.now(UTC) - timedelta(days=1)
        with tenant_context(self.bank.tenant.id):
            Memory.objects.update(expires_at=past, destroy_at=past)


class _BrokenExtractor:
    name = model = prompt_version = "broken"

    def extract(self, *_: object, **__: object) -> object:
        raise ProviderError("llm", "no", permanent=True)


class _BrokenEmbedder:
    model_id = "broken"

    def embed(self, _: object) -> object:
        raise ProviderError("embedder", "no", permanent=True)


def embedder_is_down(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    monkeypatch.setattr("memstore.remember.remember.embedder", _BrokenEmbedder)
    return lambda: say(world.bank, "alice", "I play chess")


def jobs_extractor_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    job = world.ask()
    monkeypatch.setattr("memstore.remember.learn.extractor", _BrokenExtractor)
    return lambda: learn(job_id=job, tenant_id=world.bank.tenant.id)


def jobs_embedder_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    job = world.ask()
    monkeypatch.setattr("memstore.remember.learn.embedder", _BrokenEmbedder)
    return lambda: learn(job_id=job, tenant_id=world.bank.tenant.id)


def job(world: World, _: pytest.MonkeyPatch) -> Callable[[], object]:
    asked = world.ask()
    return lambda: learn(job_id=asked, tenant_id=world.bank.tenant.id)


def rules(world: World, _: pytest.MonkeyPatch) -> Callable[[], object]:
    world.new_rule()
    return lambda: sweep(world.bank.tenant.id)


def expiry(world: World, _: pytest.MonkeyPatch) -> Callable[[], object]:
    world.expire_all()
    return lambda: sweep(world.bank.tenant.id)


def damaged_read(world: World, _: pytest.MonkeyPatch) -> Callable[[], object]:
    world.damage()
    return lambda: get(caller=world.bank.caller(), memory_id=world.ids[0])


def damaged_recall(world: World, _: pytest.MonkeyPatch) -> Callable[[], object]:
    world.damage()
    return lambda: recall(caller=world.bank.caller(), query="tea", filters={"user_id": "alice"}, threshold=0)


def broken_glass(world: World, _: pytest.MonkeyPatch) -> Callable[[], object]:
    rita = world.bank.staff("rita")
    break_glass(caller=rita, subject=world.alice, reason=RevealReason.SAFETY, reference="1", minutes=5)
    return lambda: inspect(caller=rita, subject_id=world.alice.id)


def simple(flow: Callable[[World], object]) -> Callable[[World, pytest.MonkeyPatch], Callable[[], object]]:
    return lambda world, _: lambda: flow(world)


def listing(world: World) -> object:
    return browse(caller=world.bank.caller(), filters={"OR": [{"user_id": "alice"}, {"user_id": "bea"}]})


# name -> (flow, how many people's keys it opens)
FLOWS: dict[str, tuple[Callable[[World, pytest.MonkeyPatch], Callable[[], object]], int]] = {
    "add": (simple(lambda world: say(world.bank, "alice", "I play chess")), 1),
    "add for somebody new": (simple(lambda world: say(world.bank, "zoe", "I play chess")), 1),
    "add what is there": (simple(lambda world: say(world.bank, "alice", "I like tea")), 1),
    "add the same request again": (simple(lambda w: say(w.bank, "alice", "I live in Porto", once=w.once)), 1),
    "add what is refused": (
        simple(lambda world: say(world.bank, "alice", "I have been diagnosed with HIV", key_text=world.careful)),
        0,
    ),
    "add nothing": (
        simple(
            lambda world: remember(
                caller=world.bank.caller(), scope=ALICE, messages=[Message("system", "x")], infer=False
            )
        ),
        0,
    ),
    "add while the embedder is down": (embedder_is_down, 0),
    "add with extraction": (simple(lambda world: world.ask()), 1),
    "job": (job, 1),
    "job whose extractor fails": (jobs_extractor_fails, 1),
    "job whose embedder fails": (jobs_embedder_fails, 1),
    "search": (simple(lambda w: recall(caller=w.bank.caller(), query="tea", filters={"user_id": "alice"})), 1),
    "search of what is damaged": (damaged_recall, 1),
    "list": (simple(listing), 2),
    "get": (simple(lambda world: get(caller=world.bank.caller(), memory_id=world.ids[0])), 1),
    "get what is damaged": (damaged_read, 1),
    "history": (simple(lambda world: history(caller=world.bank.caller(), memory_id=world.ids[0])), 1),
    "event": (simple(lambda world: event(caller=world.bank.caller(), event_id=world.said.event_id)), 1),
    "update": (simple(lambda w: revise(caller=w.bank.caller(), revisions=[Revision(w.ids[0], text="I like milk")])), 1),
    "update to what is there": (
        simple(lambda w: revise(caller=w.bank.caller(), revisions=[Revision(w.ids[0], text="I live in Porto")])),
        1,
    ),
    "delete": (simple(lambda world: forget(caller=world.bank.caller(), ids=world.ids)), 0),
    "delete all": (simple(lambda world: forget_scope(caller=world.bank.caller(), scope=ALICE)), 0),
    "sweep of what has expired": (expiry, 0),
    "new dates by a new rule": (rules, 2),
    "look up": (simple(lambda world: look_up(caller=world.bank.staff("dora"), scope=ALICE)), 0),
    "inspect": (simple(lambda world: inspect(caller=world.bank.staff("dora"), subject_id=world.alice.id)), 1),
    "inspect with the glass broken": (broken_glass, 1),
    "quarantine": (simple(lambda world: quarantined(caller=world.bank.staff("rita"))), 2),
    "release": (simple(lambda world: release(caller=world.bank.staff("rita"), memory_id=world.waiting())), 1),
    "reject": (simple(lambda world: reject(caller=world.bank.staff("rita"), memory_id=world.waiting())), 0),
    "withdrawal": (simple(lambda world: withdraws(world.bank)), 0),
    "objection": (simple(lambda w: choices.object_to(caller=w.bank.caller(), scope=ALICE, purpose="knowledge")), 0),
}


def opened(bank: Organisation) -> dict[UUID, int]:
    with tenant_context(bank.tenant.id, using="keys"):
        return dict(UnwrapCount.objects.values_list("subject_id", "n"))


def on_record(bank: Organisation) -> dict[UUID, UUID | None]:
    with tenant_context(bank.tenant.id):
        return dict(AuditEvent.objects.values_list("id", "subject_id"))


@pytest.mark.parametrize("name", FLOWS)
def test_whose_memories_are_opened_is_on_the_record(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    prepare, n_people = FLOWS[name]
    flow = prepare(World(bank), monkeypatch)
    clear_all()
    keys, events = opened(bank), on_record(bank)
    with suppress(GovernanceError, MemstoreError):
        flow()
    people = {subject for subject, n in opened(bank).items() if n > keys.get(subject, 0)}
    recorded = {subject for event_id, subject in on_record(bank).items() if event_id not in events}
    assert len(people) == n_people
    assert people <= recorded


def test_a_day_of_ordinary_work_accuses_nobody(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(bank)
    for name, (prepare, _) in FLOWS.items():
        if name not in {"delete", "delete all", "sweep of what has expired"}:
            with monkeypatch.context() as patch, suppress(GovernanceError, MemstoreError):
                prepare(world, patch)()
            clear_all()
    now = datetime.now(UTC)
    assert unwraps_without_event(bank.tenant.id, now - 24 * HOUR, now + 24 * HOUR) == []
    assert sum(opened(bank).values()) > 20
