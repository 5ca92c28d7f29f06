"""The check of every refusal: its reason, its audit event, and that nothing else has changed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection

from governance.errors import AccessRefused
from tests.support.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from governance.vocabulary import Action, ReasonCode
    from tests.support.cast import Organisation


@contextmanager
def refused(
    organisation: Organisation, action: Action, reason: ReasonCode
) -> Iterator[pytest.ExceptionInfo[AccessRefused]]:
    """Check that the block is refused for this reason, recorded once, and changes nothing."""
    before, on_record = rows_of(organisation), organisation.refusals()
    with pytest.raises(AccessRefused) as caught:
        yield caught
    assert caught.value.reason is reason
    assert organisation.refusals() == [*on_record, (action, reason)]
    assert rows_of(organisation) == before


@contextmanager
def as_owner(tenant_id: UUID) -> Iterator[psycopg.Cursor[Any]]:
    """Yield a cursor of the owner of the tables, in a transaction of its own."""
    wanted = {"host": "HOST", "port": "PORT", "dbname": "NAME", "password": "PASSWORD"}
    place = {key: connection.settings_dict[name] for key, name in wanted.items() if connection.settings_dict[name]}
    with psycopg.connect(user="memstore_owner", **place) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT set_config('memstore.tenant', %s, true)", [str(tenant_id)])
        yield cursor
