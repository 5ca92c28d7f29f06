"""`memstore audit`: verify, seal, anchor, export and drop the audit trail, and manage its signing keys."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance.errors import AnchorUnavailable, InvalidChange, NoSuchObject
from governance.evidence.anchors import anchor_all
from governance.evidence.bundle import write_bundle
from governance.evidence.drop_months import drop_month
from governance.evidence.scheduled_checks import check
from governance.evidence.sealer import seal_all
from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.keyring.signing import public_keys, rotate_signing_key
from governance.tenancy.days import moment_of, zone_of
from governance.tenancy.tenant_lookup import tenant_by_slug, tenant_ids
from governance.vocabulary import Action, SystemJob

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Verify, seal, anchor, export and drop the audit trail; list and rotate its signing keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        verify = steps.add_parser("verify", help="recompute every leaf and head, compare with the anchors")
        verify.add_argument("--tenant", help="slug or id; without it all tenants, and events before one was known")
        steps.add_parser("seal", help="seal the waiting events now")
        steps.add_parser("anchor", help="put the newest tree heads to the anchors now")
        export = steps.add_parser("export", help="write a bundle that `proof.py` checks without memstore")
        export.add_argument("--tenant", required=True, help="slug or id")
        export.add_argument("--since", required=True, help="a day (from its start) or 2026-01-01T12:00:00+00:00")
        export.add_argument("--until", required=True, help="a day (until its end), or a moment")
        export.add_argument("--consistent-from", type=int, help="the size of an earlier head that the reader holds")
        export.add_argument("--out", required=True, type=Path, help="the ZIP file to write")
        keys = steps.add_parser("keys", help="list the public keys, for those who verify")
        keys.add_argument("--tenant", required=True, help="slug or id")
        rotate = steps.add_parser("rotate-key", help="sign tree heads with a new key from now on")
        rotate.add_argument("--tenant", required=True, help="slug or id")
        drop = steps.add_parser("drop", help="drop a month at the end of its retention (MEMSTORE_DB_ROLE=owner)")
        drop.add_argument("month", type=_moment, help="2019-01-01")

    def handle(self, *args: Any, **options: Any) -> None:
        step = getattr(self, f"_{options['step'].replace('-', '_')}")
        try:
            step(**{name: value for name, value in options.items() if name in STEP_OPTIONS})
        except (AnchorUnavailable, InvalidChange, NoSuchObject, OSError) as error:
            problem = error.problem if isinstance(error, InvalidChange) else str(error)
            raise CommandError(f"{options['step']}: {problem}") from None

    def _verify(self, tenant: str | None, **_: object) -> None:
        """Verify the trails. The exit code is 1 when tampering was found, for scripts."""
        bad = 0
        for tenant_id in [_tenant(tenant)] if tenant else [NIL, *tenant_ids()]:
            verdict = check(tenant_id, job=SystemJob.OPERATOR, progress=_Progress(tenant_id))
            name = "no tenant (before one was known)" if tenant_id == NIL else f"tenant {tenant_id}"
            if verdict.problem is None:
                dropped = f", {verdict.n_dropped} of them dropped on the record" if verdict.n_dropped else ""
                self.stdout.write(f"INTACT    {name}: {verdict.words}{dropped} ({verdict.seconds:.1f} s)")
                continue
            bad += 1
            where = "" if verdict.index is None else f" number {verdict.index}:"
            self.stdout.write(f"TAMPERED  {name}: {verdict.words}")
            self.stdout.write(f"          {verdict.problem.value}:{where} {verdict.detail}")
        if bad:
            sys.exit(1)

    def _seal(self, **_: object) -> None:
        self.stdout.write(f"{seal_all()} events sealed")

    def _anchor(self, **_: object) -> None:
        self.stdout.write(f"{anchor_all()} heads anchored")

    def _export(self, tenant: str, since: str, until: str, out: Path, consistent_from: int | None, **_: object) -> None:
        caller = system_caller(_tenant(tenant), SystemJob.OPERATOR)
        grant = authorize(caller=caller, action=Action.COPY_AUDIT)
        with grant.effect():
            grant.record()
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            made = write_bundle(
                caller.tenant_id, file, **_period(caller.tenant_id, since, until), consistent_from=consistent_from
            )
        self.stdout.write(f"events {made.first} to {made.last} of {made.size}, in {out}")

    def _keys(self, tenant: str, **_: object) -> None:
        for key in public_keys(_tenant(tenant)):
            said = {"id": str(key.id), "use": key.use, "public": key.public, "created_at": key.created_at.isoformat()}
            retired = {"retired_at": key.retired_at.isoformat()} if key.retired_at else {}
            self.stdout.write(json.dumps(said | retired))

    def _rotate_key(self, tenant: str, **_: object) -> None:
        caller = system_caller(_tenant(tenant), SystemJob.OPERATOR)
        grant = authorize(caller=caller, action=Action.ROTATE_SIGNING_KEY)
        with grant.effect():
            key_id = rotate_signing_key(caller.tenant_id)
            grant.record(object_id=key_id)
        self.stdout.write(f"signing with {key_id} from now on")

    def _drop(self, month: datetime, **_: object) -> None:
        if settings.MEMSTORE_DB_ROLE != "owner":
            raise CommandError("the serving role owns no tables: MEMSTORE_DB_ROLE=owner memstore audit drop ...")
        dropped = drop_month(date(month.year, month.month, 1), _Progress(NIL))
        self.stdout.write(f"{sum(dropped.values())} events of {len(dropped)} trails dropped; their leaves stay")


STEP_OPTIONS = {"tenant", "since", "until", "out", "consistent_from", "month"}


class _Progress:
    """A progress line on the terminal, rewritten twice a second at most. Nothing is written to a file or pipe."""

    def __init__(self, tenant_id: UUID) -> None:
        self._name = str(tenant_id)[:8]
        self._started = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - self._told < 0.5 and done < total):  # noqa: PLR2004 - half a second
            return
        self._told = now
        left = (now - self._started) * (total - done) / max(done, 1)
        words = f"{self._name}  {done:,} of {total:,} events ({100 * done // max(total, 1)} %), {left:.0f} s left"
        sys.stderr.write(f"\r{words:<78}" if done < total else f"\r{'':<78}\r")
        sys.stderr.flush()


def _tenant(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        found = tenant_by_slug(text)
    if found is None:
        raise CommandError("tenant: there is none of this name")
    return found.id


def _period(tenant_id: UUID, since: str, until: str) -> dict[str, datetime]:
    where = zone_of(tenant_id)
    try:
        return {"since": moment_of(since, where, is_end=False), "until": moment_of(until, where, is_end=True)}
    except (ValueError, OverflowError):
        raise CommandError("since, until: expected a day or an ISO date-time") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
