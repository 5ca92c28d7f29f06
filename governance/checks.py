"""System checks of the production profile: what `manage.py check --deploy` refuses (docs/production.md).

Each rule is one function. The embedded profile (one machine, started by one command) meets none of them, and the check
reports that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core.checks import Error, Warning  # noqa: A004 - Django's own name
from django.db import Error as DatabaseFailure
from django.db import connections

from governance.errors import GovernanceError
from governance.keyring.backup_horizon import is_one_cluster
from governance.keyring.root import root_key
from governance.tenancy.serving_role import CALLABLE_UNGUARDED, EXCESSIVE, MIGHTY
from governance.tenancy.tenant_lookup import tenant_by_slug

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.apps import AppConfig
    from django.core.checks import CheckMessage

# The one mode that also authenticates the server (libpq, "Protection Provided in Different Modes").
PROVEN = "verify-full"
# Schemes that reach the broker or the rate limit store over TLS, or never leave the process or a local socket.
CLOSED_SCHEMES = frozenset({"", "memory", "pgmq", "rediss", "amqps", "sqs", "redis+socket"})
HTTP_SERVICES = ("VAULT_ADDR", "OPENAI_BASE_URL", "MEMSTORE_OIDC_ISSUER")
DEMO = "demo-bank"


def production(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """Return a message for each rule that this configuration does not meet; none when it is fit for production."""
    return [message for rule in RULES if (message := rule()) is not None]


def external_databases() -> CheckMessage | None:
    if not settings.MEMSTORE_EMBEDDED:
        return None
    return Error(
        "The embedded database is for one machine: set DATABASE_URL and KEYS_DATABASE_URL.", id="memstore.E101"
    )


def external_root() -> CheckMessage | None:
    try:
        external = root_key().is_external
    except GovernanceError as error:
        return Error(f"The root key cannot be had: {error}.", id="memstore.E102")
    if external:
        return None
    return Error("The root key is a file of this machine: set MEMSTORE_ROOT_KEY to aws or vault.", id="memstore.E102")


def two_clusters() -> CheckMessage | None:
    try:
        together = is_one_cluster()
    except DatabaseFailure as error:
        return Error(f"The databases cannot be asked ({type(error).__name__}).", id="memstore.E103")
    if not together:
        return None
    return Error(
        "Data and keys are in one PostgreSQL cluster, or it cannot be told (GRANT EXECUTE ON FUNCTION"
        " pg_control_system() TO memstore_app): a backup of the one is a backup of the other.",
        id="memstore.E103",
    )


def encrypted_connections() -> CheckMessage | None:
    bare = [alias for alias, database in settings.DATABASES.items() if not _is_proven(database)]
    if not bare:
        return None
    return Error(
        f"Connections to PostgreSQL do not prove the server ({', '.join(bare)}): add ?sslmode=verify-full to the"
        " address.",
        id="memstore.E104",
    )


def _is_proven(database: dict[str, object]) -> bool:
    """Return whether the connection proves the server (`verify-full`) or is a local socket."""
    options = database.get("OPTIONS")
    mode = options.get("sslmode") if isinstance(options, dict) else None
    return str(database.get("HOST", "")).startswith("/") or mode == PROVEN


def anchors_elsewhere() -> CheckMessage | None:
    if any(kind == "s3" for kind, _ in settings.MEMSTORE_AUDIT_ANCHORS):
        return None
    return Error(
        "No anchor of the audit trail lies off this host: add s3://bucket/prefix to MEMSTORE_AUDIT_ANCHORS.",
        id="memstore.E105",
    )


def ledger_elsewhere() -> CheckMessage | None:
    if settings.MEMSTORE_LEDGER[0] == "s3":
        return None
    return Error(
        "The protective ledger lies on this host, and goes with it: set MEMSTORE_LEDGER to s3://bucket/prefix.",
        id="memstore.E106",
    )


def modest_roles() -> CheckMessage | None:
    for alias in ("default", "keys"):
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute(MIGHTY)
                might = any(cursor.fetchone())
        except DatabaseFailure as error:
            return Error(f"The {alias} database cannot be asked ({type(error).__name__}).", id="memstore.E107")
        if might:
            return Error(
                f"Who serves may do too much in the {alias} database (superuser, BYPASSRLS, CREATEROLE, owner of"
                " tables, or may become one of them by SET ROLE): log in as memstore_app.",
                id="memstore.E107",
            )
    return None


def nothing_of_its_own() -> CheckMessage | None:
    """Refuse a serving role that may create objects.

    Temporary objects count as well: they shadow the names of others.
    """
    excessive = _told_by_both(EXCESSIVE)
    if not excessive:
        return None
    return Error(
        f"Who serves could make objects of its own ({excessive}): run the statements of docs/production.md as the"
        " databases' superuser.",
        id="memstore.E112",
    )


def guarded_functions() -> CheckMessage | None:
    unguarded = _told_by_both(CALLABLE_UNGUARDED)
    if not unguarded:
        return None
    return Error(
        f"Functions that run as their owner may look in pg_temp first ({unguarded}): ALTER FUNCTION ... SET"
        " search_path = pg_catalog, public, pg_temp.",
        id="memstore.E113",
    )


def _told_by_both(query: str) -> str:
    """Return the rows of both databases as `alias: row, row; alias: row`; empty when neither has a row."""
    told = []
    for alias in ("default", "keys"):
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute(query)
                rows = [str(row[0]) for row in cursor.fetchall()]
        except DatabaseFailure as error:
            rows = [f"cannot be asked, {type(error).__name__}"]
        if rows:
            told.append(f"{alias}: {', '.join(rows)}")
    return "; ".join(told)


def encrypted_services() -> CheckMessage | None:
    """Refuse plain HTTP to Vault, the model server and the identity provider.

    An address of this machine is no exception: another local user could listen on it first.
    """
    bare = [name for name in HTTP_SERVICES if urlsplit(getattr(settings, name)).scheme == "http"]
    if not bare:
        return None
    return Error(
        f"Keys or people's words go over plain HTTP ({', '.join(bare)}): use https:// addresses.", id="memstore.E114"
    )


def encrypted_broker() -> CheckMessage | None:
    stores = {
        "BROKER_URL": str(
            getattr(settings, "CELERY_BROKER_URL", "")
        ),  # made by api.configuration.broker, unseen by the type checker
        "MEMSTORE_RATE_LIMIT_STORE": settings.MEMSTORE_RATE_LIMIT_STORE,
    }
    bare = [name for name, address in stores.items() if not all(map(_is_closed, address.split(";")))]
    if not bare:
        return None
    return Error(
        f"Connections are not encrypted, or do not prove the server ({', '.join(bare)}): use rediss:// or amqps://.",
        id="memstore.E115",
    )


def _is_closed(address: str) -> bool:
    parts = urlsplit(address)
    checks = dict(parse_qsl(parts.query)).get("ssl_cert_reqs", "required").lower()
    return parts.scheme in CLOSED_SCHEMES and checks.removeprefix("cert_") == "required"


def no_demo() -> CheckMessage | None:
    try:
        there = settings.MEMSTORE_DEMO or tenant_by_slug(DEMO) is not None
    except DatabaseFailure as error:
        return Error(f"The tenants cannot be listed ({type(error).__name__}).", id="memstore.E108")
    if not there:
        return None
    return Error(
        "The demo tenant is there, or would be made: MEMSTORE_DEMO=0, on databases of their own.", id="memstore.E108"
    )


def https_only() -> CheckMessage | None:
    if settings.MEMSTORE_PUBLIC_URL.startswith("https://"):
        return None
    return Error(
        "Plain HTTP: put a proxy that ends TLS in front, and set MEMSTORE_PUBLIC_URL to its https:// address.",
        id="memstore.E109",
    )


def backups_declared() -> CheckMessage | None:
    if settings.MEMSTORE_BACKUP_DAYS and settings.MEMSTORE_KEYS_BACKUP_DAYS:
        return None
    return Warning(
        "Certificates of erasure state no horizon: declare MEMSTORE_BACKUP_DAYS and MEMSTORE_KEYS_BACKUP_DAYS.",
        id="memstore.W110",
    )


def witness_elsewhere() -> CheckMessage | None:
    kind, _, place = settings.MEMSTORE_WITNESS.partition(":")
    if kind == "syslog" or (kind == "file" and not Path(place).is_relative_to(settings.MEMSTORE_HOME)):
        return None
    return Warning(
        "The second witness writes beside what it watches: set MEMSTORE_WITNESS to syslog:host:port.",
        id="memstore.W111",
    )


RULES: tuple[Callable[[], CheckMessage | None], ...] = (
    external_databases,
    external_root,
    two_clusters,
    encrypted_connections,
    anchors_elsewhere,
    ledger_elsewhere,
    modest_roles,
    no_demo,
    https_only,
    backups_declared,
    witness_elsewhere,
    nothing_of_its_own,
    guarded_functions,
    encrypted_services,
    encrypted_broker,
)
