"""A horizon is stated only where it is true: two clusters, an external root, both lifetimes declared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import ProgrammingError, connections

from governance.keyring import backup_horizon as module
from governance.keyring.backup_horizon import Horizon, HorizonReason, horizon, is_one_cluster
from governance.keyring.root import LocalRootKey
from governance.keyring.rotation import rotate
from tests.support.cast import DATABASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cast import Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


# two clusters, external root, days of the data, days of the keys -> the reason
@pytest.mark.parametrize(
    ("two", "external", "days", "keys_days", "reason"),
    [
        (True, True, 3650, 30, HorizonReason.BACKUPS_EXPIRE),
        (False, True, 3650, 30, HorizonReason.ONE_CLUSTER),
        (True, False, 3650, 30, HorizonReason.LOCAL_ROOT),
        (True, True, 0, 30, HorizonReason.BACKUPS_NOT_DECLARED),
        (True, True, 3650, 0, HorizonReason.BACKUPS_NOT_DECLARED),
        (False, False, 0, 0, HorizonReason.ONE_CLUSTER),
    ],
)
def test_all_conditions_give_a_date_and_each_missing_one_gives_its_reason(
    alone: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    two: bool,
    external: bool,
    days: int,
    keys_days: int,
    reason: HorizonReason,
) -> None:
    monkeypatch.setattr(module, "is_one_cluster", lambda: not two)
    monkeypatch.setattr(LocalRootKey, "is_external", external)
    monkeypatch.setattr(settings, "MEMSTORE_BACKUP_DAYS", days)
    monkeypatch.setattr(settings, "MEMSTORE_KEYS_BACKUP_DAYS", keys_days)
    by = NOW + timedelta(days=30) if reason is HorizonReason.BACKUPS_EXPIRE else None
    assert horizon(NOW) == Horizon(by, 1, reason)


def test_it_names_the_epoch_that_is_current(alone: Organisation) -> None:
    rotate()
    assert horizon(NOW).epoch == 2


def test_the_databases_of_one_server_are_one_cluster(alone: Organisation) -> None:
    assert is_one_cluster()


def test_two_identifiers_are_two_clusters(alone: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_system_identifier", {"default": 1, "keys": 2}.get)
    assert not is_one_cluster()


def test_who_may_not_ask_claims_nothing(alone: Organisation) -> None:
    def refused(execute: Callable[..., object], question: str, *rest: object) -> object:
        if "pg_control_system" in question:
            raise ProgrammingError("permission denied")
        return execute(question, *rest)

    with connections["keys"].execute_wrapper(refused):
        assert module._system_identifier("keys") is None
        assert is_one_cluster()
