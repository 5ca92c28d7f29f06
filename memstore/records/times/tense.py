"""Sentences of a text, and whether they tell of the past or of what is to come, by tables of words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memstore.records.times.folding import word_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

# A full stop ends a sentence only before white space, and not after a letter alone ("a.m.") or a day ("3. Mai").
_BREAK: Final = re.compile(r"[!?;\n]+|(?<=[a-z]{2})\.(?=\s|$)|(?<=\d{4})\.(?=\s|$)")

# A will, a plan or a duty: stronger than a past participle beside it ("I booked a flight").
_FUTURE: Final = """
will
shall
won't
[a-z]+'ll
(?:am|is|are|i'm|we're|he's|she's|they're|it's) (?:going to|planning|due|about to)
gonna
plan to
plans to
planned
planning
scheduled
booked
reserved
arranged
upcoming
werde
werden
wirst
wird
werdet
geplant
gebucht
reserviert
vorhabe
vais
vas
va
allons
allez
vont
prevu
reserve
[a-z]+(?:erai|erons|eront|irai|irons|iront)
voy a
vas a
va a
vamos a
van a
reservado
programado
programada
previsto
prenotato
fissato
andro
andremo
saro
saremo
avro
ire
tendre
hare
estare
vou
vamos
vao
marcado
marcada
agendado
zal
zullen
(?:ik|we|wij|hij|zij) (?:ga|gaan|gaat)
[a-z]+(?:ar|er|ir)ei
gepland
geboekt
"""

_PAST: Final = r"""
was(?! (?:ist|mache|machen|habe|hat|steht|gibt|ich|wir|soll|muss|kann))
were
wasn't
weren't
did
didn't
had
went
came
got
bought
(?:i|we|he|she|they|you|and) met
saw
took
made
gave
found
left
began
became
wrote
told
said
thought
felt
flew
drove
ran
ate
drank
slept
spent
lost
won
broke
fell
sold
built
sent
grew
heard
held
kept
paid
taught
been
ago
(?<!am\x20)(?<!is\x20)(?<!are\x20)(?<!'m\x20)(?<!'re\x20)(?<!be\x20)(?<!so\x20)(?<!very\x20)(?<!get\x20)(?<!getting\x20)[a-z]{2,}(?<!e)ed(?<!hundred)(?<!sacred)
(?:agreed|freed|indeed i)
(?<!the\x20)war
waren
warst
hatte
hatten
wurde
wurden
ging
kam
(?:habe|hab|hat|haben|bin|ist|sind)(?: [a-z0-9.]+){0,6} {participle}
(?:habe|hab|hat|haben)(?: [a-z0-9.]+){0,6} (?:be|ver|er)[a-z]{3,}t
etais
etait
etions
etaient
avait
avais
avaient
allait
(?:ai|j'ai|as|a|avons|avez|ont|suis|est|sommes|sont) (?:ete|eu|fait|pris|mis|dit|vu|lu|venu|vendu|perdu|recu)
(?:ai|j'ai|as|a|avons|avez|ont|suis|est|sommes|sont) (?:fini|parti|sorti|choisi|rendu|ne|nee)
(?:je|j'|nous) (?:vivais|etais|allais|travaillais)
fui
fue
fuimos
fueron
estuve
estuvo
estaba
era
eran
tuve
tuvo
hice
hizo
compre
mude
llegue
vi
vio
naci
nacio
empece
(?:he|has|ha|hemos|han|tenho|tem) [a-z]+(?:ado|ido|to|so)
ero
erano
(?:ho|hai|ha|abbiamo|hanno|sono|siamo|mi sono|si e) [a-z]+(?:ato|ata|ati|ate|uto|uta|ito|ita|tto|tta|sto|sta|so)
foi
foram
estava
estive
tinha
comprei
comecei
mudei
viajei
cheguei
fiquei
falei
had
hadden
(?:heb|heeft|hebben|ben|zijn)(?: [a-z0-9]+){0,6} ge[a-z]+(?:t|d|en)
"""

# What people say of dates to come without a future tense.
_PLANS: Final = """
(?:i'm|i am|we're|we are|he's|she's|they're|is|are) [a-z]+ing
appointment
deadline
due
exam
exams
flight
fly
flying
leave
leaving
travel
travelling
visit
visiting
coming
meeting
meet
trip
interview
holiday
vacation
wedding
party
concert
conference
expires
ends
turn
start
starts
begin
begins
termin
frist
prufung
klausur
flug
fliege
fliegen
fahre
fahren
urlaub
hochzeit
treffen
abgabe
rendez-vous
examen
echeance
vol
vacances
partons
pars
arrive
voyage
mariage
reunion
cita
plazo
vuelo
viaje
boda
vacaciones
appuntamento
scadenza
esame
volo
viaggio
matrimonio
ferie
consulta
prazo
exame
prova
voo
viagem
ferias
afspraak
vlucht
vakantie
tentamen
bruiloft
vlieg
vliegen
gehe
gehen
reise
viajo
viajamos
salgo
llego
vado
andiamo
parto
partiamo
arrivo
torno
viajo
viajamos
chego
"""

# Those that tell a state are left out: "bis Freitag krankgeschrieben".
_PARTICIPLE: Final = r"(?!gegen|krankgeschr|geschlossen|gesperrt|eingeladen|verabredet)[a-z]{0,6}ge[a-z]+(?:t|en)"

FUTURE: Final = word_pattern(_FUTURE)
PAST: Final = word_pattern(_PAST.replace("{participle}", _PARTICIPLE))
PLANS: Final = word_pattern(_PLANS)
# Endings that only an accent tells, which folding takes away: il a acheté, me mudé, llegó; viajará, andrò.
_ACCENTED_PAST: Final = re.compile(
    r"(?<!\w)(?:ai|as|a|avons|avez|ont|suis|est|es|sommes|sont)\s(?:\w{1,12}\s)?\w{2,20}\u00e9e?s?(?!\w)"
    r"|(?:^|(?<!\w)(?:me|nos|se|lo|la|yo)\s)\w{2,20}\u00e9(?!\w)|\w{2,20}\u00f3(?!\w)"
)
_ACCENTED_FUTURE: Final = re.compile(r"(?<!\w)[a-z]{1,20}r(?:\u00f2|\u00e0|\u00e1|\u00e1n|\u00e3o)(?!\w)")


def sentences(folded: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of each sentence, its closing mark included."""
    start = 0
    for match in _BREAK.finditer(folded):
        yield start, match.end()
        start = match.end()
    if start < len(folded):
        yield start, len(folded)


def direction(sentence: str, original: str) -> int:
    """Return -1 for a sentence in a past tense, 2 for one in the future tense, 1 for what sounds like a plan, else 0.

    `original` is the sentence with its accents, in small letters. "I had planned a trip" may tell either: 1.
    """
    has_accents = not original.isascii()
    future = FUTURE.search(sentence) or (has_accents and _ACCENTED_FUTURE.search(original))
    past = PAST.search(sentence) or (has_accents and _ACCENTED_PAST.search(original))
    if future:
        return 1 if past else 2
    if past:
        return -1
    return 1 if PLANS.search(sentence) else 0
