"""The `memstore` command: Django's management commands, callable from any folder."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

import api.celery  # noqa: F401 - makes our Celery application the one that tasks are sent with


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
    execute_from_command_line(with_module_name(sys.argv))


def with_module_name(arguments: list[str]) -> list[str]:
    """Return the arguments with the command's module name: `memstore rotate-keys` runs `rotate_keys`."""
    program, *rest = arguments
    if not rest or rest[0].startswith("-"):
        return arguments
    return [program, rest[0].replace("-", "_"), *rest[1:]]


if __name__ == "__main__":
    main()
