"""Migrate both databases, make the demo tenant, compare with the ledger: in one process, which ends before any serves.

Settings and broker are those of the serving role. Only migrations have connections of the owner, which are closed
before anything else begins.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

import api.celery  # noqa: F401 - makes our Celery application the one that tasks are sent with
from api.configuration.databases import databases
from api.serve.progress import PREFIX
from api.serve.stop import Stop, Stopped
from governance.expiring_cache import clear_all

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
    django.setup()
    stop = Stop()
    try:
        # A signal ends this at any point: each migration is one transaction.
        _step("migrating")
        with _owner():
            call_command("check", databases=list(connections), stdout=StringIO())
            for alias in connections:
                call_command("migrate", database=alias, verbosity=0)
        # What comes now is not left half done: a demo tenant without its file has lost its passwords.
        stop.listen()
        _step("demo tenant" if settings.MEMSTORE_DEMO else "no demo tenant (MEMSTORE_DEMO=0)")
        if settings.MEMSTORE_DEMO:
            call_command("create_demo")
            clear_all()  # what the next step reads is in the databases, and nowhere else
        stop.check()
        _step("protective ledger: what a restored backup lacks is put in force again")
        call_command("restore_check")
    except Stopped:
        return 1
    except CommandError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


@contextmanager
def _owner() -> Iterator[None]:
    """Connections of the owner inside, and none of them afterwards."""
    owner = databases(home=Path(settings.MEMSTORE_HOME), role="owner", pool_size=0)
    serving = {alias: dict(connections[alias].settings_dict) for alias in connections}
    _connect_as(owner)
    try:
        yield
    finally:
        _connect_as(serving)


def _connect_as(entries: dict[str, dict[str, object]]) -> None:
    for alias, entry in entries.items():
        connections[alias].close()
        connections[alias].settings_dict.update(entry)


def _step(words: str) -> None:
    print(f"{PREFIX}{words}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
