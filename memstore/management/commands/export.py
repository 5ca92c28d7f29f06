"""`memstore export`: write the copy behind a one-time link into a file that only its owner can read."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from governance.errors import AccessRefused, FactsMoved
from memstore.rights.copies.hand_out import hand_out_copy

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Fetch the copy of a person's data behind a one-time link. A data protection officer makes the link, so that"
        " access to this machine alone shows no content. The link's token is read from standard input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", required=True, type=Path, help="the ZIP file to write, mode 0600")
        parser.add_argument("--dry-run", action="store_true", help="check that the file can be made; use no link")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["out"]
        if path.exists():
            raise CommandError(f"{path} is there already")
        if options["dry_run"]:
            if not os.access(path.absolute().parent, os.W_OK):
                raise CommandError(f"{path} cannot be made")
            self.stdout.write(f"dry run: {path} can be made; no link was used")
            return
        written, done = 0, False
        # The file first: a link is not used up for one that cannot be written.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            try:
                for chunk in hand_out_copy(token=sys.stdin.readline().strip()).chunks:
                    file.write(chunk)
                    written += len(chunk)
                done = True
            except AccessRefused as refused:
                raise CommandError(f"no copy: {refused.reason.value}") from None
            except FactsMoved:
                raise CommandError("something about the person changed meanwhile; nothing is left of it") from None
            finally:
                if not done:
                    path.unlink()
        self.stdout.write(f"{written:,} bytes in {path}; the link is used up")
