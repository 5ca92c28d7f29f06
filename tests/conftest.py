"""The suite runs on databases that `memstore_owner` migrated, as `memstore_app`: else row security is never tried."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from psycopg import sql

import memstore.tasks  # noqa: F401 - registers them, as a worker does that looks for its tasks
from api.bootstrap_databases import PREPARE_DATABASE
from api.celery import app
from governance.keyring.cache import clear_all
from governance.tenants import tenant_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from tests.cast import Organisation


def become(role: str) -> None:
    for alias in ("default", "keys"):
        connections[alias].close()
        connections[alias].settings_dict["USER"] = role


def as_bootstrapped() -> None:
    """The rights that the product's own databases are made with; Django's test runner knows nothing of them."""
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            name = sql.Identifier(connections[alias].settings_dict["NAME"])
            for statement in PREPARE_DATABASE:
                cursor.execute(sql.SQL(statement).format(name))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,
) -> Iterator[None]:
    with django_db_blocker.unblock():
        become("memstore_owner")
        configuration = setup_databases(verbosity=0, interactive=False, serialized_aliases=[], keepdb=django_db_keepdb)
        as_bootstrapped()
        become("memstore_app")
    with pytest.MonkeyPatch.context() as patch:
        # The serving role may not TRUNCATE; every test makes a tenant of its own instead.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: None)
        yield
    if django_db_keepdb:
        return
    with django_db_blocker.unblock():
        become("memstore_owner")
        teardown_databases(configuration, verbosity=0)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints go nowhere: tests do the job themselves, and the end-to-end tests have the real broker."""
    monkeypatch.setattr(app, "send_task", lambda *_task, **_options: None)


@pytest.fixture(autouse=True)
def _attempts_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests come from one address; the counter of attempts in the database outlives each of them."""
    monkeypatch.setattr("governance.attempts.SALT", token_hex(8))


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    yield
    clear_all()


@pytest.fixture
def bank(transactional_db: None) -> Organisation:
    from tests.cast import organisation

    return organisation("bank")


@pytest.fixture
def outsider(transactional_db: None) -> Organisation:
    from tests.cast import organisation

    return organisation("outsider")


@pytest.fixture
def these_tenants(bank: Organisation, outsider: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """What walks every tenant walks these two: going through those of all earlier tests takes a minute."""
    mine = {bank.tenant.id, outsider.tenant.id}
    for module in (
        "governance.evidence.checks",
        "governance.rights.escalation",
        "memstore.erasure.run",
        "memstore.sweep",
    ):
        monkeypatch.setattr(f"{module}.tenant_ids", lambda: [one for one in tenant_ids() if one in mine])
