"""The `memstore` command: the management commands, from wherever it is called."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
    execute_from_command_line(sys.argv)
