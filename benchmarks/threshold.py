"""What a threshold of the score lets through: `python -m benchmarks.threshold [FILE.json] [--out CURVE.png]`.

FILE is {"stores": [{"memories": [...], "on_topic": [[question, place of its memory]], "off_topic": [...]}]}. Without
it, ten small stores of our own in three languages: 50 questions that they answer, and 100 that nothing in them answers.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np

from benchmarks import locomo
from benchmarks.charts import COLOURS, SIZE
from memstore.intake.embed._local import LocalEmbedder
from memstore.recall.embed_query import embed_query
from memstore.recall.query import Query
from memstore.recall.rank import rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memstore.recall.columns import Columns

mpl.use("Agg")

STORES: Final = Path(__file__).parent / "data" / "off_topic.json"
SHOWN: Final = (0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5)
_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)


def scores(stores: Sequence[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Return the best score of each question that nothing answers, and the right memory's of each that one does."""
    model = LocalEmbedder()
    off: list[float] = []
    on: list[float] = []
    for store in stores:
        turns = [locomo.Turn("", "", text, number, 0, _AT) for number, text in enumerate(store["memories"])]
        held = locomo.columns(turns, model.embed)
        off += [max(_scores(model, question, held)) for question in store["off_topic"]]
        on += [_scores(model, question, held)[place] for question, place in store["on_topic"]]
    return off, on


def _scores(model: LocalEmbedder, question: str, held: Columns) -> list[float]:
    ranking = rank(Query.read(question, embed_query(model, question), _AT.timestamp()), held, k=len(held))
    found = np.zeros(len(held))
    found[ranking.indices] = ranking.scores
    return [float(one) for one in found]


def table(off: Sequence[float], on: Sequence[float]) -> str:
    """Return for each threshold the share of questions rightly without an answer, and of right answers lost."""
    rows = ["| threshold | nothing returned where nothing answers | right answers lost |", "| --- | --- | --- |"]
    for least in SHOWN:
        silent, lost = np.mean(np.array(off) < least), np.mean(np.array(on) < least)
        rows.append(f"| {least} | {silent:.2f} | {lost:.2f} |")
    return "\n".join(rows)


def draw(path: Path, off: Sequence[float], on: Sequence[float]) -> None:
    """Draw both shares over the threshold."""
    from matplotlib import pyplot as plt

    at = np.linspace(0, 0.6, 241)
    figure, axes = plt.subplots(figsize=SIZE)
    silent = [np.mean(np.array(off) < one) for one in at]
    lost = [np.mean(np.array(on) < one) for one in at]
    axes.plot(at, silent, color=COLOURS[0], label=f"nothing returned ({len(off)} questions off topic)")
    axes.plot(at, lost, color=COLOURS[1], label=f"right answer lost ({len(on)} questions)")
    axes.axvline(0.1, color="0.5", linewidth=0.8)
    axes.annotate("default 0.1", (0.1, 0.02), textcoords="offset points", xytext=(4, 0), fontsize=8)
    axes.set_xlabel("threshold of the score")
    axes.set_ylabel("share of the questions")
    axes.set_ylim(0, 1.02)
    axes.set_title("What a threshold lets through")
    axes.legend(frameon=False, loc=(0.42, 0.62))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=STORES)
    parser.add_argument("--out", type=Path, help="where the curve is drawn")
    options = parser.parse_args()
    off, on = scores(json.loads(options.file.read_text("utf-8"))["stores"])
    print(table(off, on))
    if options.out:
        draw(options.out, off, on)


if __name__ == "__main__":
    main()
