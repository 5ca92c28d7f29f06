"""Validity of a statement by its own words: the end of a plan, and the dates behind "next Friday"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memstore.records.time_expressions import end_of_plan, resolved_text

if TYPE_CHECKING:
    from datetime import datetime

# What is over with its day whoever tells of it.
_APPOINTMENT: Final = re.compile(
    r"\b(?:deadline|due|appointment|meeting|exam|test|interview|flight|delivery|check-?in|viewing|reservation|booking"
    r"|\w*termin|frist|abgabe|prüfung|klausur|flug|lieferung|besprechung|rendez-vous|échéance|date limite|examen"
    r"|réunion|vol|livraison|cita|plazo|fecha límite|reunión|vuelo|entrega|appuntamento|scadenza|esame|riunione|volo"
    r"|consegna|prazo|consulta|afspraak)s?\b",
    re.IGNORECASE,
)


def plan_end(text: str, speaker: str | None, said_at: datetime) -> datetime | None:
    """Return when a plan or appointment that a person's statement tells of is over, or None.

    In a talk of several people (those have names) plans are told to each other, and asked for later: there only
    appointments and deadlines end.
    """
    if speaker is not None and not _APPOINTMENT.search(text):
        return None
    return end_of_plan(text, said_at)


def dated(text: str, said_at: datetime) -> str:
    """Return the text with the date behind each relative expression: "next Friday [2026-11-06]"."""
    return resolved_text(text, said_at) or text
