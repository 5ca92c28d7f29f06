"""Size limits of one call: its text is counted before any of it is read, so that no call takes seconds.

Costs: the detector reads and the stemmer stems every stored character (about 10 us each), and the embedding reads the
beginning of each text that is stored at once (about 120 us a character).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from memstore.errors import TooMuch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from memstore.records.payload import Json

MAX_CALL_CHARS = 100_000
"""Characters of a call's texts and metadata together; metadata counts once for each memory that it is kept with."""
MAX_READ_CHARS = 16_000
"""Characters that the embedding reads before a call is answered."""
MAX_LEARNED_CHARS = 8_000
"""Characters of a conversation whose facts are found before a call is answered: each may be a memory of its own."""
READ_OF_EACH = 1_000
"""Characters of one text that an embedding reads at most, by our count; its model takes 256 word pieces."""
READ_OF_ONE = 32
"""A text counts as so many characters at least: the shortest one is a row and a vector too."""


def check_amount(field: str, texts: Iterable[str], metadata: Iterable[Mapping[str, Json] | None] = ()) -> None:
    """Raise TooMuch, naming `field`, for texts and metadata of more than MAX_CALL_CHARS."""
    total = sum(len(text) for text in texts) + sum(_size(one) for one in metadata if one)
    if total > MAX_CALL_CHARS:
        raise TooMuch(field, f"at most {MAX_CALL_CHARS} characters in one call, with what its metadata comes to")


def check_read_now(field: str, texts: Iterable[str]) -> int:
    """Return how many characters are embedded before the answer.

    Raises TooMuch, naming `field`, above MAX_READ_CHARS.
    """
    chars = read_now(texts)
    if chars > MAX_READ_CHARS:
        raise TooMuch(
            field,
            f"too much to embed in one call: at most {MAX_READ_CHARS} characters,"
            f" of which each text counts for {READ_OF_ONE} to {READ_OF_EACH}",
        )
    return chars


def read_now(texts: Iterable[str]) -> int:
    """Return how many characters of these texts the embedding reads."""
    return sum(max(READ_OF_ONE, min(len(text), READ_OF_EACH)) for text in texts)


def _size(metadata: Mapping[str, Json]) -> int:
    return len(json.dumps(metadata, ensure_ascii=False))
