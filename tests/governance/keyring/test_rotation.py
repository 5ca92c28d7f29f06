"""Rotation: every key opens before, meanwhile and after, none stays behind, and one killed half-way is resumed."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections

from governance.errors import InvalidChange, KeyUnavailable, WrongRootKey
from governance.expiring_cache import clear_all
from governance.guard.authorize import system_caller
from governance.ids import NIL
from governance.keyring import keys, rotation
from governance.keyring.identities import enrol_identity, find_identity, reveal_identities
from governance.keyring.keys import check_root_key, current_epoch, shred_purpose_key, tenant_key
from governance.keyring.models import DataKey, KeyEpoch, KeyUse, SigningKey, SigningUse, TenantKey
from governance.keyring.root import LocalRootKey, root_key
from governance.keyring.rotation import epoch_object, only_one, plan_rotation, rotate
from governance.keyring.sealing import Field
from governance.keyring.signing import public_keys, rotate_signing_key, signer
from governance.keyring.survey import keys_by_epoch
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, SubjectKind, SystemJob
from tests.governance.keyring.epochs import epochs_of_keys, opens, people, person, sealed_word, sealer, states
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def nobody_left_on(epoch: int) -> bool:
    return not [one for one in keys_by_epoch() if one.epoch == epoch]


def test_every_key_stands_under_the_new_epoch_and_opens_what_it_sealed(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    sealed = {one: sealed_word(alone, one) for one in people(alone, 8)}
    ann = enrol_identity(alone.tenant.id, SubjectKind.USER, "ann")
    heads = signer(alone.tenant.id)
    rotate_signing_key(alone.tenant.id)
    told: list[tuple[int, int]] = []
    done = rotate(progress=lambda n, total: told.append((n, total)))
    assert (done.old, done.current, done.left, done.shut, done.is_retired) == (1, 2, 0, [], True)
    assert epochs_of_keys(alone.tenant.id) == {"TenantKey": {2}, "DataKey": {2}, "SigningKey": {2}}
    assert states() == {1: "retired", 2: "current"}
    assert told[-1] == (done.rewrapped, done.rewrapped)
    assert all(opens(alone, one, word) for one, word in sealed.items())
    assert find_identity(alone.tenant.id, SubjectKind.USER, "ann") == ann
    assert reveal_identities(alone.tenant.id, [ann]) == {ann: "ann"}
    assert heads.key_id in {key.id for key in public_keys(alone.tenant.id)}
    assert signer(alone.tenant.id).sign(b"head")


def test_the_key_itself_is_the_same_so_that_old_backups_of_data_stay_readable(alone: Organisation) -> None:
    ann = person(alone)
    before = sealer(alone, ann).mac(b"same", b"word")
    rotate()
    clear_all()
    assert sealer(alone, ann).mac(b"same", b"word") == before


def test_each_tenant_has_an_event_with_the_number_of_its_keys(alone: Organisation) -> None:
    people(alone, 3)
    [mine] = [one for one in keys_by_epoch() if one.tenant_id == alone.tenant.id]
    rotate()
    told = [event for event in alone.events() if event.type == Action.ROTATE_KEYS]
    assert [(one.reason, one.job, one.object_id, one.n_items) for one in told] == [
        ("allowed", "key_rotation", epoch_object(1), mine.data_keys)
    ]


def test_keys_that_are_made_while_the_rotation_runs_stand_under_the_new_epoch_and_open(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 5)
    sealed = {one: sealed_word(alone, one) for one in people(alone, 40)}
    ended, late = threading.Event(), []

    def write() -> dict[UUID, bytes]:
        made = {}
        try:
            while not ended.is_set():
                one = uuid4()
                made[one] = sealed_word(alone, one)
                assert opens(alone, one, made[one])  # clears all caches: the next look reads the row again
                some = next(iter(sealed))
                assert opens(alone, some, sealed[some])
            late.append(person(alone))
        finally:
            connections.close_all()
        return made

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write) for _ in range(4)]
        time.sleep(0.3)
        try:
            done = rotate()
        finally:
            time.sleep(0.2)
            ended.set()
        for one in writers:
            sealed |= one.result()
    assert done.is_retired
    assert nobody_left_on(1)
    assert len(sealed) > 40
    assert all(opens(alone, one, word) for one, word in sealed.items())


def test_nobody_makes_a_key_under_the_old_epoch_whatever_his_cache_says(alone: Organisation) -> None:
    assert current_epoch() == 1  # and it stays cached
    signer(alone.tenant.id)
    rotate()
    keys._epochs.put("current", 1)
    keys._sealers.clear()
    person(alone)
    rotate_signing_key(alone.tenant.id)
    assert epochs_of_keys(alone.tenant.id) == {"TenantKey": {2}, "DataKey": {2}, "SigningKey": {2}}


def test_a_key_that_is_being_made_holds_the_rotation_back_until_it_is_there(alone: Organisation) -> None:
    current_epoch()
    began, finish = threading.Event(), threading.Event()
    ann = uuid4()

    def make() -> None:
        try:
            with tenant_context(alone.tenant.id, using="keys"):
                keys._insert(alone.tenant.id, ann, alone.assistance.purpose_id, KeyUse.PURPOSE)
                began.set()
                finish.wait(5)
        finally:
            connections.close_all()

    maker = threading.Thread(target=make)
    maker.start()
    assert began.wait(5)
    threading.Timer(0.4, finish.set).start()
    done = rotate()
    maker.join()
    assert finish.is_set()
    assert done.is_retired
    assert epochs_of_keys(alone.tenant.id)["DataKey"] == {2}


def test_a_reader_whose_tenant_key_goes_between_two_looks_reads_again(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = person(alone)
    word = sealed_word(alone, ann)
    find = keys._find
    rotated: list[bool] = []

    def find_and_be_overtaken(subject_id: UUID, purpose_id: UUID, use: KeyUse) -> DataKey | None:
        row = find(subject_id, purpose_id, use)
        if not rotated:
            rotated.append(True)
            in_another_thread(rotate)
            keys._tenant_keys.clear()
        return row

    clear_all()
    monkeypatch.setattr(keys, "_find", find_and_be_overtaken)
    assert sealer(alone, ann).unseal(Field.TEXT, ann, 1, word) == b"word"
    assert epochs_of_keys(alone.tenant.id)["TenantKey"] == {2}


def in_another_thread(work: object) -> None:
    def run() -> None:
        try:
            assert callable(work)
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def test_reading_never_makes_a_tenant_key(alone: Organisation) -> None:
    with tenant_context(alone.tenant.id, using="keys"), pytest.raises(KeyUnavailable):
        tenant_key(alone.tenant.id, 7)
    assert epochs_of_keys(alone.tenant.id)["TenantKey"] == {1}


def test_a_tenant_key_that_was_rolled_back_wraps_nothing_afterwards(alone: Organisation) -> None:
    stranger = uuid4()

    class Backwards(Exception):
        pass

    with contextlib.suppress(Backwards), tenant_context(stranger, using="keys"):
        keys.wrapping_of_new_keys(stranger)
        raise Backwards
    keys.staff_sealer(stranger, uuid4())
    with tenant_context(stranger, using="keys"):
        clear_all()
        assert DataKey.objects.count() == TenantKey.objects.count() == 1


@pytest.mark.parametrize("moment", ["before the batch", "while the batch holds the row"])
def test_a_shred_during_the_rotation_stays_a_shred(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    ann, ben = people(alone, 2)
    word = sealed_word(alone, ben)
    shredding: list[threading.Thread] = []

    def shred() -> None:
        try:
            shred_purpose_key(tenant_id=alone.tenant.id, subject_id=ann, purpose_id=alone.assistance.purpose_id)
        finally:
            connections.close_all()

    def begin() -> None:
        if not shredding:
            shredding.append(threading.Thread(target=shred))
            shredding[0].start()
            time.sleep(0.2)

    name = "taken" if moment == "before the batch" else "put"
    original = getattr(rotation, name)

    def overtaken(*arguments: object) -> object:
        begin()
        return original(*arguments)

    monkeypatch.setattr(rotation, name, overtaken)
    done = rotate()
    shredding[0].join()
    assert done.is_retired
    with tenant_context(alone.tenant.id, using="keys"):
        assert not DataKey.objects.filter(subject_id=ann).exists()
    clear_all()
    with pytest.raises(KeyUnavailable):
        sealer(alone, ann)
    assert opens(alone, ben, word)


def test_a_row_that_somebody_holds_is_passed_by_and_done_afterwards(alone: Organisation) -> None:
    ann, ben = people(alone, 2)
    words = {one: sealed_word(alone, one) for one in (ann, ben)}
    held, passed = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with tenant_context(alone.tenant.id, using="keys"):
                list(DataKey.objects.select_for_update().filter(subject_id=ann))
                held.set()
                passed.wait(5)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(5)
    started = time.monotonic()
    threading.Timer(0.3, passed.set).start()
    done = rotate()
    holder.join()
    assert time.monotonic() - started >= 0.3
    assert done.is_retired
    assert all(opens(alone, one, word) for one, word in words.items())


def test_rows_that_stay_held_leave_the_epoch_retiring_and_the_next_run_ends_it(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PATIENCE_SECONDS", 0.1)
    ann, finish, held = person(alone), threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with tenant_context(alone.tenant.id, using="keys"):
                list(DataKey.objects.select_for_update().filter(subject_id=ann))
                held.set()
                finish.wait(10)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(5)
    first = rotate()
    finish.set()
    holder.join()
    assert (first.is_retired, first.left) == (False, 2)  # the row and the tenant key that it needs
    assert states() == {1: "retiring", 2: "current"}
    second = rotate()
    assert (second.old, second.current, second.rewrapped, second.is_retired) == (1, 2, 1, True)


def test_two_rotations_at_once_make_one_new_epoch(alone: Organisation) -> None:
    people(alone, 5)
    together = threading.Barrier(2)

    def turn(_: int) -> str:
        try:
            together.wait(5)
            return "done" if rotate().is_retired else "unfinished"
        except InvalidChange as error:
            return error.reason.value
        finally:
            connections.close_all()

    with only_one(system_caller(NIL, SystemJob.KEY_ROTATION), Action.ROTATE_KEYS), ThreadPoolExecutor(2) as pool:
        assert list(pool.map(turn, range(2))) == ["out_of_order"] * 2
    assert states() == {1: "current"}
    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(turn, range(2)))
    # Either one is turned away, or it came when the other had ended: never two on one epoch.
    assert outcomes in (["done", "out_of_order"], ["done", "done"])
    assert nobody_left_on(1)
    assert list(states().values()).count("current") == 1


def test_a_wrong_root_key_stops_before_anything_is_changed(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    people(alone, 2)
    before = rows_as_they_are(alone)
    with monkeypatch.context() as patch:
        patch.setattr(settings, "MEMSTORE_ROOT_KEY_FILE", tmp_path / "another.key")
        root_key.cache_clear()
        clear_all()
        with pytest.raises(WrongRootKey):
            rotate()
        with pytest.raises(WrongRootKey):
            plan_rotation()
    root_key.cache_clear()
    assert states() == {1: "current"}
    assert rows_as_they_are(alone) == before


def rows_as_they_are(alone: Organisation) -> list[tuple[object, ...]]:
    with tenant_context(alone.tenant.id, using="keys"):
        rows: QuerySet[DataKey, tuple[object, ...]] = DataKey.objects.order_by("id").values_list(
            "id", "epoch", "wrapped"
        )
        return [(one, epoch, bytes(wrapped)) for one, epoch, wrapped in rows]  # type: ignore[call-overload]


def test_keys_that_do_not_open_are_named_and_keep_the_old_epoch_alive(alone: Organisation) -> None:
    ann, ben = people(alone, 2)
    word = sealed_word(alone, ben)
    with tenant_context(alone.tenant.id, using="keys"):
        row = DataKey.objects.get(subject_id=ann)
        whole = bytes(row.wrapped)
        DataKey.objects.filter(id=row.id).update(wrapped=whole[:-1] + bytes([whole[-1] ^ 1]))
    first = rotate()
    assert (first.shut, first.is_retired) == ([row.id], False)
    assert states() == {1: "retiring", 2: "current"}
    assert opens(alone, ben, word)
    with tenant_context(alone.tenant.id, using="keys"):
        assert TenantKey.objects.filter(epoch=1).exists()
        DataKey.objects.filter(id=row.id).update(wrapped=whole)
    with tenant_context(NIL):
        [refused] = AuditEvent.objects.filter(type="rotate_keys", reason="keys_in_use", object_id=epoch_object(1))[:1]
    assert refused.job == "key_rotation"
    assert rotate().is_retired
    clear_all()
    assert sealer(alone, ann)


def test_a_damaged_tenant_key_names_all_that_hangs_on_it(alone: Organisation) -> None:
    people(alone, 2)
    with tenant_context(alone.tenant.id, using="keys"):
        hanging = set(DataKey.objects.values_list("id", flat=True)) | set(
            TenantKey.objects.values_list("id", flat=True)
        )
        TenantKey.objects.update(wrapped=bytes(60))
    done = rotate()
    assert set(done.shut) == hanging
    assert not done.is_retired


def test_a_key_of_the_new_epoch_that_does_not_open_stops_the_retirement_as_well(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = person(alone)
    original, spoiled = rotation._record, []

    def spoil_first(tenant_id: UUID, epoch: int, n_keys: int) -> None:
        original(tenant_id, epoch, n_keys)
        with tenant_context(alone.tenant.id, using="keys"):
            row = DataKey.objects.get(subject_id=ann)
            DataKey.objects.filter(id=row.id).update(wrapped=bytes(60))
            spoiled.append(row.id)

    monkeypatch.setattr(rotation, "_record", spoil_first)
    assert rotate().shut == spoiled[:1]
    assert states()[1] == "retiring"


def test_keys_of_a_tenant_that_the_data_do_not_know_are_wrapped_anew_too(alone: Organisation) -> None:
    lost = uuid4()
    keys.staff_sealer(lost, uuid4())
    done = rotate()
    assert done.is_retired
    assert epochs_of_keys(lost) == {"TenantKey": {2}, "DataKey": {2}, "SigningKey": set()}


def test_a_second_rotation_begins_the_next_epoch(alone: Organisation) -> None:
    ann = person(alone)
    word = sealed_word(alone, ann)
    rotate()
    assert (rotate().current, rotate().current) == (3, 4)
    assert states() == {1: "retired", 2: "retired", 3: "retired", 4: "current"}
    assert opens(alone, ann, word)


def test_a_dry_run_counts_and_changes_nothing(alone: Organisation) -> None:
    people(alone, 4)
    before = rows_as_they_are(alone)
    planned = plan_rotation()
    [mine] = [one for one in keys_by_epoch() if one.tenant_id == alone.tenant.id]
    assert (planned.old, planned.new, planned.resumes, planned.tenants) == (1, 2, False, 1)
    assert planned.keys == mine.wrapped
    assert 0 < planned.seconds < 60
    assert rows_as_they_are(alone) == before
    assert states() == {1: "current"}
    root = root_key()
    assert isinstance(root, LocalRootKey)
    assert root._versions().keys() == {1}


def test_a_retired_epoch_is_not_asked_of_the_root(alone: Organisation) -> None:
    rotate()
    root_key().destroy(1)  # as a destruction that was killed before it could say so
    clear_all()
    assert check_root_key() == 2
    assert states()[1] == "retired"


def test_the_present_signing_key_signs_on_with_the_same_public_half(alone: Organisation) -> None:
    before = signer(NIL, SigningUse.CERTIFICATE).key_id
    rotate()
    clear_all()
    assert signer(NIL, SigningUse.CERTIFICATE).key_id == before
    with tenant_context(NIL, using="keys"):
        assert set(SigningKey.objects.values_list("epoch", flat=True)) == {2}
    assert KeyEpoch.objects.get(epoch=1).retired_at is not None
