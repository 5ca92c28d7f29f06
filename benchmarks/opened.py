"""Everything that the root key opens in databases, with no policy asked."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from api.serve.embedded_postgres import binaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from governance.keyring.sealing import Sealer


def opened(tenant_id: UUID) -> bytes:
    """Return every text, conversation, identity and request file of the tenant that opens, one after another."""
    from governance.expiring_cache import clear_all
    from governance.keyring.identities import reveal_identities
    from governance.keyring.models import Identity
    from governance.models import RightsRequest
    from governance.rights.request_file import open_file
    from governance.tenancy.tenant_context import tenant_context
    from memstore.models import MemoryVersion, Source
    from memstore.records.payload import open_payloads
    from memstore.records.source import unseal_source

    def sealer(subject_id: UUID, purpose_id: UUID) -> Sealer:
        from governance.keyring.keys import purpose_sealer

        return purpose_sealer(tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id, consent_version=0)

    clear_all()  # nothing may come from a cache of this process
    with tenant_context(tenant_id):
        versions = list(MemoryVersion.objects.select_related("memory"))
        sources, requests = list(Source.objects.all()), list(RightsRequest.objects.all())
    with tenant_context(tenant_id, using="keys"):
        identities = list(Identity.objects.values_list("id", flat=True))
    found = [_try(lambda v=v: open_payloads(sealer(v.memory.subject_id, v.memory.purpose_id), [v])) for v in versions]  # type: ignore[misc]
    found += [_try(lambda s=s: unseal_source(sealer(s.subject_id, s.purpose_id), s)) for s in sources]  # type: ignore[misc]
    found += [_try(lambda i=i: reveal_identities(tenant_id, [i])) for i in identities]  # type: ignore[misc]
    found += [_try(lambda r=r: open_file(tenant_id, r.id, bytes(r.sealed))) for r in requests]  # type: ignore[misc]
    return "\n".join(found).encode()


def _try(open_it: Callable[[], object]) -> str:
    from governance.errors import KeyUnavailable, Unopenable

    try:
        return str(open_it())
    except (KeyUnavailable, Unopenable):
        return ""


@contextmanager
def restored(conninfo: str, dumps: Mapping[str, bytes]) -> Iterator[None]:
    """Lead Django's connections to databases restored from these dumps, by alias; afterwards to the real ones again.

    `conninfo` is of a login that may create databases.
    """
    from django.db import connections

    real = {alias: str(connections[alias].settings_dict["NAME"]) for alias in dumps}
    try:
        for alias, dump in dumps.items():
            copy = f"{real[alias]}_before"
            _create(conninfo, copy)
            command = [str(binaries() / "psql"), "-q", "-v", "ON_ERROR_STOP=1"]
            command.append(f"--dbname={make_conninfo(conninfo, dbname=copy)}")
            subprocess.run(command, input=dump, capture_output=True, check=True)
            _lead(alias, copy)
        yield
    finally:
        for alias, name in real.items():
            _lead(alias, name)
            _drop(conninfo, f"{name}_before")


def _lead(alias: str, name: str) -> None:
    from django.db import connections

    connections[alias].close()
    connections[alias].settings_dict["NAME"] = name


def _create(conninfo: str, name: str) -> None:
    _drop(conninfo, name)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))


def _drop(conninfo: str, name: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
