"""`memstore keys`: key epochs, what a thief of each backup could read today, and records of destroyed epochs."""

from __future__ import annotations

import json
import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from governance.errors import KeyUnavailable, NoSuchObject, WrongRootKey
from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.keyring.epoch_destruction import epoch_record
from governance.keyring.signing import public_keys
from governance.keyring.status import exposures, keys_status, next_step
from governance.vocabulary import Action, SystemJob

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from governance.keyring.status import EpochView

WIDTH = 118


class Command(BaseCommand):
    help = "Show the key epochs, and what a thief of each backup could read today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("status", help="list epochs, keys and backups, the next step, and what a thief could read")
        record = steps.add_parser("record", help="print the signed record of a destroyed epoch, as JSON")
        record.add_argument("epoch", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["step"] == "record":
                self._record(options["epoch"])
            else:
                self._status()
        except WrongRootKey as error:
            raise CommandError(f"{error}: nothing was changed") from None
        except KeyUnavailable as error:
            raise CommandError(f"the root key cannot be had: {error}") from None
        except NoSuchObject as error:
            raise CommandError(f"{error.what}: there is none of this number") from None

    def _status(self) -> None:
        status = keys_status(datetime.now(UTC))
        where = "outside this machine" if status.is_external else "in a file of this machine"
        self.stdout.write(f"root key   {status.root}, {where}")
        self.stdout.write(f"clusters   data and keys in {'one' if status.is_one_cluster else 'two'}")
        declared = [
            f"{days} days" if days else "not declared" for days in (status.backup_days, status.keys_backup_days)
        ]
        self.stdout.write(f"backups    of the data: {declared[0]}; of the keys: {declared[1]}")
        by, reason = status.horizon.by, status.horizon.reason
        stated = f"not later than {by:%Y-%m-%d}" if by else f"none ({reason})"
        self.stdout.write(f"horizon    of a key destroyed now: {stated}")
        self.stdout.write("")
        self.stdout.write(f"{'epoch':<7}{'state':<11}{'tenant keys':>12}{'data keys':>12}{'signing keys':>14}  since")
        for view in status.epochs:
            self.stdout.write(_line(view))
        if step := next_step(status):
            self.stdout.write(f"\n-> {step}")
        self.stdout.write("\nWhat a thief could read today")
        for exposure in exposures(status):
            self.stdout.write(f"\n{exposure.stolen}")
            for words in exposure.reads:
                self.stdout.write(textwrap.fill(words, WIDTH, initial_indent="  * ", subsequent_indent="    "))

    def _record(self, epoch: int) -> None:
        authorize(caller=system_caller(NIL, SystemJob.OPERATOR), action=Action.ROTATE_KEYS)
        found = epoch_record(epoch)
        if found is None:
            raise CommandError(f"the root version of epoch {epoch} is not destroyed")
        signed_by = json.loads(found.record)["signing_key"]
        public = {str(key.id): key.public for key in public_keys(NIL)}
        shown = {
            "record": json.loads(found.record),
            "signature": found.signature.hex(),
            "public_key": {"id": signed_by, "public": public[signed_by]},
        }
        self.stdout.write(json.dumps(shown, indent=2))


def _line(view: EpochView) -> str:
    counts = f"{view.tenant_keys:>12,}{view.data_keys:>12,}{view.signing_keys:>14,}"
    said = [f"{view.since:%Y-%m-%d %H:%M}"]
    for name, moment in (
        ("retired", view.until),
        ("backup confirmed", view.backup_confirmed_at),
        ("destroyed", view.destroyed_at),
        ("gone by", view.gone_by),
    ):
        if moment is not None:
            said.append(f"{name} {moment:%Y-%m-%d %H:%M}")
    return f"{view.epoch:<7}{view.state:<11}{counts}  {', '.join(said)}"
