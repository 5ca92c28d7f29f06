"""Ends of the plans and appointments that a text tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memstore.records.times import spans
from memstore.records.times.folding import WORD, word_pattern

if TYPE_CHECKING:
    from datetime import datetime

    from memstore.records.times.find import Found, Text

# Days that come again, although one of them is told.
_AGAIN: Final = word_pattern("""
birthdays?
bday
born
anniversary
anniversaries
name day
geburtstag
geboren
jahrestag
hochzeitstag
anniversaire
(?:ne|nee) le
cumpleanos
aniversario
nacido
nacida
nacio
compleanno
anniversario
nato
nata
aniversario
nascido
nascida
verjaardag
geboren op
always
usually
immer
toujours
siempre
sempre
altijd
""")
# What begins on its day and lasts: a work, a home, a state.
_BEGINS: Final = word_pattern("""
start
starts
starting
begin
begins
beginning
new job
move
moves
moving
relocate
relocating
switch
switching
join
joins
joining
become
becomes
becoming
marry
marrying
(?:get|gets|getting) married
retire
retires
retiring
quit
quitting
fange
fangen
fangt
beginne
beginnt
beginnen
starte
ziehe
ziehen
zieht
umziehen
wechsle
heirate
heiraten
neue stelle
neuer job
neuen job
commence
commencons
commencer
demenage
demenager
demenageons
epouse
nous marions
empiezo
empieza
empezamos
empezar
comienzo
comenzar
me mudo
mudarme
nos mudamos
me caso
nos casamos
inizio
inizia
iniziamo
comincio
cominciare
mi trasferisco
trasferirmi
ci trasferiamo
mi sposo
ci sposiamo
comeco
comecar
mudo-me
me mudar
caso-me
begin met
verhuis
verhuizen
trouw
trouwen
""")
# An appointment ends with its day, even if it is told by its start.
_APPOINTMENT: Final = word_pattern("""
appointment
meeting
exam
concert
match
game
film
movie
flight
party
interview
conference
workshop
deadline
lesson
dinner
lunch
termin
treffen
prufung
klausur
konzert
spiel
flug
reunion
rendez-vous
examen
match
vol
cita
partido
vuelo
fiesta
appuntamento
riunione
esame
partita
volo
festa
consulta
reuniao
exame
afspraak
vergadering
tentamen
vlucht
""")
_NO_STATEMENT: Final = word_pattern("""
please
remind
remember
bitte
s'il te plait
por favor
per favore
alsjeblieft
can you
could you
kannst du
wish me luck
thanks
thank you
danke
merci
gracias
grazie
""")
# "I do not start until Monday" tells a beginning.
_NOT: Final = word_pattern("""
not
[a-z]+n't
nicht
erst
pas
no
non
nao
niet
""")
_BARE_CLOCK: Final = re.compile(
    r"(?:at|by|um|gegen|ab|bis|until|till|from|a|las?|alle|dalle|vers|as|om)?(?: las?| le)? ?\d{1,2}(?:[:.h]\d{2})?"
    r" ?(?:uhr|heures?|h|am|pm|o'clock|horas|uur|a\.m\.|p\.m\.)?(?: \d{2})?"
)
_FEW_WORDS: Final = 4
"""A sentence of so few words without a time ("Hi there!", "So excited.") is taken to tell nothing."""


def ends(read: Text) -> list[datetime]:
    """Return the ends of the plans of a text; none if a part of it has no end."""
    found = read.found()
    if not found:
        return []
    every: list[datetime] = []
    for first, last in read.sentences:
        sentence = read.folded.text[first:last]
        if sentence.rstrip().endswith("?"):
            continue
        here = [one for one in found if first <= one.first < last]
        if not here:
            if len(WORD.findall(sentence)) > _FEW_WORDS and not _NO_STATEMENT.search(sentence):
                return []
            continue
        end = _end(read, sentence, here)
        if end is None:
            return []
        every.append(end)
    return every


def _end(read: Text, sentence: str, here: list[Found]) -> datetime | None:
    if any(one.kind in {"since", "recurring"} for one in here) or _AGAIN.search(sentence):
        return None
    if _BEGINS.search(sentence) and not _APPOINTMENT.search(sentence):
        # What lasts until a day ends with it, even if its beginning is told as well.
        here = [] if _NOT.search(sentence) else [one for one in here if one.kind == "until"]
    last_days = [_last_day(one) for one in here if not _is_past(read, one) and not _is_habit(read, one)]
    return max((end for end in last_days if end is not None and end > read.said_at), default=None)


def _is_habit(read: Text, one: Found) -> bool:
    """Return whether a time of day without a day is told in the present: "the shop opens at 9:30"."""
    is_bare = _BARE_CLOCK.fullmatch(read.folded.text[one.first : one.last].strip()) is not None
    return is_bare and read.tense(one.first).direction <= 0


def _is_past(read: Text, one: Found) -> bool:
    """Return whether a time is told in a past tense: "I was ill this week", "I moved on 3 May 2027"."""
    if one.relative and one.start > read.said_at:
        return False  # "I heard that the exam is next Friday"
    return one.kind == "point" and read.tense(one.first).direction < 0


def _last_day(one: Found) -> datetime | None:
    """Return the end of the day, week or interval; that of the day for an hour or a night."""
    hours = one.span.grain in {"minute", "hour"}
    if not hours and one.end == spans.midnight(one.end):
        return one.end
    try:
        return spans.whole("day", one.span.start if hours else one.end).end
    except OverflowError:
        return None
