from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import pre_migrate


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
        pre_migrate.connect(grant_default_privileges, dispatch_uid="memstore-grants")
        witness.report_with(record_loss)
