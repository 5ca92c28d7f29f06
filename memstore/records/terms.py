"""Lexical features of a text for ranking, without its words: hashes of its stems, what it asks and what it tells.

Stages, in order: normalise (compatibility forms, accents and case folded) -> tokenise -> drop stop words -> stem
(English Snowball, Porter 2001) -> hash to 32 bits. A hash depends on the stem alone, so cards written by one machine
are found by another. Two different stems share a hash with probability 2**-32.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np
from snowballstemmer import stemmer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

MAX_CHARACTERS: Final = 100_000
"""Characters of a text that are read; the rest is ignored."""
MAX_TOKEN_CHARACTERS: Final = 64
"""A longer run of letters is no word; it is cut, so that its hash still matches an equal run."""

# Words that say nothing of the subject: pronouns, auxiliaries, articles, prepositions, question words,
# contractions and the courtesies of chat.  One line per kind.
_STOPPED: Final = """
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself
she her hers herself it its itself they them their theirs themselves one
a an the this that these those such some any each every other another both either neither
am is are was were be been being do does did doing done have has had having
can could will would shall should
may might must ought
and or but nor so yet if because although though while than then as
of in on at by to from for with about into onto over under through during before after between against
up down out off again there here too very just also only not no yes
who whom whose which what when where why how
i'm i've i'd i'll you're you've you'd you'll he's he'd he'll she's she'd she'll
it's it'd it'll
we're we've we'd we'll they're they've they'd they'll that's there's here's what's who's
where's when's how's
let's isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't can't couldn't won't wouldn't
shouldn't mustn't cannot
hey hi hello thanks thank oh wow ok okay yeah yep
"""
# The same of German, French, Spanish, Italian: articles, pronouns, prepositions, auxiliaries and question words,
# accents folded.  Without those that are words of substance or names in English: die, hat, war, son, pour, come, Mia.
_STOPPED_ABROAD: Final = """
das dem der ein eine einem einen einer eines und oder aber nicht kein keine keinen ich du er sie wir ihr mich mir dich
dir sich uns ihm ihn ihnen mein meine meinen meiner meinem dein deine sein seine seinen seiner ihre ihren ihrer unser
unsere ist sind bist sei habe hast haben hatte wird werden wurde kann auf aus bei bis mit nach seit von vom zu zum zur
im ins auch nur noch schon sehr wie wo wer wem wann warum wohin woher welche welcher welches welchen es gibt dass
le la les un une des du de au aux et ou je tu il elle nous vous ils elles me te se moi toi mon ma mes ta tes sa ses
notre nos votre vos leur leurs ce cet cette ces qui que quoi quel quelle quels quelles quand comment combien pourquoi
est es suis sont ai as avons avez ont etait pas ne dans sur avec sans chez par en y
el lo los las una unos unas del al e o mi mis ti su sus nuestro nuestra como cuando donde cual cuales quien cuanto
cuanta cuantos cuantas porque soy eres somos estoy esta estan estaba fue ha han he hemos tiene no con para por mas muy
il gli uno di da dal dalla dei degli delle della dello nel nella col con per tra fra sul sulla io lui lei noi voi loro
mio miei mie tuo tua suo sua ci vi si chi che cosa quale quali quanto quanta quanti quante perche sono sei siamo hai
abbiamo hanno non piu
"""
STOP_WORDS: Final = frozenset(_STOPPED.split()) | frozenset(_STOPPED_ABROAD.split())

# Marks that Python's `\w` leaves out although they are part of words: Hebrew, Arabic, Indic and Thai vowels.
_MARKS: Final = "\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e"
# Han and kana are written without spaces: every character is a token of its own.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN: Final = re.compile(
    rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])(?:(?![{_UNSPACED}])[^\W_]|[{_MARKS}]|'(?=[^\W\d_]))*"
)
# French and Italian articles and pronouns before a vowel: "l'eau", "j'habite", "dell'arte".
_ELIDED: Final = re.compile(r"^(?:[cdjlmnst]|qu|dall|dell|nell|sull|all|un|com|dov|quest)'(?=..)")
_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_TIMES: Final = """
yesterday today tonight tomorrow now ago last next recently soon upcoming since
day days week weeks weekend month months year years morning evening night summer winter spring autumn
monday tuesday wednesday thursday friday saturday sunday
"""
# Words by which people place an event in time. "may" and "march" are verbs too often to be counted.
_TIME_WORDS: Final = (frozenset(_MONTHS) - {"may", "march"}) | frozenset(_TIMES.split())
_YEAR_TOKEN: Final = re.compile(r"(?:19|20)\d\d")
_ASKS_WHEN: Final = re.compile(
    r"\bwhen\b|\bhow (?:long|often|recently)\b|\b(?:what|which) (?:date|day|week|month|year|time)\b",
    re.IGNORECASE,
)
_ASKS_WHERE: Final = re.compile(
    r"\bwhere\b|\blives?\b|\b(?:what|which) (?:city|country|place|state|town)\b", re.IGNORECASE
)
_ASKS_NAME: Final = re.compile(
    r"\bwho(?:m|se)?\b|\bnamed?\b|\bnames\b|\bcalled\b|\b(?:what|which)\s+(?:\w+\s+)?(?:actor|album|app|artist|author|band|"
    r"bank|book|brand|city|club|company|country|dish|doctor|film|game|hotel|instrument|librar|movie|museum|park|pet|"
    r"place|restaurant|school|series|shop|show|singer|song|state|store|team|tool|town|university)",
    re.IGNORECASE,
)
_CAPITALISED_TIMES: Final = "|".join(
    word.title() for word in (*_MONTHS, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)
# "in Lisbon", "from the Azores", but not "in May".
_TELLS_PLACE: Final = re.compile(
    rf"\b(?:[Ii]n|[Tt]o|[Aa]t|[Ff]rom|[Nn]ear|[Aa]round)\s+(?:the\s+)?(?!(?:I|{_CAPITALISED_TIMES})\b)[^\W\d_a-z]\w"
)
# A word in capitals inside a sentence, or a title in quotation marks, but nobody who is spoken to: "Hey Anna!".
_TELLS_NAME: Final = re.compile(
    rf"(?<=[a-z0-9] )(?<![Hh]ey )(?<![Hh]i )(?<![Hh]ello )(?<![Tt]hanks )(?<![Tt]hank you )(?<![Ww]ow )"
    rf"(?!(?:{_CAPITALISED_TIMES})\b)[^\W\d_a-z][^\W\d_A-Z]{{2,}}|[\"\u201c\u201e\u00ab][^\W\d_a-z]"
)
_MONTH_NAME: Final = "|".join(_MONTHS)
# `may` counts only beside a number or a preposition: "in May", "May 3", "3 May", never "may I".
_MONTH: Final = re.compile(
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?\b(?P<month>{_MONTH_NAME})\b"
    r"(?:\s+(?P<day_after>\d{1,2})(?:st|nd|rd|th)?(?!\d))?(?:,?\s+(?:of\s+)?(?P<year>(?:19|20)\d\d))?",
    re.IGNORECASE,
)
_BEFORE_A_MONTH: Final = re.compile(
    r"\b(?:in|of|on|since|during|before|after|by|until|early|late|last)\s+$", re.IGNORECASE
)
_YEAR: Final = re.compile(r"\b(?:in|of|during)\s+(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE)
# One to three capitalised words and a colon.
_LINE_OF_DIALOGUE: Final = re.compile(r"\s*(?P<name>[^\W\d_a-z][\w.'-]{0,31}(?: [^\W\d_a-z][\w.'-]{0,31}){0,2}):\s")
_LATIN_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_APOSTROPHES: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\uff07": "'"})

_local: Final = threading.local()


@dataclass(frozen=True, slots=True)
class Reading:
    """Features of a memory's text that are kept for ranking, computed once, when the memory is written."""

    terms: NDArray[np.uint32]
    is_question: bool
    """The text has a question mark: the next message of the conversation is likely the answer."""
    tells_time: bool
    """The text places something in time ("last week", "in June", "2019")."""
    tells_place: bool
    """The text has a place name, by its capital after a preposition ("to Lisbon", "in the Alps")."""
    tells_name: bool
    """The text has a name or a title, by its capital inside a sentence or its quotation marks."""


def read(text: str) -> Reading:
    """Return the features of `text`. Only the first MAX_CHARACTERS are read."""
    words = tokens(text)
    return Reading(
        terms=_hashes(words),
        is_question="?" in text[:MAX_CHARACTERS] or "\uff1f" in text[:MAX_CHARACTERS],
        tells_time=any(word in _TIME_WORDS or _YEAR_TOKEN.fullmatch(word) for word in words),
        tells_place=_TELLS_PLACE.search(text, 0, MAX_CHARACTERS) is not None,
        tells_name=_TELLS_NAME.search(text, 0, MAX_CHARACTERS) is not None,
    )


def terms(text: str) -> NDArray[np.uint32]:
    """Return the hash of every stemmed token of `text`, in order of occurrence, without stop words: uint32 (m,).

    A stem that occurs three times is there three times: the term frequency is the count. Only the first MAX_CHARACTERS
    are read.
    """
    return _hashes(tokens(text))


def attribute_terms(attributes: Iterable[str]) -> NDArray[np.uint32]:
    """Return two terms for each attribute that a statement tells or a question asks for: uint32 (2m,).

    Two, since an attribute in common says more than a word in common. No word has the same hash but by chance: words
    hold no "@".
    """
    marked = [f"{mark}{attribute}" for attribute in attributes for mark in ("@", "@@")]
    return np.array([_digest(one, 4) for one in marked], dtype=np.uint32)


def tokens(text: str) -> list[str]:
    """Return the normalised words of `text` in order, with stop words, neither stemmed nor hashed."""
    folded = text[:MAX_CHARACTERS]
    if not folded.isascii():
        # Decomposing first lets `café` and `cafe` meet; composing again gives Hangul its syllables back.
        folded = _LATIN_ACCENTS.sub("", unicodedata.normalize("NFKD", folded.translate(_APOSTROPHES)))
        folded = unicodedata.normalize("NFKC", folded)
    words = [token[:MAX_TOKEN_CHARACTERS] for token in _TOKEN.findall(folded.casefold())]
    return [_ELIDED.sub("", word) for word in words] if "'" in folded else words


def asks_when(text: str) -> bool:
    """Return whether a question asks for a time: `When did ...?`, `How long ...?`, `In which year ...?`."""
    return _ASKS_WHEN.search(text[:MAX_CHARACTERS]) is not None


def asks_where(text: str) -> bool:
    """Return whether a question asks for a place: `Where ...?`, `Which city ...?`, or where a person lives."""
    return _ASKS_WHERE.search(text[:MAX_CHARACTERS]) is not None


def asks_name(text: str) -> bool:
    """Return whether a question asks for a name: `Who ...?`, `What is ... called?`, `Which book ...?`."""
    return _ASKS_NAME.search(text[:MAX_CHARACTERS]) is not None


def period(text: str, now: float) -> tuple[float, float] | None:
    """Return the time that `text` names, as (start, end) in Unix seconds with start < end, or None if it names none.

    Days, months and years in words ("3 May 2023", "in May", "in 2022") are read in UTC. If several are named, the
    period reaches from the first to the last. A month without a year is the latest that began before `now`.
    """
    text = text[:MAX_CHARACTERS]
    today = datetime.fromtimestamp(now, UTC)
    spans = [span for match in _MONTH.finditer(text) if (span := _month_span(text, match, today))]
    if not spans:
        years = [int(match["year"]) for match in _YEAR.finditer(text)]
        spans = [(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)) for year in years]
    if not spans:
        return None
    return min(start for start, _ in spans).timestamp(), max(end for _, end in spans).timestamp()


def name_hash(name: str) -> int:
    """Return a speaker's name as a 64-bit number: the term of its first word above that of its last; 0 for no name.

    A query that says either word is seen to name the speaker (`rank.Columns.speaker`).
    """
    hashes = [int(value) for value in terms(name)]
    return hashes[0] << 32 | hashes[-1] if hashes else 0


def speaker_in(text: str) -> str | None:
    """Return the name in front of a line of dialogue (`Caroline: I went hiking`), or None.

    Used for memories that came without a speaker. A heading such as `Note: ...` passes too, and does no harm: a query
    that says "note" means it.
    """
    match = _LINE_OF_DIALOGUE.match(text)
    return match["name"] if match else None


def text_hash(value: str) -> int:
    """Return a 64-bit number for a name or an id (speaker, conversation, scope), 1..2**64-1.

    The value is hashed as given, without folding. 0 never occurs: columns use it for "unknown".
    """
    return _digest(value, 8)


# Stemming a word in pure Python takes about 25 us, the cache about 0.1 us.
@lru_cache(maxsize=65_536)
def _term_hash(token: str) -> int:
    return _digest(_stem(token), 4)


def _digest(value: str, size: int) -> int:
    """Return the BLAKE2b hash of `size` bytes as a number; 0 is kept free for "none"."""
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=size).digest(), "little") or 1


def _stem(token: str) -> str:
    # A Snowball stemmer keeps the word it works on in itself, so two threads must not share one.
    english = getattr(_local, "english", None)
    if english is None:
        english = _local.english = stemmer("english")
    return str(english.stemWord(token))


def _hashes(words: list[str]) -> NDArray[np.uint32]:
    return np.array([_term_hash(word) for word in words if word not in STOP_WORDS], dtype=np.uint32)


def _month_span(text: str, match: re.Match[str], today: datetime) -> tuple[datetime, datetime] | None:
    day_text = match["day"] or match["day_after"]
    if match["month"].lower() in {"may", "march"} and not (
        day_text or match["year"] or _BEFORE_A_MONTH.search(text[: match.start("month")][-12:])
    ):
        return None
    month = _MONTHS.index(match["month"].lower()) + 1
    year = int(match["year"]) if match["year"] else today.year - (month > today.month)
    first = datetime(year, month, 1, tzinfo=UTC)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    if day_text and first <= (start := first + timedelta(days=int(day_text) - 1)) < following:
        return start, start + timedelta(days=1)
    return first, following
