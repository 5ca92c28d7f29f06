"""`memstore verify-certificate`: the stand-alone verifier as a command of the installed service.

It needs no database.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from governance.evidence.certificates import verify_certificate

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Check a certificate of erasure offline. Exit code 0: verified; 1: refused; 2: undecided or unreadable."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        verify_certificate.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        text, code = verify_certificate.outcome(options["file"], options, datetime.now(UTC))
        self.stdout.write(text, ending="")
        sys.exit(code)
