"""The sealer: every committed event gets one leaf, whatever the order of commits, rollbacks and other sealers."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connections, transaction

from governance.evidence import sealer, verify_trail
from governance.evidence.sealer import as_proof, last_head, seal, seal_all
from governance.guard import audit_event
from governance.guard.unauthenticated import note_refusal
from governance.ids import NIL
from governance.keyring.signing import public_keys, rotate_signing_key
from governance.models import AuditQueued, TreeHead
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Problem
from tests.governance.evidence.trail import event, happen, n_events, numbers, sealed, verdict
from tests.support.cast import DATABASES, Organisation, say
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def waiting(tenant_id: UUID) -> int:
    with tenant_context(tenant_id):
        return AuditQueued.objects.count()


def roll_back(bank: Organisation) -> None:
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        with tenant_context(bank.tenant.id):
            audit_event.write(event(bank))
        raise ZeroDivisionError


def test_everything_that_waits_gets_a_leaf_and_one_signed_head(bank: Organisation) -> None:
    happen(bank, 5)
    assert seal(bank.tenant.id) == 5
    assert [index for index, _ in numbers(bank)] == [0, 1, 2, 3, 4]
    assert waiting(bank.tenant.id) == 0
    with tenant_context(bank.tenant.id):
        head = last_head(bank.tenant.id)
    assert head is not None
    assert head.size == 5
    as_proof(head).check({key.id: bytes.fromhex(key.public) for key in public_keys(bank.tenant.id)})
    assert seal(bank.tenant.id) == 0  # nothing new: no new head
    with tenant_context(bank.tenant.id):
        assert TreeHead.objects.count() == 1


def test_a_batch_is_never_larger_than_it_may_be(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "BATCH", 3)
    happen(bank, 7)
    assert seal(bank.tenant.id) == 7
    with tenant_context(bank.tenant.id):
        assert list(TreeHead.objects.order_by("size").values_list("size", flat=True)) == [3, 6, 7]
    assert verdict(bank).problem is None


def test_an_event_that_commits_late_comes_later_and_is_no_gap(bank: Organisation) -> None:
    written, go_on = threading.Event(), threading.Event()

    def late() -> None:
        try:
            with tenant_context(bank.tenant.id):
                audit_event.write(event(bank))
                written.set()
                go_on.wait(10)
        finally:
            connections.close_all()

    slow = threading.Thread(target=late)
    slow.start()
    assert written.wait(10)
    happen(bank, 3)
    assert seal(bank.tenant.id) == 3
    go_on.set()
    slow.join()
    assert seal(bank.tenant.id) == 1
    found = verdict(bank)
    assert (found.problem, found.size) == (None, 4)


def test_what_was_rolled_back_leaves_no_trace_and_no_gap(bank: Organisation) -> None:
    happen(bank, 2)
    roll_back(bank)
    happen(bank, 2)
    assert seal(bank.tenant.id) == 4
    assert verdict(bank).problem is None


def test_many_writers_and_several_sealers_at_once_lose_and_double_nothing(bank: Organisation) -> None:
    def write_some(_: int) -> None:
        try:
            happen(bank, 15)
        finally:
            connections.close_all()

    def seal_some(_: int) -> None:
        try:
            for _ in range(15):
                seal(bank.tenant.id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(job, n) for n in range(4) for job in ((write_some, seal_some) if n < 2 else (write_some,))]
        for one in done:
            one.result()
    seal(bank.tenant.id)
    assert [index for index, _ in numbers(bank)] == list(range(60))
    assert len({event_id for _, event_id in numbers(bank)}) == 60
    found = verdict(bank)
    assert (found.problem, found.size, found.unsealed) == (None, 60, 0)


def test_a_sealer_that_dies_in_the_middle_has_done_nothing(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    happen(bank, 3)
    with monkeypatch.context() as broken:
        broken.setattr(sealer, "_write_head", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            seal(bank.tenant.id)
    assert (numbers(bank), waiting(bank.tenant.id)) == ([], 3)
    assert seal(bank.tenant.id) == 3


def test_the_clock_set_back_is_not_read_as_tampering(bank: Organisation) -> None:
    sealed(bank, 3)
    with superuser() as intruder:  # stands for a database whose clock was set back: only `at` differs
        past = datetime.now(UTC) - timedelta(hours=2)
        happen(bank, 2)
        queued = "SELECT event_id FROM governance_auditqueued WHERE tenant_id = %s"
        intruder.execute(
            f"UPDATE governance_auditevent SET at = %s WHERE id IN ({queued})".encode(), [past, bank.tenant.id]
        )
        intruder.execute("UPDATE governance_auditqueued SET at = %s WHERE tenant_id = %s", [past, bank.tenant.id])
    sealed(bank, 2)
    found = verdict(bank)
    assert (found.problem, found.size) == (None, 7)


def test_an_event_that_vanishes_before_it_is_sealed_is_named(bank: Organisation) -> None:
    happen(bank, 3)
    with superuser() as intruder:
        intruder.execute(
            "DELETE FROM governance_auditevent WHERE id ="
            " (SELECT event_id FROM governance_auditqueued WHERE tenant_id = %s ORDER BY at LIMIT 1)",
            [bank.tenant.id],
        )
    found = verdict(bank)
    assert (found.problem, found.index) == (Problem.EVENT_MISSING, None)
    seal(bank.tenant.id)
    found = verdict(bank)
    assert (found.problem, found.index) == (Problem.EVENT_MISSING, 0)


def test_tenants_have_trees_of_their_own_and_strangers_at_the_door_have_one_too(
    bank: Organisation, outsider: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("governance.guard.unauthenticated._counter._written_at", -1000.0)
    note_refusal()
    happen(bank, 2)
    happen(outsider, 3)
    assert seal_all() >= 6
    assert (verdict(bank).size, verdict(outsider).size) == (2, 3)
    with tenant_context(NIL):
        assert last_head(NIL) is not None
    assert {key.id for key in public_keys(bank.tenant.id)}.isdisjoint(
        {key.id for key in public_keys(outsider.tenant.id)}
    )


def test_one_tenant_whose_key_is_gone_does_not_stop_the_others(bank: Organisation, outsider: Organisation) -> None:
    sealed(bank, 1)
    with superuser("keys") as intruder:
        intruder.execute("UPDATE keyring_signingkey SET wrapped = %s WHERE tenant_id = %s", [b"x" * 60, bank.tenant.id])
    from governance.expiring_cache import clear_all

    clear_all()
    happen(bank, 1)
    happen(outsider, 1)
    seal_all()
    assert (waiting(bank.tenant.id), waiting(outsider.tenant.id)) == (1, 0)


def test_a_new_signing_key_signs_from_now_on_and_the_old_heads_stay_good(bank: Organisation) -> None:
    sealed(bank, 2)
    new = rotate_signing_key(bank.tenant.id)
    sealed(bank, 2)
    with tenant_context(bank.tenant.id):
        heads = list(TreeHead.objects.order_by("size"))
    assert [head.key_id == new for head in heads] == [False, True]
    assert verdict(bank).problem is None
    assert [key.retired_at is None for key in public_keys(bank.tenant.id)] == [False, True]


def test_every_use_case_fills_the_queue_with_its_effect_or_not_at_all(bank: Organisation) -> None:
    before = n_events(bank)
    say(bank, "alice", "I like tea")
    roll_back(bank)
    assert n_events(bank) == waiting(bank.tenant.id) > before


def test_the_frontier_of_a_head_is_checked_before_it_is_built_on() -> None:
    with pytest.raises(verify_trail.Broken, match="one root per full subtree"):
        verify_trail.Frontier.from_bytes(3, b"x" * 32)
