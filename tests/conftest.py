"""The suite runs as `memstore_app`, on databases that `memstore_owner` migrated: else row security is never tried."""

from __future__ import annotations

import asyncio
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db import connections
from django.test import TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

import memstore.tasks  # noqa: F401 - registers them, as a worker does that looks for its tasks
from api.celery import app
from governance.expiring_cache import clear_all
from governance.ids import uuid7
from governance.tenancy.tenant_lookup import tenant_ids
from tests.support import cloned_databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker
    from whitenoise.responders import StaticFile

    from tests.support.cast import Organisation


pytest_plugins = ["tests.e2e.trees"]
LONGEST_ID = 200  # characters, or bytes, of one parameter


def is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


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
        # Connections stay open from test to test: a new one begins with empty catalogue caches and no plans. Where a
        # loop runs, as a browser's, they belong to its context, and nothing else could close them.
        patch.setattr(TransactionTestCase, "_should_reload_connections", lambda _self: is_loop_running())
        yield
    if django_db_keepdb:  # --reuse-db: to be looked at; the next run clones anew
        return
    with django_db_blocker.unblock():
        become("memstore_owner")
        cloned_databases.drop()


@pytest.fixture(scope="session", autouse=True)
def _static_files_found_once() -> Iterator[None]:
    """Let every client of a test know the static files that the first one found: the search takes 5 milliseconds."""
    found: dict[str, StaticFile] = {}
    search = WhiteNoiseMiddleware.add_files_from_finders

    def remembered(self: WhiteNoiseMiddleware) -> None:
        if not found:
            search(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", remembered)
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hash cheaply: hundreds of passwords are hashed, and none is a secret."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScryptPasswordHasher, "work_factor", 2**4)
        yield


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


@pytest.fixture(autouse=True)
def _tenants_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs that walk every tenant walk those that the test makes: going through all earlier ones takes a minute."""
    since = uuid7()
    walked = "governance.tenancy.tenant_lookup.tenant_ids"
    monkeypatch.setattr(walked, lambda: [one for one in tenant_ids() if one > since])


@pytest.fixture
def bank(transactional_db: None) -> Organisation:
    from tests.support.cast import organisation

    return organisation("bank")


@pytest.fixture
def outsider(transactional_db: None) -> Organisation:
    from tests.support.cast import organisation

    return organisation("outsider")
