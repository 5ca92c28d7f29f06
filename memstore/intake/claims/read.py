"""Reading of a statement into claims.

Order: tokens -> language -> sentences -> clauses -> for each clause its marks (change, correction, end, wish ...), its
typed values, then its attributes: verbs and words that name one (`slots`), nouns that do (`nouns`), and last the
clause as a whole. A clause that tells no attribute still gives one claim, so that it can be compared by content.
"""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many words are looked at is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from memstore.intake.claims.claim import Claim, Modality
from memstore.intake.claims.clause import FIRST, FIRST_VERBS, POSSESSIVES, USERS, Clause
from memstore.intake.claims.clauses import sentences_of
from memstore.intake.claims.concepts import NAMING
from memstore.intake.claims.marks import marks_of
from memstore.intake.claims.named_slots import named_slots
from memstore.intake.claims.noun_slots import BESIDE, attribute_of, noun_slots
from memstore.intake.claims.slots import CHANNELS
from memstore.intake.claims.tokens import tokens
from memstore.intake.claims.values import Typed, typed_values
from memstore.intake.claims.words import language, stems

if TYPE_CHECKING:
    from memstore.intake.claims.clauses import Sentence
    from memstore.intake.claims.tokens import Token

MAX_CLAIMS: Final = 60
_FEW: Final = 3
# A stay in one of these is what is told, not a residence.
_LODGINGS: Final = frozenset(("hotel", "hostel", "albergo", "pension"))
_TIMES: Final = frozenset(("day", "date", "month", "year", "clock", "part"))
# How a clause is meant: the first kind of mark that it has decides.
_ORDER: Final = (
    ("hearsay", Modality.HEARSAY),
    ("hypothesis", Modality.HYPOTHESIS),
    ("plan", Modality.PLAN),
    ("wish", Modality.WISH),
)
_ASKED_FOR: Final = frozenset(
    """
    can could please bitte konnt konnen kannst pouvez pourriez podeis pueden puedes potete può
    """.split()
)
_OBJECTS: Final = frozenset("me us mir mich uns moi nous nos mi ci".split())
_OWN: Final = FIRST | FIRST_VERBS | POSSESSIVES | USERS | _OBJECTS
_ANDS: Final = frozenset("and und et y e & sowie".split())
_BUT: Final = frozenset("but sondern mais sino ma bensi".split())
_MAX_HEAD: Final = 6


def read_claims(text: str, *, speaker: str | None = None) -> tuple[Claim, ...]:
    """Return the claims of the first characters of `text`, in order, at most MAX_CLAIMS.

    A name in front of the text ("Anna: I live in Porto") is the speaker's and no content.
    """
    words = tokens(text)
    if speaker and len(words) > 1 and words[1].low == ":" and words[0].low == speaker.casefold():
        words = words[2:]
    lang = language(words)
    found: list[Claim] = []
    number = 0
    corrects, changed = text.lstrip().startswith("*"), False  # "*Tuesday", as people put a word right in a chat
    for sentence in sentences_of(words, lang):
        whole = marks_of(sentence.words, lang)
        if corrects:
            whole.setdefault("correct", []).append((0, 0))  # "I counted wrong. It is 9."
        corrects = changed = False
        for one in sentence.clauses:
            clause = _clause(one, lang, sentence, whole)
            clause.changes |= changed
            claims = _claims_of(clause, number)
            if claims:
                found.extend(_carried(found, claims, clause))
                number += 1
                # "The certificate was renewed, it expires on ...": the change is of what follows.
                changed = clause.changes and not clause.typed and not claims[-1].attribute
                corrects = clause.corrects and not clause.typed and len(clause.about) < _FEW
        if len(found) >= MAX_CLAIMS:
            break
    return tuple(found[:MAX_CLAIMS])


def _carried(before: list[Claim], claims: list[Claim], clause: Clause) -> list[Claim]:
    """Give the value of a clause to the attribute that the clause before says is changed: "switched gyms, I'm at V"."""
    last = before[-1] if before else None
    if last is None or last.attribute or not last.changes or last.typed or last.modality is not Modality.FACT:
        return claims
    concepts = last.about & NAMING
    claim = claims[-1]
    names = [value for value in clause.typed if value.type in ("name", "code", "email", "money")]
    if not names and (clause.lang == "de" or not any(word.capital for word in clause.words)):
        # German nouns all have capitals, and some writers use none: what follows a preposition is the name.
        lows = clause.lows()
        at = next((k for k in range(1, len(lows)) if lows[k - 1] in BESIDE.get(clause.lang, ())), None)
        while at is not None and at < len(lows) and not clause.is_content(at):
            at += 1
        names = [Typed("name", "", at, at + 1)] if at is not None and at < len(lows) else []
    if not concepts or len(last.about) > 3 or claim.attribute or not names or claim.modality is not Modality.FACT:
        return claims
    value = " ".join(sorted(clause.stems_between(names[0].start, names[0].end)))
    return [
        *claims[:-1],
        replace(claim, who="self", attribute=attribute_of(last.about), value=value, one=True, changes=True),
    ]


def _clause(words: tuple[Token, ...], lang: str, sentence: Sentence, whole: dict[str, list[tuple[int, int]]]) -> Clause:
    marks = whole if len(sentence.clauses) == 1 else marks_of(list(words), lang)
    typed = typed_values(list(words), lang)
    typed_stems = {stem for value in typed for stem in _typed_stems(words, value.start, value.end, lang)}
    # Words of change, correction and end are read as marks and tell nothing of the subject.
    silent = {
        at for kind in ("change", "lasting", "correct", "end") for span in marks.get(kind, ()) for at in _ends_of(*span)
    }
    return Clause(
        words=words,
        lang=lang,
        marks=marks,
        typed=typed,
        modality=_modality(words, marks, whole, sentence),
        changes="change" in marks or "lasting" in marks,
        corrects="correct" in whole,
        ends="end" in marks and not _is_denied(marks),
        denies="not" in marks,
        about=stems([word for at, word in enumerate(words) if at not in silent], lang) | typed_stems,
        contrast=_contrast(words, marks),
    )


def _contrast(words: tuple[Token, ...], marks: dict[str, list[tuple[int, int]]]) -> int | None:
    denied = min((start for start, _ in marks.get("not", ())), default=len(words))
    return next((at + 1 for at, word in enumerate(words) if at > denied and word.low in _BUT), None)


def _ends_of(start: int, end: int) -> tuple[int, ...]:
    """Return the places of a mark's own words: all of a short one, the first and last of one with a gap."""
    return tuple(range(start, end)) if end - start <= 2 else (start, end - 1)


def _typed_stems(words: tuple[Token, ...], start: int, end: int, lang: str) -> frozenset[str]:
    return stems(list(words[start:end]), lang)


def _is_denied(marks: dict[str, list[tuple[int, int]]]) -> bool:
    """Return whether a denial stands before the word of end and is no part of it: "I have not cancelled"."""
    ends = marks.get("end", ())
    first = min(start for start, _ in ends)
    inside = {index for start, end in ends for index in range(start, end)}
    return any(start not in inside and 0 < first - start <= 3 for start, _ in marks.get("not", ()))


def _modality(
    words: tuple[Token, ...],
    marks: dict[str, list[tuple[int, int]]],
    whole: dict[str, list[tuple[int, int]]],
    sentence: Sentence,
) -> Modality:
    lows = {word.low for word in words}
    if sentence.asks and "lasting" in whole and lows & _ASKED_FOR:
        return Modality.FACT  # "could it go out on the 22nd in future?"
    if sentence.asks:
        requested = _ASKED_FOR.intersection(lows) and _OBJECTS.intersection(lows) and CHANNELS.keys() & lows
        return Modality.FACT if requested and "hypothesis" not in marks else Modality.QUESTION
    for kind, modality in _ORDER:
        places = marks.get(kind)
        if kind == "hearsay" and not places:
            places = whole.get(kind) and [] if len(sentence.clauses) > 1 else None
        if not places:
            continue
        if kind == "wish" and (
            "end" in marks
            or any(start - at <= 3 for start, _ in places for at, _ in marks.get("not", ()) if at < start)
        ):
            continue  # "I no longer want the newsletter"
        if kind == "hearsay" and any(_told_by_user(words, start) for start, _ in places):
            continue
        return modality
    if "past" in marks and not ({"change", "end", "correct"} & marks.keys()):
        return Modality.PAST
    if "place" in marks and not lows & _LODGINGS:
        return Modality.STAY
    return Modality.FACT


def _told_by_user(words: tuple[Token, ...], at: int) -> bool:
    return at > 0 and (words[at - 1].low in USERS or words[at - 1].low in ("i", "ich", "je", "already"))


def _claims_of(clause: Clause, number: int) -> list[Claim]:
    if not clause.about and not clause.typed:
        return []
    lows = clause.lows()
    base = Claim(
        who="",
        attribute="",
        value="",
        holds=not (clause.denies or clause.ends),
        modality=clause.modality,
        changes=clause.changes,
        corrects=clause.corrects,
        ends=clause.ends,
        old_value=_old_value(clause),
        clause=number,
        about=clause.about,
        head=_head(clause) if clause.ends or clause.denies else frozenset(),
        own=bool(_OWN.intersection(lows)) or ":" in lows,
        joined=bool(_ANDS.intersection(lows)),
        typed=tuple((value.type, value.value) for value in clause.typed),
    )
    claims: list[Claim] = []
    named = list(named_slots(clause))
    for slot in dict.fromkeys(named or noun_slots(clause)):
        own = base.own or (bool(named) and slot.who == "self")
        claims.append(replace(base, own=own, **slot._asdict()))
    return claims or [replace(base, who=_who(clause))]


def _who(clause: Clause) -> str:
    return clause.subject(min(4, len(clause.words) - 1))


_DENIALS: Final = frozenset((("not",), ("nicht",), ("pas",), ("no",), ("non",)))
_OLD: Final = {
    "en": (
        (("not",), ()),
        (("from",), ("to",)),
        (("rather", "than"), ()),
        (("instead", "of"), ()),
        (("left",), ("for",)),
        (("replaced",), ("with", "by")),
        (("ditched",), ("for", "and")),
        (("dropped",), ("for", "and")),
        (("swapped",), ("for",)),
        (("traded",), ("for",)),
        (("exchanged",), ("for",)),
        (("sold",), ("for",)),
        (("over",), ("to",)),
    ),
    "de": (
        (("nicht",), ()),
        (("statt",), ()),
        (("von",), ("auf", "zu")),
        (("nicht", "mehr"), ("sondern",)),
        (("anstatt",), ()),
        (("habe", "den"), ("gegen",)),
        (("habe", "die"), ("gegen",)),
        (("habe", "das"), ("gegen",)),
    ),
    "fr": (
        (("pas",), ()),
        (("au", "lieu"), ()),
        (("de",), ("à",)),
        (("remplace",), ("par",)),
        (("quitte",), ("pour",)),
        (("troque",), ("contre",)),
        (("echange",), ("contre",)),
        (("et", "non"), ()),
        (("non",), ()),
    ),
    "es": (
        (("no",), ()),
        (("en", "vez", "de"), ()),
        (("en", "lugar", "de"), ()),
        (("sustituido",), ("por",)),
        (("de",), ("a",)),
        (("cambiado",), ("por",)),
        (("dejado",), ("por",)),
    ),
    "it": (
        (("non",), ()),
        (("invece",), ()),
        (("al", "posto"), ()),
        (("sostituito",), ("con",)),
        (("da",), ("a",)),
        (("lasciato",), ("per",)),
        (("scambiato",), ("con",)),
        (("cambiato",), ("con",)),
    ),
}


def _old_value(clause: Clause) -> str | None:
    """Return the value that is said to be old ("X, not Y", "from Y to X", "replaced Y by X"), as sorted stems."""
    if not (clause.changes or clause.corrects or clause.denies):
        return None
    lows = clause.lows()
    for phrase, closing in _OLD.get(clause.lang, ()):
        for index in range(len(lows)):
            if tuple(lows[index : index + len(phrase)]) != phrase:
                continue
            after = index + len(phrase)
            if phrase in _DENIALS and (not index or lows[index - 1] not in (",", "and", "et", "y", "e", "und", "-")):
                continue
            if closing and not any(word in closing for word in lows[after + 1 : after + 6]):
                continue
            if value := clause.value_after(after):
                return value
    return None


def _head(clause: Clause) -> frozenset[str]:
    """Return the stems of the noun phrase that is ended or denied: what follows the word of end, or stands before."""
    places = clause.marks.get("end") or clause.marks.get("not") or []
    found: set[str] = set()
    times = {at for value in clause.typed if value.type in _TIMES for at in range(value.start, value.end)}
    for start, end in places:
        after = [index for index in range(end, min(end + _MAX_HEAD, len(clause.words))) if clause.is_content(index)]
        before = [index for index in range(max(0, start - _MAX_HEAD), start) if clause.is_content(index)]
        inside = [index for index in range(start + 1, end - 1) if clause.is_content(index)]
        for index in {*inside, *after[:4], *before[-4:]} - times:
            found.update(clause.stems_between(index, index + 1))
    return frozenset(found & clause.about)
