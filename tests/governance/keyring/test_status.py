"""The status for the key officer: counts by epoch, what a thief of each backup reads, and what is to be done next."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from api.cli import with_module_name
from governance.keyring.backup_horizon import Horizon
from governance.keyring.epoch_destruction import confirm_backup, destroy_epoch
from governance.keyring.models import DataKey
from governance.keyring.root import root_key
from governance.keyring.rotation import rotate
from governance.keyring.status import EpochView, KeysStatus, exposures, keys_status, next_step
from governance.tenancy.tenant_context import tenant_context
from tests.governance.keyring.epochs import people, states
from tests.support.cast import DATABASES, Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OPENS = "opens all that `default` held"

FIRST = EpochView(
    epoch=1,
    state="destroyed",
    since=NOW - 90 * DAY,
    successor_since=NOW - 60 * DAY,
    until=NOW - 59 * DAY,
    backup_confirmed_at=NOW - 58 * DAY,
    destroyed_at=NOW - 57 * DAY,
    gone_by=NOW - 57 * DAY,
)
SECOND = EpochView(2, "current", NOW - 60 * DAY, None, None, None, None, None, 1, 5, 1)
EXTERNAL = KeysStatus(
    epochs=[FIRST, SECOND],
    root="vault",
    is_external=True,
    is_one_cluster=False,
    backup_days=3650,
    keys_backup_days=0,
    horizon=Horizon(None, 2, "backups_not_declared"),
    at=NOW,
)


def of_age(status: KeysStatus, words: str) -> str:
    """Return what is said of a thief of everything, about copies of `keys` of one age."""
    [line] = [line for line in exposures(status)[3].reads if line.startswith(f"`keys` copied {words}")]
    return line


def test_the_four_thieves_are_told_apart(alone: Organisation) -> None:
    assert [one.stolen[:3] for one in exposures(keys_status(NOW))] == ["(a)", "(b)", "(c)", "(d)"]


def test_without_the_root_nothing_opens_whatever_its_age() -> None:
    for exposure in exposures(EXTERNAL)[:3]:
        assert OPENS not in " ".join(exposure.reads)


def test_a_copy_of_the_keys_of_today_opens_people_of_today_and_those_shredded_since() -> None:
    said = of_age(EXTERNAL, "since 2026-09-27 12:00 UTC")
    assert OPENS in said
    assert "people shredded since" in said


def test_a_copy_of_a_destroyed_epoch_opens_nothing_where_the_root_is_outside() -> None:
    said = of_age(EXTERNAL, "from 2026-08-28 12:00 UTC to 2026-09-27 12:00 UTC")
    assert "opens nothing, of anybody" in said


def test_with_a_local_root_an_older_copy_of_the_file_opens_it_still() -> None:
    said = of_age(replace(EXTERNAL, is_external=False, root="local"), "from 2026-08-28")
    assert "nothing with today's `root.key`; with a copy of the file from before 2026-09-30 12:00 UTC" in said


def test_while_a_deletion_can_be_taken_back_that_is_said() -> None:
    pending = replace(FIRST, gone_by=NOW + DAY)
    said = of_age(replace(EXTERNAL, epochs=[pending, SECOND]), "from 2026-08-28")
    assert "final on 2026-11-27 12:00 UTC" in said
    assert OPENS in said


def test_a_retired_epoch_that_is_not_destroyed_opens_all_the_same() -> None:
    retired = replace(FIRST, state="retired", destroyed_at=None, gone_by=None)
    assert OPENS in of_age(replace(EXTERNAL, epochs=[retired, SECOND]), "from 2026-08-28")


def test_copies_made_while_the_rotation_ran_hold_keys_of_both_epochs() -> None:
    assert "as epoch 1, the others as epoch 2" in of_age(EXTERNAL, "from 2026-09-27 12:00 UTC to 2026-09-28 12:00 UTC")


@pytest.mark.parametrize(("days", "is_over"), [(0, False), (30, True), (300, False)])
def test_declared_lifetimes_are_applied_to_the_age(days: int, is_over: bool) -> None:
    said = of_age(replace(EXTERNAL, keys_backup_days=days), "from 2026-08-28")
    assert ("no backup of that age is left" in said) == is_over


def test_one_cluster_is_told_of() -> None:
    lines = exposures(replace(EXTERNAL, is_one_cluster=True))[3].reads
    assert any("in one cluster" in line for line in lines)


def said_by(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_the_way_of_an_epoch_by_commands(alone: Organisation) -> None:
    people(alone, 3)
    assert "would rotate from epoch 1 to epoch 2" in said_by("rotate_keys", "--dry-run")
    assert states() == {1: "current"}
    assert "epoch 2 is current, epoch 1 is retired" in said_by("rotate_keys")
    status = keys_status(datetime.now(UTC))
    assert (status.epochs[0].data_keys, status.epochs[1].tenant_keys) == (0, 1)
    assert "back up `keys`" in str(next_step(status))
    with pytest.raises(CommandError, match="keys_in_use"):
        call_command("rotate_keys", "--destroy", "1")
    assert "epoch 1" in said_by("rotate_keys", "--confirm-backup", "keys-1")
    assert "--destroy 1" in said_by("keys", "status")
    assert "destroyed" in said_by("rotate_keys", "--destroy", "1")
    assert next_step(keys_status(datetime.now(UTC))) is None
    shown = json.loads(said_by("keys", "record", "1"))
    assert shown["record"]["epoch"] == 1
    with pytest.raises(CommandError, match="not destroyed"):
        call_command("keys", "record", "2")
    with pytest.raises(CommandError, match="none of this number"):
        call_command("keys", "record", "7")


def test_an_unfinished_rotation_ends_with_a_code_of_its_own_and_names_the_keys(
    alone: Organisation, capsys: pytest.CaptureFixture[str]
) -> None:
    [ann] = people(alone, 1)
    with tenant_context(alone.tenant.id, using="keys"):
        DataKey.objects.filter(subject_id=ann).update(wrapped=bytes(60))
        key_id = DataKey.objects.get(subject_id=ann).id
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_keys")
    assert ended.value.code == 3
    assert str(key_id) in capsys.readouterr().out
    assert "not finished" in str(next_step(keys_status(datetime.now(UTC))))
    assert "would go on" in said_by("rotate_keys", "--dry-run")


def test_a_wrong_root_key_is_said_in_plain_words(
    alone: Organisation, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    people(alone, 1)
    monkeypatch.setattr(settings, "MEMSTORE_ROOT_KEY_FILE", settings.MEMSTORE_ROOT_KEY_FILE.with_name("other.key"))
    root_key.cache_clear()
    with pytest.raises(CommandError, match="wrong root key"):
        call_command("rotate_keys")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["memstore", "rotate-keys", "--dry-run"], ["memstore", "rotate_keys", "--dry-run"]),
        (["memstore", "rotate_keys"], ["memstore", "rotate_keys"]),
        (["memstore", "--some-option"], ["memstore", "--some-option"]),
        (["memstore"], ["memstore"]),
    ],
)
def test_a_command_may_be_typed_with_a_hyphen(typed: list[str], meant: list[str]) -> None:
    assert with_module_name(typed) == meant


def test_status_shows_no_ids_of_anybody(alone: Organisation) -> None:
    [ann] = people(alone, 1)
    rotate()
    confirm_backup(reference="keys-1")
    destroy_epoch(epoch=1)
    assert str(ann) not in said_by("keys", "status")
    assert str(alone.tenant.id) not in said_by("keys", "status")
