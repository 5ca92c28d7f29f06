"""What a person likes and prefers: contact, seat, way to work, likes and dislikes. A wish is a fact here."""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many words are looked at is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
from typing import TYPE_CHECKING, Final

from memstore.intake.claims.claim import Modality
from memstore.intake.claims.slot import Slot, holds
from memstore.intake.claims.slots import CHANNELS, DISLIKES, LIKES, NEGATED_DISLIKES, REACH, SEATS, WAYS
from memstore.intake.claims.values import DAYS
from memstore.intake.claims.words import stems_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memstore.intake.claims.clause import Clause

_CALL_ME: Final = frozenset(
    (("call", "me"), ("nenn", "mich"), ("nennt", "mich"), ("appelez", "moi"), ("appelle", "moi"))
)
_TO_ME: Final = frozenset("me us mir mich uns moi nous nos m user kunde client cliente utente".split())
_REACH_NOUNS: Final = frozenset(
    """
    contact reach reached kontakt erreichen erreichbar erreicht kontaktieren kontaktweg prefer prefers
    preferred contacter joindre joignable prefere contactez appelez ecrivez contactar contacto llamen
    llamadme escribidme escribanme prefiero prefiere contattare contattatemi scrivetemi chiamatemi
    preferisco preferisce
    """.split()
)
_BY: Final = frozenset("by via per par por tramite con mit auf on".split())
_NOT: Final = frozenset("not no never nicht kein keine pas plus non ni nie instead_of statt".split())
_SEAT_CUES: Final = frozenset(
    """
    : seat seats sit sitz sitze sitzen sitzplatz platz siege place asiento plaza posto prefer prefers
    prefiero preferisco prefere rather
    """.split()
)
_TO_WORK: Final = frozenset(
    tuple(pair.split())
    for pair in (
        *("to work", "to office", "zur arbeit", "ins buro", "au travail", "au boulot"),
        *("al trabajo", "al lavoro", "a lavoro", "in ufficio"),
    )
)


def preference_slots(clause: Clause) -> Iterator[Slot]:
    """Yield what the clause tells of a person's preferences."""
    yield from _contact(clause)
    yield from _called_by(clause)
    yield from _seat(clause)
    yield from _commute(clause)
    yield from _likes(clause)


def _contact(clause: Clause) -> Iterator[Slot]:
    lows = clause.lows()
    channels = [index for index, low in enumerate(lows) if low in CHANNELS]
    if _is_naming(clause):
        return
    reach = [index for index, low in enumerate(lows) if low in REACH]
    if not channels or not reach or any(value.type in ("email", "code") for value in clause.typed):
        return
    if not (_TO_ME.intersection(lows) or _REACH_NOUNS.intersection(lows)):
        return
    if clause.subject(channels[0]) == "self" and not (_REACH_NOUNS.intersection(lows) or _TO_ME.intersection(lows)):
        return
    modality = clause.modality
    if modality in (Modality.WISH, Modality.PLAN):
        modality = Modality.FACT
    wanted = [at for at in channels if not _NOT.intersection(lows[max(0, at - 3) : at])]
    by = [at for at in wanted if _BY.intersection(lows[max(0, at - 2) : at])]
    for at in (by or wanted)[:1]:
        yield Slot("self", "contact", CHANNELS[lows[at]], one=True, holds=True, modality=modality)
    if not wanted:
        yield Slot("self", "contact", CHANNELS[lows[channels[0]]], one=True, holds=False, modality=modality)


def _is_naming(clause: Clause) -> bool:
    """Return whether "call me" gives a name: "call me Tom"."""
    lows = clause.lows()
    at = next((k for k in range(len(lows) - 1) if (lows[k], lows[k + 1]) in _CALL_ME), None)
    following = clause.words[at + 2] if at is not None and at + 2 < len(lows) else None
    return following is not None and following.capital and following.low not in DAYS


def _called_by(clause: Clause) -> Iterator[Slot]:
    if _is_naming(clause):
        lows = clause.lows()
        at = next(k for k in range(len(lows) - 1) if (lows[k], lows[k + 1]) in _CALL_ME)
        yield Slot(
            "self", "called", clause.value_after(at + 2), one=True, holds=holds(clause), modality=clause.modality
        )


def _seat(clause: Clause) -> Iterator[Slot]:
    """Read where a person likes to sit; a wish is a fact here."""
    lows = clause.lows()
    seats = [(at, SEATS[low]) for at, low in enumerate(lows) if low in SEATS]
    if not seats or (not _SEAT_CUES.intersection(lows) and not any(low.endswith("platz") for low in lows)):
        return
    modality = Modality.FACT if clause.modality is Modality.WISH else clause.modality
    wanted = [value for at, value in seats if not _NOT.intersection(lows[max(0, at - 2) : at])]
    vehicles = sorted(clause.about & {"train", "plane", "bus"})
    yield Slot(
        "self",
        " ".join(("seat", *vehicles)),
        (wanted or [seats[0][1]])[0],
        one=True,
        holds=bool(wanted) and not clause.ends,
        modality=modality,
    )


def _commute(clause: Clause) -> Iterator[Slot]:
    """Read how a person gets to work: "I cycle to work", "ich fahre mit dem Bus zur Arbeit"."""
    lows = clause.lows()
    if any(value.type == "clock" for value in clause.typed):
        return  # the time of a train, not the way
    at = next((k for k in range(len(lows) - 1) if (lows[k], lows[k + 1]) in _TO_WORK), None)
    if at is None and not any(low.startswith(("commut", "pendle")) for low in lows):
        return
    old = next(
        (k for k, low in enumerate(lows) if low in ("instead", "statt", "anstatt", "lieu", "vez", "invece")), len(lows)
    )
    ways = [WAYS[low] for low in lows[:old] if low in WAYS] or [WAYS[low] for low in lows if low in WAYS]
    if not ways:
        return
    who = clause.subject(at or 1)
    days = sorted(value.value for value in clause.typed if value.type == "day")
    yield Slot(who, " ".join(("commute", *days)), ways[0], one=True, holds=holds(clause), modality=clause.modality)


def _likes(clause: Clause) -> Iterator[Slot]:
    lows = clause.lows()
    likes = [index for index, low in enumerate(lows) if low in LIKES]
    dislikes = [index for index, low in enumerate(lows) if low in DISLIKES]
    if clause.denies:
        dislikes += [index for index, low in enumerate(lows) if low in NEGATED_DISLIKES]
    if not (likes or dislikes) or ":" in lows:
        return
    cues = likes + dislikes
    if lows[cues[0]] in ("into", "keen", "like", "prefer") and not _is_liking(clause, cues[0]):
        return
    liked = {stem for at in cues for stem in stems_of(lows[at], clause.lang)}
    taken = [at for at in range(len(lows)) if clause.is_content(at) and at not in cues]
    if not 0 < len(taken) <= 5:
        return
    stems = {stem for at in taken for stem in stems_of(lows[at], clause.lang)} - liked
    if not stems:
        return
    who = clause.subject(cues[0])
    if clause.lang in ("es", "it") and any(lows[at].endswith("o") for at in cues):
        who = "self"
    if {"me", "mi", "m", "ma", "my", "nos", "ci"} & set(lows):
        who = "self"
    holds = not dislikes and not clause.denies
    yield Slot(who, "like", " ".join(sorted(stems)), one=False, holds=holds, modality=clause.modality)


def _is_liking(clause: Clause, at: int) -> bool:
    lows = clause.lows()
    before = set(lows[max(0, at - 3) : at])
    if lows[at] == "into":
        return bool(before & {"am", "really", "big", "is", "very"})
    if lows[at] == "like":
        return (
            bool(before & {"i", "we", "not", "really", "user", "also", "do", "they", "he", "she"})
            and "would" not in before
        )
    return True
