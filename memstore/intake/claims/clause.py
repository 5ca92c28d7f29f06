"""One clause, prepared for reading: its tokens, language, marks, typed values, subject and the value after a word."""

from __future__ import annotations

# ruff: noqa: SIM905 - lists of words read best as words
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from memstore.intake.claims.concepts import PERSONS, VAGUE
from memstore.intake.claims.function_words import FUNCTION_WORDS
from memstore.intake.claims.words import is_content, stems_of

if TYPE_CHECKING:
    from memstore.intake.claims.claim import Modality
    from memstore.intake.claims.tokens import Token
    from memstore.intake.claims.values import Typed

USERS: Final = frozenset(
    """
    user users customer client nutzer nutzerin benutzer benutzerin kunde kundin kunden utilisateur
    utilisatrice cliente clienta usuario usuaria utente
    """.split()
)
FIRST: Final = frozenset("i we ich wir je j nous yo nosotros nosotras io noi".split())
# These are of the third person plural too: "meine Eltern sind", "i miei sono".
_ALSO_THIRD: Final = frozenset(["sind", "haben", "sono"])
_THIRD: Final = frozenset("he she they it er sie es il elle ils elles él el_ ella ellos lui lei loro".split())
# Auxiliaries and verbs that show the first person where the pronoun is left out.
FIRST_VERBS: Final = frozenset(
    """
    am bin habe hab haben sind suis sommes ai avons soy estoy somos estamos he hemos tengo tenemos hago voy
    vamos me nos sono siamo ho abbiamo faccio facciamo sto mi ci
    """.split()
)
POSSESSIVES: Final = frozenset(
    """
    my our mine mein meine meinen meinem meiner meines unser unsere unseren unserem unserer mon ma mes notre
    nos mi mis nuestro nuestra nuestros mio mia miei mie nostro nostra nostri nostre
    """.split()
)
_ARTICLES: Final = frozenset(
    """
    the a an der die das den dem le la les l el los il lo i gli un une una uno ein eine
    """.split()
)
_INSIDE_NAMES: Final = frozenset("of de del della dell di du des & the la le der d l dos los".split())
_SKIPPED_BEFORE_VALUE: Final = frozenset(
    """
    dr dra dott dottor m mme mr mrs ms miss herr frau sr sra senor senora sig signor signora dott
    the a an my our his her their le la les l un une mon ma notre d du des der die das dem den ein eine
    einem einer einen meinem meiner el los las una mi nuestro il lo gli uno di del della dell : = , now
    already still back just only also jetzt nun maintenant desormais ahora ora adesso again wieder in at on
    to with by bei beim im am zum zur à au aux en chez al con por alla allo all nel nella da dal dalla y e
    called named as als comme come 's is ist est es è sono for fur so sich
    """.split()
)
_PRESENT_FIRST: Final = re.compile(r"(?:[^dt]o|amos|emos|imos|iamo)$")
_HAS: Final = frozenset(("ha", "è", "es"))
_MAX_VALUE: Final = 5


@dataclass(slots=True)
class Clause:
    """One clause with all that the readers of attributes ask of it."""

    words: tuple[Token, ...]
    lang: str
    marks: dict[str, list[tuple[int, int]]]
    typed: list[Typed]
    modality: Modality
    changes: bool
    corrects: bool
    ends: bool
    denies: bool
    about: frozenset[str]
    contrast: int | None = None
    """Where the new value begins in "not X but Y"."""
    _lows: list[str] = field(default_factory=list)

    def lows(self) -> list[str]:
        if not self._lows:
            self._lows = [word.low for word in self.words]
        return self._lows

    def value_after(self, start: int) -> str:
        """Return the words from `start` on that are one noun phrase, as sorted stems; "" if there are none."""
        return " ".join(sorted(self.stems_after(start)))

    def stems_after(self, start: int, stop: int | None = None) -> set[str]:
        """Return the stems of the noun phrase that begins at `start`, after articles and prepositions."""
        words, found = self.words[:stop], set[str]()
        index = start
        while index < len(words) and not self.is_content(index) and words[index].low in _SKIPPED_BEFORE_VALUE:
            index += 1
        taken = 0
        while index < len(words) and taken < _MAX_VALUE:
            low = words[index].low
            if self.is_content(index):
                if low not in VAGUE:
                    found.update(stems_of(low, self.lang))
                taken += 1
            elif words[index].capital and taken and index + 1 < len(words) and words[index + 1].capital:
                pass  # "periódico El Faro"
            elif not (taken and low in _INSIDE_NAMES and index + 1 < len(words)) or not (
                self.is_content(index + 1) or (index + 2 < len(words) and words[index + 1].low in _ARTICLES)
            ):
                break
            index += 1
        return found

    def conditions(self) -> list[str]:
        """Return the days and parts of the day on which the clause holds again and again: "on Saturdays"."""
        found = []
        for value in self.typed:
            word = self.words[value.start]
            before = self.words[value.start - 1].low if value.start else ""
            again = word.low.endswith("s") if self.lang in ("en", "de") else before in ("le", "los", "il", "la", "el")
            if value.type == "part" or (value.type == "day" and again):
                found.append(value.value)
        if "during" in self.lows() or "unter" in self.lows():
            found.append("week")
        return sorted(found)

    def is_content(self, index: int) -> bool:
        return is_content(self.words[index], self.lang)

    def stems_between(self, start: int, end: int) -> frozenset[str]:
        """Return the content stems of the tokens from `start` to before `end`, vague words left out."""
        found: set[str] = set()
        for index in range(start, min(end, len(self.words))):
            if self.is_content(index) and self.words[index].low not in VAGUE and self.words[index].low not in USERS:
                found.update(stems_of(self.words[index].low, self.lang))
        return frozenset(found)

    def subject(self, verb: int) -> str:  # noqa: PLR0911 - one way of telling it each
        """Return who does what the verb at this place says: "self", a person or thing, or "" if unknown."""
        verb = min(verb, len(self.words) - 1)
        before = self.words[:verb]
        lows = [word.low for word in before]
        if self.lang in ("es", "it") and _PRESENT_FIRST.search(self.words[verb].low) and not _HAS.intersection(lows):
            return "self"
        following = [word.low for word in self.words[verb + 1 : verb + 3]]
        if USERS.intersection(lows) and not PERSONS.intersection(self.stems_between(0, verb)):
            return "self"
        if FIRST.intersection(lows) or FIRST.intersection(following) or (self.lang == "fr" and "on" in lows):
            return "self"
        persons = [
            stem
            for index in range(verb)
            if self.is_content(index)
            for stem in stems_of(lows[index], self.lang)
            if stem in PERSONS
        ]
        if persons:
            return persons[0]
        if _THIRD.intersection(lows):
            return ""
        typed_at = {index for value in self.typed if value.type != "name" for index in range(value.start, value.end)}
        named = [index for index in range(verb) if self.is_content(index) and index not in typed_at]
        named = [index for index in named if lows[index] not in ("mornings", "evenings")]
        if named and not (FIRST_VERBS - _ALSO_THIRD).intersection(lows):
            return stems_of(lows[named[0]], self.lang)[0]
        return "self" if self._is_first_person(verb, lows) else ""

    def _is_first_person(self, verb: int, before: list[str]) -> bool:
        low = self.words[verb].low
        if FIRST_VERBS.intersection(before) or low in FIRST_VERBS:
            return True
        if self.lang in ("es", "it"):
            return low.endswith(("o", "mos", "amo", "de")) and not (before and before[-1] in ("ha", "è"))
        if self.lang == "de":
            return low.endswith("e") or (verb == 0 and low.startswith("ge"))
        return self.lang == "en" and (low.endswith(("ing", "ed")) or low in ("live", "work", "drive"))


def function_words(lang: str) -> frozenset[str]:
    return FUNCTION_WORDS.get(lang, FUNCTION_WORDS["en"])
