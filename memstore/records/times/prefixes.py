"""Words before and between times: since, until, every, from one to another. All languages in one table each."""

from __future__ import annotations

import re
from typing import Final

# May stand between one of these words and the time.
_ARTICLES: Final = """
the
about
around
early
late
mid
end of
the end of
dem
den
der
die
das
zum
zur
le
la
les
el
il
lo
o
os
de
het
am
im
ende
fin
fin de
la fin de
fine
fine di
finales de
eind
on
"""
# What began already, whatever the tense is: "Ich arbeite seit M\u00e4rz hier".
_ALREADY: Final = """
ever since
since
seit
depuis
desde
da
dal
dalla
dall'
sinds
"""
# What begins then, or began.
_SINCE: Final = """
starting on
starting from
starting
beginning
as of
not until
ab
erst ab
erst am
a partir de
a partir du
a partir d'
a partir del
des
a partire da
a partire dal
vanaf
pas avant
no hasta
non prima di
"""
# What begins when the time is over.
_AFTER: Final = """
after
nach
apres
despues de
despues del
dopo
depois de
"""
# What lasts until the time is over.
_UNTIL: Final = """
until
till
'til
til
up to
through
by
no later than
bis
bis zu
spatestens
jusqu'a
jusqu'au
jusqu'en
jusque
d'ici
d'ici a
hasta
fino a
fino al
fino alla
entro
ate
ate a
ate ao
tot
tot en met
uiterlijk
"""
# What lasts until the time begins.
_PRIOR: Final = """
before
prior to
vor
avant
antes de
antes del
prima di
prima del
antes do
voor
"""
# What comes again.
_EVERY: Final = """
every
each
jede
jeden
jeder
jedes
jedem
chaque
cada
ogni
elk
elke
ieder
iedere
todos los
todas las
tous les
toda
tutti i
"""
# What begins then, if that is to come: "from Monday".
_FROM: Final = """
from
von
vom
"""
# Before the first of two ends that a word joins which joins other things too: and, y, en.
_BETWEEN: Final = """
between
from
zwischen
von
vom
entre
de
del
du
tra
fra
tussen
van
da
dal
"""
# Between two ends of a range.
_TO: Final = """
-
to
until
till
through
and
bis
und
au
jusqu'au
et
a
al
alla
y
hasta
e
ate
tot
tot en met
en
"""


def _words(lines: str) -> str:
    return "|".join(re.escape(line).replace(r"\ ", r"\s{1,4}") for line in lines.split("\n") if line)


_FILLERS: Final = rf"(?:(?:{_words(_ARTICLES)})\s{{1,4}}|l'|all'|dell'){{0,2}}$"


def _before(*tables: str) -> re.Pattern[str]:
    """Return a pattern of the words at the end of what stands before a time, with the articles after them."""
    return re.compile(rf"(?<!\w)(?:{_words(''.join(tables))})(?:\s{{1,4}}|(?<='))" + _FILLERS)


ALREADY: Final = _before(_ALREADY)
SINCE: Final = _before(_ALREADY, _SINCE)
AFTER: Final = _before(_AFTER)
UNTIL: Final = _before(_UNTIL)
PRIOR: Final = _before(_PRIOR)
EVERY: Final = _before(_EVERY)
FROM: Final = _before(_FROM)
BETWEEN: Final = _before(_BETWEEN)
ONWARDS: Final = re.compile(r"\s{1,4}(?:on|onwards?|an|forward)(?!\w|\s{1,4}(?:the|\d))")
FROM_ON: Final = re.compile(
    r"(?<!\w)(?:from|von|vom)\s{1,4}\w{1,12}(?:\s{1,4}\w{1,12})?\s{1,4}(?:onwards?|on|an)(?!\w)"
)
TO: Final = re.compile(rf"\s{{0,4}}(?:{_words(_TO)})\s{{0,4}}(?:(?:the|zum|dem|le|el|il|o)\s{{1,4}})?")
# These join other things than ends of a range too.
AND: Final = frozenset({"and", "und", "et", "y", "e", "en", "a"})
BESIDE: Final = re.compile(r"[,\s]{1,6}(?:(?:the|den|dem|der|le|el|il|de|dia|on|am|o|op)\s{1,4}){0,2}")
"""Between a day and its hour, or a weekday and its date."""
HOUR_FIRST: Final = re.compile(r"[,\s]{1,6}(?:(?:on|am|le|el|il|op|em|no|na)\s{1,4})?(?:the\s{1,4})?")
CLAUSE: Final = re.compile(r",\s|;|\s-\s|(?<!\w)(?:but|aber|mais|pero|ma|mas|maar|und ich|and i|et je|y yo)(?!\w)")
"""Between two clauses of a sentence, which may differ in their tenses."""
