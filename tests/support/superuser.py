"""The rights of an intruder over the database: changing evidence with triggers and row security off."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connections

from api.serve.embedded_postgres import SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def superuser(alias: str = "default") -> Iterator[psycopg.Connection]:
    """Yield a connection in autocommit as PostgreSQL's superuser, for which no trigger fires."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("needs the embedded server: of the one that DATABASE_URL names we are no superuser")
    database = connections[alias].settings_dict
    with psycopg.connect(
        host=str(database["HOST"]), dbname=str(database["NAME"]), user=SUPERUSER, autocommit=True
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection
