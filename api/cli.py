"""The `memstore` command: the management commands, from wherever it is called."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
    execute_from_command_line(named(sys.argv))


def named(arguments: list[str]) -> list[str]:
    """`verify-certificate` is the command of the module `verify_certificate`."""
    command = [word if word.startswith("-") else word.replace("-", "_") for word in arguments[1:2]]
    return [*arguments[:1], *command, *arguments[2:]]
