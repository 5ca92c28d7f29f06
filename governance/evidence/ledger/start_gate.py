"""The gate before the first request: do both databases know all that the ledger knows?

A database that knows less was restored from a backup, and what it lacks is put in force again
(`memstore.forget.restore.replay`). A ledger that knows less than a database was cut, or is another one: then no request
is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.errors import LedgerRefuses
from governance.evidence.ledger.entries import NOTHING
from governance.evidence.ledger.shipping import positions
from governance.evidence.ledger.storage import ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from governance.evidence.ledger.entries import Entry


@dataclass(frozen=True, slots=True)
class LedgerStanding:
    """The number of entries in the ledger, and the number that each database knows.

    A database with fewer entries than the ledger lacks those in between.
    """

    ledger: int
    ledger_hash: bytes
    data: int
    keys: int

    @property
    def in_step(self) -> bool:
        """Return whether both databases know exactly what the ledger holds."""
        return self.data == self.keys == self.ledger

    @property
    def behind(self) -> int:
        """Return the number of entries that at least one database lacks."""
        return self.ledger - min(self.data, self.keys)


def compare(*, thoroughly: bool = False) -> LedgerStanding:
    """Compare the ledger with both databases. `thoroughly` reads every line, else only those that are needed.

    Raises LedgerRefuses when the ledger is shorter than a database knows it, of another history, or broken;
    LedgerUnavailable.
    """
    place = ledger()
    (data, data_hash), (keys, keys_hash) = positions()
    last = place.last()
    number, digest = (last.number, last.hash) if last else (0, NOTHING)
    for name, known in (("data", data), ("keys", keys)):
        if known > number:
            raise LedgerRefuses(
                f"the ledger ends at number {number}, and the {name} database has seen number {known}:"
                " it was cut, or this is another ledger (MEMSTORE_LEDGER)"
            )
    wanted = ((data, data_hash), (keys, keys_hash), (number, digest))  # often all of one number
    numbers = {one for one, _ in wanted}
    if thoroughly or numbers != {number}:
        _agree(wanted, {entry.number: entry for entry in place.entries() if entry.number in numbers})
    elif data_hash != digest or keys_hash != digest:
        raise _another(number)
    return LedgerStanding(number, digest, data, keys)


def _agree(wanted: Iterable[tuple[int, bytes]], found: dict[int, Entry]) -> None:
    for number, digest in wanted:
        if number and (number not in found or found[number].hash != digest):
            raise _another(number)


def _another(number: int) -> LedgerRefuses:
    return LedgerRefuses(f"number {number} of the ledger is not what the databases have seen: another history")
