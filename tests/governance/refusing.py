"""What every refusal is judged by: its reason, its line on the record, and that nothing else has changed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from governance.errors import AccessRefused
from governance.tenancy import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.db.models import Model

    from governance.vocabulary import Action, ReasonCode
    from tests.cast import Organisation

GROWS = {"auditevent", "auditqueued"}
TABLES: list[type[Model]] = [
    model
    for model in apps.get_models()
    if model._meta.app_label in {"governance", "memstore"} and model._meta.model_name not in GROWS
]
# When a key or session was last used is noted also where it is refused.
NOT_STATE = {"last_used_at"}


def state(organisation: Organisation) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a tenant but the record, by table."""
    with tenant_context(organisation.tenant.id):
        return {model._meta.db_table: _rows(model) for model in TABLES}


def _rows(model: type[Model]) -> list[tuple[Any, ...]]:
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in NOT_STATE]
    rows = model._default_manager.order_by("pk").values_list(*names)
    return [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in rows]


@contextmanager
def refused(
    organisation: Organisation, action: Action, reason: ReasonCode
) -> Iterator[pytest.ExceptionInfo[AccessRefused]]:
    """What happens inside is refused for this reason, is on the record once, and changes nothing."""
    before, on_record = state(organisation), organisation.refusals()
    with pytest.raises(AccessRefused) as caught:
        yield caught
    assert caught.value.reason is reason
    assert organisation.refusals() == [*on_record, (action, reason)]
    assert state(organisation) == before


@contextmanager
def as_owner(tenant_id: UUID) -> Iterator[psycopg.Cursor[Any]]:
    """Somebody behind our back: the owner of the tables, in a transaction of his own."""
    wanted = {"host": "HOST", "port": "PORT", "dbname": "NAME", "password": "PASSWORD"}
    place = {key: connection.settings_dict[name] for key, name in wanted.items() if connection.settings_dict[name]}
    with psycopg.connect(user="memstore_owner", **place) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT set_config('memstore.tenant', %s, true)", [str(tenant_id)])
        yield cursor
