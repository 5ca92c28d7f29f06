"""Charts of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (7.0, 4.2)  # inches
COLOURS = ("#1b6ca8", "#d1495b", "#edae49", "#66a182", "#5f4b8b")


def bars(path: Path, title: str, groups: Sequence[str], series: Mapping[str, Sequence[float]]) -> Path:
    figure, axes = plt.subplots(figsize=SIZE)
    width = 0.8 / len(series)
    for number, (name, values) in enumerate(series.items()):
        places = [group + number * width for group in range(len(groups))]
        drawn = axes.bar(places, values, width * 0.95, label=name, color=COLOURS[number])
        axes.bar_label(drawn, fmt="%.2f", padding=2, fontsize=8)
    axes.set_xticks([group + 0.4 - width / 2 for group in range(len(groups))], groups)
    axes.set_ylim(0, 1)
    return _finish(figure, axes, path, title)


def lines(
    path: Path, title: str, x_label: str, y_label: str, series: Mapping[str, Sequence[tuple[float, float]]]
) -> Path:
    """Draw (x, y) points per line, on logarithmic axes."""
    figure, axes = plt.subplots(figsize=SIZE)
    for colour, (name, points) in zip(COLOURS, series.items(), strict=False):
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, marker="o", label=name, color=colour)
        axes.annotate(f"{ys[-1]:.3g}", (xs[-1], ys[-1]), textcoords="offset points", xytext=(4, 4), fontsize=8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid(visible=True, which="both", alpha=0.25)
    return _finish(figure, axes, path, title)


def _finish(figure: Figure, axes: Axes, path: Path, title: str) -> Path:
    axes.set_title(title)
    axes.legend(frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path
