"""The production profile: what `manage.py check --deploy` refuses, one rule a function (docs/production.md).

The embedded profile is one machine that starts with one command; none of these holds there, and it says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import Error, Warning  # noqa: A004 - Django's own name
from django.db import Error as DatabaseFailure
from django.db import connections

from governance.errors import GovernanceError
from governance.keyring.horizon import is_one_cluster
from governance.keyring.root import root_key
from governance.tenants import tenant_by_slug

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.apps import AppConfig
    from django.core.checks import CheckMessage

ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
DEMO = "demo-bank"
_MIGHT = """
    SELECT r.rolsuper OR r.rolbypassrls,
           EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
      FROM pg_roles r WHERE r.rolname = current_user
"""


def production(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """All that stands against serving people's data like this."""
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
    bare = [alias for alias, database in settings.DATABASES.items() if not _is_encrypted(database)]
    if not bare:
        return None
    return Error(
        f"Connections to PostgreSQL are not encrypted ({', '.join(bare)}): add ?sslmode=verify-full to the address.",
        id="memstore.E104",
    )


def _is_encrypted(database: dict[str, object]) -> bool:
    """Or never leaves this machine."""
    options = database.get("OPTIONS")
    mode = options.get("sslmode") if isinstance(options, dict) else None
    return str(database.get("HOST", "")).startswith("/") or mode in ENCRYPTED


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
                cursor.execute(_MIGHT)
                mighty, owns = cursor.fetchone()
        except DatabaseFailure as error:
            return Error(f"The {alias} database cannot be asked ({type(error).__name__}).", id="memstore.E107")
        if mighty or owns:
            return Error(
                f"Who serves may do too much in the {alias} database (superuser, BYPASSRLS or owner of tables):"
                " connect as memstore_app.",
                id="memstore.E107",
            )
    return None


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
)
