"""`memstore offboard`: end a tenant, after two people have decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from governance.errors import NoSuchObject
from governance.tenancy.tenant_lookup import tenant_by_slug
from memstore.forget.erasure.offboard_tenant import offboard, outlook

if TYPE_CHECKING:
    from argparse import ArgumentParser

WAITS = 3
EVERY = 100


class Command(BaseCommand):
    help = (
        "Erase all people of a tenant, then destroy its own keys. An administrator requests it and a data protection"
        " officer approves it (POST tenant/offboarding/). Exit codes: 0 finished, 3 something is kept or still running."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="slug of the organisation")
        parser.add_argument("--dry-run", action="store_true", help="show what would happen and change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        tenant = tenant_by_slug(options["tenant"])
        if tenant is None:
            raise CommandError(f"there is no tenant {options['tenant']}")
        if options["dry_run"]:
            found = outlook(tenant_id=tenant.id)
            self.stdout.write(f"{found.people:,} people with {found.memories:,} memories would be erased")
            for ground, n in sorted(found.kept.items()):
                self.stdout.write(f"  {n:,} memories would be kept for now ({ground})")
            self.stdout.write("dry run: nothing was changed")
            return
        try:
            done = offboard(tenant_id=tenant.id, progress=self._tell)
        except NoSuchObject:
            raise CommandError("nobody has approved that this tenant ends: POST tenant/offboarding/") from None
        self.stdout.write(f"{done.erased:,} people erased, each with a certificate")
        if not done.finished:
            raise CommandError(
                f"not finished: of {done.waiting} the law keeps something, {done.running} are on their way"
                " (certificates wait a minute); run it again",
                returncode=WAITS,
            )
        self.stdout.write(f"the tenant's own {done.keys_destroyed} keys are destroyed; its audit trail can be verified")

    def _tell(self, done: int, people: int) -> None:
        if done % EVERY == 0 or done == people:
            self.stdout.write(f"  {done:,}/{people:,}")
            self.stdout.flush()
