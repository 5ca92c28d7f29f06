"""`memstore reconcile`: set memories that are stored side by side against each other, person by person."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.tenancy.tenant_lookup import for_each_tenant
from governance.vocabulary import Action, SystemJob
from memstore.management.root_key import require_root_key
from memstore.reconcile.stored import count_people, reconcile_tenant

if TYPE_CHECKING:
    from argparse import ArgumentParser

TOLD_EVERY_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Go through what every person said, in the order of speech: what a later statement replaces becomes history,"
        " what contradicts waits for a reviewer. It may be stopped and started again at any time; --after goes on"
        " behind a person."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", type=_uuid, help="only this tenant")
        parser.add_argument("--after", type=_uuid, help="begin behind this person, as the last line named them")

    def handle(self, *_args: Any, **options: Any) -> None:
        authorize(caller=system_caller(NIL, SystemJob.OPERATOR), action=Action.RESTORE)
        require_root_key()
        if options["tenant"]:
            self._reconcile(options["after"], options["tenant"])
        else:
            for_each_tenant("reconcile", partial(self._reconcile, options["after"]))

    def _reconcile(self, after: UUID | None, tenant_id: UUID) -> None:
        total = count_people(tenant_id)
        done = read = replaced = doubtful = 0
        told = time.monotonic()
        for one in reconcile_tenant(tenant_id, after=after):
            done, read = done + 1, read + one.read
            replaced, doubtful = replaced + one.replaced, doubtful + one.contradicting
            if time.monotonic() - told > TOLD_EVERY_SECONDS:
                told = time.monotonic()
                self.stdout.write(f"  {done:,} of {total:,} people and purposes; --after {one.subject_id} goes on here")
        self.stdout.write(
            f"tenant {tenant_id}: {read:,} memories of {done:,} people and purposes read,"
            f" {replaced:,} are history now, {doubtful:,} contradictions wait for a reviewer"
        )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CommandError(f"{text} is no id") from None
