"""Tables of patterns, one alternative a line; a line that begins with # is a comment, an indented one goes on."""

from __future__ import annotations

import re


def either(table: str) -> str:
    """Return one group of the table's lines as alternatives."""
    lines = [line for line in re.sub(r"\n[ \t]+", "", table.strip()).splitlines() if line and not line.startswith("#")]
    return f"(?:{'|'.join(lines)})"


def at_start(table: str) -> re.Pattern[str]:
    """Return a pattern for `match`, which is tried at the beginning of a sentence in any letter case."""
    return re.compile(either(table) + r"(?![\w'])", re.IGNORECASE)


def anywhere(table: str) -> re.Pattern[str]:
    """Return a pattern for `search`: whole words anywhere in a sentence, in any letter case."""
    return re.compile(r"(?<!\w)" + either(table) + r"(?!\w)", re.IGNORECASE)


def words(table: str) -> frozenset[str]:
    """Return the words of a table that are separated by white space."""
    return frozenset(table.split())
