"""The demo tenant of `make run`: a fictional bank with two purposes and one API key."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from governance.keyring.keys import check_root_key
from governance.models import Purpose
from governance.policy import Capability, LawfulBasis
from governance.principals import authenticate, issue_api_key
from governance.tenancy import tenant_context
from governance.tenants import add_purpose, create_tenant, tenant_by_slug

SLUG = "demo-bank"


class Command(BaseCommand):
    help = "Make the demo tenant once, and write its credentials to MEMSTORE_HOME/demo.json (mode 0600)."

    def handle(self, *_args: object, **_options: object) -> None:
        check_root_key()
        path = Path(settings.MEMSTORE_HOME) / "demo.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        tenant = tenant_by_slug(SLUG) or create_tenant(slug=SLUG, name="Demo Bank")
        with tenant_context(tenant.id):
            purposes = {purpose.name: purpose.id for purpose in Purpose.objects.all()}
        if "assistance" not in purposes:
            rule = add_purpose(
                tenant_id=tenant.id,
                name="assistance",
                lawful_basis=LawfulBasis.CONTRACT,
                ceiling_days=730,
                source_days=30,
            )
            purposes[rule.name] = rule.purpose_id
        if "personalisation" not in purposes:
            rule = add_purpose(
                tenant_id=tenant.id,
                name="personalisation",
                lawful_basis=LawfulBasis.CONSENT,
                ceiling_days=365,
                source_days=30,
            )
            purposes[rule.name] = rule.purpose_id
        api_key = known.get("api_key", "")
        if authenticate(api_key) is None:
            _, api_key = issue_api_key(
                tenant_id=tenant.id,
                name="demo",
                capabilities=list(Capability),
                purposes=purposes.values(),
                default_purpose="assistance",
            )
        _write(
            path,
            {
                "url": f"http://127.0.0.1:{settings.PORT}",
                "api_key": api_key,
                "tenant": str(tenant.id),
                "console": [],
            },
        )
        self.stdout.write(f"demo tenant {tenant.id}; credentials in {path}")


def _write(path: Path, content: dict[str, object]) -> None:
    """Whole or not at all, and never readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    temporary.replace(path)
