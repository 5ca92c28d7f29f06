"""Legal holds: two people to place, two to release; meanwhile nothing that they cover is destroyed."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections

from governance.errors import AccessRefused, InvalidChange
from governance.ids import CO_FOUNDER, FOUNDER
from governance.keyring.identities import find_identity
from governance.models import LegalHold
from governance.processing.holds import (
    HoldView,
    approve_hold,
    approve_release,
    list_holds,
    request_hold,
    request_release,
)
from governance.processing.purposes import create_purpose
from governance.subjects.subjects import admit_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, MemoryState, ReasonCode, SubjectKind
from memstore.forget.forget import Forgotten, forget, forget_scope
from memstore.forget.sweep import overdue, sweep
from memstore.models import Card, Memory, MemoryVersion, Source
from memstore.oversight.inspection import subject_by_id
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.learn import learn
from memstore.remember.remember import remember
from tests.support.cast import ASSISTANCE, DATABASES, Organisation, say, texts
from tests.support.refusing import refused
from tests.support.rows import rows_of
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from governance.policy.decide import SubjectFacts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

DAY = timedelta(days=1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def person(bank: Organisation, name: str = "alice") -> SubjectFacts:
    return admit_subject(bank.tenant.id, SubjectKind.USER, name)


def asked(bank: Organisation, **wanted: object) -> HoldView:
    return request_hold(
        caller=bank.staff("dora"),
        kind=SubjectKind.USER,
        external_id="alice",
        **({"reference": "2026/117-b", "expected": True} | wanted),  # type: ignore[arg-type]  # as request_hold types them
    )


def placed(bank: Organisation, **wanted: object) -> HoldView:
    return approve_hold(caller=bank.staff("dov"), hold_id=asked(bank, **wanted).id)


def released(bank: Organisation, hold: HoldView) -> None:
    request_release(caller=bank.staff("dora"), hold_id=hold.id)
    approve_release(caller=bank.staff("dov"), hold_id=hold.id)


def kept(bank: Organisation) -> dict[str, int]:
    with tenant_context(bank.tenant.id):
        return {model.__name__: model._default_manager.count() for model in (Memory, MemoryVersion, Card, Source)}


def states(bank: Organisation) -> list[str]:
    with tenant_context(bank.tenant.id):
        return sorted(Memory.objects.values_list("state", flat=True))


def expire(bank: Organisation) -> None:
    """Move the end of all that is remembered now to yesterday."""
    past = datetime.now(UTC) - DAY
    with tenant_context(bank.tenant.id):
        Memory.objects.update(expires_at=past, destroy_at=past)
        Card.objects.update(expires_at=past)
        Source.objects.update(expires_at=past)


def drop(bank: Organisation, *ids: UUID) -> Forgotten:
    return forget(caller=bank.caller(), ids=ids)


def test_a_hold_is_placed_and_released_by_two_people_each(bank: Organisation) -> None:
    hold = asked(bank)
    assert (hold.state, hold.approved_by) == ("requested", None)
    assert approve_hold(caller=bank.staff("dov"), hold_id=hold.id).state == "placed"
    assert request_release(caller=bank.staff("ada"), hold_id=hold.id).state == "release_requested"
    assert approve_release(caller=bank.staff("dora"), hold_id=hold.id).state == "released"
    assert bank.refusals() == []


def test_nobody_approves_the_hold_that_he_asked_for(bank: Organisation) -> None:
    hold = asked(bank)
    with refused(bank, Action.APPROVE_HOLD, ReasonCode.SAME_PERSON):
        approve_hold(caller=bank.staff("dora"), hold_id=hold.id)


def test_nobody_approves_the_release_that_he_asked_for(bank: Organisation) -> None:
    hold = placed(bank)
    request_release(caller=bank.staff("dov"), hold_id=hold.id)
    with refused(bank, Action.APPROVE_HOLD_RELEASE, ReasonCode.SAME_PERSON):
        approve_release(caller=bank.staff("dov"), hold_id=hold.id)


def test_each_step_is_taken_once_and_in_order(bank: Organisation) -> None:
    hold = asked(bank)
    with refused(bank, Action.REQUEST_HOLD_RELEASE, ReasonCode.ALREADY_DECIDED):
        request_release(caller=bank.staff("dora"), hold_id=hold.id)
    with refused(bank, Action.APPROVE_HOLD_RELEASE, ReasonCode.ALREADY_DECIDED):
        approve_release(caller=bank.staff("dov"), hold_id=hold.id)
    approve_hold(caller=bank.staff("dov"), hold_id=hold.id)
    with refused(bank, Action.APPROVE_HOLD, ReasonCode.ALREADY_DECIDED):
        approve_hold(caller=bank.staff("dov"), hold_id=hold.id)
    released(bank, hold)
    with refused(bank, Action.REQUEST_HOLD_RELEASE, ReasonCode.ALREADY_DECIDED):
        request_release(caller=bank.staff("dora"), hold_id=hold.id)
    with refused(bank, Action.APPROVE_HOLD_RELEASE, ReasonCode.ALREADY_DECIDED):
        approve_release(caller=bank.staff("dov"), hold_id=hold.id)


@pytest.mark.parametrize(
    ("who", "wanted", "reason"),
    [
        ("rita", {}, ReasonCode.CAPABILITY_MISSING),
        ("dora", {"reference": "a story about Alice"}, ReasonCode.INVALID),
        ("dora", {"purpose": "unknown"}, ReasonCode.NOT_FOUND),
        ("dora", {"from_at": NOW, "until_at": NOW - DAY}, ReasonCode.INVALID),
    ],
)
def test_a_hold_that_is_refused_has_admitted_nobody(
    bank: Organisation, who: str, wanted: dict[str, Any], reason: ReasonCode
) -> None:
    with refused(bank, Action.REQUEST_HOLD, reason):
        request_hold(
            caller=bank.staff(who), kind=SubjectKind.USER, external_id="stranger", **{"reference": "C-1"} | wanted
        )
    assert find_identity(bank.tenant.id, SubjectKind.USER, "stranger") is None


@pytest.mark.parametrize("who", ["rita", "aud", "kay", "the key"])
def test_who_has_nothing_to_do_with_holds_does_not_even_see_them(bank: Organisation, who: str) -> None:
    hold = placed(bank)
    caller = bank.caller() if who == "the key" else bank.staff(who)
    attempts: dict[Action, Callable[[], object]] = {
        Action.READ_HOLDS: lambda: list_holds(caller=caller),
        Action.REQUEST_HOLD: lambda: request_hold(
            caller=caller, kind=SubjectKind.USER, external_id="alice", reference="1"
        ),
        Action.APPROVE_HOLD: lambda: approve_hold(caller=caller, hold_id=hold.id),
        Action.REQUEST_HOLD_RELEASE: lambda: request_release(caller=caller, hold_id=hold.id),
        Action.APPROVE_HOLD_RELEASE: lambda: approve_release(caller=caller, hold_id=hold.id),
    }
    for action, attempt in attempts.items():
        with refused(bank, action, ReasonCode.CAPABILITY_MISSING):
            attempt()


def test_an_administrator_asks_for_holds_and_approves_none(bank: Organisation) -> None:
    person(bank)
    hold = request_hold(caller=bank.staff("ada"), kind=SubjectKind.USER, external_id="alice", reference="1")
    assert [one.id for one in list_holds(caller=bank.staff("ada"))] == [hold.id]
    with refused(bank, Action.APPROVE_HOLD, ReasonCode.CAPABILITY_MISSING):
        approve_hold(caller=bank.staff("adam"), hold_id=hold.id)


def test_every_step_needs_a_second_factor(bank: Organisation) -> None:
    hold, dov = placed(bank), bank.staff("dov", stepped_up=False)
    attempts: dict[Action, Callable[[], object]] = {
        Action.REQUEST_HOLD: lambda: request_hold(
            caller=dov, kind=SubjectKind.USER, external_id="alice", reference="1"
        ),
        Action.APPROVE_HOLD: lambda: approve_hold(caller=dov, hold_id=hold.id),
        Action.REQUEST_HOLD_RELEASE: lambda: request_release(caller=dov, hold_id=hold.id),
        Action.APPROVE_HOLD_RELEASE: lambda: approve_release(caller=dov, hold_id=hold.id),
    }
    for action, attempt in attempts.items():
        with refused(bank, action, ReasonCode.STEP_UP_NEEDED):
            attempt()


@pytest.mark.parametrize("whose", ["nobody's", "outsider's"])
def test_what_is_not_here_is_not_held(bank: Organisation, outsider: Organisation, whose: str) -> None:
    hold_id = uuid4() if whose == "nobody's" else asked(outsider).id
    subject_id = uuid4() if whose == "nobody's" else person(outsider).id
    before = rows_of(outsider)
    with refused(bank, Action.APPROVE_HOLD, ReasonCode.NOT_FOUND):
        approve_hold(caller=bank.staff("dov"), hold_id=hold_id)
    with refused(bank, Action.REQUEST_HOLD_RELEASE, ReasonCode.NOT_FOUND):
        request_release(caller=bank.staff("dov"), hold_id=hold_id)
    with refused(bank, Action.APPROVE_HOLD_RELEASE, ReasonCode.NOT_FOUND):
        approve_release(caller=bank.staff("dov"), hold_id=hold_id)
    with refused(bank, Action.REQUEST_HOLD, ReasonCode.NOT_FOUND):
        subject_by_id(bank.staff("dora"), Action.REQUEST_HOLD, subject_id)
    assert rows_of(outsider) == before


def test_a_hold_of_an_unknown_purpose_is_refused(bank: Organisation) -> None:
    person(bank)
    with refused(bank, Action.REQUEST_HOLD, ReasonCode.NOT_FOUND):
        asked(bank, purpose="unheard of")


@pytest.mark.parametrize(
    "reference",
    ["", " 1", "Alice says: they fired her, unfairly", "file\n1", "Müller", "x" * 65, "<b>", "2026/1; see Alice"],
)
def test_a_case_is_named_by_its_number_and_not_told(bank: Organisation, reference: str) -> None:
    person(bank)
    with refused(bank, Action.REQUEST_HOLD, ReasonCode.INVALID) as caught:
        asked(bank, reference=reference)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "case_reference"
    assert reference == "" or reference not in caught.value.problem


def test_a_story_without_punctuation_is_one_all_the_same(bank: Organisation) -> None:
    person(bank)
    with refused(bank, Action.REQUEST_HOLD, ReasonCode.INVALID):
        asked(bank, reference="Alice Smith drinks at work and hides it from us")


@pytest.mark.parametrize("length", [timedelta(0), -DAY])
def test_a_hold_ends_after_it_begins(bank: Organisation, length: timedelta) -> None:
    person(bank)
    now = datetime.now(UTC)
    with refused(bank, Action.REQUEST_HOLD, ReasonCode.INVALID) as caught:
        asked(bank, from_at=now, until_at=now + length)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "until"


def test_what_is_held_is_forgotten_and_not_destroyed(bank: Organisation) -> None:
    held = say(bank, "alice", "I like tea").stored[0].id
    say(bank, "alice", "I live in Porto")
    placed(bank)
    assert texts(bank, "alice") == ["I like tea", "I live in Porto"]  # a hold keeps no caller from recalling
    assert drop(bank, held).retained is True
    assert texts(bank, "alice") == ["I live in Porto"]
    found = recall(caller=bank.caller(), query="I like tea", filters={"user_id": "alice"}, threshold=0)
    assert [view.text for view in found] == ["I live in Porto"]
    with tenant_context(bank.tenant.id):
        assert Memory.objects.get(id=held).state == MemoryState.RESTRICTED
        assert MemoryVersion.objects.filter(memory_id=held).count() == 1
        assert not Card.objects.filter(memory_id=held).exists()
    assert say(bank, "alice", "I like tea").stored[0].added  # it may be said anew


def test_a_hold_on_one_person_says_nothing_about_another(bank: Organisation, outsider: Organisation) -> None:
    placed(bank)
    for organisation, name in ((bank, "bob"), (outsider, "alice")):
        assert drop(organisation, say(organisation, name, "I like tea").stored[0].id).retained is False
        assert kept(organisation) == {"Memory": 0, "MemoryVersion": 0, "Card": 0, "Source": 0}


def test_a_hold_covers_what_is_stored_later(bank: Organisation) -> None:
    placed(bank)
    later = say(bank, "alice", "I like tea").stored[0].id
    assert forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice")).retained is True
    with tenant_context(bank.tenant.id):
        assert Memory.objects.get(id=later).state == MemoryState.RESTRICTED


@pytest.mark.parametrize("what", ["asked for", "not begun", "over", "released"])
def test_a_hold_that_is_not_in_force_keeps_nothing(bank: Organisation, what: str) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    now = datetime.now(UTC)
    if what == "asked for":
        asked(bank)
    elif what == "released":
        released(bank, placed(bank))
    else:
        placed(bank, **({"from_at": now + DAY} if what == "not begun" else {"until_at": now - DAY}))
    assert drop(bank, memory).retained is False
    assert kept(bank)["Memory"] == 0


@pytest.mark.parametrize("what", ["begun", "not over", "release asked for"])
def test_a_hold_that_is_in_force_keeps(bank: Organisation, what: str) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    now = datetime.now(UTC)
    dates = {"begun": {"from_at": now - DAY}, "not over": {"until_at": now + DAY}}
    hold = placed(bank, **dates.get(what, {}))
    if what == "release asked for":
        request_release(caller=bank.staff("dora"), hold_id=hold.id)
    assert drop(bank, memory).retained is True
    assert states(bank) == ["restricted"]


def test_of_two_holds_the_second_still_keeps(bank: Organisation) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    first, second = placed(bank), placed(bank, reference="another-case-2")
    released(bank, first)
    assert drop(bank, memory).retained is True
    assert sweep(bank.tenant.id).destroyed == 0
    released(bank, second)
    assert sweep(bank.tenant.id).destroyed == 1


def test_the_sweep_stops_at_what_is_held_and_takes_it_after_the_release(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    say(bank, "bob", "I like coffee")
    hold = placed(bank)
    expire(bank)
    assert sweep(bank.tenant.id).destroyed == 1  # bob's
    assert (kept(bank)["Memory"], texts(bank, "alice")) == (1, [])
    with tenant_context(bank.tenant.id):
        assert overdue(datetime.now(UTC)) == 0  # what must stay is not late
    released(bank, hold)
    assert sweep(bank.tenant.id).destroyed == 1
    assert set(kept(bank).values()) == {0}


def test_what_was_forgotten_under_a_hold_goes_after_its_release(bank: Organisation) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    say(bank, "alice", "I live in Porto")
    hold = placed(bank)
    drop(bank, memory)
    assert sweep(bank.tenant.id).destroyed == 0
    released(bank, hold)
    assert kept(bank)["Memory"] == 2  # the release itself destroys nothing
    assert sweep(bank.tenant.id).destroyed == 1
    assert (kept(bank)["Memory"], texts(bank, "alice")) == (1, ["I live in Porto"])


def test_a_hold_that_runs_out_lets_go_by_itself(bank: Organisation) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    hold = placed(bank, until_at=datetime.now(UTC) + DAY)
    drop(bank, memory)
    with superuser() as clock:
        clock.execute("UPDATE governance_legalhold SET until_at = now() WHERE id = %s", [hold.id])
    assert sweep(bank.tenant.id).destroyed == 1


def test_a_hold_of_one_purpose_leaves_the_other_destroyable(bank: Organisation) -> None:
    create_purpose(caller=bank.staff("ada"), name="service", terms=ASSISTANCE)
    key = bank.another_key(purposes=["assistance", "service"])
    ids = []
    for purpose in ("assistance", "service"):
        done = remember(
            caller=bank.caller(key_text=key, purpose=purpose),
            scope=ScopeIds(user_id="alice"),
            messages=[Message(role="user", content=f"for {purpose}")],
            infer=False,
        )
        ids.append(done.stored[0].id)
    placed(bank, purpose="service")
    assert forget(caller=bank.caller(key_text=key), ids=ids[:1]).retained is False
    with tenant_context(bank.tenant.id):
        assert list(Memory.objects.values_list("id", flat=True)) == ids[1:]
    assert forget(caller=bank.caller(key_text=key, purpose="service"), ids=ids[1:]).retained is True
    assert states(bank) == ["restricted"]


def said(bank: Organisation) -> UUID:
    """Say something to an assistant that is not learned yet. Returns the job's id."""
    return remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content="My daughter is allergic to peanuts.")],
    ).event_id


def test_what_was_to_be_forgotten_under_a_hold_is_not_learned_afterwards(bank: Organisation) -> None:
    job = said(bank)
    placed(bank)
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    learn(job_id=job, tenant_id=bank.tenant.id)
    assert texts(bank, "alice") == []
    assert kept(bank)["Source"] == 1


def test_who_forgets_hears_that_what_was_said_is_kept(bank: Organisation) -> None:
    said(bank)
    placed(bank)
    assert forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice")).retained is True


def test_what_was_said_and_forgotten_under_a_hold_goes_after_its_release(bank: Organisation) -> None:
    said(bank)
    hold = placed(bank)
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    sweep(bank.tenant.id)
    assert kept(bank)["Source"] == 1
    released(bank, hold)
    sweep(bank.tenant.id)
    assert kept(bank)["Source"] == 0


def test_what_was_said_and_is_held_outlives_its_own_end(bank: Organisation) -> None:
    said(bank)
    hold = placed(bank)
    expire(bank)
    assert sweep(bank.tenant.id).sources == 0
    released(bank, hold)
    assert sweep(bank.tenant.id).sources == 1


@pytest.mark.parametrize("_round", range(20))
def test_a_hold_is_fully_before_a_deletion_or_fully_after_it(bank: Organisation, _round: int) -> None:
    messages = [Message(role="user", content=f"fact number {n}") for n in range(50)]
    scope = ScopeIds(user_id="alice")
    remember(caller=bank.caller(), scope=scope, messages=messages, infer=False)
    hold, machine, officer = asked(bank), bank.caller(), bank.staff("dov")
    head_start, start = secrets.randbelow(41) - 20, threading.Barrier(2)  # milliseconds, of either side
    answers: list[Forgotten] = []
    failures: list[BaseException] = []
    there_under_the_hold: list[int] = []

    def delete() -> None:
        start.wait()
        time.sleep(max(0, -head_start) / 1000)
        answers.append(forget_scope(caller=machine, scope=scope))

    def approve() -> None:
        start.wait()
        time.sleep(max(0, head_start) / 1000)
        approve_hold(caller=officer, hold_id=hold.id)
        there_under_the_hold.append(len(states(bank)))

    def run(step: Callable[[], None]) -> None:
        try:
            step()
        except BaseException as failure:  # noqa: BLE001 - told to the test, which fails by it
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[step]) for step in (delete, approve)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [answer] = answers
    assert states(bank) in ([], ["restricted"] * 50)
    assert answer.retained is bool(states(bank))
    [placed_or_asked] = list_holds(caller=bank.staff("dora"))
    if failures:  # the deletion was first, and who places the hold hears that there is nothing to hold any more
        [failure] = failures
        assert isinstance(failure, AccessRefused)
        assert failure.reason is ReasonCode.ALREADY_DESTROYED
        assert (states(bank), placed_or_asked.state) == ([], "requested")
    else:
        assert there_under_the_hold == [len(states(bank))]  # once it is placed, nothing that was there goes
        assert placed_or_asked.state == "placed"
    assert texts(bank, "alice") == []


NOW = datetime(2026, 1, 1, tzinfo=UTC)
APPROVED = {"approved_by": CO_FOUNDER, "approved_at": NOW}
RELEASING = APPROVED | {"release_requested_by": FOUNDER, "release_requested_at": NOW}


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"approved_by": FOUNDER, "approved_at": NOW}, "hold_placed_by_two"),
        ({"approved_by": CO_FOUNDER}, "hold_approved_by_somebody"),
        ({"approved_at": NOW}, "hold_approved_by_somebody"),
        (RELEASING | {"release_approved_by": FOUNDER, "release_approved_at": NOW}, "hold_released_by_two"),
        (APPROVED | {"release_approved_by": FOUNDER, "release_approved_at": NOW}, "hold_release_was_asked_for"),
        (RELEASING | {"release_approved_at": NOW}, "release"),  # approved by no one
        (APPROVED | {"release_requested_at": NOW, "release_approved_at": NOW}, "release"),  # by no one at all
    ],
)
def test_the_database_refuses_it_as_well(bank: Organisation, values: dict[str, object], constraint: str) -> None:
    alice = person(bank)
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        LegalHold.objects.create(
            tenant_id=bank.tenant.id, subject_id=alice.id, case_reference="1", requested_by=FOUNDER, **values
        )


def test_the_database_refuses_a_hold_on_somebody_elsewhere(bank: Organisation, outsider: Organisation) -> None:
    alice = person(outsider)
    with pytest.raises(IntegrityError, match="in_tenant"), tenant_context(bank.tenant.id):
        LegalHold.objects.create(
            tenant_id=bank.tenant.id, subject_id=alice.id, case_reference="1", requested_by=FOUNDER
        )
