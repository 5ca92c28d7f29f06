"""`memstore rotate-keys`: make a new root version, wrap every key under it, and destroy the old version.

Exit codes: 0 done, 1 refused or failed, 3 not finished (keys that do not open, or rows that another process has
locked).
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from governance.errors import InvalidChange, KeyUnavailable, NoSuchObject, WrongRootKey
from governance.keyring.epoch_destruction import confirm_backup, destroy_epoch
from governance.keyring.rotation import plan_rotation, rotate

if TYPE_CHECKING:
    from argparse import ArgumentParser

NOT_FINISHED = 3
LISTED = 20  # ids of keys that do not open
TOLD_EVERY_SECONDS = 0.5


class Command(BaseCommand):
    help = "Rotate the key epoch: run, back up `keys`, --confirm-backup, --destroy. See docs/keys.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="how many keys, and about how long; changes nothing")
        what.add_argument("--confirm-backup", metavar="REFERENCE", help="`keys` was backed up since the rotation")
        what.add_argument("--destroy", metavar="EPOCH", type=int, help="destroy the root version of a retired epoch")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["dry_run"]:
                self._plan()
            elif options["confirm_backup"] is not None:
                self._confirm(options["confirm_backup"])
            elif options["destroy"] is not None:
                self._destroy(options["destroy"])
            else:
                self._rotate()
        except InvalidChange as error:
            raise CommandError(f"refused ({error.reason}): {error.problem}") from None
        except NoSuchObject as error:
            raise CommandError(f"refused: there is no such {error.what}") from None
        except WrongRootKey as error:
            raise CommandError(f"wrong root key: {error}") from None
        except KeyUnavailable as error:
            raise CommandError(f"the root key cannot be had, try again: {error}") from None

    def _plan(self) -> None:
        planned = plan_rotation()
        what = "would go on with the rotation" if planned.resumes else "would rotate"
        self.stdout.write(f"{what} from epoch {planned.old} to epoch {planned.new}")
        about = max(1, round(planned.seconds)) if planned.keys else 0
        self.stdout.write(
            f"{planned.keys:,} keys of {planned.tenants:,} tenants, about {about:,} s; nothing was changed"
        )

    def _rotate(self) -> None:
        done = rotate(progress=_Progress("wrapped anew"))
        rate = f"{done.rewrapped:,} keys wrapped anew in {done.seconds:.1f} s ({done.rate:,.0f} a second)"
        if done.is_retired:
            self.stdout.write(f"epoch {done.current} is current, epoch {done.old} is retired; {rate}")
            self.stdout.write(f"next: back up `keys`, then --confirm-backup REFERENCE, then --destroy {done.old}")
            return
        self.stdout.write(f"NOT FINISHED  epoch {done.current} is current, epoch {done.old} stays retiring; {rate}")
        if done.shut:
            self.stdout.write(
                f"{len(done.shut):,} keys do not open; the old root version is needed until that is settled:"
            )
            for key_id in done.shut[:LISTED]:
                self.stdout.write(f"  {key_id}")
        elif done.left:
            self.stdout.write(f"{done.left:,} keys are left that somebody else holds: run it again")
        sys.exit(NOT_FINISHED)

    def _confirm(self, reference: str) -> None:
        epochs = ", ".join(str(epoch) for epoch in confirm_backup(reference=reference))
        self.stdout.write(f"backup confirmed; may be destroyed now: epoch {epochs}")

    def _destroy(self, epoch: int) -> None:
        done = destroy_epoch(epoch=epoch, progress=_Progress("opened"))
        self.stdout.write(
            f"the root version of epoch {epoch} is destroyed, gone not later than {done.gone_by:%Y-%m-%d %H:%M %Z}"
        )
        self.stdout.write(f"the signed record: memstore keys record {epoch}")


class _Progress:
    """A progress line on the terminal, rewritten twice a second at most. Nothing is written to a file or pipe."""

    def __init__(self, done: str) -> None:
        self._words = done
        self._started = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - self._told < TOLD_EVERY_SECONDS and done < total):
            return
        self._told = now
        rate = done / max(now - self._started, 0.001)
        left = (total - done) / max(rate, 0.001)
        words = f"{done:,} of {total:,} keys {self._words}, {rate:,.0f} a second, {left:.0f} s left"
        sys.stderr.write(f"\r{words:<78}" if done < total else f"\r{'':<78}\r")
        sys.stderr.flush()
