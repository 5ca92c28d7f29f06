"""The statements that a use case takes, on both databases together."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

from django.db import connections
from django.test.utils import CaptureQueriesContext

if TYPE_CHECKING:
    from collections.abc import Callable

AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT set_config")


def statements(use_case: Callable[[], object]) -> list[str]:
    """Return the statements without those that open and set up transactions."""
    with ExitStack() as stack:
        captured = [stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in ("default", "keys")]
        use_case()
    return [one["sql"] for part in captured for one in part if not one["sql"].startswith(AROUND)]


_VALUE = re.compile(r"'(?:[^']|'')*'(?:::\w+(?:\[\])?)?|\b\d+(?:\.\d+)?\b|\bNULL\b|\btrue\b|\bfalse\b")


def shapes(use_case: Callable[[], object]) -> list[str]:
    """Return the statements without their values: what a database's load, and the time of an answer, can tell."""
    return [_VALUE.sub("?", one) for one in statements(use_case)]
