"""Contents of the two databases of the demo tenant, for attacks that have one of them. No attack itself."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from tests.attacks.target import Target


@contextmanager
def inside(target: Target, alias: str) -> Iterator[psycopg.Connection]:
    """Connect to one database as the serving role, with the demo's tenant set as the service sets it."""
    with target.connect(alias) as connection:
        connection.execute("SELECT set_config('memstore.tenant', %s, false)", [str(target.demo["tenant"])])
        yield connection


def identities(target: Target, kind: str) -> set[Any]:
    """Return the random ids of all users, runs, agents or apps whose external id can still be read."""
    with inside(target, "keys") as keys:
        return {row[0] for row in keys.execute("SELECT id FROM keyring_identity WHERE kind = %s", [kind])}


def keys_of(target: Target, subject_id: Any) -> int:
    with inside(target, "keys") as keys:
        found = keys.execute("SELECT count(*) FROM keyring_datakey WHERE subject_id = %s", [subject_id]).fetchone()
        return int(found[0]) if found else 0


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Return whether the condition becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.25)
    return true
