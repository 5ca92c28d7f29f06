"""A database that another version made is refused before anything is changed, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from governance.management.migration_history import refusal
from tests.governance.tenancy.test_functions_of_the_owner import connect
from tests.support.cast import DATABASES

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = [("governance", "0001_tables"), ("keyring", "0002_database_rules"), ("contenttypes", "0001_initial")]


@pytest.mark.parametrize("recorded", [[], OWN, [*OWN, ("auth", "0001_initial")]], ids=["empty", "own", "an app less"])
def test_a_database_of_this_version_is_taken(recorded: list[tuple[str, str]]) -> None:
    assert refusal("memstore", recorded, settings.INSTALLED_APPS) is None


@pytest.mark.parametrize("app", ["governance", "keyring", "memstore"])
def test_one_that_0_5_made_is_refused_with_what_to_do(app: str) -> None:
    said = refusal("records", [*OWN, (app, "0001_initial"), (app, "0003_more")], settings.INSTALLED_APPS)
    assert said is not None
    for words in ("database records", "0.5 or earlier", f"{app}.0001_initial", "Nothing was changed", "MEMSTORE_HOME"):
        assert words in said


def test_one_that_a_later_version_made_is_refused_with_what_to_do() -> None:
    said = refusal("records", [*OWN, ("memstore", "9999_of_the_future")], settings.INSTALLED_APPS)
    assert said is not None
    for words in ("database records", "a later version", "memstore.9999_of_the_future", "Nothing was changed"):
        assert words in said


def test_of_many_unknown_migrations_three_are_named() -> None:
    said = refusal("records", [("memstore", f"{n:04}_old") for n in range(40)], settings.INSTALLED_APPS)
    assert said is not None
    assert said.count("memstore.0") == 3


@pytest.fixture(params=DATABASES)
def old(request: pytest.FixtureRequest) -> Iterator[str]:
    """The alias of a database on whose record a migration of 0.5 stands."""
    row = ("memstore", "0001_initial")
    with connect(request.param, "memstore_owner") as owner:
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", row)
    yield request.param
    with connect(request.param, "memstore_owner") as owner:
        owner.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", row)


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_migrate_does_not_begin_on_a_database_of_0_5(old: str) -> None:
    with pytest.raises(SystemCheckError, match=r"memstore\.E008.* was made by memstore 0\.5 or earlier"):
        call_command("migrate", database=old, skip_checks=False)


@pytest.mark.django_db(transaction=True, databases=DATABASES)
@pytest.mark.parametrize("alias", DATABASES)
def test_what_this_version_applied_is_all_that_it_has(alias: str) -> None:
    """Two migrations per app, in both databases."""
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    names = {"0001_tables", "0002_database_rules"}
    for app in ("governance", "keyring", "memstore"):
        assert {name for label, name in applied if label == app} >= names
