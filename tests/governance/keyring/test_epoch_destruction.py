"""Destruction of an old root version: refused while a key needs it, signed when it is done, and final."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connections

from governance.errors import AuditUnavailable, InvalidChange, KeyUnavailable, NoSuchObject
from governance.expiring_cache import clear_all
from governance.guard.authorize import system_caller
from governance.ids import NIL
from governance.keyring import keys
from governance.keyring.epoch_destruction import confirm_backup, destroy_epoch, epoch_record
from governance.keyring.keys import check_root_key
from governance.keyring.models import DataKey, KeyEpoch, KeyUse, SigningKey, TenantKey
from governance.keyring.root import LocalRootKey, root_key
from governance.keyring.rotation import epoch_object, only_one, rotate
from governance.keyring.signing import public_keys, signer
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SystemJob
from tests.governance.keyring.epochs import opens, people, person, sealed_word, states
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def ready(alone: Organisation) -> None:
    """Retire epoch 1, with the keys backed up."""
    people(alone, 3)
    signer(alone.tenant.id)
    rotate()
    confirm_backup(reference="keys-2026-11-26")


def versions() -> set[int]:
    root = root_key()
    assert isinstance(root, LocalRootKey)
    return set(root._versions())


def refused_because(epoch: int = 1) -> str:
    before = versions()
    with pytest.raises(InvalidChange) as refused:
        destroy_epoch(epoch=epoch)
    assert refused.value.reason is ReasonCode.KEYS_IN_USE
    assert versions() == before
    with tenant_context(NIL):
        newest = AuditEvent.objects.filter(type="destroy_epoch").order_by("-at", "-id")[0]
    assert newest.reason == "keys_in_use"
    return refused.value.problem


def test_the_root_version_is_gone_and_everybody_is_read_on(alone: Organisation) -> None:
    ann = person(alone)
    word = sealed_word(alone, ann)
    ready(alone)
    done = destroy_epoch(epoch=1)
    assert versions() == {2}
    assert states() == {1: "destroyed", 2: "current"}
    clear_all()
    assert check_root_key() == 2
    assert opens(alone, ann, word)
    assert done.gone_by <= datetime.now(UTC)


def test_a_copy_of_the_keys_from_before_is_dead(alone: Organisation) -> None:
    ann = person(alone)
    with tenant_context(alone.tenant.id, using="keys"):
        copied = {
            "tenant": bytes(TenantKey.objects.get(epoch=1).wrapped),
            "data": bytes(DataKey.objects.get(subject_id=ann).wrapped),
        }
        context = keys.tenant_key_context(alone.tenant.id, 1)
    assert root_key().unwrap(1, copied["tenant"], context)
    ready(alone)
    destroy_epoch(epoch=1)
    with pytest.raises(KeyUnavailable):
        root_key().unwrap(1, copied["tenant"], context)


def test_the_record_is_of_nobody_and_verifies_with_the_public_key(alone: Organisation) -> None:
    ready(alone)
    done = destroy_epoch(epoch=1)
    said = json.loads(done.record)
    assert rfc8785.dumps(said) == done.record
    public = {str(key.id): bytes.fromhex(key.public) for key in public_keys(NIL)}
    Ed25519PublicKey.from_public_bytes(public[said["signing_key"]]).verify(done.signature, done.record)
    assert set(said) == {
        "format",
        "epoch",
        "root",
        "begun_at",
        "retired_at",
        "backup_confirmed_at",
        "destroyed_at",
        "gone_not_later_than",
        "keys_rewrapped",
        "keys_opened",
        "audit_event",
        "signing_key",
    }
    assert (said["format"], said["epoch"], said["root"]) == ("memstore epoch record 1", 1, "local")
    with tenant_context(alone.tenant.id, using="keys"):
        mine = DataKey.objects.count() + SigningKey.objects.count()
    assert said["keys_rewrapped"] == mine
    with tenant_context(NIL):
        event = AuditEvent.objects.get(id=UUID(said["audit_event"]))
    assert (event.type, event.reason, event.job, event.object_id, event.n_items) == (
        "destroy_epoch",
        "allowed",
        "key_rotation",
        epoch_object(1),
        said["keys_rewrapped"],
    )
    assert epoch_record(1) == done
    assert epoch_record(2) is None


def test_asked_again_it_answers_with_the_same_record(alone: Organisation) -> None:
    ready(alone)
    assert destroy_epoch(epoch=1) == destroy_epoch(epoch=1)


def test_a_current_epoch_is_not_destroyed(alone: Organisation) -> None:
    check_root_key()
    assert "not retired" in refused_because()


def test_a_retiring_epoch_is_not_destroyed(alone: Organisation) -> None:
    ready(alone)
    KeyEpoch.objects.filter(epoch=1).update(state="retiring")
    assert "not retired" in refused_because()


def leave_a_data_key(alone: Organisation) -> None:
    with tenant_context(alone.tenant.id, using="keys"):
        DataKey.objects.filter(id=DataKey.objects.values_list("id", flat=True)[0]).update(epoch=1)


def leave_a_signing_key(alone: Organisation) -> None:
    with tenant_context(alone.tenant.id, using="keys"):
        SigningKey.objects.update(epoch=1)


def leave_a_tenant_key(alone: Organisation) -> None:
    with tenant_context(alone.tenant.id, using="keys"):
        TenantKey(id=uuid4(), tenant_id=alone.tenant.id, epoch=1, wrapped=b"").save(force_insert=True)


def leave_a_key_of_a_tenant_that_the_data_do_not_know(alone: Organisation) -> None:
    lost = uuid4()
    with tenant_context(lost, using="keys"):
        DataKey(
            id=uuid4(), tenant_id=lost, subject_id=uuid4(), purpose_id=NIL, use=KeyUse.STAFF, epoch=1, wrapped=b""
        ).save(force_insert=True)


@pytest.mark.parametrize(
    "leave",
    [
        leave_a_data_key,
        leave_a_signing_key,
        leave_a_tenant_key,
        leave_a_key_of_a_tenant_that_the_data_do_not_know,
    ],
)
def test_an_epoch_that_one_row_stands_under_is_not_destroyed(
    alone: Organisation, leave: Callable[[Organisation], None]
) -> None:
    ready(alone)
    leave(alone)
    assert refused_because() == "1 keys stand under epoch 1"


def test_without_a_confirmed_backup_nothing_is_destroyed(alone: Organisation) -> None:
    person(alone)
    rotate()
    assert "no backup" in refused_because()


def test_a_backup_from_before_the_retirement_does_not_count(alone: Organisation) -> None:
    ready(alone)
    KeyEpoch.objects.filter(epoch=1).update(backup_confirmed_at=datetime.now(UTC) - timedelta(days=1))
    assert "no backup" in refused_because()


def test_while_a_key_does_not_open_nothing_is_destroyed_and_it_is_named(alone: Organisation) -> None:
    ready(alone)
    with tenant_context(alone.tenant.id, using="keys"):
        row = DataKey.objects.all()[0]
        DataKey.objects.filter(id=row.id).update(wrapped=bytes(60))
    assert str(row.id) in refused_because()


def test_while_a_tenant_key_does_not_open_nothing_is_destroyed(alone: Organisation) -> None:
    ready(alone)
    with tenant_context(alone.tenant.id, using="keys"):
        TenantKey.objects.update(wrapped=bytes(60))
    assert "do not open" in refused_because()  # although this process still has it in its cache


def test_while_a_rotation_runs_nothing_is_destroyed(alone: Organisation) -> None:
    ready(alone)
    refused: list[ReasonCode] = []

    def destroy() -> None:
        try:
            destroy_epoch(epoch=1)
        except InvalidChange as error:
            refused.append(error.reason)
        finally:
            connections.close_all()

    from threading import Thread

    with only_one(system_caller(NIL, SystemJob.KEY_ROTATION), Action.ROTATE_KEYS):
        thread = Thread(target=destroy)
        thread.start()
        thread.join()
    assert refused == [ReasonCode.OUT_OF_ORDER]
    assert versions() == {1, 2}


def test_an_epoch_that_never_was_is_not_found(alone: Organisation) -> None:
    check_root_key()
    with pytest.raises(NoSuchObject):
        destroy_epoch(epoch=9)


def test_when_the_event_cannot_be_written_nothing_is_destroyed(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(alone)

    def unwritable(*_arguments: object, **_named: object) -> bool:
        raise AuditUnavailable

    monkeypatch.setattr("governance.guard.audit_event.write", unwritable)
    with pytest.raises(AuditUnavailable):
        destroy_epoch(epoch=1)
    assert versions() == {1, 2}
    assert states()[1] == "retired"


def test_when_the_keeper_cannot_be_reached_the_epoch_stays_retired(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(alone)

    def unreachable(_self: LocalRootKey, _epoch: int) -> datetime:
        raise KeyUnavailable("the keeper does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(LocalRootKey, "destroy", unreachable)
        with pytest.raises(KeyUnavailable):
            destroy_epoch(epoch=1)
    assert states()[1] == "retired"
    assert destroy_epoch(epoch=1).epoch == 1


def test_a_date_in_the_future_is_stated_as_the_keeper_confirms_it(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(alone)
    gone = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    monkeypatch.setattr(LocalRootKey, "destroy", lambda _self, _epoch: gone)
    done = destroy_epoch(epoch=1)
    assert done.gone_by == gone
    assert json.loads(done.record)["gone_not_later_than"] == gone.isoformat(timespec="microseconds")


@pytest.mark.parametrize("reference", ["", "the backup of Alice", "a" * 65, "a\nb", "-x", "ä"])
def test_a_reference_is_a_plain_name(alone: Organisation, reference: str) -> None:
    rotate()
    with pytest.raises(InvalidChange) as refused:
        confirm_backup(reference=reference)
    assert refused.value.field == "reference"
    assert KeyEpoch.objects.get(epoch=1).backup_confirmed_at is None


def test_a_backup_is_confirmed_for_what_is_retired_and_on_the_record(alone: Organisation) -> None:
    check_root_key()
    with pytest.raises(InvalidChange):
        confirm_backup(reference="too-early")
    rotate()
    assert confirm_backup(reference="keys/2026-11-26T10:00+00:00") == [1]
    row = KeyEpoch.objects.get(epoch=1)
    assert row.backup_reference == "keys/2026-11-26T10:00+00:00"
    with tenant_context(NIL):
        newest = AuditEvent.objects.filter(type="rotate_keys").order_by("-at", "-id")[0]
    assert (newest.reason, newest.object_id) == ("allowed", epoch_object(1))
