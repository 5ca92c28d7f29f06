"""The person whose memories are asked, as assistants name them: "the customer", "der Kunde", "le client".

Every memory is about that person, so the words find none of them; they are taken for a pronoun.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final

_ROLES: Final = {
    "en": (
        r"(?:the|this|our)",
        "users? customers? clients? students? patients? callers? guests? members? learners? policyholders?",
    ),
    "de": (
        r"(?:der|die|den|dem|des|unser(?:e[nmrs]?)?)",
        "kunden? kundin nutzers? nutzerin benutzers? schülers? schülerin studentin studenten? patienten? patientin",
    ),
    "fr": (
        r"(?:le|la|l'|du|au|notre)",
        "client cliente utilisateur utilisatrice élève étudiant étudiante patient patiente",
    ),
    "es": (r"(?:el|la|del|al|nuestr[oa])", "cliente clienta usuario usuaria estudiante alumno alumna paciente"),
    "it": (
        r"(?:il|la|l'|lo|del|dello|della|al|nostr[oa])",
        "cliente utente studente studentessa alunno alunna paziente",
    ),
}
_PRONOUNS: Final = {
    "en": ("she", "her"),
    "de": ("sie", "ihr"),
    "fr": ("elle", "elle"),
    "es": ("ella", "ella"),
    "it": ("lei", "lei"),
}
_NAMED: Final = [
    (
        re.compile(rf"\b{article}\s*\b(?:{'|'.join(roles.split())})(?P<owner>['\u2019]s)?\b", re.IGNORECASE),
        _PRONOUNS[language],
    )
    for language, (article, roles) in _ROLES.items()
]
READ_CHARS: Final = 1_000


def as_pronoun(question: str) -> str:
    """Return the question with a pronoun for the person that it is about."""
    head, rest = question[:READ_CHARS], question[READ_CHARS:]
    for named, (subject, owner) in _NAMED:
        head = named.sub(partial(_pronoun, subject, owner), head)
    return head + rest


def _pronoun(subject: str, owner: str, named: re.Match[str]) -> str:
    return owner if named["owner"] else subject
