"""Attributes that a noun names: "label: value", "my X is V", "X at V", and values of a type in a clause about a thing.

The attribute of such a claim is the sorted stems of the noun phrase, with the type of the value where one thing can
have several: "meeting:clock", "meeting:day".
"""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many words are looked at is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from memstore.intake.claims.claim import Modality
from memstore.intake.claims.clause import FIRST, FIRST_VERBS, POSSESSIVES, USERS
from memstore.intake.claims.concepts import EVENTS, IMMUTABLE, NAMING, PERSONS, VAGUE
from memstore.intake.claims.slot import COPULAS, Slot, holds
from memstore.intake.claims.slots import LIKES, REACH
from memstore.intake.claims.values import DAYS
from memstore.intake.claims.words import stems_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from memstore.intake.claims.clause import Clause
    from memstore.intake.claims.values import Typed

# Kept apart by a word beside them only if it tells one from another; these do not.
_SILENT: Final = frozenset(
    """
    name favourite contact current giro principal habituel solit actual ist traitant
    """.split()
)
BESIDE: Final = {
    "en": frozenset("with at by to in on from".split()),
    "de": frozenset("bei von vom in an zu auf beim mit zur zum".split()),
    "fr": frozenset("chez à au avec en dans".split()),
    "es": frozenset("en con a".split()),
    "it": frozenset("con alla presso a da in al".split()),
}
_HAVING: Final = frozenset(
    """
    keep keeps stay staying trainiere gehe vado voy vais inscrit inscrite iscritto
    iscritta apuntado apuntada comes kommt kommen vient viene proviene have has got get gets beziehe
    bekommen member go train habe haben
    hat ai avons a as tengo tenemos tiene
    ho abbiamo ha use uses
    """.split()
)
# Verbs that say no more than "is": the thing alone names the attribute.
_EMPTY_VERBS: Final = frozenset(
    """
    start starts begin begins take takes place costs cost listens runs due happen happens set stands beginnt
    startet findet statt kostet betragt liegt lautet fallig commence debute coute lieu empieza comienza
    cuesta comincia inizia costa
    """.split()
)
# Times that make a statement about one occasion, not all: "in the morning", "on Sundays".
_WHEN: Final = frozenset(["day", "month"])
_MAX_KEY: Final = 6
_LABELLED: Final = frozenset(("date", "year", "code", "money", "clock", "number", "percent", "day", "colour"))
_SUPPLIED: Final = frozenset("energy internet insurance mobile".split())
_NUMERIC: Final = frozenset("price port budget version rate salary size goal limit licence".split())
_OWN_NUMBER: Final = frozenset(["number", "nummer", "numero"])
_DID: Final = frozenset(
    """
    ran bought paid went ate saw took made spent drank won lost met gave wrote read_ sent found drove flew rode
    swam slept came brought caught taught built
    """.split()
)
_NOT_DONE: Final = frozenset("need speed exceed hundred based retired married divorced".split())
# "I have been assigned space 14" tells what holds.
_PASSIVE: Final = frozenset("been am is are be".split())
_HAVE_DONE: Final = frozenset("habe haben ai avons he hemos ho abbiamo".split())
_PARTICIPLES: Final = {
    "de": re.compile(r"ge\w{3,}(?:t|en)|(?:be|ver|er)\w{3,}t"),
    "fr": re.compile(r"\w{2,}(?:e|u|is|it)"),
    "es": re.compile(r"\w{2,}(?:ado|ido)"),
    "it": re.compile(r"\w{2,}(?:ato|uto|ito|eso|sto|tto)"),
}
_INDEFINITE: Final = frozenset("ein eine einen un une una uno".split())
_FROM: Final = frozenset("from von de da desde".split())
_OF: Final = frozenset("of de del du di della vom 's the la le for".split())
_NO: Final = frozenset("not nicht pas no non".split())
_AFTER_IS: Final = frozenset("a an the in at on with by from not now called my our".split())
_UP_TO: Final = frozenset("up down employ need".split())
_FEW_BEFORE: Final = 3
_QUANTITIES: Final = frozenset(("money", "percent", "clock"))


def noun_slots(clause: Clause) -> Iterator[Slot]:
    """Yield the attributes that nouns of the clause name."""
    lows = clause.lows()
    if ":" in lows[1:7] and (label := list(_label(clause, lows.index(":", 1)))):
        yield from label
        return
    copula = _copula(clause)
    if clause.about & IMMUTABLE:
        yield from _unchanging(clause)
        return
    found = False
    for slot in _typed(clause, copula):
        found = True
        yield slot
    if not found:
        yield from _named(clause, copula)


def _copula(clause: Clause) -> int | None:
    """Return the place of "is" after a subject; "'s" is one only before a word that no owner is followed by."""
    lows = clause.lows()
    for at in range(1, len(lows)):
        if lows[at] in COPULAS and any(clause.is_content(k) or lows[k] in USERS for k in range(at)):
            if lows[at] == "'s" and not (at + 1 < len(lows) and lows[at + 1] in _AFTER_IS):
                continue
            return at
    return None


def attribute_of(stems: Iterable[str]) -> str:
    """Name an attribute by stems; words that tell nothing apart are dropped if another is left."""
    kept = set(stems) - _SILENT
    if kept & _SUPPLIED:
        kept.discard("provider")
    return "vehicle" if kept == {"car"} else " ".join(sorted(kept or set(stems)))


def _label(clause: Clause, colon: int) -> Iterator[Slot]:
    """Read "Diet: vegan", "Status of order 4471: shipped"."""
    lows = clause.lows()
    stems = clause.stems_between(0, colon)
    if not stems and _OWN_NUMBER.intersection(lows[:colon]) and any(value.type == "code" for value in clause.typed):
        stems = frozenset(("phone",))
    if not stems or len(stems) > _MAX_KEY or ({"correct", "end"} & clause.marks.keys() and not stems & NAMING):
        return
    if any(low in COPULAS and low != "'s" for low in lows[:colon]):
        return
    typed = [value for value in clause.typed if value.start > colon]
    birth = sorted(stems & IMMUTABLE)
    if typed and typed[0].type in _LABELLED and typed[0].start <= colon + 2:
        kind = _kind(typed[0].type, stems)
        value = " ".join(one.value for one in typed[:2] if one.type == typed[0].type)
        yield Slot(
            "self",
            f"{birth[0] if birth else attribute_of(stems)}:{kind}",
            value,
            one=True,
            holds=holds(clause),
            modality=clause.modality,
        )
        return
    stop = next((at for at in range(colon + 1, len(lows)) if lows[at] in (",", "(")), len(lows))
    value = " ".join(sorted(clause.stems_between(colon + 1, min(stop, colon + 7))))
    if value:
        yield Slot(
            "self",
            birth[0] if birth else attribute_of(stems),
            value,
            one=True,
            holds=holds(clause),
            modality=clause.modality,
        )


def _unchanging(clause: Clause) -> Iterator[Slot]:
    """Read what a life does not change: date and place of birth, blood group, maiden name, year of founding."""
    if clause.modality not in (Modality.FACT, Modality.PAST):
        return
    concept = min(clause.about & IMMUTABLE)
    persons = sorted(clause.about & PERSONS)
    owner = " ".join((concept, *persons))
    if concept == "founded":
        owner = "founded"
    for value in clause.typed:
        if value.type in ("date", "year", "code", "number"):
            kind = "date" if value.type == "year" else value.type
            yield Slot("self", f"{owner}:{kind}", value.value, one=True, holds=holds(clause), modality=Modality.FACT)
            return
    stems = clause.about - {concept} - VAGUE - set(persons)
    if stems and len(stems) <= 4:
        kind = ":place" if concept == "birth" else ""
        yield Slot("self", owner + kind, " ".join(sorted(stems)), one=True, holds=holds(clause), modality=Modality.FACT)


def _kind(kind: str, stems: Iterable[str]) -> str:
    """Name the type of a value; what is counted names none beside an attribute that is a number by itself."""
    if kind in ("year", "month"):
        return "date"
    if kind.startswith("number") and _NUMERIC.intersection(stems):
        return "number"
    return kind


def _typed(clause: Clause, copula: int | None) -> Iterator[Slot]:
    """Read values of a type in a clause about a thing, the other words being the attribute."""
    values = [value for value in clause.typed if value.type != "email"]
    if not values or clause.modality is not Modality.FACT:
        return
    border = _border(clause, copula)
    if clause.contrast is not None:
        border = clause.contrast - 1
    values = _without_old(clause, values)
    after = [value for value in values if value.start > border and value.type not in ("part", "ordinal")]
    picked = _without_labels(clause, after or [value for value in values if value.type == "name"])
    counted = [value for value in values if value.type.startswith("number ")]
    counts = list(_counts(clause, counted, copula))
    yield from counts
    if counts:
        picked = [value for value in picked if value not in counted]
    rest = [value for value in values if value not in (*picked, *counted) and not _is_start(clause, value)]
    stems = _attribute_stems(clause, picked, rest)
    if stems and len(stems) <= _MAX_KEY:
        yield from _told(clause, picked, stems, copula, border)


def _attribute_stems(clause: Clause, picked: list[Typed], rest: list[Typed]) -> set[str]:
    """Return what names the attribute; a number of one's own, or to be reached on, is the phone's."""
    stems = _other_stems(clause, picked) | {value.value for value in rest}
    lows = set(clause.lows())
    if any(value.type == "code" for value in picked):
        is_reached = REACH & lows and not stems & NAMING and {"me", "mich", "moi", "us"} & lows
        if is_reached or (not stems and _OWN_NUMBER & lows):
            return {"phone"}
    return stems


def _told(clause: Clause, picked: list[Typed], stems: set[str], copula: int | None, border: int) -> Iterator[Slot]:
    """Yield one attribute a type of value."""
    lows = clause.lows()
    is_event = bool(stems & EVENTS)
    has_clock = any(value.type == "clock" for value in picked)
    conditions = {value.value for value in picked if value.type in _WHEN and has_clock and not is_event}
    thing = _Thing(
        stems=stems,
        has_copula=copula is not None,
        is_person=_is_first_person(clause, border),
        is_event=is_event,
        is_definite=_is_definite(clause),
        changes=clause.changes,
    )
    if thing.is_person and _is_done(clause):
        return
    kinds: dict[str, list[Typed]] = {}
    for one in picked:
        if one.value not in conditions and _is_value(one, thing):
            kinds.setdefault(_kind(one.type, stems), []).append(one)
    for kind, found in kinds.items():
        ones = found[1:] if clause.changes and len(found) == 2 and _FROM.intersection(lows) else found
        value = " ".join(one.value for one in ones[:3])
        if kind == "name":
            value = " ".join(sorted({stem for one in ones[:2] for stem in clause.stems_between(one.start, one.end)}))
        attribute = attribute_of(stems | (conditions if kind == "clock" else set()))
        is_plain = (kind == "name" and stems & NAMING) or (kind == "colour" and "colour" in stems)
        attribute = attribute if is_plain else f"{attribute}:{kind}"
        yield Slot("self", attribute, value, one=True, holds=holds(clause), modality=clause.modality)


def _is_done(clause: Clause) -> bool:
    """Return whether the clause tells an event, which a second one does not replace: "I bought 3 books"."""
    if clause.changes or clause.corrects:
        return False
    lows = clause.lows()
    if clause.lang == "en":
        pairs = zip(("", *lows), lows, strict=False)
        return any(low in _DID or (_is_past(low) and before not in _PASSIVE) for before, low in pairs)
    if clause.lang not in _PARTICIPLES or not _HAVE_DONE.intersection(lows):
        return False
    return any(_PARTICIPLES[clause.lang].fullmatch(low) for low in lows if low not in _HAVE_DONE)


def _is_past(low: str) -> bool:
    return low.endswith("ed") and low not in _NOT_DONE and len(low) > 4


def _is_first_person(clause: Clause, border: int) -> bool:
    """Return whether the clause tells what a person does, not what a thing of theirs is."""
    lows = clause.lows()
    if clause.subject(max(border, 1)) == "self" and not POSSESSIVES.intersection(lows[: max(border, 1)]):
        return True
    return bool(USERS.intersection(lows)) and clause.subject(1) == "self" and "'s" not in lows


def _without_labels(clause: Clause, picked: list[Typed]) -> list[Typed]:
    """Leave out what tells which thing is meant if another value follows: "lodger Pete pays 400"."""
    numeric = [value for value in picked if value.type not in ("name", "part")]
    if numeric and len(numeric) < len(picked):
        picked = numeric
    counts = [value for value in picked if value.type.startswith(("number", "code"))]
    first = counts[0] if len(counts) > 1 else None
    if first is not None and first.start and clause.is_content(first.start - 1) and not clause.changes:
        picked = [value for value in picked if value is not first]
    return [value for value in picked if not (_is_start(clause, value) or _is_number_of(clause, value))]


def _is_number_of(clause: Clause, value: Typed) -> bool:
    """Return whether a bare number tells which thing is meant, not how much: "invoice 7", "fact number 3"."""
    if value.type not in ("number", "code") or not value.start or clause.changes or _copula(clause) is not None:
        return False
    if clause.words[value.start - 1].low in _OWN_NUMBER:
        return True
    return value.end >= len(clause.words) and clause.is_content(value.start - 1) and value.start <= _FEW_BEFORE


def _is_start(clause: Clause, value: Typed) -> bool:
    """Return whether a day or date tells from when something holds: "opens at 9 from Monday"."""
    if value.type not in ("day", "date", "month", "year"):
        return False
    before = {word.low for word in clause.words[max(0, value.start - 2) : value.start]}
    return bool(before & {"ab", "seit", "since", "partir", "desde", "depuis", "starting"}) or (
        clause.changes and bool(before & {"from", "dal", "da"})
    )


def _border(clause: Clause, copula: int | None) -> int:
    """Return where the thing ends of which something is said: at "is", or after an event and its "of Friday"."""
    if copula is not None:
        return copula
    lows = clause.lows()
    for at in range(len(lows)):
        if clause.is_content(at) and EVENTS.intersection(stems_of(lows[at], clause.lang)):
            end = at
            while end + 1 < len(lows) and (lows[end + 1] in _OF or (end > at and lows[end + 1] in DAYS)):
                end += 1
            return end
    return 0


def _without_old(clause: Clause, values: list[Typed]) -> list[Typed]:
    """Leave out the values that are said to be wrong: "Tuesday, not Monday"."""
    lows = clause.lows()
    if not (clause.corrects or clause.changes) or len(values) < 2:
        return values
    kept = [value for value in values if not _NO.intersection(lows[max(0, value.start - 2) : value.start])]
    return kept or values


def _is_definite(clause: Clause) -> bool:
    head = {word.low for word in clause.words[:3]}
    return not head & ({"a", "an"} if clause.lang == "en" else _INDEFINITE)


class _Thing(NamedTuple):
    """What a clause with typed values is about."""

    stems: set[str]
    has_copula: bool
    is_person: bool
    is_event: bool
    is_definite: bool
    changes: bool


def _is_value(value: Typed, thing: _Thing) -> bool:
    """Return whether a typed value is the thing's one value of that type, rather than one of many or a time."""
    naming = bool(thing.stems & NAMING)
    if value.type == "name":
        return (
            not thing.is_person and thing.is_definite and (naming or (thing.has_copula and not thing.stems & PERSONS))
        )
    if value.type in ("day", "month", "date", "year"):
        is_told = thing.is_event or naming or thing.has_copula or (thing.changes and value.type in ("day", "date"))
        return thing.is_definite and not thing.is_person and is_told
    if value.type == "colour":
        return thing.has_copula and thing.is_definite
    if value.type == "clock":
        return thing.is_definite
    return not thing.is_person or value.type in _QUANTITIES or value.type.startswith("number")


def _other_stems(clause: Clause, picked: list[Typed]) -> set[str]:
    """Return the stems that name the attribute: all of the clause but its values, units and empty verbs."""
    taken = {at for value in clause.typed for at in range(value.start, value.end)}
    units = {value.end for value in picked if value.type.startswith("number ")}
    found: set[str] = set()
    for at, word in enumerate(clause.words):
        if at in taken or not clause.is_content(at):
            continue
        stems = clause.stems_between(at, at + 1)
        if (word.low in _EMPTY_VERBS and not stems & NAMING) or (at in units and len(clause.about) > 2):
            continue
        found.update(stems)
    return found & (clause.about | NAMING)


def _counts(clause: Clause, counted: list[Typed], copula: int | None) -> Iterator[Slot]:
    """Read how many a person has: "we have two children", "12 employees"."""
    lows = clause.lows()
    first = bool(FIRST.intersection(lows) or FIRST_VERBS.intersection(lows) or USERS.intersection(lows))
    if counted and counted[0].start == 0 and len(clause.about) <= 3 * len(counted) + 1:
        first = True  # "12 employees and 3 delivery vans", after "we are a bakery"
        copula = copula or 0
    if not counted or not first or not (_HAVING.intersection(lows) or copula is not None or _UP_TO.intersection(lows)):
        return
    if clause.about & PERSONS and not any(value.type[7:] in PERSONS for value in counted):
        return
    if _is_done(clause):
        return
    for value in counted:
        names = sorted(one.value for one in clause.typed if one.type == "name" and one.start > value.end)
        key = " ".join((f"count:{value.type[7:]}", *names))
        yield Slot("self", key, value.value, one=True, holds=holds(clause), modality=clause.modality)


def _named(clause: Clause, copula: int | None) -> Iterator[Slot]:
    """Read a noun that names an attribute, with the name or words that follow as its value."""
    lows = clause.lows()
    if LIKES.intersection(lows) and not clause.about & {"favourite"}:
        return
    for index in range(len(lows)):
        if not clause.is_content(index):
            continue
        if not NAMING.intersection(stems_of(lows[index], clause.lang)):
            continue
        if copula is not None and index < copula:
            stems, value = _copular(clause, clause.contrast or copula + 1, copula)
        elif copula is not None and copula < index <= copula + 4 and _is_owned(lows[copula + 1 : index]):
            stems = set(clause.stems_between(copula + 1, len(lows)))
            value = " ".join(sorted(clause.stems_between(0, copula)))
            if not value:
                stems, value = _beside(clause, index)
        else:
            stems, value = _beside(clause, index)
        is_told = copula is not None and index > copula  # "Jo is our lodger"
        if value and stems and len(stems) <= _MAX_KEY and (is_told or not _is_talk(clause)):
            yield Slot("self", attribute_of(stems), value, one=True, holds=holds(clause), modality=clause.modality)
        return


def _copular(clause: Clause, start: int, copula: int) -> tuple[set[str], str]:
    stems = set(clause.stems_between(0, copula))
    value = clause.stems_after(start)
    return stems, " ".join(sorted(value - stems or value))


def _is_owned(words: list[str]) -> bool:
    return bool(POSSESSIVES.intersection(words) or {"the", "der", "die", "le", "la", "el", "il"} & set(words))


def _is_talk(clause: Clause) -> bool:
    """Return whether what follows is an opinion ("my bank is nice"): no name, though the writer has capitals."""
    if clause.lang == "de" or clause.typed or clause.about & {"username", "password", "shift", "tariff"}:
        return False
    has_name = any(word.capital for word in clause.words[1:])
    return not has_name and clause.words[0].capital


def _beside(clause: Clause, index: int) -> tuple[set[str], str]:  # noqa: PLR0911 - one way of saying it each
    """Read the value beside a noun: a name at once ("Tarif Basis S"), or after a preposition ("account at V")."""
    lows, words = clause.lows(), clause.words
    concept = set(stems_of(lows[index], clause.lang))
    before = index - 1
    while before > 0 and clause.is_content(before) and not words[before].capital and clause.lang == "en":
        concept.update(stems_of(lows[before], clause.lang))  # "our head office"
        before -= 1
    if not (
        _HAVING.intersection(lows)
        or clause.changes
        or clause.corrects
        or FIRST_VERBS.intersection(lows)
        or USERS.intersection(lows)
        or (FIRST.intersection(lows) and COPULAS.intersection(lows))
    ):
        return set(), ""
    if words[index].capital and index and clause.lang in ("fr", "es", "it") and FIRST_VERBS.intersection(lows):
        return concept, clause.value_after(index)  # "Sono cliente della Banca del Golfo"
    following = index + 1
    if following < len(lows) and (words[following].capital or lows[following][0].isdigit()):
        return concept, clause.value_after(following)
    if (
        concept & {"tariff", "shift"}
        and clause.lang == "en"
        and index > 2
        and lows[index - 2] == "the"
        and clause.is_content(index - 1)
    ):
        return concept, clause.value_after(index - 1)  # "on the family plan"
    if index and words[index - 1].capital and clause.lang == "en" and index > 1:
        return concept, clause.value_after(index - 1)  # "a member of the Corefit gym"
    for at in range(index + 1, min(index + (6 if clause.changes else 4), len(lows))):
        if lows[at] in BESIDE.get(clause.lang, ()):
            return concept, clause.value_after(at + 1)
        if (
            clause.is_content(at)
            and lows[at] not in _HAVING
            and not (NAMING | {"member"}).intersection(stems_of(lows[at], clause.lang))
        ):
            break
    return set(), ""
