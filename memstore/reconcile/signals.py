"""What speaks for or against a relation of two statements where no rule knows any: numbers between 0 and 1.

A signal alone says little: that two statements are alike, that the later one has a word of change, that each gives a
number. `weights` says what they are worth together.
"""

from __future__ import annotations

# ruff: noqa: PLR2004 - what a count is divided by is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from memstore.intake.claims import Modality
from memstore.intake.claims.concepts import NAMING, PERSONS
from memstore.reconcile.pair import CORRECTED_WITHIN, may_touch
from memstore.reconcile.values import same_attribute, same_value, shared

if TYPE_CHECKING:
    from memstore.intake.claims import Claim
    from memstore.reconcile.statement import Statement

MOST_STEMS: Final = 14
"""Words of content of a statement up to which it can be weighed against another."""
_TYPES: Final = {
    "number": ("number", "money", "percent"),
    "moment": ("day", "date", "clock", "month", "year", "part"),
    "code": ("code", "email", "ordinal"),
    "name": ("name",),
    "colour": ("colour",),
}
# A number that tells which of several is meant, not how much.
_LABEL: Final = re.compile(r"(?:\b(?:number|no\.|nr\.?|nummer|numéro|número|numero)|n°|#) ?(\d+)", re.IGNORECASE)
# Words that say nothing of what a statement is about.
_GENERAL: Final = frozenset(
    """
    day week month year time thing way bit lot customer client user kund kundin nutz utilis client utent cliente
    usuari patient pacient paziente just still already really also still please thank favour
    """.split()
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement as its signals are read, from all its clauses."""

    words: frozenset[str]
    things: frozenset[str]
    """Words that are no names, numbers or times."""
    values: dict[str, frozenset[str]]
    """Values by their type."""
    attributes: frozenset[str]
    """Attributes with one value at a time."""
    many: frozenset[str]
    facts: float
    """1 if all clauses are facts, 0 if none is."""
    changes: float
    corrects: float
    ends: float
    denies: float
    head: frozenset[str]
    """Words of what is said to be over or not so."""
    old: frozenset[str]
    """Words of the value that is said to be old."""
    who: frozenset[str]
    own: float


@lru_cache(maxsize=2_048)
def read(claims: tuple[Claim, ...], stems: frozenset[str]) -> Reading:
    """Read the clauses of a statement together."""
    words = frozenset(stem for stem in stems if not stem[0].isdigit())
    found: dict[str, set[str]] = {}
    for claim in claims:
        for kind, value in claim.typed:
            found.setdefault(kind.partition(" ")[0], set()).add(value)
    values = {name: frozenset().union(*(found.get(kind, ()) for kind in kinds)) for name, kinds in _TYPES.items()}
    named = {word for kinds in found.values() for value in kinds for word in value.split()}
    facts = [claim for claim in claims if claim.modality is Modality.FACT]
    return Reading(
        words=words,
        things=words - named - _GENERAL,
        values=values,
        attributes=frozenset(claim.attribute for claim in claims if claim.attribute and claim.one),
        many=frozenset(claim.attribute for claim in claims if claim.attribute and not claim.one),
        facts=len(facts) / len(claims) if claims else 0.0,
        changes=float(any(claim.changes for claim in facts)),
        corrects=float(any(claim.corrects for claim in claims)),
        ends=float(any(claim.ends for claim in facts)),
        denies=float(any(not (claim.holds or claim.ends) for claim in facts)),
        head=frozenset().union(*(claim.head for claim in facts)),
        old=frozenset(word for claim in claims for word in (claim.old_value or "").split()),
        who=frozenset(claim.who for claim in claims),
        own=float(any(claim.own for claim in claims)),
    )


def signals(later: Statement, earlier: Statement, cosine: float) -> dict[str, float]:
    """Return the signals of a pair by name; `later` was said later."""
    new, old = read(later.claims, later.stems), read(earlier.claims, earlier.stems)
    common, either = new.words & old.words, new.words | old.words
    jaccard = len(common) / len(either) if either else 0.0
    of_new = len(shared(new.words, old.words)) / max(1, len(new.words))
    of_old = len(shared(old.words, new.words)) / max(1, len(old.words))
    more = min(len(new.things - old.things - PERSONS) / 4, 1.0)
    less = min(len(old.things - new.things - PERSONS) / 4, 1.0)
    near = float(later.conversation == earlier.conversation and later.said_at - earlier.said_at <= CORRECTED_WITHIN)
    differs = {kind: float(bool(_both(kind, new, old)) and not new.values[kind] & old.values[kind]) for kind in _TYPES}
    same = {kind: float(bool(new.values[kind] & old.values[kind])) for kind in _TYPES}
    value = max(differs.values())
    facts = new.facts * old.facts
    like = max(cosine - 0.3, 0.0)
    marks = {"changes": new.changes, "corrects": new.corrects, "ends": new.ends, "denies": new.denies}
    unmarked = 1.0 - max(marks.values())
    loose = float(any(same_attribute(a, b, loose=True) for a in new.attributes for b in old.attributes))
    equal = float(
        any(
            same_value(a, b) for a in later.claims for b in earlier.claims if a.attribute and a.attribute == b.attribute
        )
    )
    found = {
        "somewhat_alike": min(max(cosine - 0.2, 0.0) / 0.3, 1.0),
        "alike": min(max(cosine - 0.5, 0.0) / 0.25, 1.0),
        "very_alike": max(cosine - 0.75, 0.0) / 0.25,
        "jaccard": jaccard,
        "of_new": of_new,
        "of_old": of_old,
        "more": more,
        "less": less,
        "more_and_less": min(more, less),
        "naming": float(bool(common & NAMING)),
        "persons_differ": float(bool((new.words & PERSONS) ^ (old.words & PERSONS))),
        "others": float(not new.own and not old.own),
        "who_differs": float(not new.who & old.who and "" not in new.who | old.who),
        "untouchable": float(not all(may_touch(a, b, later, earlier) for a in later.claims for b in earlier.claims)),
        "near": near,
        "facts": facts,
        "new_facts": new.facts,
        "old_denies": float(any(not claim.holds for claim in earlier.claims)),
        "old_changes": old.changes,
        "one_attribute": float(bool(new.attributes & old.attributes)),
        "like_attribute": loose,
        "other_attribute": float(bool(new.attributes and old.attributes)) * (1.0 - loose),
        "many_attribute": float(bool(new.many & old.many)),
        "equal_value": equal,
        "other_value": float(bool(new.attributes & old.attributes)) * (1.0 - equal) * facts,
        "names_old": float(bool(new.old and shared(new.old, old.words))),
        "over": float(bool(new.head and shared(new.head, old.words))),
        "within": float(bool(new.words) and new.words <= old.words),
        "around": float(bool(old.words) and old.words <= new.words),
        "plainly_alike": (1.0 - value) * unmarked * max(cosine - 0.5, 0.0) * facts,
        "plainly_shared": (1.0 - value) * unmarked * jaccard * facts,
        "value_alike": value * unmarked * max(cosine - 0.5, 0.0) * facts,
        "value_same_things": value * float(min(more, less) == 0.0) * facts,
        "value_of_new": value * unmarked * of_new * facts,
        "polarity": float(bool(new.denies or new.ends) != any(not claim.holds for claim in earlier.claims)) * jaccard,
        "corrects_near": new.corrects * near,
        "corrects_value": new.corrects * near * value,
        "values_differ": min(sum(differs.values()) / 2, 1.0) if sum(differs.values()) > 1 else 0.0,
        "value_and_things": value * unmarked * float(min(more, less) > 0),
        "unmarked_things": unmarked * min(more, less),
        "unmarked_swap": unmarked * float(more == less == 0.25) * (1.0 - value),
        "marked_things": (1.0 - unmarked) * min(more, less),
        "same_persons": float(bool(new.words & old.words & PERSONS)),
        "persons_and_names": float(bool(new.words & old.words & PERSONS)) * differs["name"],
        "short": 1.0 / (1.0 + len(new.words)),
        "short_near": near / (1.0 + len(new.words)),
    }
    for kind in _TYPES:
        found[f"{kind}_differs"] = differs[kind]
        found[f"{kind}_same"] = same[kind]
        found[f"{kind}_shared"] = differs[kind] * jaccard
        found[f"{kind}_like"] = differs[kind] * like
    for name, mark in marks.items():
        found[name] = mark
        found[f"{name}_like"] = mark * like * facts
        found[f"{name}_of_old"] = mark * of_old * facts
        found[f"{name}_of_new"] = mark * of_new * facts
    return found


def is_comparable(later: Statement, earlier: Statement) -> bool:
    """Return whether two statements can be weighed: facts of one speaker about the same persons, short enough.

    Of what one has many (likes, languages), another is no new value; nor has another of what is numbered.
    """
    if not later.by_person or later.speaker != earlier.speaker:
        return False
    if max(len(later.stems), len(earlier.stems)) > MOST_STEMS:
        return False
    new, old = read(later.claims, later.stems), read(earlier.claims, earlier.stems)
    labels, olds = (set(_LABEL.findall(one.text)) for one in (later, earlier))
    if labels and olds and not labels & olds and not new.corrects:
        return False  # "invoice number 7" and "invoice number 8"
    meant = {Modality.FACT, Modality.PAST} if new.corrects else {Modality.FACT}
    if not all(claim.modality in meant for claim in (*later.claims, *earlier.claims)):
        return False
    persons, others = new.words & PERSONS, old.words & PERSONS
    if persons != others and not persons & others and not new.corrects:
        return False
    both = new.many & old.many
    return not both or any(
        same_value(a, b)
        for a in later.claims
        for b in earlier.claims
        if a.attribute in both and a.attribute == b.attribute
    )


def tell_other_things(later: Statement, earlier: Statement) -> bool:
    """Return whether each of two statements names a thing that the other does not, beside what their values are.

    "The car is insured with V" and "the house is insured with W" may both be so.
    """
    new, old = read(later.claims, later.stems), read(earlier.claims, earlier.stems)
    values = {word for claim in (*later.claims, *earlier.claims) for word in claim.value.split()}
    return bool(new.things - old.things - values) and bool(old.things - new.things - values)


def _both(kind: str, new: Reading, old: Reading) -> bool:
    return bool(new.values[kind] and old.values[kind])
