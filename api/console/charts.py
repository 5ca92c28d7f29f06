"""Charts, drawn by chart.js from JSON in the page, each with a table of its numbers for those who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


Series = tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar or line chart (`kind`), with one number per label in each of `series`, by the name of the series."""

    id: str
    title: str
    labels: tuple[str, ...]
    series: Series
    kind: str = "bar"
    stacked: bool = True
    empty: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(value for _, values in self.series for value in values)

    @property
    def data(self) -> dict[str, object]:
        """Return what the script draws."""
        return {
            "kind": self.kind,
            "stacked": self.stacked,
            "labels": list(self.labels),
            "series": [{"name": name, "values": list(values)} for name, values in self.series],
        }

    @property
    def rows(self) -> list[tuple[str, list[float]]]:
        return [(label, [values[n] for _, values in self.series]) for n, label in enumerate(self.labels)]


def table_of(counts: Iterable[tuple[str, str, int]]) -> tuple[tuple[str, ...], Series]:
    """Return (labels, series) of rows (label, series, number), in the order in which they first come."""
    found = list(counts)
    labels = tuple(dict.fromkeys(label for label, _, _ in found))
    names = tuple(dict.fromkeys(name for _, name, _ in found))
    numbers: dict[tuple[str, str], float] = {}
    for label, name, number in found:
        numbers[label, name] = numbers.get((label, name), 0) + number
    return labels, tuple((name, tuple(numbers.get((label, name), 0) for label in labels)) for name in names)
