"""One token of a statement."""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """One word, number or sign: folded, with whether it began with a capital letter."""

    low: str
    capital: bool
    text: str
