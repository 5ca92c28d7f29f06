"""Attempts of unknown callers: counted for all processes in the database, which holds no address in clear."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from governance.access import attempts_by_address
from governance.access.attempts_by_address import count_attempt, prune_attempts
from tests.support.cast import DATABASES, organisation
from tests.support.refusing import as_owner

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
SOMEBODY = "unknown 198.51.100.7"


def moved(seconds: int) -> None:
    """Move the begin of every window so many seconds back."""
    with as_owner(organisation().tenant.id) as cursor:
        cursor.execute("SET LOCAL ROLE memstore_auth")
        cursor.execute("UPDATE governance_attempt SET ends_at = ends_at - make_interval(secs => %s)", [seconds])


def test_every_connection_counts_on() -> None:
    def count(_: int) -> int:
        try:
            return count_attempt(SOMEBODY, window_seconds=60).n
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(count, range(20))) == list(range(1, 21))
    assert count_attempt("somebody else", window_seconds=60).n == 1


def test_a_window_ends_and_another_begins() -> None:
    first = count_attempt(SOMEBODY, window_seconds=60)
    assert (first.n, 50 < first.seconds_left <= 60) == (1, True)
    moved(30)
    assert count_attempt(SOMEBODY, window_seconds=60).n == 2
    moved(31)
    assert count_attempt(SOMEBODY, window_seconds=60).n == 1


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    count_attempt(SOMEBODY, window_seconds=60)
    moved(-86_400)
    again = count_attempt(SOMEBODY, window_seconds=60)
    assert (again.n, again.seconds_left <= 60) == (1, True)


def test_what_ended_long_ago_is_dropped_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    count_attempt(SOMEBODY, window_seconds=60)
    moved(3_700)
    count_attempt("somebody else", window_seconds=60)
    prune_attempts()
    with as_owner(organisation().tenant.id) as cursor:
        cursor.execute("SET LOCAL ROLE memstore_auth")
        cursor.execute("SELECT min(ends_at) > now() - interval '1 hour' FROM governance_attempt")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT bucket FROM governance_attempt")
        assert all(len(bucket) == 32 and b"198.51" not in bytes(bucket) for (bucket,) in cursor.fetchall())
    assert count_attempt("somebody else", window_seconds=60).n == 2
    monkeypatch.setattr(attempts_by_address, "SALT", "another key")
    assert count_attempt("somebody else", window_seconds=60).n == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM governance_attempt",
        "INSERT INTO governance_attempt VALUES (sha256('x'), 0, now())",
        "UPDATE governance_attempt SET n = 0",
        "DELETE FROM governance_attempt",
        "TRUNCATE governance_attempt",
    ],
)
def test_the_serving_role_can_do_nothing_to_the_count_but_count(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
