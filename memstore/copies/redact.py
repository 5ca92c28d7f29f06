"""Third parties in a copy (Art. 15(4)): how to reach or identify somebody else is taken out, visibly.

A rule and no more: in a memory that another person said, or that speaks of somebody by a word of relation ("my
sister", "her boss"), what identifies or reaches somebody (e-mail, phone, account, card and identity numbers) is
replaced. Names stay: without them the copy would not be understood. Whoever handles the request can withhold single
memories, or show one in full.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from governance.detect import Category, detector

if TYPE_CHECKING:
    from memstore.payload import Payload

WORDS = {
    Category.EMAIL: "e-mail address",
    Category.PHONE: "phone number",
    Category.IBAN: "account number",
    Category.CARD: "card number",
    Category.NATIONAL_ID: "identity number",
    Category.IP_ADDRESS: "network address",
}
_RELATION = re.compile(
    r"\b(wife|husband|partner|girlfriend|boyfriend|spouse|son|daughter|child|children|mother|father|mum|mom|dad|parents?"
    r"|brother|sister|uncle|aunt|cousin|niece|nephew|grand(?:mother|father|ma|pa|son|daughter)|friend|neighbou?r"
    r"|colleague|co-?worker|boss|manager|doctor|therapist|nurse|lawyer|landlord|tenant|client|customer|teacher"
    r"|frau|mann|sohn|tochter|mutter|vater|bruder|schwester|freund(?:in)?|kolleg(?:e|in)|chef(?:in)?|arzt|ärztin)\b",
    re.IGNORECASE,
)
ASSISTANT = "assistant"


def redacted(payload: Payload, person: str, text: str) -> tuple[str, int]:
    """(the text as the copy shows it, how much was taken out). `person`: the name that the person goes by, if any."""
    spoken_by_other = payload.speaker is not None and payload.speaker.casefold() not in {person.casefold(), ""}
    if not (_RELATION.search(text) or (spoken_by_other and payload.role != ASSISTANT)):
        return text, 0
    parts, done, n = [], 0, 0
    for found in detector().detect(text):
        if found.category in WORDS and found.start >= done:
            parts += [text[done : found.start], f"[redacted: {WORDS[found.category]} of another person, Art. 15(4)]"]
            done, n = found.end, n + 1
    return "".join(parts) + text[done:], n
