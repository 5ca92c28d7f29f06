"""How well the relation of two statements is told, on 2,060 pairs of our own: `python -m benchmarks.relations`.

Each line of data/pairs/*.jsonl is {"a": earlier, "b": later, "relation": ..., "gap": "same_chat" or "later"}. `--write`
fits the weights in `memstore.reconcile.weights` on all of them. What is printed is measured on pairs that were not
fitted on: eight parts, each told by the weights of the other seven. The pairs are hard on purpose: half of what is
replaced is replaced without a word of change, and what stays apart looks alike.

Beside the pairs each later statement is set against earlier ones of other pairs of its language, which are unrelated to
it: the two most similar ones and two drawn by chance.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from memstore.intake.claims import content_stems, read_claims
from memstore.reconcile import Statement
from memstore.reconcile.signals import is_comparable, signals
from memstore.reconcile.weigh import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

APART: Final = 0
LABELS: Final = {"apart": 0, "supersedes": 1, "corrects": 1, "retracts": 2, "repeats": 3, "contradicts": 4}
NAMES: Final = ("apart", *(kind.value for kind in KINDS))
PARTS: Final = 8
UNRELATED: Final = 2
"""Statements of other pairs that a statement is set against."""
SHARE: Final = 0.4
"""What such a pair counts."""
GAPS: Final = {"same_chat": 3, "later": 60 * 24 * 40}
"""Minutes between the statements of a pair; what is apart is so in one chat and later."""
PULL: Final = 0.003
"""What a weight of 1 costs, squared, after the signals are scaled to a deviation of 1."""
STEPS: Final = 600
LEAST_DEVIATION: Final = 0.05
PAIRS: Final = Path(__file__).parent / "data" / "pairs"
WEIGHTS: Final = Path(__file__).parent.parent / "memstore" / "reconcile" / "weights.py"
_HEAD: Final = '''"""What each signal of a pair adds to the log-odds of a relation, made by `benchmarks.relations`.

Against no relation. Columns: supersedes, retracts, duplicates, contradicts.
"""

from __future__ import annotations

from typing import Final

'''


@dataclass(frozen=True, slots=True)
class Pairs:
    """Signals (n, s), label (n,) and weight (n,) of pairs; `group` (n,): the written pair that each belongs to."""

    names: tuple[str, ...]
    signals: Floats
    labels: NDArray[np.int64]
    weights: Floats
    group: NDArray[np.int64]
    compared: NDArray[np.bool_]
    """(n,) `is_comparable`; the others are taken to be apart."""

    def pick(self, rows: NDArray[np.bool_]) -> Pairs:
        return Pairs(
            self.names,
            self.signals[rows],
            self.labels[rows],
            self.weights[rows],
            self.group[rows],
            self.compared[rows],
        )


def read_pairs(folder: Path) -> list[dict[str, str]]:
    """Return the written pairs with their language."""
    return [
        {**json.loads(line), "language": file.name[:2]}
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
        if line.strip()
    ]


def pairs_of(written: Sequence[dict[str, str]]) -> Pairs:
    """Read the signals of all pairs and of unrelated ones beside them."""
    from memstore.intake.embed._local import LocalEmbedder

    vectors = LocalEmbedder().embed([one[side] for one in written for side in ("a", "b")])
    earlier, later = vectors[0::2], vectors[1::2]
    languages = np.array([one["language"] for one in written])
    found: list[tuple[dict[str, float], int, float, int, bool]] = []
    for row, one in enumerate(written):
        cosines = earlier @ later[row]
        gaps = GAPS if one["relation"] == "apart" else {one["gap"]: GAPS[one["gap"]]}
        for minutes in gaps.values():
            new, old = _statement("1", one["b"], minutes), _statement("0", one["a"])
            told = signals(new, old, float(cosines[row]))
            found.append((told, LABELS[one["relation"]], 1.0, row, is_comparable(new, old)))
        others = cosines.copy()
        others[(languages != one["language"]) | (np.arange(len(written)) == row)] = -1
        chance = np.random.default_rng(row).choice(np.flatnonzero(others > -1), UNRELATED, replace=False)
        for other in {*np.argsort(-others)[:UNRELATED].tolist(), *chance.tolist()}:
            for minutes in GAPS.values():
                new, old = _statement("1", one["b"], minutes), _statement("0", written[other]["a"])
                told = signals(new, old, float(cosines[other]))
                found.append((told, APART, SHARE, row, is_comparable(new, old)))
    names = tuple(found[0][0])
    return Pairs(
        names,
        np.array([[told[name] for name in names] for told, *_ in found]),
        *(np.array([row[column] for row in found]) for column in range(1, 5)),
    )


def _statement(number: str, text: str, minutes: int = 0) -> Statement:
    return Statement(
        id=number,
        text=text,
        claims=read_claims(text),
        said_at=datetime(2026, 3, 2, 10, tzinfo=UTC) + timedelta(minutes=minutes),
        conversation=str(minutes // 60),
        position=minutes,
        stems=content_stems(text),
    )


def fit(pairs: Pairs) -> tuple[Floats, Floats]:
    """Return (weights (s, 5), bias (5,)) of a multinomial logistic regression with a quadratic pull, by Adam."""
    pairs = pairs.pick(pairs.compared)
    scale = np.maximum(pairs.signals.std(axis=0), LEAST_DEVIATION)
    inputs = np.hstack([pairs.signals / scale, np.ones((len(pairs.labels), 1))])
    told = np.eye(len(NAMES))[pairs.labels]
    at = np.zeros((inputs.shape[1], len(NAMES)))
    mean, square = np.zeros_like(at), np.zeros_like(at)
    for step in range(1, STEPS + 1):
        slope = inputs.T @ ((_shares(inputs @ at) - told) * pairs.weights[:, None]) / pairs.weights.sum()
        slope[:-1] += PULL * at[:-1]
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        at -= 0.05 * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    at -= at[:, :1]  # log-odds against "apart"
    return at[:-1] / scale[:, None], at[-1]


def _shares(odds: Floats) -> Floats:
    shares = np.exp(odds - odds.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def crossed(pairs: Pairs) -> Floats:
    """Return the shares (n, 5) of each pair by the weights fitted on the other parts."""
    parts = np.random.default_rng(0).permutation(pairs.group.max() + 1)[pairs.group] % PARTS
    found = np.zeros((len(pairs.labels), len(NAMES)))
    for part in range(PARTS):
        weights, bias = fit(pairs.pick(parts != part))
        found[parts == part] = _shares(pairs.signals[parts == part] @ weights + bias)
    found[~pairs.compared] = np.eye(len(NAMES))[APART]
    return found


def table(pairs: Pairs, shares: Floats) -> str:
    """Return, by the probability asked for, which share of each relation is told rightly, and what is told wrongly."""
    written = pairs.weights == 1.0
    lines = [
        "related from".ljust(14)
        + "".join(name.rjust(13) for name in NAMES)
        + "apart: over".rjust(13)
        + "unrelated".rjust(11)
    ]
    for least in (0.4, 0.5, 0.6, 0.65, 0.7, 0.8, 0.9):
        told = np.where(1 - shares[:, 0] > least, shares[:, 1:].argmax(axis=1) + 1, 0)
        right = [np.mean(told[written & (pairs.labels == label)] == label) for label in range(len(NAMES))]
        over = np.isin(told, (1, 2, 3))
        wrong = np.mean(over[written & (pairs.labels == APART)]), np.mean(over[~written])
        lines.append(f"{least:<14.2f}" + "".join(f"{one:13.2f}" for one in right) + f"{wrong[0]:13.3f}{wrong[1]:11.3f}")
    return "\n".join(lines)


def write(names: Sequence[str], weights: Floats, bias: Floats) -> None:
    """Write the table of weights."""
    rows = [
        f'    "{name}": ({", ".join(f"{one:.2f}" for one in row[1:])}),'
        for name, row in zip(names, weights, strict=True)
    ]
    bias_row = ", ".join(f"{one:.2f}" for one in bias[1:])
    body = "\n".join(["WEIGHTS: Final = {", *rows, "}", f"BIAS: Final = ({bias_row})", ""])
    WEIGHTS.write_text(_HEAD + body, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=PAIRS)
    parser.add_argument("--write", action="store_true", help="write the weights that all pairs give")
    options = parser.parse_args()
    pairs = pairs_of(read_pairs(options.folder))
    print(table(pairs, crossed(pairs)))
    if options.write:
        write(pairs.names, *fit(pairs))
        print(f"written: {WEIGHTS.name}")


if __name__ == "__main__":
    main()
