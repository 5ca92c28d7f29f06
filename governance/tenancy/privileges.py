"""Privileges of `memstore_app` on the objects of `memstore_owner`.

They are set before each migration, so test databases have them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from django.apps import AppConfig

GRANTS = (
    "GRANT USAGE ON SCHEMA public TO memstore_app, memstore_auth",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO memstore_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO memstore_app",
)


def grant_default_privileges(sender: AppConfig, using: str, **_kwargs: object) -> None:
    """Grant the default privileges: a `pre_migrate` handler. The connection is the owner's."""
    with connections[using].cursor() as cursor:
        for grant in GRANTS:
            cursor.execute(grant)
