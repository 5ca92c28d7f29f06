"""Search for the phrases of the lexicon in folded text, in time linear in its length.

Each word is looked up once, as itself and by its beginnings and ends; a phrase is tried only where its first word is.
Among the matches, a phrase that means something else quiets the words it covers, except within a longer phrase, and a
longer phrase replaces the shorter ones in it ("cardiac arrest" is no arrest).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.detect._finding import Category
from governance.detect._term import GAP, GAP_WORDS, context, phrases, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from governance.detect._term import Term, Word

# A placeholder of `mask` is a word that says nothing; the end of a sentence is the empty word.
_TOKEN = re.compile(rf"\[(?:{'|'.join(Category)}|number)\]|[^\W_]+|[.!?;](?=\s|\Z)|\n")

_ENDS = frozenset(".!?;\n")


@dataclass(frozen=True, slots=True)
class _Entry:
    """Rest of a phrase after its first word, and the context in which it counts. None among `rest` is a gap."""

    category: Category | None
    rest: tuple[Word | None, ...]
    needs: Word | None
    unless: Word | None
    reach: int


@dataclass(frozen=True, slots=True)
class _Match:
    """Match of an entry: words[first:last]."""

    category: Category | None
    first: int
    last: int

    def is_within(self, other: _Match) -> bool:
        return (
            other.first <= self.first and self.last <= other.last and other.last - other.first > self.last - self.first
        )


class Lexicon:
    """Index of the lexicon's phrases by their first words."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._exact: dict[str, list[_Entry]] = defaultdict(list)
        self._stems: dict[str, list[_Entry]] = defaultdict(list)
        self._ends: dict[str, list[_Entry]] = defaultdict(list)
        for term in terms:
            needs, unless = context(term.needs), context(term.unless)
            for first, *rest in phrases(term):
                places = tuple(None if place == GAP else word(place) for place in rest)
                self._add(word(first), _Entry(term.category, places, needs, unless, term.reach))
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self._end_lengths = sorted({len(end) for end in self._ends})

    def _add(self, first: Word, entry: _Entry) -> None:
        if not (first.exact or first.stems or first.ends):
            raise ValueError("a phrase starts with a word that can be looked up")
        for index, keys in ((self._exact, first.exact), (self._stems, first.stems), (self._ends, first.ends)):
            for key in keys:
                index[key].append(entry)

    def find(self, folded: str) -> list[tuple[Category, int, int]]:
        """Return (category, start, end) in the folded text, in order."""
        tokens = list(_TOKEN.finditer(folded))
        words = [_as_word(token.group()) for token in tokens]
        matches = [match for place in range(len(words)) for match in self._at(words, place)]
        return [
            (match.category, tokens[match.first].start(), tokens[match.last - 1].end())
            for match in _standing(matches)
            if match.category is not None
        ]

    def _at(self, words: list[str], place: int) -> Iterator[_Match]:
        for entry in self._entries(words[place]):
            last = _end(words, place + 1, entry.rest)
            if last is not None and _in_context(words, place, last, entry):
                yield _Match(entry.category, place, last)

    def _entries(self, word: str) -> Iterator[_Entry]:
        yield from self._exact.get(word, ())
        size = len(word)
        for length in self._stem_lengths:
            if length > size:
                break
            yield from self._stems.get(word[:length], ())
        for length in self._end_lengths:
            if length >= size:
                break
            yield from self._ends.get(word[-length:], ())


def _as_word(token: str) -> str:
    return "" if token in _ENDS else token


def _end(words: list[str], place: int, rest: tuple[Word | None, ...]) -> int | None:
    """Return the place behind the last word of the phrase, or None where it does not match.

    Gaps are as short as possible.
    """
    for done, expected in enumerate(rest):
        if expected is None:
            for skipped in range(GAP_WORDS + 1):
                if (last := _end(words, place + skipped, rest[done + 1 :])) is not None:
                    return last
                if not "".join(words[place + skipped : place + skipped + 1]):
                    return None  # a gap stays within its sentence
            return None
        if place >= len(words) or not expected.matches(words[place]):
            return None
        place += 1
    return place


def _in_context(words: list[str], first: int, last: int, entry: _Entry) -> bool:
    if entry.needs is None and entry.unless is None:
        return True
    around = [
        *_until_end(words[max(0, first - entry.reach) : first][::-1]),
        *_until_end(words[last : last + entry.reach]),
    ]
    if entry.needs is not None and not any(map(entry.needs.matches, around)):
        return False
    return entry.unless is None or not any(map(entry.unless.matches, around))


def _until_end(words: list[str]) -> list[str]:
    return words[: words.index("")] if "" in words else words


def _standing(matches: list[_Match]) -> list[_Match]:
    """Return the matches without those that a trap quiets, and without parts of longer phrases."""
    traps: dict[int, _Match] = {}  # by each word that the longest trap there covers
    for trap in sorted((match for match in matches if match.category is None), key=_length):
        traps.update(dict.fromkeys(range(trap.first, trap.last), trap))
    covers: dict[int, _Match] = {}
    kept = []
    for match in sorted(matches, key=_length, reverse=True):
        places = range(match.first, match.last)
        if match.category is None or any(p in traps and not traps[p].is_within(match) for p in places):
            continue
        cover = covers.get(match.first)
        if cover is not None and (match == cover or match.is_within(cover)):
            continue
        kept.append(match)
        for place in places:
            covers.setdefault(place, match)
    return sorted(kept, key=lambda match: (match.first, match.last))


def _length(match: _Match) -> int:
    return match.last - match.first
