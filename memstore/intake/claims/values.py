"""Values that have a type: numbers, money, dates, times of day, weekdays, colours, addresses, codes and names."""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many words are looked at is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from memstore.intake.claims.concepts import EVENTS, NAMING
from memstore.intake.claims.function_words import FUNCTION_WORDS
from memstore.intake.claims.words import stems_of

if TYPE_CHECKING:
    from memstore.intake.claims.tokens import Token

_MONTH_ROWS: Final = """
january jan januar janner janvier enero gennaio gen ene
february feb februar fevrier fevr febrero febbraio
march mar marz mars marzo
april apr avril avr abril aprile abr
may mai mayo maggio mag
june jun juni juin junio giugno giu
july jul juli juillet julio luglio lug
august aug aout agosto ago
september sep sept septembre septiembre settembre set
october oct oktober okt octobre octubre ottobre ott
november nov novembre noviembre
december dec dezember dez decembre diciembre dicembre dic
"""
# Short or double words are months beside a number only.
_UNSURE_MONTHS: Final = frozenset("may mar mars mai set gen mag ago march jan ene dic giu lug abr avr apr".split())
_DAY_ROWS: Final = """
mon monday mondays montag montags lundi lundis lunes lunedi
tue tuesday tuesdays dienstag dienstags mardi mardis martes martedi tues
wed wednesday wednesdays mittwoch mittwochs mercredi mercredis miercoles mercoledi
thu thursday thursdays donnerstag donnerstags jeudi jeudis jueves giovedi thurs
fri friday fridays freitag freitags vendredi vendredis viernes venerdi
sat saturday saturdays samstag samstags sonnabend samedi samedis sabado sabados sabato
sun sunday sundays sonntag sonntags dimanche dimanches domingo domingos domenica
"""
_COLOUR_ROWS: Final = """
red rot rote roter rotes roten rouge rouges rojo roja rosso rossa rossi rosse
blue blau blaue blauer blaues blauen bleu bleue bleus azul azules blu azzurro azzurra
green grun grune gruner grunes grunen vert verte verts verde verdi verdes
yellow gelb gelbe gelber gelbes jaune jaunes amarillo amarilla giallo gialla
black schwarz schwarze schwarzer schwarzes noir noire noirs negro negra nero nera
white weiss weisse weisser weisses blanc blanche blanco blanca bianco bianca
grey gray grau graue grauer graues gris grise grigio grigia
brown braun braune brauner braunes brun brune marron marrone
orange naranja arancione
purple violet lila violett violette morado morada viola
pink rosa rose
silver silbern silberne argente argentee plateado plateada argento
turquoise turkis turquesa turchese
beige beige
navy navy
"""
_NUMBER_ROWS: Final = """
1 one
2 two zwei deux dos due
3 three drei trois tres tre
4 four vier quatre cuatro quattro
5 five funf cinq cinco cinque
6 six sechs seis sei_
7 seven sieben sept_ siete sette
8 eight acht huit ocho otto
9 nine neun neuf_ nueve nove
10 ten zehn dix diez dieci
11 eleven elf onze once_ undici
12 twelve zwolf douze doce dodici noon midday midi
13 thirteen dreizehn treize trece tredici
14 fourteen vierzehn quatorze catorce quattordici
15 fifteen funfzehn quinze quince quindici
16 sixteen sechzehn seize dieciseis sedici
17 seventeen siebzehn diecisiete diciassette
18 eighteen achtzehn dieciocho diciotto
19 nineteen neunzehn diecinueve diciannove
20 twenty zwanzig vingt veinte venti
30 thirty dreissig trente treinta trenta
40 forty vierzig quarante cuarenta quaranta
50 fifty funfzig cinquante cincuenta cinquanta
60 sixty sechzig soixante sesenta sessanta
100 hundred hundert cent cien cento
"""
_ORDINAL_ROWS: Final = """
1 first ersten erste erster premier premiere primer primero primera primo prima
2 second zweiten zweite zweiter deuxieme segundo segunda secondo seconda
3 third dritten dritte dritter troisieme tercer tercero tercera terzo terza
4 fourth vierten vierte vierter quatrieme cuarto cuarta quarto quarta
5 fifth funften funfte funfter cinquieme quinto quinta quinto
6 sixth sechsten sechste sechster sixieme sexto sexta sesto sesta
7 seventh siebten siebte siebter septieme septimo septima settimo settima
8 eighth achten achte achter huitieme octavo octava ottavo ottava
"""
_PART_ROWS: Final = """
morning mornings morgens vormittags matin matins mananas mattina
afternoon afternoons nachmittags apres-midi tardes pomeriggio
evening evenings abends soir soirs sera
night nights nachts nuit nuits notte noches
weekend weekends wochenende wochenenden week-end fines weekend
weekday weekdays werktags wochentags
"""
_MONEY: Final = frozenset(
    """
    euro euros eur pound pounds gbp quid dollar dollars usd franken chf francs francos franchi $ € £ cent
    cents
    """.split()
)
_CLOCK_AFTER: Final = frozenset("am pm uhr heures heure h o'clock hrs".split())
_CLOCK_BEFORE: Final = frozenset("at um gegen ab à las alle dalle until till bis".split())
_MOVED_TO: Final = frozenset("to auf à alle las".split())
_DATE_JOINS: Final = frozenset(("of", "de", "del", ".", "the", "st", "nd", "rd", "th"))
_CAPITAL_IS_NO_NAME: Final = frozenset(["de"])
_ORDINAL: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|e|\.)?")
_DATE: Final = re.compile(r"(\d{1,4})[./-](\d{1,2})(?:[./-](\d{1,4}))?")
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.h](\d{2})|h)(am|pm|uhr|h)?|(\d{1,2})(am|pm|h|uhr)")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,'](\d{3}))+(?:[.,]\d{1,2})?")
_DIGITS: Final = re.compile(r"\d+")


def _by_word(rows: str, *, numbered: bool = False) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, line in enumerate(rows.strip().splitlines(), 1):
        words = line.split()
        for word in words:
            found.setdefault(word, f"{index:02d}" if numbered else words[0])
    return found


MONTHS: Final = _by_word(_MONTH_ROWS, numbered=True)
DAYS: Final = _by_word(_DAY_ROWS)
COLOURS: Final = _by_word(_COLOUR_ROWS)
ORDINALS: Final = _by_word(_ORDINAL_ROWS)
PARTS: Final = _by_word(_PART_ROWS)
NUMBERS: Final = _by_word(_NUMBER_ROWS)
# Number words that are other words in another language.
_NUMBER_OF: Final = {
    "due": ("it",),
    "elf": ("de",),
    "cent": ("fr",),
    "six": ("en", "fr"),
    "once": ("es",),
    "seis": ("es",),
}
_BEFORE_GERMAN_NAMES: Final = frozenset("in bei nach zu heisst heisse namens aus zur ist von jetzt statt durch".split())
_BEFORE_ORDINALS: Final = frozenset("au im al del le".split())
_NO_LETTERS: Final = frozenset("of the a an dr dra dott mr mrs ms miss herr frau m mme sr sra sig".split())


class Typed(NamedTuple):
    """One value in a clause: its type, its normal form, and the tokens it takes."""

    type: str
    value: str
    start: int
    end: int


def typed_values(words: list[Token], lang: str) -> list[Typed]:
    """Return the typed values of a clause in order; no token belongs to two."""
    found: list[Typed] = []
    index = 0
    while index < len(words):
        value = _at(words, index, lang)
        if value is None:
            index += 1
        else:
            found.append(value)
            index = value.end
    return found


def _at(words: list[Token], index: int, lang: str) -> Typed | None:  # noqa: C901, PLR0911, PLR0912 - a branch a type
    word = words[index]
    low = word.low
    if "@" in low:
        return Typed("email", low.rstrip("."), index, index + 1)
    if any(letter.isdecimal() for letter in low):
        return _number(words, index, lang)
    if low in DAYS and (len(low) > 4 or lang in ("en", "")):
        return Typed("day", DAYS[low], index, index + 1)
    if low in MONTHS:
        return _month(words, index, lang)
    if low in COLOURS and not word.capital:
        return Typed("colour", COLOURS[low], index, index + 1)
    if low in ("manana", "tarde", "noche") and index and words[index - 1].low == "la":
        return Typed("part", {"manana": "morning", "tarde": "afternoon", "noche": "night"}[low], index, index + 1)
    if (
        low == "one"
        and index
        and words[index - 1].low in ("have", "has", "got", "only")
        and _is_unit(words, index + 1, lang)
    ):
        return _counted(words, index, index + 1, "1", lang)
    if low in PARTS and index and words[index - 1].low not in ("last", "every"):
        return Typed("part", PARTS[low], index, index + 1)
    if low in ORDINALS and _is_unit(words, index + 1, lang) and (low != "prima" or lang != "it"):
        unit = stems_of(words[index + 1].low, lang)[-1]
        return Typed("number floor" if unit == "floor" else "ordinal", ORDINALS[low], index, index + 1)
    if low in ORDINALS and index and words[index - 1].low in _BEFORE_ORDINALS and lang != "en":
        return Typed("number", ORDINALS[low], index, index + 1)
    if low in NUMBERS and low != "one" and lang in (_NUMBER_OF.get(low) or lang):
        return _counted(words, index, index + 1, NUMBERS[low], lang)
    if low in ("$", "€", "£") and index + 1 < len(words) and words[index + 1].low[0].isdecimal():
        return Typed("money", _plain(words[index + 1].low), index, index + 2)
    if word.capital and index:
        return _name(words, index, lang)
    return None


def _month(words: list[Token], index: int, lang: str) -> Typed | None:
    month, after = MONTHS[words[index].low], index + 1
    if after < len(words) and (match := _ORDINAL.fullmatch(words[after].low)) and lang in ("en", ""):
        end = after + 1
        return Typed("date", f"{month}-{int(match[1]):02d}", index, _skip_year(words, end))
    if words[index].low in _UNSURE_MONTHS and not (lang in ("de", "fr", "es", "it") and len(words[index].low) > 3):
        return None
    if words[index].low == "mars" and lang != "fr":
        return None
    return Typed("month", month, index, after)


def _skip_year(words: list[Token], end: int) -> int:
    at = end
    while at < len(words) and words[at].low in (",", "de", "del", "of"):
        at += 1
    return at + 1 if at < len(words) and len(words[at].low) == 4 and words[at].low.isdecimal() else end


def _number(words: list[Token], index: int, lang: str) -> Typed:  # noqa: C901, PLR0911, PLR0912 - a branch a type
    low, after = words[index].low.strip("'-"), index + 1
    following = words[after].low if after < len(words) else ""
    if (match := _ORDINAL.fullmatch(low)) and 1 <= int(match[1]) <= 31:
        at = after
        while at < len(words) and at < after + 3 and words[at].low in _DATE_JOINS:
            at += 1
        if at < len(words) and words[at].low in MONTHS:
            end = at + 1
            if end < len(words) and words[end].low == "." and words[at].low in _UNSURE_MONTHS:
                end += 1
            year_end = _skip_year(words, end)
            year = f"{words[year_end - 1].low}-" if year_end > end else ""
            return Typed("date", f"{year}{MONTHS[words[at].low]}-{int(match[1]):02d}", index, year_end)
    if (match := _DATE.fullmatch(low)) and (match[3] or "." in low) and "," not in low:
        first, second, third = int(match[1]), int(match[2]), match[3]
        if first > 31 and third and 1 <= second <= 12:
            return Typed("date", f"{first}-{second:02d}-{int(third):02d}", index, after)
        if third and len(third) in (2, 4) and first <= 31 and second <= 31 and low.count(".") != 1:
            return Typed("date", f"{third}-{second:02d}-{first:02d}", index, after)
    if (match := _CLOCK.fullmatch(low)) and (
        ":" in low or "h" in low or low.endswith("m") or following in _CLOCK_AFTER
    ):
        return _clock(match[1] or match[4], match[2] or "00", match[3] or match[5] or "", following, index, after)
    if following in _CLOCK_AFTER and low.isdecimal() and int(low[:4]) <= 24:
        return _clock(low, "00", "", following, index, after)
    before = words[index - 1].low if index else ""
    if before in ("€", "£", "$"):
        return Typed("money", _plain(low), index - 1, after)
    if low.isdecimal() and len(low) == 4 and 1900 <= int(low) < 2100 and following not in _MONEY:
        return Typed("year", low, index, after)
    if before in _CLOCK_BEFORE and low.isdecimal() and int(low[:3]) <= 24 and not _is_unit(words, after, lang):
        return _clock(low, "00", "", "", index, after)
    is_hour = before in _MOVED_TO and low.isdecimal() and int(low[:3]) <= 24 and not _is_unit(words, after, lang)
    if is_hour and any(EVENTS.intersection(stems_of(word.low, lang)) for word in words if word.low.isalpha()):
        return _clock(low, "00", "", "", index, after)  # "the meeting moved to 10"
    return _counted(words, index, after, _plain(low), lang)


def _clock(hour: str, minute: str, half: str, following: str, index: int, after: int) -> Typed:
    suffix = half or (following if following in ("am", "pm") else "")
    value = int(hour[:2]) % 24
    if suffix == "pm" and value < 12:
        value += 12
    return Typed("clock", f"{value:02d}:{minute}", index, after + (following in _CLOCK_AFTER))


def _is_unit(words: list[Token], at: int, lang: str) -> bool:
    if at < len(words) and lang == "de" and not words[at].capital and any(word.capital for word in words[1:]):
        return False  # a German noun has a capital
    return at < len(words) and words[at].low[0].isalpha() and words[at].low not in FUNCTION_WORDS.get(lang or "en", ())


def _counted(words: list[Token], index: int, after: int, number: str, lang: str) -> Typed:  # noqa: PLR0911
    """Read what is counted: money, a share, a unit or thing, or a bare number or code."""
    low = words[index].low
    before = words[index - 1].low if index else ""
    following = words[after].low if after < len(words) else ""
    if following in _MONEY:
        return Typed("money", number, index, after + 1)
    if following == "%" or following in ("percent", "prozent"):
        return Typed("percent", number, index, after + 1)
    if low in NUMBERS and before in _CLOCK_BEFORE and not _is_unit(words, after, lang):
        return _clock(number, "00", "", following, index, after)
    at, digits = after, [low] if low.isdecimal() or "-" in low else []
    while digits and at < len(words) and (words[at].low.isdecimal() or (words[at].low == "-" and at + 1 < len(words))):
        digits.append(words[at].low)
        at += 1
    joined = "".join(part for part in digits if part != "-").replace("-", "")
    if len(digits) > 1 and digits[-1] != "-":
        return Typed("code", joined, index, at)
    if not low.isdecimal() and low not in NUMBERS and not _GROUPED.fullmatch(low) and not _is_decimal(low):
        return Typed("code", low.replace("-", ""), index, after)
    at = after
    while at < min(len(words), after + 2) and words[at].low in ("more", "new", "neue", "neuen", "de"):
        at += 1
    if _is_unit(words, at, lang) and words[at].low not in DAYS:
        if lang == "en" and _is_unit(words, at + 1, lang) and words[at + 1].low.endswith("s"):
            at += 1  # "3 delivery vans" are vans
        return Typed(f"number {stems_of(words[at].low, lang)[-1]}", number, index, after)
    return Typed("number", number, index, after)


def _is_decimal(low: str) -> bool:
    whole, _, part = low.replace(",", ".").partition(".")
    return whole.isdecimal() and (not part or part.isdecimal())


def _plain(low: str) -> str:
    """Write a number without marks of thousands: "1.250", "1,250" and "1250" are one; "4.2" stays."""
    if _GROUPED.fullmatch(low):
        tail = re.search(r"[.,](\d{1,2})$", low)
        whole = "".join(_DIGITS.findall(low[: tail.start()] if tail else low))
        return whole if tail is None or not tail[1].strip("0") else f"{whole}.{tail[1]}"
    if _is_decimal(low):
        whole, _, part = low.replace(",", ".").partition(".")
        return whole if not part.strip("0") and len(part) == 2 else f"{whole}.{part}" if part else whole
    return low


def _name(words: list[Token], index: int, lang: str) -> Typed | None:
    """Read a name: capitals inside a sentence. A German noun has them too, so there it takes a foreign look."""
    first = words[index]
    if first.low in FUNCTION_WORDS.get(lang or "en", ()) or words[index - 1].low in (".", "!", "?", "\n"):
        return None
    if lang == "de" and words[index - 1].low not in _BEFORE_GERMAN_NAMES:
        return None
    end = index + 1
    if lang == "de" and (NAMING | EVENTS).intersection(stems_of(first.low, lang)):
        if end >= len(words) or not words[end].capital:
            return None
        end, index = end + 1, end  # "Dr. Sommer"
    while end < len(words) and (
        words[end].capital
        or (words[end].low in ("&", "of", "de", "du") and end + 1 < len(words) and words[end + 1].capital)
    ):
        end += 1
    value = " ".join(word.low for word in words[index:end] if word.low not in _NO_LETTERS)
    return Typed("name", value, index, end)
