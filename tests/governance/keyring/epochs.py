"""A `keys` database and a root key file of a test's own: epochs are of a whole installation, not of a tenant."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from governance.expiring_cache import clear_all
from governance.keyring.keys import purpose_sealer
from governance.keyring.models import DataKey, KeyEpoch, SigningKey, TenantKey
from governance.keyring.root import root_key
from governance.keyring.sealing import Field
from governance.tenancy.tenant_context import tenant_context
from tests.conftest import become

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from governance.keyring.sealing import Sealer
    from tests.support.cast import Organisation

TABLES = ("keyring_datakey", "keyring_tenantkey", "keyring_signingkey", "keyring_identity", "keyring_keyepoch")


@contextmanager
def keys_of_our_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    shared = str(connections["keys"].settings_dict["NAME"])
    own = f"{shared}_{secrets.token_hex(4)}"
    become("memstore_owner")
    with connections["keys"].cursor() as cursor:
        cursor.execute("SELECT 1")
        conninfo = connections["keys"].get_connection_params()
    connections["keys"].close()
    address = {name: conninfo[name] for name in ("host", "port", "user", "password") if conninfo.get(name)}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as maker:
        maker.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(own), sql.Identifier(shared)))
        maker.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO memstore_app").format(sql.Identifier(own)))
    with psycopg.connect(**address, dbname=own, autocommit=True) as owner:
        owner.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, TABLES))))
    become("memstore_app")
    monkeypatch.setitem(connections["keys"].settings_dict, "NAME", own)
    monkeypatch.setattr(settings, "MEMSTORE_ROOT_KEY_FILE", folder / "root.key")
    root_key.cache_clear()
    clear_all()
    try:
        yield
    finally:
        connections["keys"].close()
        clear_all()
        root_key.cache_clear()
        with psycopg.connect(**address, dbname="postgres", autocommit=True) as maker:
            # Not by force, which the owner may not use on an autovacuum: the server sends that one away by itself.
            maker.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(own)))


def person(bank: Organisation, subject_id: UUID | None = None) -> UUID:
    """Return a subject's id that has a key of `assistance`."""
    subject_id = subject_id or uuid4()
    sealer(bank, subject_id, create=True)
    return subject_id


def people(bank: Organisation, n: int) -> list[UUID]:
    return [person(bank) for _ in range(n)]


def sealer(bank: Organisation, subject_id: UUID, *, create: bool = False) -> Sealer:
    return purpose_sealer(
        tenant_id=bank.tenant.id,
        subject_id=subject_id,
        purpose_id=bank.assistance.purpose_id,
        consent_version=0,
        create=create,
    )


def sealed_word(bank: Organisation, subject_id: UUID) -> bytes:
    return sealer(bank, subject_id, create=True).seal(Field.TEXT, subject_id, 1, b"word")


def opens(bank: Organisation, subject_id: UUID, sealed: bytes) -> bool:
    """Return whether a sealed word opens with empty caches."""
    clear_all()
    return sealer(bank, subject_id).unseal(Field.TEXT, subject_id, 1, sealed) == b"word"


def epochs_of_keys(tenant_id: UUID) -> dict[str, set[int]]:
    """Return the epochs of a tenant's rows, by table."""
    with tenant_context(tenant_id, using="keys"):
        return {
            model.__name__: set(model.objects.values_list("epoch", flat=True))
            for model in (TenantKey, DataKey, SigningKey)
        }


def states() -> dict[int, str]:
    return dict(KeyEpoch.objects.values_list("epoch", "state"))
