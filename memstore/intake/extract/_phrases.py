"""Phrases by which a sentence is judged: the tables of every language together, one pattern each.

A sentence is tried with straight apostrophes, in any letter case, from its beginning; the tables of OBJECTION, WISH,
CHANGE, INSTRUCTION and SERVICE_QUESTION are searched for anywhere in it. Each language has a file of its own.
"""

from __future__ import annotations

import re
from typing import Final

from memstore.intake.extract import (
    _phrases_de,
    _phrases_en,
    _phrases_es,
    _phrases_fr,
    _phrases_it,
    _phrases_other,
)
from memstore.intake.extract._tables import anywhere, at_start, either, words

_LANGUAGES: Final = (_phrases_en, _phrases_de, _phrases_fr, _phrases_es, _phrases_it, _phrases_other)


def _all(name: str) -> str:
    """Return the table of this name, of every language."""
    return "\n".join(table for language in _LANGUAGES if (table := getattr(language, name).strip("\n")))


LEAD: Final = re.compile(either(_all("LEAD")), re.IGNORECASE)
"""Greetings and fillers, taken off the front one after another; what follows is judged."""
ASKED_FOR: Final = re.compile(either(_all("ASKED_FOR")), re.IGNORECASE)
"""Asks to remember what follows."""
INSTRUCTION: Final = anywhere(_all("INSTRUCTION"))
"""Told to the assistant, never of the person: to ignore its rules, to reveal, to obey."""
OBJECTION: Final = anywhere(_all("OBJECTION"))
"""Art. 21 and 7(3) GDPR: the person objects, or refuses to be contacted, profiled, sold to."""
WISH: Final = anywhere(_all("WISH"))
"""How the person wants to be treated from now on."""
LASTING: Final = anywhere(r"""
from (?:now|today|this \w+|next \w+) on(?:wards)?
going forward
in (?:the )?future
as of (?:now|today|next)
instead of
ab (?:jetzt|sofort|heute|nächste\w*)
(?:von )?(?:jetzt|nun) an
künftig
zukünftig
in zukunft
désormais
dorénavant
à l'avenir
à partir de (?:maintenant|demain|janvier|la semaine)
(?:de )?ahora en adelante
a partir de (?:ahora|mañana|hoy)
en (?:el )?futuro
en adelante
d'ora in (?:poi|avanti)
in futuro
da (?:adesso|ora) in poi
""")
"""For good, not this once: what is asked for politely with it is a wish."""
ASKS_POLITELY: Final = at_start(r"""
(?:could|can|would|may|might) (?:you|we|i|the|my|our|it|they|someone|somebody)\b
(?:könnten|könntest|können|kannst|könnte|kann|würden|würdest|dürfte|darf)\b
(?:pouvez|pourriez|peux|pourrais|pourrait|peut|pourrions|serait-il)\b
est-ce que (?:vous|je|nous|on) (?:pouvez|pourriez|peux|peut)\b
(?:me |nos |se )?(?:puede|pueden|podría|podrían|podéis|podríais|puedes|podemos|podríamos|sería posible)\b
(?:mi |ci |si )?(?:può|potete|potrebbe|potreste|puoi|possiamo|potremmo|potrei|sarebbe possibile)\b
""")
CHANGE: Final = anywhere(_all("CHANGE"))
"""A correction, a change, an end: never dropped while what it changes is kept."""
QUESTION: Final = at_start(_all("QUESTION"))
"""Questions without a question mark."""
COURTESY: Final = at_start(_all("COURTESY"))
STEP: Final = at_start(_all("STEP"))
"""A step just done, or a state that passes."""
REQUEST: Final = at_start(_all("REQUEST"))
"""Asks for something to be done now."""
REACTION: Final = at_start(_all("REACTION"))
"""What the speaker thinks of what was just said, or wishes the other."""
JUDGED: Final = at_start(_all("JUDGED"))
"""A judgement on "that" or "it", if there is nothing of the speaker in it."""
GOES_ON: Final = at_start(_all("GOES_ON"))
"""A sentence that needs the one before: it begins with a pronoun or a connection, or has no subject."""
SERVICE_QUESTION: Final = anywhere(_all("SERVICE_QUESTION"))
"""A question of the assistant's about its own help: the answer tells nothing of the person."""

# One of these words is in every objection, and in every wish: most sentences have none, and need not be searched.
IN_OBJECTIONS: Final = words(
    """
    object consent agree permission agreement stop quit cease don't never no not unsubscribe opt delete erase
    remove forget didn't widerspreche widerspruch widersprechen widerrufe verweigere nicht kein keine keinen
    keiner hören m'oppose oppose refuse retire consentement ne arrête arrêtez arrêter cesse cessez plus opongo
    autorizo consiento consentimiento rechazo dejen deje deja paren oppongo rifiuto nego consenso acconsento
    autorizzo revoco ritiro smetti smettete smettila basta finite finitela finiscila non oponho-me não bezwaar
    toestemming niet geen
    """
)
IN_WISHES: Final = words(
    """
    now today forward future always never only prefer rather like want need call email e-mail text write contact
    reach message phone ab jetzt sofort heute nun künftig zukunft zukünftig immer nie niemals nur stets lieber
    schreib schreiben antworte antworten antwort sprich sprechen erkläre nenn nennen nennt ruf rufen melde melden
    schick schicken duze siezen désormais maintenant dorénavant l'avenir avenir futur toujours jamais uniquement
    seulement plutôt appelle appelez appelle-moi appelez-moi ahora adelante futuro siempre nunca solo sólo
    únicamente mejor llámame llámeme d'ora avanti poi sempre mai soltanto unicamente piuttosto chiamami chiamatemi
    chiami agora diante voortaan vanaf vervolg répondez-moi réponds-moi écrivez-moi écris-moi respóndeme escríbeme
    rispondimi scrivimi per via di la le en por auf abends morgens
    """
)
# The person speaking, or spoken of as agents write it ("User prefers ..").
SELF: Final = re.compile(
    r"(?<![\w'])(?:i|i'm|im|i've|ive|i'd|i'll|me|my|mine|myself|we|we're|we've|we'd|we'll|us|our|ours|ourselves"
    r"|ich|mich|mir|mein\w*|wir|uns|unser\w*|je|j'\w+|moi|mon|ma|mes|nous|notre|nos|yo|mi|mis|mí|nosotr[oa]s|nuestr[oa]s?"
    r"|io|mio|mia|miei|mie|noi|nostr[oa]|eu|meu|minha|ik|mij|mijn|wij|ons|onze|user|customer|client|patient|student)(?![\w'])",
    re.IGNORECASE,
)
# Thanks and greetings in languages of which no more is known here.
COURTESY_ABROAD: Final = re.compile(
    either(r"""
ありがとう|どうも|こんにちは|おはよう|こんばんは|よろしく|了解|谢谢|謝謝|多谢|你好|您好|再见|好的|감사|고마
안녕|شكر|مرحب|teşekkür|sağ ol|merhaba|dzięk|cześć|dzień dobry
tack\b|hej\b|takk\b|kiitos|hei\b|спасибо|привет|здравств
děkuj|köszön|mulțumesc|ευχαριστ|धन्यवाद|cảm ơn|terima kasih
""")
    + r"[^.!?\u3002]{0,25}[.!?\u3002\uff01\s]*\Z",
    re.IGNORECASE,
)
