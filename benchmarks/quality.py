"""Part 1: recall@k of a search on LoCoMo, through the use cases of both stores, and what each signal is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks import charts, locomo, ranking
from benchmarks.report import Part, Table, at_least
from benchmarks.timing import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.filled import Workbench

RECALL_AT_10 = 0.8


def measure(bench: Workbench, folder: Path, stem: str) -> Part:
    conversations = bench.conversations
    stores = bench.filled
    outcomes = {}
    for filled in stores:
        near = locomo.measure(conversations, filled.search(conversations, max(locomo.CUTOFFS)))
        deep = locomo.measure(conversations, filled.search(conversations, locomo.DEPTH))
        outcomes[filled.name] = (near, deep)
        say(f"{filled.name}: recall@10 {_recalls(near)[1]:.3f}")
    groups: list[tuple[str, locomo.Category | None]] = [("all", None)]
    groups += [(category.name.lower().replace("_", "-"), category) for category in locomo.Category]
    rows = []
    for name, category in groups:
        for store, (near, deep) in outcomes.items():
            chosen = [one for one in near if category in (None, one.category)]
            sessions = [one.session_found for one in deep if category in (None, one.category)]
            if chosen:
                recalls = [f"{value:.3f}" for value in _recalls(chosen)]
                rows.append([name, f"{len(chosen):,}", store, *recalls, f"{np.mean(sessions):.3f}"])
    ours, mem0 = (_recalls(near) for near, _ in outcomes.values())
    labels = [f"recall@{k}" for k in locomo.CUTOFFS]
    head, *worth = ranking.worth_table([ranking.of_locomo(conversations, bench.book.embed)])
    return Part(
        "recall",
        "1. What a search brings back (LoCoMo)",
        (
            "One person's store per conversation, one memory per turn, added session by session with `infer=False`; "
            f"{sum(len(one.turns) for one in conversations):,} turns of {len(conversations)} conversations. "
            "recall@k is the mean over questions of (evidence turns among the first k / evidence turns), for "
            f"questions of categories 1-4, asked with top_k {max(locomo.CUTOFFS)}. The last column is the share of "
            f"questions with a session of the evidence among the first {locomo.SESSIONS_SEEN} different ones, asked "
            f"with top_k {locomo.DEPTH:,}. Both stores give every result whatever its score (threshold 0)."
        ),
        tables=[
            Table(
                "Recall",
                ["questions", "number", "store", *labels, f"session in {locomo.SESSIONS_SEEN}"],
                rows,
            ),
            Table("What each signal of the ranking is worth (without a database)", head, worth),
        ],
        targets=[at_least("LoCoMo recall@10", ours[1], RECALL_AT_10)],
        charts=[
            charts.bars(
                folder / f"{stem}-recall.png",
                "LoCoMo: evidence among the first k results",
                labels,
                dict(zip(outcomes, (ours, mem0), strict=True)),
            )
        ],
    )


def _recalls(outcomes: Sequence[locomo.Outcome]) -> list[float]:
    means: list[float] = np.mean([one.recall for one in outcomes], axis=0).tolist()
    return means
