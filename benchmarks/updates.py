"""How well new statements keep a person's facts current: `python -m benchmarks.updates [FILE.json]`.

Without a file: 160 sequences of our own in five languages, which the rules were made with.

The store is simulated in memory with the pure functions alone. Each message is a statement (`--whole`), or is split
into clauses as the offline extractor does it (the default). A sequence is right if every expected relation is there,
no other is, what must stay is still there, and no stale text is current as it was:

* supersede, correction, late: the stale statement is history by the one that replaces it.
* retract: it is history by a RETRACTS. Whether the retraction is kept itself is not scored.
* duplicate: the repetition is a sighting of the first.
* both, modal: no relation at all between messages, except the expected ones.
* contradiction: CONTRADICTS or a supersession, either way.

A message listed as `optional` is not scored.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from memstore.intake.claims import content_stems, read_claims, slot_keys
from memstore.reconcile import Candidate, Kind, Statement, decide, is_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]

KINDS: Final = ("supersede", "correction", "retract", "duplicate", "both", "modal", "late", "contradiction")
_NEIGHBOURS: Final = 30
_ONE_CONVERSATION: Final = timedelta(hours=12)
# Not after "1." in a date nor after "M." or "Dr.".
_SENTENCE: Final = re.compile(r"(?<=[.!?])(?<!\b\d\.)(?<!\b\d\d\.)(?<!\b\w\.)(?<!\b[DMS]r\.)\s+(?=[^\W\d_a-z]|[¿¡])")
_CLAUSE: Final = re.compile(r",? (?=and I\b)|,? (?=and my\b)|, (?=but I\b)")
_HISTORY: Final = frozenset((Kind.SUPERSEDES, Kind.RETRACTS, Kind.OUTDATED))


class Link(NamedTuple):
    """One relation in the simulated store, between units of the messages `old` and `new`."""

    old: int
    new: int
    kind: Kind
    wholly: bool


@dataclass
class Unit:
    """A statement of the store with the number of its message."""

    message: int
    statement: Statement
    is_current: bool = True
    is_partly_over: bool = False


@dataclass
class Store:
    """Current and past statements of one person."""

    embed: Embed | None = None
    units: list[Unit] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def add(self, message: int, statement: Statement) -> None:
        """Add a statement and let it do what it does to the current ones."""
        relations = decide(statement, self._candidates(statement))
        by_id = {unit.statement.id: unit for unit in self.units}
        new = Unit(message, statement)
        for relation in relations:
            old = by_id[relation.id]
            if relation.kind is Kind.DUPLICATES:
                new.is_current = False
                self.links.append(Link(message, old.message, relation.kind, relation.wholly))
            elif relation.kind is Kind.OUTDATED:
                new.is_current, new.is_partly_over = not relation.wholly, not relation.wholly
                self.links.append(Link(message, old.message, relation.kind, relation.wholly))
            else:
                if relation.kind is not Kind.CONTRADICTS:
                    old.is_current, old.is_partly_over = not relation.wholly, not relation.wholly
                self.links.append(Link(old.message, message, relation.kind, relation.wholly))
        self.units.append(new)

    def _candidates(self, new: Statement) -> list[Candidate]:
        current = [unit.statement for unit in self.units if unit.is_current]
        keys = set(slot_keys(new.claims))
        words = new.text.casefold()
        near = [one for one in current if keys & set(slot_keys(one.claims)) or one.text.casefold() == words]
        is_late = any(one.said_at > new.said_at for one in current)
        if is_marked(new) or is_late:
            near += [one for one in current if one not in near][-_NEIGHBOURS:]
        else:
            near += [one for one in current if one not in near and new.stems & one.stems][-_NEIGHBOURS:]
        if self.embed is None or not near:
            return [Candidate(one) for one in near]
        vectors = self.embed([new.text, *(one.text for one in near)])
        return [Candidate(one, float(vectors[0] @ vectors[k])) for k, one in enumerate(near, 1)]


def units_of(text: str, *, whole: bool) -> list[str]:
    """Split a message as the offline extractor does it, approximately."""
    if whole:
        return [text]
    parts = [part.strip() for sentence in _SENTENCE.split(text) for part in _CLAUSE.split(sentence)]
    return [part for part in parts if part]


def simulate(sequence: dict[str, Any], *, whole: bool, embed: Embed | None = None) -> Store:
    """Return the store after all messages of a sequence, in their order of arrival."""
    store = Store(embed)
    conversation, last = 0, None
    for number, message in enumerate(sequence["messages"]):
        said_at = datetime.fromisoformat(message["said_at"])
        conversation += last is not None and abs(said_at - last) > _ONE_CONVERSATION
        last = said_at
        for part, text in enumerate(units_of(message["text"], whole=whole)):
            speaker = message["speaker"]
            statement = Statement(
                id=f"{number}.{part}",
                text=text,
                claims=read_claims(text, speaker=speaker),
                said_at=said_at,
                speaker=speaker,
                conversation=str(conversation),
                position=100 * number + part,
                stems=content_stems(text),
            )
            store.add(number, statement)
    return store


def faults(sequence: dict[str, Any], store: Store) -> list[str]:
    """Return what is wrong with the store after a sequence; an empty list if all is right."""
    optional = set(sequence.get("optional", ()))
    links = [link for link in store.links if link.old != link.new and not {link.old, link.new} & optional]
    found = [*_missing(sequence, links), *_unexpected(sequence, links)]
    for fragment in sequence.get("keeps", ()):
        holders = [unit for unit in store.units if fragment.casefold() in unit.statement.text.casefold()]
        if holders and not any(unit.is_current for unit in holders):
            found.append(f"lost: {fragment}")
    if stale_beside(sequence, store):
        found.append("stale text is still current")
    return found


def _missing(sequence: dict[str, Any], links: list[Link]) -> list[str]:
    found = []
    for old, _ in sequence["superseded"]:
        if not any(link.old == old and link.kind in _HISTORY for link in links):
            found.append(f"{old} not superseded")
    for old, _ in sequence["retracted"]:
        if not any(link.old == old and link.kind in (Kind.RETRACTS, Kind.OUTDATED) for link in links):
            found.append(f"{old} not retracted")
    for copy, first in sequence["duplicate_of"]:
        if not any(link.old == copy and link.kind is Kind.DUPLICATES for link in links):
            found.append(f"{copy} no duplicate of {first}")
    for one, other in sequence["contradicts"]:
        if not any({link.old, link.new} == {one, other} for link in links):
            found.append(f"{one} and {other} side by side")
    return found


def _unexpected(sequence: dict[str, Any], links: list[Link]) -> list[str]:
    if sequence["contradicts"]:
        return []
    over = {old for old, _ in (*sequence["superseded"], *sequence["retracted"])}
    copies = {copy for copy, _ in sequence["duplicate_of"]}
    found = []
    for link in links:
        if not link.wholly and link.kind is not Kind.CONTRADICTS:
            continue  # both stay
        if link.kind is Kind.DUPLICATES and (link.old in copies or link.old in over or link.new in over):
            continue
        if link.kind in _HISTORY and (link.old in over or link.old in copies):
            continue
        found.append(f"{link.old} {link.kind} {link.new}, not expected")
    return found


def stale_beside(sequence: dict[str, Any], store: Store) -> bool:
    """Return whether a statement with the stale text is current as it was, beside its successor or its end."""
    over = {old for old, _ in (*sequence["superseded"], *sequence["retracted"])}
    stale = (sequence.get("stale_contains") or "").casefold()
    return bool(stale) and any(
        unit.message in over and unit.is_current and not unit.is_partly_over and stale in unit.statement.text.casefold()
        for unit in store.units
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=Path(__file__).parent / "data" / "updates.json")
    parser.add_argument("--whole", action="store_true", help="a message is one statement")
    parser.add_argument("--without-cosine", action="store_true", help="leave the local embedder's cosines out")
    parser.add_argument("--verbose", action="store_true", help="print what failed and why")
    options = parser.parse_args()
    sequences = json.loads(options.file.read_text("utf-8"))
    embed: Embed | None = None
    if not options.without_cosine:
        from memstore.intake.embed._local import LocalEmbedder

        embed = LocalEmbedder().embed
    right: dict[tuple[str, str], list[bool]] = defaultdict(list)
    stale = updates = 0
    for sequence in sequences:
        store = simulate(sequence, whole=options.whole, embed=embed)
        wrong = faults(sequence, store)
        right[sequence["kind"], sequence["language"]].append(not wrong)
        updates += bool(sequence["superseded"] or sequence["retracted"])
        stale += stale_beside(sequence, store)
        if wrong and options.verbose:
            print(sequence["id"], "|", "; ".join(wrong))
    print(table(right))
    print(f"stale beside its successor: {stale} of {updates} ({100 * stale / max(1, updates):.0f} %)")


def table(right: dict[tuple[str, str], list[bool]]) -> str:
    """Return right of all, per kind and language, as lines of text."""
    languages = sorted({language for _, language in right})
    lines = ["kind".ljust(15) + "".join(language.rjust(8) for language in languages) + "all".rjust(9) + "%".rjust(6)]
    for kind in KINDS:
        cells = [right.get((kind, language), []) for language in languages]
        every = [one for cell in cells for one in cell]
        shown = "".join(f"{sum(cell)}/{len(cell)}".rjust(8) for cell in cells)
        share = f"{100 * sum(every) / len(every):.0f}" if every else "-"
        lines.append(f"{kind.ljust(15)}{shown}{f'{sum(every)}/{len(every)}'.rjust(9)}{share.rjust(6)}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
