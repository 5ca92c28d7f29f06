"""Attributes that a question asks for: "where does she live?" means the residence, in whatever words it was told.

Statements about them carry the same names in their cards (`records.terms.attribute_term`), so that "I moved to Lisbon"
is found by a question that shares no word with it.
"""

from __future__ import annotations

import re
from typing import Final

READ_CHARS: Final = 500


_TABLE: Final = {
    "residence": r"""
where (?:\w+ ){0,3}(?:live|lives|living|based|reside|resides|stay)\b
(?:home|postal|residential|current) address|(?:what|which) (?:city|town|country) (?:\w+ ){0,3}(?:live|lives|in)
wo (?:\w+ ){0,2}(?:wohn\w*|leb\w*)|wohnort|wohnadresse
où (?:\w+ ){0,3}(?:habit\w*|vi[ts]\w*|réside\w*)|(?:quelle|quel) (?:ville|pays|adresse)
dónde (?:\w+ ){0,2}(?:viv\w*|resid\w*)|domicilio|(?:qué|cuál) (?:ciudad|dirección)
dove (?:\w+ ){0,2}(?:viv\w*|abit\w*|risied\w*)|residenza|quale (?:città|indirizzo)
""",
    "employer": r"""
where (?:\w+ ){0,3}(?:work|works|working|employed)\b|who (?:\w+ ){0,3}(?:work|works) for|employer|which company
wo (?:\w+ ){0,2}arbeit\w*|arbeitgeber|für wen (?:\w+ ){0,2}arbeit\w*
où (?:\w+ ){0,3}travaill\w*|employeur
dónde (?:\w+ ){0,2}trabaj\w*|empleador|para quién trabaj\w*
dove (?:\w+ ){0,2}lavor\w*|datore di lavoro
""",
    "job": r"""
what (?:\w+ ){0,4}(?:do|does) (?:\w+ ){0,3}for a living|(?:job|profession|occupation)\b
was (?:\w+ ){0,3}(?:beruflich|von beruf)|beruf
(?:métier|profession)|que fait\b.{0,20}\bdans la vie
(?:profesión|trabajo|oficio)|a qué se dedica
(?:mestiere|professione|lavoro fa)
""",
    "contact": r"""
how (?:\w+ ){0,4}(?:reach|contact|contacted|reached|write to|get in touch)
(?:contact|communication) (?:channel|preference)
(?:prefer\w*|best|preferred) (?:\w+ ){0,3}(?:contact|channel|reach)
wie (?:\w+ ){0,4}(?:erreich\w*|kontakt\w*)
comment (?:\w+ ){0,4}(?:joindre|contact\w*)
cómo (?:\w+ ){0,4}contact\w*
come (?:\w+ ){0,4}contatt\w*
""",
    "diet": r"""
(?:diet|dietary|vegetarian|vegan|eat meat|eats meat)
(?:ernähr\w*|vegetari\w*|vegan\w*|fleisch)
(?:régime|végétari\w*|végan\w*|viande)
(?:dieta|vegetarian\w*|vegan\w*|carne)
""",
    "marital": r"""
(?:married|marital|single|divorced|husband|wife|spouse|relationship status)
(?:verheiratet|familienstand|ledig|geschieden|ehefrau|ehemann)
(?:marié\w*|situation familiale|célibataire|divorcé\w*)
(?:casad\w*|estado civil|solter\w*|divorciad\w*)
(?:sposat\w*|stato civile|celibe|nubile|divorziat\w*)
""",
    "age": r"""
how old|what age|birthday age
wie alt
quel âge
(?:cuántos años|qué edad)
(?:quanti anni|che età)
""",
    "name": r"""
(?:what|whats|what's) (?:is |are )?(?:\w+ ){0,2}(?:name|called)|what (?:should|do|shall) (?:i|we) call
wie (?:heißt|heißen)|(?:name|vorname)\b
comment (?:\w+ ){0,2}(?:s'appelle\w*|appel\w*)
cómo se llama\w*
come si chiama\w*
""",
}
_ASKED: Final = {
    attribute: re.compile("|".join(f"(?:{line})" for line in table.strip().splitlines()), re.IGNORECASE)
    for attribute, table in _TABLE.items()
}


def asked_attributes(question: str) -> tuple[str, ...]:
    """Return the names of the attributes that a question asks for; none for most questions."""
    text = question[:READ_CHARS]
    return tuple(attribute for attribute, pattern in _ASKED.items() if pattern.search(text))
