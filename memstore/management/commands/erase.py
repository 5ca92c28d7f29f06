"""`memstore erase`: erase a person, or go on with an erasure that waits, and watch it to its end."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import ngettext

from governance.errors import NoSuchObject
from governance.models import ErasureState, ErasureStep
from governance.tenancy.tenant_lookup import tenant_by_slug
from memstore.errors import InvalidInput
from memstore.forget.erasure.by_operator import erase_by_operator, plan_of, progress
from memstore.forget.erasure.saga import run_erasure
from memstore.records.scope_ids import clean_id

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from memstore.forget.erasure.by_operator import ErasureProgress
    from memstore.forget.erasure.plan import Plan

PAUSE_SECONDS = 1.0
WAITS = 3  # exit code: not at its end, without a fault


class Command(BaseCommand):
    help = (
        "Erase a person. Their id is read from standard input, so that it is in no list of processes and no history:"
        " memstore erase --tenant bank < id.txt"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="slug of the organisation")
        parser.add_argument("--request", type=UUID, help="go on with this request instead of reading an id")
        parser.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
        parser.add_argument("--wait", type=int, default=120, help="seconds to watch before leaving it to the workers")

    def handle(self, *_args: Any, **options: Any) -> None:
        tenant = tenant_by_slug(options["tenant"])
        if tenant is None:
            raise CommandError(f"there is no tenant {options['tenant']}")
        request_id: UUID | None = options["request"]
        try:
            if options["dry_run"]:
                self._show(
                    plan_of(tenant_id=tenant.id, user_id=_read_id())
                    if request_id is None
                    else progress(tenant_id=tenant.id, request_id=request_id).plan
                )
                self.stdout.write("dry run: nothing was changed")
                return
            if request_id is None:
                request_id = erase_by_operator(tenant_id=tenant.id, user_id=_read_id())
                self.stdout.write(f"request {request_id}")
            self._watch(tenant.id, request_id, options["wait"])
        except (NoSuchObject, InvalidInput) as error:
            raise CommandError(str(error) if isinstance(error, InvalidInput) else "there is no such erasure") from None

    def _watch(self, tenant_id: UUID, request_id: UUID, seconds: int) -> None:
        """Run what can be run here, write a line for each step, and say how it ended."""
        until, told = time.monotonic() + seconds, 0
        while True:
            now = progress(tenant_id=tenant_id, request_id=request_id)
            for number, step in enumerate(now.steps[told:], told + 1):
                self._tell(f"  {number}/{len(ErasureStep)} {step}")
                if step == ErasureStep.SCAN.value:
                    seconds_cold = settings.MEMSTORE_KEY_CACHE_SECONDS
                    self._tell(f"  the certificate comes when no process can hold a key, {seconds_cold} s after shred")
            told = len(now.steps)
            if now.state != ErasureState.RUNNING.value:
                return self._end(now)
            if time.monotonic() > until:
                problem = f" (last problem: {now.problem})" if now.problem else ""
                raise CommandError(f"still running; the workers go on with it{problem}", returncode=WAITS)
            run_erasure(erasure_id=now.erasure_id, tenant_id=tenant_id)
            time.sleep(PAUSE_SECONDS)

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _end(self, now: ErasureProgress) -> None:
        if now.state == ErasureState.DONE.value:
            self.stdout.write("erased; the certificate is with the request")
            return
        self._show(now.plan)
        if now.state == ErasureState.REJECTED.value:
            raise CommandError("the erasure was rejected")
        if now.state == ErasureState.FAILED.value:
            raise CommandError("stopped: what is stored is not what was approved. Two officers have to decide anew")
        why = {
            ErasureState.PLANNED.value: "waits for a second person to approve the plan above",
            ErasureState.WAITING.value: "erased as far as the law allows; the rest follows by itself",
        }[now.state]
        raise CommandError(why, returncode=WAITS)

    def _show(self, plan: Plan) -> None:
        if not plan.purposes:
            self.stdout.write("nothing is kept of this person")
        for part in plan.purposes:
            kept = f", keeps {part.n_kept} ({part.ground})" if part.n_kept else ""
            memories = ngettext("%(n)s memory", "%(n)s memories", part.n_memories) % {"n": part.n_memories}
            sources = ngettext("%(n)s source", "%(n)s sources", part.n_sources) % {"n": part.n_sources}
            until = f" until {part.kept_until}" if part.kept_until else ""
            self.stdout.write(f"  {part.purpose}: {part.action}, {memories}, {sources}{kept}{until}")


def _read_id() -> str:
    """Return the id from standard input. Raises InvalidInput."""
    return clean_id(sys.stdin.readline().strip(), "user_id")
