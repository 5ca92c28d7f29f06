"""`memstore create-demo`: make the demo tenant of `make run`, a fictional bank and clinic with an API key."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from django.conf import settings
from django.core.management.base import BaseCommand

from governance.access.api_keys import issue_api_key
from governance.access.authenticate import authenticate
from governance.access.staff import enrol, found_organisation
from governance.access.tokens import read_claim
from governance.models import StaffUser
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.consents import list_notices, register_notice
from governance.processing.purposes import create_purpose, list_purposes, revise_purpose
from governance.processing.tenants import configure_tenant, create_tenant
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_by_slug
from governance.vocabulary import MACHINE_CAPABILITIES, Article9Condition, Handling, LawfulBasis, Role
from memstore.demo.actors import agreed, standing_here
from memstore.demo.scenario import live
from memstore.management.root_key import require_root_key

if TYPE_CHECKING:
    from uuid import UUID

SLUG = "demo-bank"
PEOPLE = {
    "demo-admin": Role.ADMINISTRATOR,
    "demo-dpo": Role.DPO,
    "demo-dpo-2": Role.DPO,
    "demo-reviewer": Role.REVIEWER,
    "demo-auditor": Role.AUDITOR,
    "demo-keys": Role.KEY_OFFICER,
}
PURPOSES = {
    "assistance": PurposeTerms(
        LawfulBasis.CONTRACT,
        ceiling_days=730,
        special=Handling.ALLOW,
        article9_condition=Article9Condition.HEALTH_CARE,
        dpia_reference="DPIA-DEMO-1",
    ),
    "personalisation": PurposeTerms(LawfulBasis.CONSENT, ceiling_days=365),
    "knowledge": PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=730, personal=False),
}
NOTICE = "We remember what you like, to suggest what suits you. You can take this back at any time. (Demo notice)"


class Credentials(TypedDict):
    role: str
    username: str
    password: str
    totp_secret: str


class Command(BaseCommand):
    help = "Make the demo tenant once, and write its credentials to MEMSTORE_HOME/demo.json (mode 0600)."

    def handle(self, *_args: object, **_options: object) -> None:
        require_root_key()
        path = Path(settings.MEMSTORE_HOME) / "demo.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        before = tenant_by_slug(SLUG)
        tenant = before or create_tenant(slug=SLUG, name="Demo Bank and Clinic")
        console: list[Credentials] = known.get("console") or _people(tenant.id)
        admin, dpo = standing_here(tenant.id, "demo-admin"), standing_here(tenant.id, "demo-dpo")
        there = {view.name: view.terms for view in list_purposes(caller=admin)}
        for name, terms in PURPOSES.items():
            if name not in there:
                create_purpose(caller=admin, name=name, terms=terms)
            elif there[name] != terms:
                agreed(revise_purpose(caller=admin, name=name, terms=terms), by=dpo)
        if before is None:  # later on, the people who try it decide
            at_once = {"key_deletions_at_once": True, "key_deletions_per_hour": 100}
            agreed(configure_tenant(caller=admin, changes={"auto_approve_erasure": True, **at_once}), by=dpo)
        admin = standing_here(tenant.id, "demo-admin")  # its principal knows the new purposes
        notices = list_notices(caller=admin) or [
            register_notice(caller=admin, purpose="personalisation", language="en", text=NOTICE)
        ]
        api_key = known.get("api_key", "")
        principal = authenticate(api_key)
        if principal is None or len(principal.purposes) < len(PURPOSES):
            _, api_key = issue_api_key(
                requester=admin,
                approver=dpo,
                name="demo",
                capabilities=MACHINE_CAPABILITIES,
                purposes=PURPOSES,
                default_purpose="assistance",
            )
        _write(
            path,
            {
                "url": f"http://127.0.0.1:{settings.PORT}",
                "api_key": api_key,
                "tenant": str(tenant.id),
                "tenant_slug": SLUG,
                "notice": notices[0].sha256,
                "console": console,
            },
        )
        self.stdout.write(f"demo tenant {tenant.id}; credentials in {path}")
        if settings.MEMSTORE_DEMO_LIFE:
            live(tenant_id=tenant.id, home=Path(settings.MEMSTORE_HOME), tell=self._tell)

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _people(tenant_id: UUID) -> list[Credentials]:
    """Make the fictional staff, each with a password and a second factor of its own. Return their credentials."""
    with tenant_context(tenant_id):
        if StaffUser.objects.exists():
            return []  # demo.json was deleted: their passwords are lost, as they should be
    codes = found_organisation(tenant_id, [(name, role, f"personnel {name}") for name, role in PEOPLE.items()])
    credentials: list[Credentials] = []
    for username, text in codes.items():
        _, user_id, code = read_claim(text)
        password = secrets.token_urlsafe(15)
        enrolment = enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=password)
        credentials.append(
            {
                "role": PEOPLE[username].value,
                "username": username,
                "password": password,
                "totp_secret": enrolment.totp_secret,
            }
        )
    return credentials


def _write(path: Path, content: dict[str, object]) -> None:
    """Write the file whole or not at all, and never readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    temporary.replace(path)
