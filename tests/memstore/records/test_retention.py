"""Floors, ceilings, previews and the sweep: a read never waits for any of them."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections

from governance.errors import AccessRefused, InvalidChange
from governance.ids import NIL
from governance.models import Tenant
from governance.policy.retention import FOREVER, Authority, PeriodStart, RuleKind
from governance.processing import contract_end
from governance.processing.contract_end import set_contract_end
from governance.processing.holds import approve_hold, approve_release, request_hold, request_release
from governance.processing.restrictions import lift_restriction, restrict
from governance.processing.retention_rules import RuleTerms, propose_end, propose_rule, recompute_all, rules_in_force
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, DataClass, MemoryState, ReasonCode, SubjectKind
from memstore.errors import MemoryNotFound
from memstore.forget import sweep as sweeping
from memstore.forget.forget import forget, forget_scope
from memstore.forget.sweep import overdue, sweep, sweep_all
from memstore.models import Card, Memory, Source
from memstore.oversight.retention_preview import approve_rule, approve_rule_end, preview, status
from memstore.recall.browse import browse
from memstore.recall.get import get
from memstore.recall.recall import recall
from memstore.records import insert as storing
from memstore.records import redate as redating
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from tests.support.cast import DATABASES, Organisation, say, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from governance.models import Retention

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
SIX_YEARS = RuleTerms("17 CFR 240.17a-4", RuleKind.FLOOR, 6 * 365, authority=Authority.MANDATORY, purpose="assistance")
DAY = timedelta(days=1)


def in_force(bank: Organisation, terms: RuleTerms) -> UUID:
    rule = propose_rule(caller=bank.staff("ada"), terms=terms)
    seen = preview(caller=bank.staff("dora"), rule_id=rule.id)
    approve_rule(caller=bank.staff("dora"), rule_id=rule.id, digest=seen.digest)
    redating.redate(bank.tenant.id)
    return rule.id


def row(bank: Organisation) -> Memory:
    with tenant_context(bank.tenant.id):
        return Memory.objects.get()


def age(bank: Organisation, days: float) -> None:
    """Let time pass: everything was said so many days ago, and its dates move with it."""
    with tenant_context(bank.tenant.id):
        for memory in Memory.objects.all():
            for name in ("created_at", "expires_at", "destroy_at", "keep_until"):
                moment = getattr(memory, name)
                if moment is not None and moment < FOREVER:
                    setattr(memory, name, moment - timedelta(days=days))
            memory.save()
            Card.objects.filter(memory_id=memory.id).update(expires_at=memory.expires_at)


def days_from_now(moment: datetime) -> int:
    return round((moment - datetime.now(UTC)) / DAY)


def test_past_its_ceiling_a_memory_is_not_returned_while_nothing_sweeps(bank: Organisation) -> None:
    memory_id = say(bank, "alice", "I like tea").stored[0].id
    age(bank, 365 - 0.5 / 86_400)  # half a second is left
    assert texts(bank, "alice") == ["I like tea"]
    age(bank, 1.5 / 86_400)  # one second past it
    assert texts(bank, "alice") == []
    assert recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"}, threshold=0) == []
    with pytest.raises(MemoryNotFound):
        get(caller=bank.caller(), memory_id=memory_id)
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 1
        assert overdue(datetime.now(UTC)) == 1
    assert sweep_all()[bank.tenant.id].destroyed == 1
    with tenant_context(bank.tenant.id):
        assert (Memory.objects.count(), Card.objects.count(), overdue(datetime.now(UTC))) == (0, 0, 0)


def test_a_floor_of_six_years_beats_a_ceiling_of_thirty_days_and_the_memory_rests_in_between(
    bank: Organisation,
) -> None:
    in_force(bank, SIX_YEARS)
    in_force(bank, RuleTerms("short", RuleKind.CEILING, 30, authority=Authority.MANDATORY))
    say(bank, "alice", "Buy 100 shares at noon")
    found = row(bank)
    assert (days_from_now(found.expires_at), days_from_now(found.destroy_at)) == (30, 2190)
    age(bank, 31)
    assert texts(bank, "alice") == []
    done = sweep(bank.tenant.id)
    assert (done.destroyed, done.put_out_of_use) == (0, 1)
    assert row(bank).state == MemoryState.RESTRICTED.value
    with tenant_context(bank.tenant.id):
        assert (Card.objects.count(), overdue(datetime.now(UTC))) == (0, 0)
    age(bank, 2160)
    assert sweep(bank.tenant.id).destroyed == 1
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()


def test_a_record_inside_its_floor_is_taken_out_of_use_and_not_destroyed(bank: Organisation) -> None:
    in_force(bank, SIX_YEARS)
    kept = say(bank, "alice", "Buy 100 shares at noon").stored[0].id
    done = forget(caller=bank.caller(), ids=[kept])
    assert done.retained
    assert texts(bank, "alice") == []
    assert (row(bank).state, days_from_now(row(bank).destroy_at)) == ("restricted", 2190)
    assert forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice")).retained


def test_contradictory_rules_lose_no_record_and_keep_none_without_a_rule(bank: Organisation) -> None:
    for terms in (
        SIX_YEARS,
        RuleTerms("another floor", RuleKind.FLOOR, 10),
        RuleTerms("one week", RuleKind.CEILING, 7, authority=Authority.MANDATORY),
        RuleTerms("a month", RuleKind.CEILING, 30, authority=Authority.MANDATORY),
        RuleTerms("a century", RuleKind.CEILING, 36_500),
    ):
        in_force(bank, terms)
    say(bank, "alice", "Buy 100 shares at noon")
    found = row(bank)
    assert (days_from_now(found.expires_at), days_from_now(found.destroy_at)) == (7, 2190)
    assert len(found.retention_rules) == 2


def test_a_rule_for_one_class_leaves_the_others_alone(bank: Organisation) -> None:
    in_force(
        bank, RuleTerms("health", RuleKind.CEILING, 5, authority=Authority.MANDATORY, data_class=DataClass.SPECIAL)
    )
    say(bank, "alice", "I am allergic to peanuts")
    say(bank, "alice", "I like tea")
    with tenant_context(bank.tenant.id):
        found = {memory.data_class: days_from_now(memory.expires_at) for memory in Memory.objects.all()}
    assert found == {"special": 5, "ordinary": 365}


def months_from_now(number: int) -> list[str]:
    first = datetime.now(UTC).replace(day=1)
    found = [first]
    while len(found) < number:
        found.append((found[-1] + timedelta(days=31)).replace(day=1))
    return [f"{one:%Y-%m}" for one in found]


def test_nothing_changes_before_the_approval_and_all_memories_after_it(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    age(bank, 40)
    say(bank, "alice", "I like clocks")
    terms = RuleTerms("thirty days", RuleKind.CEILING, 30, authority=Authority.MANDATORY)
    rule = propose_rule(caller=bank.staff("ada"), terms=terms)
    sweep(bank.tenant.id)
    assert texts(bank, "alice") == ["I like tea", "I like clocks"]
    seen = preview(caller=bank.staff("dora"), rule_id=rule.id)
    assert (seen.total, seen.out_of_use, seen.destroyed, seen.shortened, seen.lengthened) == (2, 1, 1, 2, 0)
    assert seen.out_of_use_by_purpose == {"assistance": 1}
    assert [one.month for one in seen.endings] == ["at_once", *months_from_now(12), "later"]
    assert (sum(one.now for one in seen.endings), sum(one.then for one in seen.endings)) == (2, 2)
    assert [(one.month, one.then) for one in seen.endings if one.then] == [
        ("at_once", 1),
        (f"{datetime.now(UTC) + timedelta(days=30):%Y-%m}", 1),
    ]
    assert seen.endings[0].now == 0
    approve_rule(caller=bank.staff("dora"), rule_id=rule.id, digest=seen.digest)
    sweep(bank.tenant.id)
    assert texts(bank, "alice") == ["I like clocks"]


def test_who_proposed_a_rule_does_not_approve_it_and_a_changed_preview_is_not_approved(bank: Organisation) -> None:
    terms = RuleTerms("ten", RuleKind.CEILING, 10, authority=Authority.MANDATORY)
    rule = propose_rule(caller=bank.staff("ada"), terms=terms)
    seen = preview(caller=bank.staff("ada"), rule_id=rule.id)
    with pytest.raises(AccessRefused) as refused:
        approve_rule(caller=bank.staff("ada"), rule_id=rule.id, digest=seen.digest)
    assert refused.value.reason is ReasonCode.CAPABILITY_MISSING
    say(bank, "alice", "I like tea")
    age(bank, 20)
    with pytest.raises(AccessRefused) as refused:
        approve_rule(caller=bank.staff("dora"), rule_id=rule.id, digest=seen.digest)
    assert refused.value.reason is ReasonCode.PLAN_CHANGED
    assert ("approve_rule", "plan_changed") in bank.refusals()
    assert texts(bank, "alice") == ["I like tea"]


@pytest.mark.parametrize("days", [0, -1, -365, 10**9])
def test_a_rule_without_a_sound_period_is_refused_on_the_record(bank: Organisation, days: int) -> None:
    with pytest.raises(InvalidChange) as refused:
        propose_rule(caller=bank.staff("ada"), terms=RuleTerms("odd", RuleKind.CEILING, days))
    assert refused.value.field == "days"
    assert bank.refusals() == [("propose_rule", "invalid")]


def test_when_a_rule_ends_memories_are_used_longer_again_and_open(bank: Organisation) -> None:
    rule_id = in_force(bank, RuleTerms("ten days", RuleKind.CEILING, 10, authority=Authority.MANDATORY))
    say(bank, "alice", "I like tea")
    assert days_from_now(row(bank).expires_at) == 10
    propose_end(caller=bank.staff("ada"), rule_id=rule_id)
    seen = preview(caller=bank.staff("dora"), rule_id=rule_id)
    assert (seen.ends_rule, seen.lengthened) == (True, 1)
    approve_rule_end(caller=bank.staff("dora"), rule_id=rule_id, digest=seen.digest)
    assert sweep(bank.tenant.id).redated == 1
    assert days_from_now(row(bank).expires_at) == 365
    assert texts(bank, "alice") == ["I like tea"]  # the card was sealed anew, so it is not taken for tampered


def test_a_recomputation_that_was_interrupted_goes_on_where_it_stopped(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        say(bank, "alice", f"I have {number} clocks")
    rule = propose_rule(
        caller=bank.staff("ada"), terms=RuleTerms("ten", RuleKind.CEILING, 10, authority=Authority.MANDATORY)
    )
    seen = preview(caller=bank.staff("dora"), rule_id=rule.id)
    approve_rule(caller=bank.staff("dora"), rule_id=rule.id, digest=seen.digest)
    monkeypatch.setattr(redating, "BATCH", 3)
    apply, done = redating.apply_dates, []

    def failing(*args: object) -> bool:
        done.append(1)
        if len(done) == 5:
            raise RuntimeError("the process is killed here")
        return apply(*args)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(redating, "apply_dates", failing)
    with pytest.raises(RuntimeError):
        redating.redate(bank.tenant.id)
    with tenant_context(bank.tenant.id):
        assert Tenant.objects.get(id=bank.tenant.id).retention_cursor not in (None, NIL)
    assert redating.redate(bank.tenant.id) == 4  # the first batch of three was committed
    with tenant_context(bank.tenant.id):
        assert {days_from_now(memory.expires_at) for memory in Memory.objects.all()} == {10}
        assert Tenant.objects.get(id=bank.tenant.id).retention_cursor is None


def test_what_is_being_stored_while_a_rule_is_approved_gets_its_dates_too(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = RuleTerms("ten", RuleKind.CEILING, 10, authority=Authority.MANDATORY)
    rule = propose_rule(caller=bank.staff("ada"), terms=terms)
    seen = preview(caller=bank.staff("dora"), rule_id=rule.id)
    read, go_on = threading.Event(), threading.Event()

    def slowly() -> list[Retention]:
        rules = rules_in_force()
        read.set()
        go_on.wait(20)
        return rules

    def approve() -> None:
        approve_rule(caller=bank.staff("dora"), rule_id=rule.id, digest=seen.digest)
        redating.redate(bank.tenant.id)
        go_on.set()  # had it not waited, it would be done by now, and the memory not dated
        connections.close_all()

    def remember_tea() -> None:
        say(bank, "alice", "I like tea")
        connections.close_all()

    monkeypatch.setattr(storing, "rules_in_force", slowly)
    storer, approver = threading.Thread(target=remember_tea), threading.Thread(target=approve)
    storer.start()
    assert read.wait(20)
    approver.start()
    threading.Timer(1.0, go_on.set).start()
    for thread in (storer, approver):
        thread.join()
    assert days_from_now(row(bank).expires_at) == 10


def test_a_contract_that_ends_while_something_is_stored_waits_for_nobody_who_waits_for_it(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    in_force(
        bank, RuleTerms("after", RuleKind.CEILING, 10, anchor=PeriodStart.CONTRACT_END, authority=Authority.MANDATORY)
    )
    failures: list[BaseException] = []
    held = threading.Event()

    def when_others_wait(tenant_id: UUID) -> None:
        held.set()
        for _ in range(200):  # until the other stands in the queue for the subject's row
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                if cursor.fetchone()[0]:
                    break
            time.sleep(0.02)
        recompute_all(tenant_id)

    def run(step: Callable[[], object]) -> None:
        try:
            step()
        except BaseException as failure:  # noqa: BLE001 - told to the test, which fails by it
            failures.append(failure)
        finally:
            connections.close_all()

    monkeypatch.setattr(contract_end, "recompute_all", when_others_wait)
    officer, ended_on = bank.staff("dora"), datetime.now(UTC).date()
    ending = threading.Thread(
        target=run,
        args=[lambda: set_contract_end(caller=officer, subject=alice, purpose="assistance", ended_on=ended_on)],
    )
    storing_too = threading.Thread(target=run, args=[lambda: say(bank, "alice", "I like clocks")])
    ending.start()
    assert held.wait(20)
    storing_too.start()
    for thread in (ending, storing_too):
        thread.join()
    assert failures == []
    redating.redate(bank.tenant.id)
    with tenant_context(bank.tenant.id):
        assert {days_from_now(memory.expires_at) for memory in Memory.objects.all()} <= {9, 10}


def test_what_is_used_stays_and_what_is_not_goes(bank: Organisation) -> None:
    in_force(
        bank, RuleTerms("unused", RuleKind.CEILING, 30, anchor=PeriodStart.LAST_USED, authority=Authority.MANDATORY)
    )
    say(bank, "alice", "I like tea")
    say(bank, "bob", "I like coffee")
    age(bank, 20)
    found = recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"}, threshold=0)
    assert [view.text for view in found] == ["I like tea"]
    age(bank, 20)
    assert (texts(bank, "alice"), texts(bank, "bob")) == (["I like tea"], [])
    sweep(bank.tenant.id)
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 1


def test_a_period_from_the_end_of_the_contract_waits_for_that_end(bank: Organisation) -> None:
    floor = RuleTerms("commercial code", RuleKind.FLOOR, 100, anchor=PeriodStart.CONTRACT_END)
    in_force(bank, floor)
    say(bank, "alice", "I like tea")
    assert row(bank).destroy_at == FOREVER
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    today = datetime.now(UTC).date()
    set_contract_end(caller=bank.staff("dora"), subject=alice, purpose="assistance", ended_on=today)
    sweep(bank.tenant.id)
    assert days_from_now(row(bank).destroy_at) == 365
    assert row(bank).keep_until == datetime.combine(today + 100 * DAY, datetime.min.time(), UTC)


def test_the_callers_own_day_ends_use_and_a_recomputation_keeps_it(bank: Organisation) -> None:
    tomorrow = datetime.now(UTC).date() + DAY
    say(bank, "alice", "I like tea", expires_on=tomorrow)
    in_force(bank, RuleTerms("long", RuleKind.CEILING, 300))
    sweep(bank.tenant.id)
    assert row(bank).expires_at == datetime.combine(tomorrow + DAY, datetime.min.time(), UTC)
    assert isinstance(row(bank).expires_on, date)


def test_what_rests_for_the_law_is_put_out_of_use_in_batches(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    in_force(bank, SIX_YEARS)
    for number in range(3):
        say(bank, "alice", f"Buy {number} shares at noon")
    age(bank, 400)
    assert sweep(bank.tenant.id).put_out_of_use == 3
    with tenant_context(bank.tenant.id):
        assert set(Memory.objects.values_list("state", flat=True)) == {MemoryState.RESTRICTED.value}
    assert [event.n_items for event in bank.events() if event.type == Action.EXPIRE] == [2, 1]


def test_the_sweep_stops_at_a_hold_and_at_a_restriction_and_goes_on_by_itself(bank: Organisation) -> None:
    for user in ("alice", "bob", "carol"):
        say(bank, user, f"I am {user}")
    age(bank, 400)
    alice, bob = (find_subject(bank.tenant.id, SubjectKind.USER, user) for user in ("alice", "bob"))
    assert alice is not None
    assert bob is not None
    hold = request_hold(caller=bank.staff("dora"), kind=SubjectKind.USER, external_id="alice", reference="C-1")
    approve_hold(caller=bank.staff("dov"), hold_id=hold.id)
    restrict(caller=bank.staff("dora"), subject=bob)
    assert sweep(bank.tenant.id).destroyed == 1
    found = status(caller=bank.staff("dora"))
    assert (found.overdue, found.held) == (0, 2)
    request_release(caller=bank.staff("dora"), hold_id=hold.id)
    approve_release(caller=bank.staff("dov"), hold_id=hold.id)
    lift_restriction(caller=bank.staff("dora"), subject=bob)
    assert sweep(bank.tenant.id).destroyed == 2
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()


def test_sources_expire_by_their_own_period(bank: Organisation) -> None:

    remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content="I moved to Lisbon and live there.")],
        wait=True,
    )
    assert len(browse(caller=bank.caller(), filters={"user_id": "alice"}).memories) >= 1
    with tenant_context(bank.tenant.id):
        assert Source.objects.update(expires_at=datetime.now(UTC) - DAY) == 1
    assert sweep(bank.tenant.id).sources == 1
    with tenant_context(bank.tenant.id):
        assert not Source.objects.exists()
    assert texts(bank, "alice") != []


def test_one_failing_tenant_does_not_keep_the_others_waiting(
    bank: Organisation, outsider: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(outsider, "alice", "I like tea")
    age(outsider, 400)
    real = redating.redate

    def failing(tenant_id: UUID) -> int:
        if tenant_id == bank.tenant.id:
            raise RuntimeError("a broken tenant")
        return real(tenant_id)

    monkeypatch.setattr("memstore.forget.sweep.redate", failing)
    done = sweep_all()
    assert bank.tenant.id not in done
    assert done[outsider.tenant.id].destroyed == 1
