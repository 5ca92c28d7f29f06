"""The queue that carries job hints, on the same PostgreSQL: PGMQ's own SQL, owned by the owner, used by the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import StateApps

QUEUE = "memstore"
GRANTS = f"""
    GRANT USAGE ON SCHEMA pgmq TO memstore_app;
    GRANT SELECT ON pgmq.meta TO memstore_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON pgmq.q_{QUEUE}, pgmq.a_{QUEUE} TO memstore_app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA pgmq TO memstore_app;
"""


def install(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    from pgmq import get_embedded_install_sql

    raw = schema_editor.connection.connection
    raw.execute(get_embedded_install_sql())
    raw.execute("SELECT pgmq.create(%s)", [QUEUE])
    raw.execute(GRANTS)


def remove(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.connection.connection.execute("DROP SCHEMA pgmq CASCADE")


class Migration(migrations.Migration):
    dependencies = [("memstore", "0002_row_security")]

    operations = [migrations.RunPython(install, remove)]
