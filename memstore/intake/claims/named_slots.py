"""Attributes that a verb or a word of state names: residence, work, age, diet, marriage, name and the like."""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many words are looked at is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
from typing import TYPE_CHECKING, Final

from memstore.intake.claims.claim import Modality
from memstore.intake.claims.clause import POSSESSIVES, USERS
from memstore.intake.claims.concepts import NAMING, PERSONS
from memstore.intake.claims.preference_slots import preference_slots
from memstore.intake.claims.slot import COPULAS, Slot, holds
from memstore.intake.claims.slots import JOB_WORDS, STATES, VERBS
from memstore.intake.claims.words import stems_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memstore.intake.claims.clause import Clause

_STATE_VERBS: Final = COPULAS | frozenset(
    """
    : turned gone went become became eat eats eating follow follows stay got habe haben lebe lebt esse ernahre ernahrt
    geworden werde devenu devenue devenus mange mangeons me nos hecho hice como comemos vuelto volvi diventato
    diventata mangio mangia
    """.split()
)
_EATS: Final = frozenset(
    "eat eats eating esse isst essen kommt mange mangeons como come comemos mangio mangia mangiamo".split()
)
_OLDEST: Final = 120
_IS_OF_AGE: Final = frozenset("am is are turned turns 's now".split())
_AFTER_AGE: Final = frozenset("years and yesterday today now last , ; in".split())
_HAS_AGE: Final = frozenset(
    "a ai avoir avons tiene tengo cumplio cumplido cumple ha ho compiuto compie ya encore maintenant".split()
)
_MOVES: Final = frozenset(
    """
    moved relocated relocating emigrated gezogen umgezogen demenage emmenage mudado mude mudamos trasladado
    trasladada traslade trasferito trasferita trasferiti traslocato promoted settled
    """.split()
)
_FLUENT: Final = frozenset("fluent fluently fliessend couramment fluidez correntemente".split())
_CALLED: Final = frozenset(
    """
    called named heisst heisse heissen appelle appellent llama llamo llaman chiama chiamo chiamano
    """.split()
)
_PASSED_OVER: Final = frozenset(
    """
    now in the back still just mehr nicht hier jetzt actually again wieder toujours not
    """.split()
)
_JOB_ENDINGS: Final = {
    "en": ("ologist", "ician", "engineer"),
    "de": ("erin", "ierer", "techniker"),
    "fr": ("euse", "icien", "icienne"),
    "es": ("ista", "dora"),
    "it": ("ista", "trice"),
}
_SPEECH_FILLERS: Final = frozenset(
    "fluent flies fluentli fliess fliessend courant couramment fluid fluidez bien".split()
)


def named_slots(clause: Clause) -> Iterator[Slot]:
    """Yield the attributes that words of the clause name by themselves."""
    yield from _by_verb(clause)
    yield from _fluent(clause)
    yield from _states(clause)
    yield from _meat(clause)
    yield from _zone(clause)
    yield from _age(clause)
    yield from preference_slots(clause)
    yield from _job(clause)
    yield from _called(clause)
    yield from _addresses(clause)


def _by_verb(clause: Clause) -> Iterator[Slot]:  # noqa: C901 - each step may find nothing
    table = VERBS.get(clause.lang)
    if table is None:
        return
    lows = clause.lows()
    for index, low in enumerate(lows):
        for attribute, prepositions in table.get(low, ()):
            at = index + 1
            while at < len(lows) and (lows[at] in _PASSED_OVER or lows[at] in COPULAS) and lows[at] not in prepositions:
                at += 1
            if attribute.startswith("+") or "-" in prepositions:
                yield from _direct(clause, index, at, attribute, prepositions)
                continue
            reach = 1 if low in _MOVES else 4
            place = _preposition(clause, clause.contrast or at, prepositions, reach)
            if place is None and clause.lang == "de":
                place = _before_verb(clause, index, prepositions)
            if place is None:
                continue
            if attribute == "residence" and clause.modality is Modality.STAY:
                continue
            stems = clause.stems_after(place + 1, index if place < index else None)
            if attribute == "residence" and not _is_place(clause, place + 1):
                continue
            if value := " ".join(sorted(stems - {"employer"})):
                when = clause.conditions() if attribute in ("employer", "job") else []
                key = " ".join((attribute, *when))
                yield Slot(clause.subject(index), key, value, one=True, holds=holds(clause), modality=clause.modality)


def _is_place(clause: Clause, start: int) -> bool:
    """Return whether a capital, or a writer without capitals, makes the word after a preposition a place."""
    words = clause.words
    if start < len(words) and words[start].low in POSSESSIVES:
        return False
    return any(word.capital for word in words[start : start + 4]) or not any(word.capital for word in words)


def _preposition(clause: Clause, start: int, prepositions: frozenset[str], reach: int) -> int | None:
    """Return where one of the prepositions stands, at once or after a noun or an adverb or two."""
    lows = clause.lows()
    for at in range(start, min(start + reach, len(lows))):
        if lows[at] in prepositions:
            return at
        if lows[at] in (",", ":") or lows[at] in COPULAS:
            return None
    return None


def _before_verb(clause: Clause, verb: int, prepositions: frozenset[str]) -> int | None:
    """Return the preposition before a German verb at the end: "nach Bremen gezogen", "in der Bücherei arbeite"."""
    lows = clause.lows()
    for at in range(verb - 1, -1, -1):
        if lows[at] in prepositions and at + 1 < len(lows) and clause.words[min(at + 1, verb - 1)].capital:
            return at
    return None


def _direct(clause: Clause, index: int, at: int, attribute: str, prepositions: frozenset[str]) -> Iterator[Slot]:
    lows = clause.lows()
    while at < len(lows) and lows[at] in prepositions:
        at += 1
    stems = clause.stems_after(at)
    if attribute == "+speaks" and not stems and index:
        stems = clause.stems_after(0)
    stems -= _SPEECH_FILLERS | {stem for word in _FLUENT for stem in stems_of(word, clause.lang)}
    value = " ".join(sorted(stems))
    if not value or (attribute == "vehicle" and not _is_vehicle(clause, at)):
        return
    many = attribute.startswith("+")
    who = clause.subject(index)
    yield Slot(who, attribute.lstrip("+"), value, one=not many, holds=holds(clause), modality=clause.modality)


def _is_vehicle(clause: Clause, start: int) -> bool:
    """Return whether the object is a make or a car: "drive a Golf", not "drive to work"."""
    words = clause.words[start : start + 4]
    if clause.lang == "fr":
        return any(word.capital for word in words) and "en" in clause.lows()
    if clause.lang == "de":
        return bool({"einen", "ein", "eine"} & {word.low for word in words})
    return bool({"a", "an", "un", "una"} & {word.low for word in words[:1]})


def _fluent(clause: Clause) -> Iterator[Slot]:
    """Read a language that is told without "speak": "I'm fluent in Polish", "Polnisch kann ich fließend"."""
    lows = clause.lows()
    if not _FLUENT.intersection(lows) or any(low in VERBS.get(clause.lang, ()) for low in lows):
        return
    stems = {stem for at in range(len(lows)) if clause.is_content(at) for stem in stems_of(lows[at], clause.lang)}
    if value := " ".join(sorted(stems - _SPEECH_FILLERS)):
        yield Slot(
            clause.subject(len(lows) - 1), "speaks", value, one=False, holds=holds(clause), modality=clause.modality
        )


def _zone(clause: Clause) -> Iterator[Slot]:
    """Read "we're on Eastern time"."""
    lows = clause.lows()
    for index in range(2, len(lows)):
        if lows[index] == "time" and clause.words[index - 1].capital and lows[index - 2] in ("on", "in", "to"):
            yield Slot(
                "self",
                "timezone",
                clause.value_after(index - 1),
                one=True,
                holds=holds(clause),
                modality=clause.modality,
            )


def _meat(clause: Clause) -> Iterator[Slot]:
    """Read whether a person eats meat, as a diet."""
    if "meat" not in clause.about or clause.typed or not _EATS.intersection(clause.lows()):
        return
    eats = holds(clause)
    verb = next(at for at, low in enumerate(clause.lows()) if low in _EATS)
    who = "self" if {"mir", "uns"} & set(clause.lows()) else clause.subject(verb)
    yield Slot(who, "diet", "omnivore" if eats else "vegetarian", one=True, holds=True, modality=clause.modality)


def _age(clause: Clause) -> Iterator[Slot]:
    """Read "I'm 34", "turned 35", "meine Tochter ist sieben", "tiene 6 años"."""
    lows = clause.lows()
    ages = [value for value in clause.typed if value.type.startswith("number") and value.value.isdecimal()]
    if len(ages) != 1 or not 0 < int(ages[0].value[:4]) < _OLDEST:
        return
    value = ages[0]
    before = lows[max(0, value.start - 3) : value.start]
    after = lows[value.end : value.end + 2]
    if clause.lang == "en":
        told = bool(before) and before[-1] in _IS_OF_AGE and (not after or after[0] in _AFTER_AGE)
    elif clause.lang == "de":
        told = bool({"alt", "geworden"} & set(lows)) and (
            "jahre" in after or not after or after[0] in ("geworden", "alt")
        )
    else:
        told = bool(after) and after[0] in ("ans", "anos", "anni") and bool(_HAS_AGE.intersection(before))
    if not told or clause.modality is Modality.PAST or clause.about & (NAMING - PERSONS - {"age"}):
        return
    who = clause.subject(max(1, value.start - 1))
    if who != "self" and who not in PERSONS and not any(word.capital for word in clause.words[: value.start]):
        return
    names = sorted(clause.stems_between(0, value.start) - PERSONS - {"age"})
    yield Slot(who, " ".join(("age", *names)), value.value, one=True, holds=holds(clause), modality=clause.modality)


def _states(clause: Clause) -> Iterator[Slot]:
    lows = clause.lows()
    for index, low in enumerate(lows):
        state = STATES.get(low)
        if state is None:
            continue
        before = index - 1
        times = {at for value in clause.typed for at in range(value.start, value.end)}
        while before >= 0 and (not clause.is_content(before) or before in times) and lows[before] not in _STATE_VERBS:
            before -= 1
        after = {lows[at] for at in range(index + 1, min(index + 3, len(lows)))}
        if (before >= 0 and lows[before] in _STATE_VERBS) or after & _STATE_VERBS or "got" in lows:
            following = lows[index + 1] if index + 1 < len(lows) and clause.is_content(index + 1) else "diet"
            if following != "diet" and clause.lang == "en":
                continue
            attribute, value = state
            label = ":" in lows[:index]
            who = "self" if label else clause.subject(max(before, 1) if before >= 0 else index)
            yield Slot(who, attribute, value, one=True, holds=holds(clause), modality=clause.modality)


def _job(clause: Clause) -> Iterator[Slot]:  # noqa: C901 - each step may find nothing
    """Read "I am a nurse", "faccio l'insegnante", "promoted, senior analyst"."""
    words, lang = clause.words, clause.lang
    lows = clause.lows()
    endings = _JOB_ENDINGS.get(lang, ())
    for index, word in enumerate(words):
        if word.low not in JOB_WORDS and not (word.low.endswith(endings) and len(word.low) > 6 and endings):
            continue
        start = index
        while start > 0 and index - start < 3 and clause.is_content(start - 1):
            start -= 1
        before = start - 1
        while before >= 0 and not clause.is_content(before) and lows[before] not in COPULAS:
            if lows[before] in ("my", "mein", "meine", "mon", "ma", "mi", "mio", "mia", "of", "by", "for", "with"):
                return
            before -= 1
        if before >= 0 and lows[before] in COPULAS:
            who = clause.subject(before)
            if who and who != "self" and lang in ("es", "it") and lows[before] in ("sono", "soy"):
                who = "self"
        elif {"promoted", "promu", "promue", "befordert", "promosso", "promossa", "ascendido"} & set(lows):
            who = "self"
        else:
            return
        if not who or set(lows[:start]) & {"his", "her", "doctor"}:
            return
        end = index + 1
        while (
            end < len(lows)
            and (lows[end] in ("of", "de", "di", "du", "del") or clause.is_content(end))
            and end < index + 4
        ):
            end += 1
        value = " ".join(sorted(clause.stems_between(start, end)))
        yield Slot(who, "job", value, one=True, holds=holds(clause), modality=clause.modality)
        return


def _called(clause: Clause) -> Iterator[Slot]:
    lows = clause.lows()
    for index, low in enumerate(lows):
        if low not in _CALLED or index + 1 >= len(lows):
            continue
        value = clause.value_after(index + 1)
        if not value or clause.modality is not Modality.FACT:
            return
        if low in ("heisst", "heisse") and clause.value_after(index + 1) == "":
            return
        before = clause.stems_between(0, index) - {"name"}
        who = "self"
        if not before and not ({"i", "ich", "je", "me", "mi", "m", "user"} & set(lows[:index])):
            who = ""
        if before & NAMING and not before & PERSONS:
            key = " ".join(sorted(before))  # "our landlord is called Brandt"
        else:
            key = " ".join(("name", *sorted(before)))
        yield Slot(who, key, value, one=True, holds=holds(clause), modality=clause.modality)
        return


def _addresses(clause: Clause) -> Iterator[Slot]:
    """Read an e-mail address of the person: one at a time, unless a word before it says which (work, private)."""
    for value in clause.typed:
        if value.type != "email":
            continue
        lows = clause.lows()
        mine = POSSESSIVES.intersection(lows) or USERS.intersection(lows) or ":" in lows or clause.changes
        asked = {"me", "us", "mir", "uns", "moi", "nous", "ecrivez", "escribidme", "scrivetemi"} & set(lows)
        if not (mine or asked or clause.corrects):
            return
        stems = clause.stems_between(0, value.start)
        which = sorted(
            stems & {"job", "employer", "private", "privat", "prive", "privado", "second", "invoice", "partner"}
        )
        persons = sorted(stem for stem in stems if stem in ("son", "daughter", "brother", "sister", "wife", "husband"))
        yield Slot(
            "self",
            " ".join(("email", *which, *persons)),
            value.value,
            one=True,
            holds=holds(clause),
            modality=clause.modality,
        )
        return
