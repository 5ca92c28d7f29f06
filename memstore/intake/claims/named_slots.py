"""Attributes that a verb or a word of state names: residence, work, diet, marriage, contact, likes and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from memstore.intake.claims.claim import Modality
from memstore.intake.claims.clause import POSSESSIVES, USERS
from memstore.intake.claims.slots import CHANNELS, DISLIKES, JOB_WORDS, LIKES, REACH, SEATS, STATES, VERBS, WAYS
from memstore.intake.claims.words import stems_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memstore.intake.claims.clause import Clause


class Slot(NamedTuple):
    """One attribute with its value, before the marks of its clause are added."""

    who: str
    attribute: str
    value: str
    one: bool
    holds: bool
    modality: Modality


COPULAS: Final = frozenset(
    """
    is are am 's be been being remain remains
    ist bin sind bleibt lautet betragt liegt
    est suis sommes sont reste
    es soy somos son está estoy estamos
    è sono siamo resta
    """.split()
)
_STATE_VERBS: Final = COPULAS | frozenset(
    """
    : turned gone went become became eat eats eating stay got
    habe haben lebe lebt esse ernahre ernahrt geworden werde
    devenu devenue devenus mange mangeons
    hecho hice como comemos vuelto volvi
    diventato diventata mangio mangia
    """.split()
)
_MOVES: Final = frozenset(
    "moved relocated relocating emigrated gezogen umgezogen demenage emmenage mudado mude mudamos trasladado trasladada"
    " traslade trasferito trasferita trasferiti traslocato promoted settled".split()
)
_SEAT_CUES: Final = frozenset(
    """
    : seat seats sit sitz sitze sitzen sitzplatz platz siege place asiento plaza posto prefer prefers prefiero
    preferisco prefere prefer rather
    """.split()
)
_TO_WORK: Final = frozenset(
    (("to", "work"), ("zur", "arbeit"), ("ins", "buro"), ("au", "travail"), ("au", "boulot"), ("al", "trabajo"))
    + (("al", "lavoro"), ("a", "lavoro"), ("in", "ufficio"), ("to", "office"))
)
_FLUENT: Final = frozenset("fluent fluently fliessend couramment fluidez correntemente".split())
_CALLED: Final = frozenset(
    "called named heisst heisse heissen appelle appellent llama llamo llaman chiama chiamo chiamano".split()
)
_PASSED_OVER: Final = frozenset("now in the back still just mehr nicht hier jetzt actually again wieder toujours not".split())
_TO_ME: Final = frozenset("me us mir mich uns moi nous nos m user kunde client cliente utente".split())
_REACH_NOUNS: Final = frozenset(
    """
    contact reach reached kontakt erreichen erreichbar erreicht kontaktieren kontaktweg prefer prefers preferred
    contacter joindre joignable prefere contactez appelez ecrivez contactar contacto llamen llamadme escribidme
    escribanme prefiero prefiere contattare contattatemi scrivetemi chiamatemi preferisco preferisce
    """.split()
)
_JOB_ENDINGS: Final = {
    "en": ("ologist", "ician", "engineer"),
    "de": ("erin", "ierer", "techniker"),
    "fr": ("euse", "icien", "icienne"),
    "es": ("ista", "dora"),
    "it": ("ista", "trice"),
}
_BY: Final = frozenset("by via per par por tramite con mit auf on".split())
_NOT: Final = frozenset("not no never nicht kein keine pas plus non ni nie instead_of statt".split())
_SPEECH_FILLERS: Final = frozenset("fluent flies fluentli fliess fliessend courant couramment fluid fluidez bien".split())


def named_slots(clause: Clause) -> Iterator[Slot]:
    """Yield the attributes that words of the clause name by themselves."""
    yield from _by_verb(clause)
    yield from _fluent(clause)
    yield from _states(clause)
    yield from _contact(clause)
    yield from _seat(clause)
    yield from _commute(clause)
    yield from _likes(clause)
    yield from _job(clause)
    yield from _called(clause)
    yield from _addresses(clause)


def _holds(clause: Clause) -> bool:
    return not (clause.denies or clause.ends)


def _by_verb(clause: Clause) -> Iterator[Slot]:
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
            place = _preposition(clause, at, prepositions, reach)
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
                yield Slot(clause.subject(index), attribute, value, True, _holds(clause), clause.modality)


def _is_place(clause: Clause, start: int) -> bool:
    """Return whether a capital, or a writer without capitals, makes the word after a preposition a place."""
    words = clause.words
    if start < len(words) and words[start].low in POSSESSIVES:
        return False
    return any(word.capital for word in words[start : start + 4]) or not any(word.capital for word in words)


def _preposition(clause: Clause, start: int, prepositions: frozenset[str], reach: int) -> int | None:
    """Return where one of the prepositions stands, at once or after a noun or an adverb or two."""
    lows = clause.lows()
    if reach == 1 and start < len(lows) and lows[start] in ("from", "von", "de", "da", "di"):
        reach = 5
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
    stems -= _SPEECH_FILLERS
    value = " ".join(sorted(stems))
    if not value or (attribute == "vehicle" and not _is_vehicle(clause, at)):
        return
    many = attribute.startswith("+")
    who = clause.subject(index)
    yield Slot(who, attribute.lstrip("+"), value, not many, _holds(clause), clause.modality)


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
        yield Slot(clause.subject(len(lows) - 1), "speaks", value, False, _holds(clause), clause.modality)


def _states(clause: Clause) -> Iterator[Slot]:
    lows = clause.lows()
    for index, low in enumerate(lows):
        state = STATES.get(low)
        if state is None:
            continue
        before = index - 1
        while before >= 0 and not clause.is_content(before) and lows[before] not in _STATE_VERBS:
            before -= 1
        after = {lows[at] for at in range(index + 1, min(index + 3, len(lows)))}
        if before >= 0 and lows[before] in _STATE_VERBS or after & _STATE_VERBS or "got" in lows:
            if index + 1 < len(lows) and clause.is_content(index + 1) and clause.lang == "en":
                continue
            attribute, value = state
            label = ":" in lows[:index]
            who = "self" if label else clause.subject(max(before, 1) if before >= 0 else index)
            yield Slot(who, attribute, value, True, _holds(clause), clause.modality)


def _contact(clause: Clause) -> Iterator[Slot]:
    lows = clause.lows()
    channels = [index for index, low in enumerate(lows) if low in CHANNELS]
    reach = [index for index, low in enumerate(lows) if low in REACH]
    if not channels or not reach or any(value.type in ("email", "code") for value in clause.typed):
        return
    if not (_TO_ME.intersection(lows) or _REACH_NOUNS.intersection(lows)):
        return
    if clause.subject(channels[0]) == "self" and not (_REACH_NOUNS.intersection(lows) or _TO_ME.intersection(lows)):
        return
    modality = clause.modality
    if modality in (Modality.WISH, Modality.PLAN):
        modality = Modality.FACT
    wanted = [at for at in channels if not _NOT.intersection(lows[max(0, at - 3) : at])]
    by = [at for at in wanted if _BY.intersection(lows[max(0, at - 2) : at])]
    for at in (by or wanted)[:1]:
        yield Slot("self", "contact", CHANNELS[lows[at]], True, True, modality)
    if not wanted:
        yield Slot("self", "contact", CHANNELS[lows[channels[0]]], True, False, modality)


def _seat(clause: Clause) -> Iterator[Slot]:
    """Read where a person likes to sit; a wish is a fact here."""
    lows = clause.lows()
    seats = [(at, SEATS[low]) for at, low in enumerate(lows) if low in SEATS]
    if not seats or not _SEAT_CUES.intersection(lows) and not any(low.endswith("platz") for low in lows):
        return
    modality = Modality.FACT if clause.modality is Modality.WISH else clause.modality
    wanted = [value for at, value in seats if not _NOT.intersection(lows[max(0, at - 2) : at])]
    yield Slot("self", "seat", (wanted or [seats[0][1]])[0], True, bool(wanted) and not clause.ends, modality)


def _commute(clause: Clause) -> Iterator[Slot]:
    """Read how a person gets to work: "I cycle to work", "ich fahre mit dem Bus zur Arbeit"."""
    lows = clause.lows()
    at = next((k for k in range(len(lows) - 1) if (lows[k], lows[k + 1]) in _TO_WORK), None)
    if at is None and not any(low.startswith(("commut", "pendle")) for low in lows):
        return
    old = next((k for k, low in enumerate(lows) if low in ("instead", "statt", "anstatt", "lieu", "vez", "invece")), len(lows))
    ways = [WAYS[low] for low in lows[:old] if low in WAYS] or [WAYS[low] for low in lows if low in WAYS]
    if not ways:
        return
    who = clause.subject(at or 1)
    days = sorted(value.value for value in clause.typed if value.type == "day")
    yield Slot(who, " ".join(("commute", *days)), ways[0], True, _holds(clause), clause.modality)


def _likes(clause: Clause) -> Iterator[Slot]:
    lows = clause.lows()
    likes = [index for index, low in enumerate(lows) if low in LIKES]
    dislikes = [index for index, low in enumerate(lows) if low in DISLIKES]
    if not (likes or dislikes) or ":" in lows:
        return
    cues = likes + dislikes
    if lows[cues[0]] in ("into", "keen", "like", "prefer") and not _is_liking(clause, cues[0]):
        return
    liked = {stem for at in cues for stem in stems_of(lows[at], clause.lang)}
    taken = [at for at in range(len(lows)) if clause.is_content(at) and at not in cues]
    if not 0 < len(taken) <= 5:
        return
    stems = {stem for at in taken for stem in stems_of(lows[at], clause.lang)} - liked
    if not stems:
        return
    who = clause.subject(cues[0])
    if {"me", "mi", "m", "ma", "my", "nos", "ci"} & set(lows):
        who = "self"
    holds = not dislikes and not clause.denies
    yield Slot(who, "like", " ".join(sorted(stems)), False, holds, clause.modality)


def _is_liking(clause: Clause, at: int) -> bool:
    lows = clause.lows()
    before = set(lows[max(0, at - 3) : at])
    if lows[at] == "into":
        return bool(before & {"am", "really", "big", "is", "very"})
    if lows[at] == "like":
        return bool(before & {"i", "we", "not", "really", "user", "also", "do", "they", "he", "she"}) and "would" not in before
    return True


def _job(clause: Clause) -> Iterator[Slot]:
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
        while end < len(lows) and (lows[end] in ("of", "de", "di", "du", "del") or clause.is_content(end)) and end < index + 4:
            end += 1
        value = " ".join(sorted(clause.stems_between(start, end)))
        yield Slot(who, "job", value, True, _holds(clause), clause.modality)
        return


def _called(clause: Clause) -> Iterator[Slot]:
    lows = clause.lows()
    for index, low in enumerate(lows):
        if low not in _CALLED or index + 1 >= len(lows):
            continue
        value = clause.value_after(index + 1)
        if not value or clause.modality is not Modality.FACT:
            return
        before = clause.stems_between(0, index) - {"name"}
        who = "self"
        if not before and not ({"i", "ich", "je", "me", "mi", "m", "user"} & set(lows[:index])):
            who = ""
        key = " ".join(("name", *sorted(before)))
        yield Slot(who, key, value, True, _holds(clause), clause.modality)
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
        which = sorted(stems & {"job", "employer", "private", "privat", "prive", "privado", "second", "invoice", "partner"})
        persons = sorted(stem for stem in stems if stem in ("son", "daughter", "brother", "sister", "wife", "husband"))
        yield Slot("self", " ".join(("email", *which, *persons)), value.value, True, _holds(clause), clause.modality)
        return
