"""The suite runs as `memstore_app`, on databases that `memstore_owner` migrated: else row security is never tried."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from django.test import TransactionTestCase

import memstore.tasks  # noqa: F401 - registers them, as a worker does that looks for its tasks
from api.celery import app
from governance.expiring_cache import clear_all
from governance.tenancy.tenant_lookup import tenant_ids
from tests.support import cloned_databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from tests.support.cast import Organisation


pytest_plugins = ["tests.e2e.trees"]
LONGEST_ID = 200  # characters, or bytes, of one parameter


def become(role: str) -> None:
    for alias in ("default", "keys"):
        connections[alias].close()
        connections[alias].settings_dict["USER"] = role


def pytest_make_parametrize_id(val: object) -> str | None:
    """Return the start and the length of a long text, instead of all of it: some are of a million characters."""
    written = str(val) if isinstance(val, int) else val
    if isinstance(written, str | bytes) and len(written) > LONGEST_ID:
        return f"{written[:40]!a}.. {len(written)}"
    return None


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,
) -> Iterator[None]:
    with django_db_blocker.unblock():
        become("memstore_owner")
        cloned_databases.create()
        become("memstore_app")
    with pytest.MonkeyPatch.context() as patch:
        # The serving role may not TRUNCATE; every test makes a tenant of its own instead.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: None)
        # Connections stay open from test to test: a new one begins with empty catalogue caches and no plans.
        patch.setattr(TransactionTestCase, "_should_reload_connections", lambda _self: False)
        yield
    if django_db_keepdb:  # --reuse-db: to be looked at; the next run clones anew
        return
    with django_db_blocker.unblock():
        become("memstore_owner")
        cloned_databases.drop()


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop hints: tests do the job themselves, and the end-to-end tests have the real broker."""
    monkeypatch.setattr(app, "send_task", lambda *_task, **_options: None)


@pytest.fixture(autouse=True)
def _attempts_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a counter of attempts of its own: all come from one address, and the counter outlives them."""
    monkeypatch.setattr("governance.access.attempts_by_address.SALT", token_hex(8))


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    yield
    clear_all()


@pytest.fixture
def bank(transactional_db: None) -> Organisation:
    from tests.support.cast import organisation

    return organisation("bank")


@pytest.fixture
def outsider(transactional_db: None) -> Organisation:
    from tests.support.cast import organisation

    return organisation("outsider")


@pytest.fixture
def these_tenants(bank: Organisation, outsider: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs that walk every tenant walk these two: going through those of all earlier tests takes a minute."""
    mine = {bank.tenant.id, outsider.tenant.id}
    found = "governance.tenancy.tenant_lookup.tenant_ids"
    monkeypatch.setattr(found, lambda: [one for one in tenant_ids() if one in mine])
