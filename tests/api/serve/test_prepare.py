"""The process that prepares a start is the owner of the tables while it migrates, and not a moment longer."""

from __future__ import annotations

import pytest
from django.db import connections

from api.serve.prepare import _owner
from tests.support.cast import DATABASES

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def roles() -> dict[str, tuple[str, str]]:
    """Role and database of each connection."""
    found = {}
    for alias in DATABASES:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user::text, current_database()::text")
            found[alias] = cursor.fetchone()
    return found


def test_its_connections_are_the_owners_inside_and_the_serving_roles_afterwards() -> None:
    before = roles()
    settings = {alias: dict(connections[alias].settings_dict) for alias in DATABASES}
    with _owner():
        assert {role for role, _ in roles().values()} == {"memstore_owner"}
    assert {alias: connections[alias].settings_dict for alias in DATABASES} == settings
    assert roles() == before
    assert {role for role, _ in before.values()} == {"memstore_app"}


def test_they_are_given_back_when_a_migration_fails() -> None:
    before = roles()
    with pytest.raises(LookupError), _owner():
        raise LookupError
    assert roles() == before
