"""The suite runs on real PostgreSQL, migrated by `memstore_owner` and used as `memstore_app`.

With DATABASE_URL set, on that server; otherwise on an embedded one that the first process starts in a folder of
its own. Each xdist worker has its own databases there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

ALIASES = ("default", "keys")


def become(role: str) -> None:
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict["USER"] = role


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    with django_db_blocker.unblock():
        become("memstore_owner")
        configuration = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        become("memstore_app")
    yield
    with django_db_blocker.unblock():
        become("memstore_owner")
        teardown_databases(configuration, verbosity=0)


@pytest.fixture(autouse=True)
def _no_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """The serving role may not TRUNCATE; every test makes a tenant of its own instead."""
    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: None)


