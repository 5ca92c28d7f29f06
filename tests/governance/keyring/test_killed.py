"""SIGKILL of a rotation and of a destruction at each of their steps: they are resumed, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connections

from governance.expiring_cache import clear_all
from governance.ids import NIL
from governance.keyring.epoch_destruction import confirm_backup, destroy_epoch
from governance.keyring.models import KeyEpoch
from governance.keyring.rotation import epoch_object, rotate
from governance.keyring.survey import keys_by_epoch, open_every_key
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action
from tests.governance.keyring.epochs import opens, people, person, sealed_word, states
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ROTATING = [
    "version made",
    "epoch begun",
    "half of the batches",
    "in a batch",
    "all wrapped",
    "event written",
    "tenant keys gone",
]


def killed_at(place: str) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "api.settings",
        "KILLED_DEFAULT": str(connections["default"].settings_dict["NAME"]),
        "KILLED_KEYS": str(connections["keys"].settings_dict["NAME"]),
        "MEMSTORE_ROOT_KEY_FILE": str(settings.MEMSTORE_ROOT_KEY_FILE),
        "MEMSTORE_WITNESS": "none:",
    }
    command = [sys.executable, "-m", "tests.governance.keyring.killed", place]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline().strip() == "here"
        finally:
            child.kill()
    clear_all()


@pytest.fixture
def words(alone: Organisation) -> Iterator[dict[UUID, bytes]]:
    """The words of eleven people, which can be read at the end of each test."""
    said = {one: sealed_word(alone, one) for one in people(alone, 11)}
    yield dict(said)
    assert all(opens(alone, one, word) for one, word in said.items())


@pytest.mark.parametrize("place", ROTATING)
def test_a_rotation_that_is_killed_goes_on_where_it_stopped(
    alone: Organisation, words: dict[UUID, bytes], place: str
) -> None:
    [before] = [one for one in keys_by_epoch() if one.tenant_id == alone.tenant.id]
    killed_at(place)
    assert open_every_key().shut == []  # and meanwhile everybody can be read
    late = person(alone)
    done = rotate()
    assert (done.old, done.current, done.is_retired) == (1, 2, True)
    assert states() == {1: "retired", 2: "current"}
    [mine] = keys_by_epoch()
    assert (mine.tenant_id, mine.epoch, mine.tenant_keys, mine.data_keys) == (
        alone.tenant.id,
        2,
        1,
        before.data_keys + 1,
    )
    told = [event.n_items for event in alone.events() if event.type == Action.ROTATE_KEYS]
    # At least once, and once more when it was killed between the event and the end of the old tenant key. A key that
    # was made before the epoch began is wrapped anew as well.
    number = before.data_keys + (place == "version made")
    assert told == [number] * (2 if place == "event written" else 1)
    assert opens(alone, late, sealed_word(alone, late))


def test_half_way_means_that_some_are_wrapped_anew_and_some_are_not(
    alone: Organisation, words: dict[UUID, bytes]
) -> None:
    killed_at("half of the batches")
    assert {one.epoch: one.data_keys for one in keys_by_epoch()} == {1: 4, 2: 8}
    assert rotate().rewrapped == 4


@pytest.mark.parametrize("place", ["event of the destruction", "version destroyed"])
def test_a_destruction_that_is_killed_is_ended_by_asking_again(
    alone: Organisation, words: dict[UUID, bytes], place: str
) -> None:
    rotate()
    confirm_backup(reference="keys-1")
    killed_at(place)
    assert states() == {1: "retired", 2: "current"}
    person(alone)  # the service goes on meanwhile
    done = destroy_epoch(epoch=1)
    assert states() == {1: "destroyed", 2: "current"}
    row = KeyEpoch.objects.get(epoch=1)
    assert (bytes(row.record or b""), row.destroyed_by) == (done.record, done.gone_by)
    with tenant_context(NIL):
        events = AuditEvent.objects.filter(type="destroy_epoch", reason="allowed", at__gte=row.retired_at)
        assert events.filter(object_id=epoch_object(1)).count() == 2
