from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import pre_migrate


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from governance.changes import check_registered, register
        from governance.evidence import witness
        from governance.evidence.incidents import record_loss
        from governance.grants import grant_default_privileges
        from governance.production import production

        register()
        checks.register(check_registered, checks.Tags.security)
        checks.register(production, checks.Tags.security, deploy=True)
        pre_migrate.connect(grant_default_privileges, dispatch_uid="memstore-grants")
        witness.report_with(record_loss)
