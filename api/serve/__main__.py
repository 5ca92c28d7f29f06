"""Start everything, keep it running, stop everything.

1 settings   2 PostgreSQL   3 roles and databases   4 migrations   5 demo tenant   6 ledger   7 web, worker, scheduler
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import psycopg

from api.configuration import env
from api.liveness import FOLDER
from api.serve import process_tuning
from api.serve.bootstrap_databases import (
    BootstrapError,
    bootstrap_embedded,
    bootstrap_external,
    embedded_databases,
    refuse_other_versions,
)
from api.serve.child_processes import Child, stop_all
from api.serve.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from api.serve.progress import PREFIX, StartProgress
from api.serve.service_user import ServiceUser
from api.serve.start_error import StartError
from api.serve.stop import Stop, Stopped
from api.serve.watchdog import Vigil
from api.serve.web_command import web_command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

STOP_SECONDS = 5.0
READY_SECONDS = 120.0
LATE_SECONDS = 45.0


def main() -> int:
    home = Path(env.text("MEMSTORE_HOME", str(Path(__file__).resolve().parents[2] / ".memstore"))).absolute()
    stop = Stop()
    stop.listen()
    postgres: EmbeddedPostgres | None = None
    children: list[Child] = []
    claim: socket.socket | None = None
    try:
        progress = StartProgress()
        progress.step("reading settings")
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = _settings()
        claim = _claim_port(settings.HOST, settings.PORT)
        serving = ServiceUser(settings.MEMSTORE_RUN_AS)
        serving.own(claim.fileno())
        serving.check(home, settings)
        postgres = _database(progress, home, serving, settings.INSTALLED_APPS)
        stop.check()
        _prepare(progress, stop)
        progress.step(f"web on port {settings.PORT}, worker, scheduler; logs in {home / 'log'}")
        vigil = Vigil(home / FOLDER)
        vigil.begin()
        serving.hand_over(home)
        children = _children(home, settings, serving)
        for child in children:
            child.start()
        _wait_until_ready(settings, children, vigil, stop)
        stop.check()
        _greet(home, settings.HOST, settings.PORT, demo=settings.MEMSTORE_DEMO)
        _watch(children, vigil, postgres, stop)
    except Stopped:
        pass
    except (env.BadSetting, StartError, BootstrapError, EmbeddedPostgresError, psycopg.Error, OSError) as error:
        print(f"memstore cannot start: {error}", file=sys.stderr, flush=True)  # noqa: T201
        return 2
    finally:
        stop_all(children, seconds=STOP_SECONDS)
        if claim is not None:
            claim.close()
        if postgres is not None:
            postgres.stop()
    print("memstore has stopped", flush=True)  # noqa: T201
    return 0


def _settings() -> ModuleType:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
    return importlib.import_module("api.settings")


def _claim_port(host: str, port: int) -> socket.socket:
    """Return a socket that keeps the port from other services and does not listen; the web workers share its port.

    Without it, two that start together would both be given the port (the workers set SO_REUSEPORT), and the kernel
    would hand one's requests to the other. Raises StartError.
    """
    try:
        with socket.create_server((host, port)) as listening:
            family, address = listening.family, listening.getsockname()
        claim = socket.socket(family, socket.SOCK_STREAM)
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        claim.bind(address)
    except OSError as error:
        raise StartError(f"PORT: {host}:{port} cannot be listened on ({error.strerror}); set PORT or HOST") from None
    return claim


def _database(
    progress: StartProgress, home: Path, serving: ServiceUser, installed: Sequence[str]
) -> EmbeddedPostgres | None:
    if env.postgres_url("DATABASE_URL"):
        progress.step("PostgreSQL: the servers named by DATABASE_URL and KEYS_DATABASE_URL")
        progress.step("roles, rights, and pgvector where the server has it")
        addresses = [
            env.secret(f"{name}_OWNER_URL") or env.secret(f"{name}_URL") for name in ("DATABASE", "KEYS_DATABASE")
        ]
        for address in addresses:
            refuse_other_versions(address, installed)
        for address in addresses:
            bootstrap_external(address)
        return None
    progress.step(f"starting PostgreSQL in {home / 'postgres'}")
    postgres = EmbeddedPostgres(home, client=serving.user)
    postgres.start()
    try:
        progress.step("roles, databases, extension")
        for name in embedded_databases(postgres.conninfo("postgres")):
            refuse_other_versions(postgres.conninfo(name), installed)
        bootstrap_embedded(postgres.conninfo("postgres"))
    except (BootstrapError, psycopg.Error):
        postgres.stop()
        raise
    return postgres


def _prepare(progress: StartProgress, stop: Stop) -> None:
    """Run `api.serve.prepare` to its end and show what it prints. Raises StartError, Stopped."""
    with (
        TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "api.serve.prepare"],
            env={**os.environ, "MEMSTORE_DB_ROLE": "app", "MEMSTORE_DB_POOL": "0"},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as running,
        stop.ends(running),
    ):
        for line in running.stdout or ():
            if line.startswith(PREFIX):
                progress.step(line.removeprefix(PREFIX).strip())
            else:
                print(f"    {line}", end="", flush=True)  # noqa: T201
        failed = running.wait() != 0
        stop.check()
        if failed:
            errors.seek(0)
            raise StartError(errors.read().strip()[-3000:])


def _children(home: Path, settings: ModuleType, serving: ServiceUser) -> list[Child]:
    python, logs = sys.executable, home / "log"
    celery = [python, "-m", "celery", "--app", "api.celery", "--quiet"]
    web = web_command(host=settings.HOST, port=settings.PORT, workers=settings.MEMSTORE_WEB_WORKERS)
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", "2"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = [*celery, "beat", "--pidfile="]
    # Django's checks have passed before the migrations; in Celery's processes they would load every page and route.
    own = {"MEMSTORE_DB_POOL": "0", "MEMSTORE_DB_ROLE": "app", "CELERY_SKIP_CHECKS": "1"}
    plain = serving.environment(home) | process_tuning.ENVIRONMENT | own
    pooled = plain | {"MEMSTORE_DB_POOL": os.environ.get("MEMSTORE_DB_POOL", "8")}
    return [
        Child("web", web, pooled, logs / "web.log", as_whom=serving.options),
        # The embedded database goes with a killed supervisor: a worker that ends in order would wait a minute for it.
        Child("worker", worker, plain, logs / "worker.log", as_whom=serving.options, when_orphaned=signal.SIGKILL),
        Child("scheduler", beat, plain, logs / "scheduler.log", as_whom=serving.options, when_orphaned=signal.SIGKILL),
    ]


def _wait_until_ready(settings: ModuleType, children: list[Child], vigil: Vigil, stop: Stop) -> None:
    """Return when the web answers that it is ready, and worker and scheduler have said that they are.

    A worker that lives and cannot reach its broker is told, and does not keep the web from serving. Raises StartError.
    """
    begun = time.monotonic()
    url = f"http://{_reachable(settings.HOST)}:{settings.PORT}/readyz"
    question = urllib.request.Request(url, headers={"Host": _own_name(settings.ALLOWED_HOSTS)})
    answers = False
    while not stop.wanted:
        for child in children:
            if child.is_dead():
                raise StartError(f"{child.name} ended at its start:\n{child.last_words()}")
        try:
            if not answers:
                with urllib.request.urlopen(question, timeout=5):  # noqa: S310
                    answers = True
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > begun + READY_SECONDS:
                raise StartError(f"the service did not become ready: {error}") from None
        late = [child.name for child in children[1:] if not vigil.is_ready(child.name)]
        if answers and not late:
            return
        if answers and time.monotonic() > begun + LATE_SECONDS:
            for name in late:
                print(f"{name} is not ready yet: see {name}.log", flush=True)  # noqa: T201
            return
        time.sleep(0.1)


def _own_name(allowed: list[str]) -> str:
    """Return a host name that our own request may carry."""
    named = [name.removeprefix(".") for name in allowed if name != "*"]
    return named[0] if named else "localhost"


def _watch(children: list[Child], vigil: Vigil, postgres: EmbeddedPostgres | None, stop: Stop) -> None:
    web = children[0]
    while not stop.wanted:
        if postgres is not None and not postgres.is_running():
            print("PostgreSQL ended; starting it again", flush=True)  # noqa: T201
            postgres.restart()
        for child in children:
            if child.restart_if_due():
                print(f"{child.name} ended; started again", flush=True)  # noqa: T201
        for pid in vigil.end_silent(web.process.pid) if web.process else ():
            print(f"web process {pid} did not answer; another one takes its place", flush=True)  # noqa: T201
        time.sleep(0.1)


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - we only translate it


def _greet(home: Path, host: str, port: int, *, demo: bool) -> None:
    url = f"http://{_reachable(host)}:{port}"
    lines = ["", f"API       {url}", f"console   {url}/console/", f"docs      {url}/docs/", f"health    {url}/readyz"]
    if demo:
        path = home / "demo.json"
        lines += [
            f"key       in {path}",
            "people    who signs in at the console, and their codes: .venv/bin/memstore demo-people",
            "",
            "Try it (pip install mem0ai):",
            "",
            "  import json; from mem0 import MemoryClient",
            f"  demo = json.load(open({str(path)!r}))",
            "  client = MemoryClient(api_key=demo['api_key'], host=demo['url'])",
            "  client.add('I moved to Lisbon in May and I collect old clocks', user_id='alice', infer=False)",
            "  print(client.search('where does she live?', filters={'user_id': 'alice'}))",
            "",
            "or:",
            "",
            f"  KEY=$(python3 -c \"import json; print(json.load(open('{path}'))['api_key'])\")",
            f"  curl -s {url}/v3/memories/search/ -H 'Content-Type: application/json' \\",
            '    -H "Authorization: Token $KEY" \\',
            '    -d \'{"query": "where does she live?", "filters": {"user_id": "alice"}}\'',
        ]
    print("\n".join([*lines, "", f"memstore is ready: {url} (Ctrl-C stops it)"]), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
