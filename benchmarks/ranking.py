"""What the ranking finds, what each of its signals is worth, and whether it finds nothing where nothing is known.

    python -m benchmarks.ranking --locomo PATH/locomo.json --beam PATH/beam.json [--cache vectors.npz] [--halves]

measures `memstore.recall.rank` alone, without a database, on LoCoMo and on BEAM's two layouts, in Markdown. `--halves`
fits the weights anew on each half of the conversations and measures them on the other half.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks import beam, fitting, locomo
from benchmarks.off_topic import OFF_TOPIC, STORES, Store
from memstore.recall.rank import rank
from memstore.recall.weights import BALANCED, PLAIN, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.locomo import Embed
    from memstore.recall.columns import Columns
    from memstore.recall.query import Query

CUTOFFS: Final = (5, 10)
THRESHOLD: Final = 0.1
"""Mem0's threshold, and so memstore's, if a search names none."""
SURE: Final = 0.3
LARGE: Final = 400
"""Memories of a large store of the off-topic questions."""
DRAWS: Final = 2_000
COSINE: Final = Weights(bias=BALANCED.bias, cosine=BALANCED.cosine, words=0.0)
SHARES: Final = {"LoCoMo": 2.2, "BEAM batch": 0.5, "BEAM exchange": 0.7}
"""What each data set counts when the weights are fitted."""
UNITS: Final = {
    "cosine": "1.0 of cosine similarity",
    "words": "20 points of BM25",
    "window": "about three rare words of the question",
    "answer": "log-odds of the question before it",
    "nearby": "log-odds of the turn two before or after",
    "session": "log-odds of the conversation's two best turns",
    "speaker": "said by a speaker who is named",
    "by_person": "said by a person",
    "period": "said in the time that is named",
    "tells_time": "asked when, tells a time",
    "tells_place": "asked where, tells a place",
    "tells_name": "asked for a name, tells one",
    "recency": "now against long ago",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its store."""

    query: Query
    store: Columns
    conversation: int
    group: str
    evidence: frozenset[int]
    """Rows of the store."""
    wanted: int
    """Pieces of evidence, with those that are no memory."""


@dataclass(frozen=True, slots=True)
class DataSet:
    name: str
    stores: tuple[Columns, ...]
    asked: tuple[Asked, ...]
    unanswerable: tuple[tuple[Columns, Query], ...]


def of_locomo(conversations: Sequence[locomo.Conversation], embed: Embed) -> DataSet:
    stores = tuple(locomo.columns(conversation.turns, embed) for conversation in conversations)
    asked, adversarial = [], []
    for number, (conversation, store) in enumerate(zip(conversations, stores, strict=True)):
        row_of = {turn.dia_id: row for row, turn in enumerate(conversation.turns)}
        now = conversation.asked_at
        for one in conversation.questions:
            rows = frozenset(row_of[dia_id] for dia_id in one.evidence if dia_id in row_of)
            group = one.category.name.lower().replace("_", "-")
            asked.append(Asked(locomo.asked(one.text, embed, now), store, number, group, rows, len(one.evidence)))
        adversarial += [(store, locomo.asked(text, embed, now)) for text in conversation.adversarial]
    return DataSet("LoCoMo", stores, tuple(asked), tuple(adversarial))


def of_beam(conversations: Sequence[beam.Conversation], layout: beam.Layout, embed: Embed) -> DataSet:
    stores = tuple(beam.columns(conversation.turns, layout, embed) for conversation in conversations)
    asked, unanswerable = [], []
    for number, (conversation, store) in enumerate(zip(conversations, stores, strict=True)):
        row_of = {turn.id: row for row, turn in enumerate(conversation.turns)}
        for one in conversation.questions:
            query = locomo.asked(one.text, embed, conversation.asked_at)
            if one.evidence:
                rows = frozenset(row_of[id_] for id_ in one.evidence)
                asked.append(Asked(query, store, number, one.ability, rows, len(one.evidence)))
            else:
                unanswerable.append((store, query))
    return DataSet(f"BEAM {layout}", stores, tuple(asked), tuple(unanswerable))


def recalls(asked: Iterable[Asked], weights: Weights) -> NDArray[np.float64]:
    """Return recall at each of CUTOFFS (questions, cutoffs)."""
    rows = []
    for one in asked:
        found = rank(one.query, one.store, weights, max(CUTOFFS)).indices.tolist()
        rows.append([len(one.evidence.intersection(found[:k])) / one.wanted for k in CUTOFFS])
    return np.array(rows)


def plain_cosine(asked: Iterable[Asked]) -> NDArray[np.float64]:
    """Return recall of cosine similarity alone, with the question as it was asked."""
    as_asked = [replace(one, query=replace(one.query, wordings=one.query.wordings[:1])) for one in asked]
    return recalls(as_asked, COSINE)


def found_table(sets: Sequence[DataSet]) -> list[list[str]]:
    """Return recall by group with its 95 % interval over questions, under cosine alone, PLAIN and BALANCED."""
    rows = [["questions", "number", *(f"{name} R@{k}" for name in ("cosine", "plain", "balanced") for k in CUTOFFS)]]
    for one in sets:
        measured = [plain_cosine(one.asked), recalls(one.asked, PLAIN), recalls(one.asked, BALANCED)]
        groups = {"all": np.ones(len(one.asked), np.bool_)}
        if any(asked.group in beam.APART for asked in one.asked):
            groups["all but two"] = np.array([asked.group not in beam.APART for asked in one.asked])
        for name in sorted({asked.group for asked in one.asked}):
            groups[name] = np.array([asked.group == name for asked in one.asked])
        for name, chosen in groups.items():
            cells = [interval(table[chosen, place]) for table in measured for place in range(len(CUTOFFS))]
            rows.append([f"{one.name}, {name.replace('_', ' ')}", str(int(chosen.sum())), *cells])
    return rows


def worth_table(sets: Sequence[DataSet], weights: Weights = BALANCED) -> list[list[str]]:
    """Return each signal's weight, its unit, and recall@10 without it."""

    def cells(changed: Weights, change: Callable[[Asked], Asked] = lambda one: one) -> list[str]:
        return [f"{recalls(map(change, one.asked), changed)[:, -1].mean():.3f}" for one in sets]

    rows = [["signal", "log-odds", "for", *(f"{one.name} R@10 without" for one in sets)]]
    rows.append(["(none left out)", "", "", *cells(weights)])
    for name, unit in UNITS.items():
        rows.append([name, f"{getattr(weights, name):g}", unit, *cells(replace(weights, **{name: 0.0}))])

    def as_asked(one: Asked) -> Asked:
        return replace(one, query=replace(one.query, wordings=one.query.wordings[:1]))

    rows.append(["(names left out of the question)", "", "", *cells(weights, as_asked)])
    return rows


def halves_table(sets: Sequence[DataSet]) -> list[list[str]]:
    """Return recall of weights that were fitted on one half of the conversations, on the other half."""
    parts = [
        {one.name: [asked for asked in one.asked if asked.conversation % 2 == half] for one in sets} for half in (0, 1)
    ]
    fitted = [fitting.fit(part, SHARES) for part in parts]
    rows = [["data", *(f"R@{k}, fitted on the other half" for k in CUTOFFS)]]
    for one in sets:
        measured = [recalls(parts[1 - half][one.name], fitted[half]) for half in (0, 1)]
        for half, table in enumerate(measured):
            cells = [interval(table[:, place]) for place in range(len(CUTOFFS))]
            rows.append([f"{one.name}, {'odd' if half == 0 else 'even'} conversations", *cells])
        together = np.concatenate(measured)
        rows.append([f"{one.name}, both", *(interval(together[:, place]) for place in range(len(CUTOFFS)))])
    return rows


def nothing_table(sets: Sequence[DataSet], embed: Embed) -> list[list[str]]:
    """Return how often nothing scores THRESHOLD or more, for questions that nothing answers."""
    now = 1.7e9
    off_topic = [locomo.asked(text, embed, now) for texts in OFF_TOPIC.values() for text in texts]
    stores = {one.name: small(one, embed) for one in STORES}
    for one in sets:
        stores |= {f"{one.name} {number}": cut(store) for number, store in enumerate(one.stores[:2])}
    rows = [["questions", "memories", "number", "nothing found"]]
    shares = []
    for name, store in stores.items():
        silent = [_best(query, store) < THRESHOLD for query in off_topic]
        shares.append(np.mean(silent))
        rows.append([f"off-topic, store {name}", str(len(store)), str(len(silent)), f"{shares[-1]:.2f}"])
    rows.append(["off-topic, mean of the stores", "", "", f"{np.mean(shares):.3f}"])
    for one in sets:
        silent = [_best(query, store) < THRESHOLD for store, query in one.unanswerable]
        rows.append([f"{one.name}, unanswerable", "", str(len(silent)), f"{np.mean(silent):.2f}" if silent else ""])
    return rows


def scores_table(sets: Sequence[DataSet], embed: Embed) -> list[list[str]]:
    """Return how right answers score: evidence among the first ten, and what the small stores are asked."""
    scores: dict[str, list[float]] = defaultdict(list)
    for one in sets:
        for asked in one.asked:
            ranking = rank(asked.query, asked.store)
            found = zip(ranking.indices.tolist(), ranking.scores.tolist(), strict=True)
            scores[one.name] += [score for row, score in found if row in asked.evidence]
    for store in STORES:
        held = small(store, embed)
        for text, place in store.asked:
            ranking = rank(locomo.asked(text, embed, 1.7e9), held, k=len(held))
            scores["small stores"].append(float(ranking.scores[ranking.indices.tolist().index(place)]))
    rows = [["right answers", "number", f"under {THRESHOLD}", f"over {SURE}", "median"]]
    for name, values in scores.items():
        found_at = np.array(values)
        shares = [f"{(found_at < THRESHOLD).mean():.3f}", f"{(found_at > SURE).mean():.3f}"]
        rows.append([name, str(len(values)), *shares, f"{np.median(found_at):.2f}"])
    return rows


def small(store: Store, embed: Embed) -> Columns:
    """Return a small store's columns: one message, or a call for each memory."""
    at = datetime(2023, 5, 1, tzinfo=UTC)
    turns = [
        locomo.Turn("", "", text, 0 if store.is_one_message else number, 0, at)
        for number, text in enumerate(store.memories)
    ]
    return locomo.columns(turns, embed)


def cut(store: Columns) -> Columns:
    """Return the first LARGE rows."""
    end = int(store.term_offsets[: LARGE + 1][-1])
    names = ("vectors", "scales", "speaker", "conversation", "position", "said_at", "is_question", "tells_time")
    columns = {name: getattr(store, name)[:LARGE] for name in (*names, "tells_place", "tells_name", "by_person")}
    return replace(store, **columns, term_hashes=store.term_hashes[:end], term_offsets=store.term_offsets[: LARGE + 1])


def interval(values: NDArray[np.float64]) -> str:
    """Return the mean with its 95 % bootstrap interval."""
    chosen = np.random.default_rng(1).integers(0, len(values), (DRAWS, len(values)))
    low, high = np.quantile(values[chosen].mean(axis=1), (0.025, 0.975))
    return f"{values.mean():.3f} ({low:.2f}-{high:.2f})"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the first row is its head."""
    head, *body = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body))


def data_sets(locomo_path: Path | None, beam_path: Path | None, embed: Embed) -> list[DataSet]:
    sets = [of_locomo(locomo.load(locomo_path), embed)] if locomo_path else []
    if beam_path:
        conversations = beam.load(beam_path)
        sets += [of_beam(conversations, layout, embed) for layout in beam.Layout]
    return sets


def tables(sets: Sequence[DataSet], embed: Embed) -> Mapping[str, list[list[str]]]:
    """Return the tables by title."""
    return {
        "What is found (recall, 95 % interval over the questions)": found_table(sets),
        "What each signal is worth": worth_table(sets),
        f"Nothing is known (nothing scores {THRESHOLD})": nothing_table(sets, embed),
        "Scores of right answers": scores_table(sets, embed),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--locomo", type=Path, help="LoCoMo's JSON")
    parser.add_argument("--beam", type=Path, help="BEAM's JSON")
    parser.add_argument("--tokenizer", type=Path, default=locomo.TOKENIZER, help="tokenizer.json of all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, help="where vectors are kept between runs (.npz)")
    parser.add_argument("--halves", action="store_true", help="fit the weights on each half as well")
    arguments = parser.parse_args()
    embed = locomo.MiniLM(arguments.tokenizer, arguments.cache)
    sets = data_sets(arguments.locomo, arguments.beam, embed)
    for title, rows in tables(sets, embed).items():
        print(f"\n## {title}\n\n{markdown(rows)}", flush=True)
    embed.save()
    if arguments.halves:
        print(f"\n## Fitted on half of the conversations\n\n{markdown(halves_table(sets))}")


def _best(query: Query, store: Columns) -> float:
    return float(rank(query, store, k=1).scores[0])


if __name__ == "__main__":
    main()
