from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db import connections
from django.db.models.signals import pre_migrate

from governance.management.migration_history import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from governance.accountability.configuration_changes import check_registered, register
        from governance.checks import production
        from governance.evidence.witness_incidents import record_loss
        from governance.guard import witness
        from governance.tenancy.privileges import grant_default_privileges

        register()
        checks.register(check_registered, checks.Tags.security)
        checks.register(production, checks.Tags.security, deploy=True)
        checks.register(known_migrations, checks.Tags.database)
        pre_migrate.connect(grant_default_privileges, dispatch_uid="memstore-grants")
        witness.report_with(record_loss)


def known_migrations(databases: Sequence[str] | None = None, **_: object) -> list[checks.CheckMessage]:
    """Check that each database was made by this version or one before it; `migrate` runs it before it begins."""
    from django.db.migrations.recorder import MigrationRecorder

    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        recorded = MigrationRecorder(connections[alias]).applied_migrations()
        said = refusal(str(connections[alias].settings_dict["NAME"]), recorded, settings.INSTALLED_APPS)
        if said:
            found.append(checks.Error(said, id="memstore.E008"))
    return found
