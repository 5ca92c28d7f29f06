"""Spans of a text that are taken by a finding."""

from __future__ import annotations

from bisect import bisect_left, insort


class Spans:
    """Set of spans that do not overlap, in order."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        """Add a span, which must be free: starts and ends are then sorted alike."""
        insort(self._starts, start)
        insort(self._ends, end)

    def free(self, start: int, end: int) -> bool:
        """Return whether no span overlaps text[start:end]."""
        before = bisect_left(self._starts, end)
        return before == 0 or self._ends[before - 1] <= start

    def blanked(self, text: str) -> str:
        """Return `text` at its length, with line ends in the place of taken spans.

        So no number is read across one.
        """
        parts, done = [], 0
        for start, end in zip(self._starts, self._ends, strict=True):
            parts += [text[done:start], "\n" * (end - start)]
            done = end
        return "".join(parts) + text[done:]
