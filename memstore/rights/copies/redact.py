"""Redaction of third parties in a copy (Art. 15(4)): how to reach or identify another person is taken out, visibly.

It is a simple rule: in a memory that another person said, or that mentions one by a word of relation ("my sister", "her
boss"), what identifies or reaches a person (e-mail, phone, account, card and identity numbers) is replaced. Names stay:
without them the copy would not be understood. Staff who handle the request can withhold single memories, or show one in
full.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from governance.detect import Category, detector

if TYPE_CHECKING:
    from memstore.records.payload import Json

WORDS = {
    Category.EMAIL: "e-mail address",
    Category.PHONE: "phone number",
    Category.IBAN: "account number",
    Category.CARD: "card number",
    Category.NATIONAL_ID: "identity number",
    Category.IP_ADDRESS: "network address",
}
_WHOSE = r"(?:my|our|his|her|their|mein\w{0,2}|unser\w{0,2}|sein\w{0,2}|ihr\w{0,2}|mon|ma|mes|notre|mi|mis|nuestr\w)"
_RELATION = re.compile(
    rf"\b{_WHOSE}\s+(?:\w+\s+){{0,2}}"
    r"(?:wife|husband|partner|girlfriend|boyfriend|spouse|son|daughter|child|children|mother|father|mum|mom|dad|parents?"
    r"|brother|sister|uncle|aunt|cousin|niece|nephew|grand(?:mother|father|ma|pa|son|daughter)|friend|neighbou?r"
    r"|colleague|co-?worker|boss|manager|doctor|therapist|nurse|lawyer|landlord|tenant|client|customer|teacher"
    r"|frau|mann|sohn|tochter|mutter|vater|bruder|schwester|freund(?:in)?|kolleg(?:e|in)|chef(?:in)?|arzt|ärztin"
    r"|femme|mari|fils|fille|mère|père|frère|sœur|ami|amie|esposa|marido|hijo|hija|madre|padre|hermano|hermana|amig[oa])\b",
    re.IGNORECASE,
)
ASSISTANT = "assistant"


def speaks_of_others(text: str, *, role: str, speaker: str | None, person: str) -> bool:
    """Return whether another person said the text, or it mentions one.

    `person`: the name that the person goes by, if any.
    """
    spoken_by_other = speaker is not None and speaker.casefold() not in {person.casefold(), ""}
    return bool(_RELATION.search(text)) or (spoken_by_other and role != ASSISTANT)


def redacted(text: str) -> tuple[str, int]:
    """Return the text without what identifies or reaches a person, and how many redactions were made."""
    parts, done, n = [], 0, 0
    for found in detector().detect(text):
        if found.category in WORDS and found.start >= done:
            parts += [text[done : found.start], f"[redacted: {WORDS[found.category]} of another person, Art. 15(4)]"]
            done, n = found.end, n + 1
    return "".join(parts) + text[done:], n


def redacted_deep(value: Json) -> tuple[Json, int]:
    """Return the value with every text in it redacted, keys included, and how many redactions were made."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list):
        inner = [redacted_deep(one) for one in value]
        return [one for one, _ in inner], sum(n for _, n in inner)
    if isinstance(value, dict):
        names = {name: redacted(name) for name in value}
        kept = {name: redacted_deep(one) for name, one in value.items()}
        shown = {names[name][0]: one for name, (one, _) in kept.items()}
        return shown, sum(n for _, n in kept.values()) + sum(n for _, n in names.values())
    return value, 0
