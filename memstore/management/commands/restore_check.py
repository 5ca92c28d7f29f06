"""`memstore restore-check`: compare the databases with the ledger, and put in force again what they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from governance.errors import LedgerRefuses, LedgerUnavailable
from governance.evidence.ledger.start_gate import compare
from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.vocabulary import Action, SystemJob
from memstore.forget.restore.replay import open_gate
from memstore.management.root_key import require_root_key

if TYPE_CHECKING:
    from argparse import ArgumentParser

WOULD_REPLAY, REFUSES = 1, 2


class Command(BaseCommand):
    help = (
        "Compare both databases with the protective ledger, and put in force again what a restored one lacks."
        " The service does the same before its first request. Exit codes: 0 in step, 1 (dry run) something is"
        " lacking, 2 the ledger does not agree and nothing would be served."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="compare, and change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        authorize(caller=system_caller(NIL, SystemJob.OPERATOR), action=Action.RESTORE)
        require_root_key()
        try:
            standing = compare(thoroughly=True)
            if standing.in_step:
                self.stdout.write(f"in step: the ledger and both databases are at number {standing.ledger}")
                if not options["dry_run"]:
                    open_gate()
                return
            self.stdout.write(
                f"the ledger is at number {standing.ledger}, the data database at {standing.data},"
                f" the keys database at {standing.keys}"
            )
            if options["dry_run"]:
                raise CommandError(f"{standing.behind} entries would be looked at", returncode=WOULD_REPLAY)
            report = open_gate()
        except (LedgerRefuses, LedgerUnavailable) as error:
            raise CommandError(f"nothing would be served: {error}", returncode=REFUSES) from None
        if report is None:
            self.stdout.write("nothing was lacking: a process had ended before it noted what it wrote")
            return
        self.stdout.write(f"a restored backup was brought up to the ledger, people concerned: about {report.people}")
        for kind, n in sorted(report.entries.items()):
            self.stdout.write(f"  {n} x {kind} in force again")
        for table, n in sorted(report.purged.items()):
            self.stdout.write(f"  of {table} had come back and are gone: {n}")
        if report.keys_destroyed:
            self.stdout.write(f"  keys that had come back and are destroyed: {report.keys_destroyed}")
