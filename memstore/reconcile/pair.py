"""The relation of two statements, the later one and the earlier one.

Rules, in order: what both say of one attribute (`by_slot`); an end or denial of what the earlier one is about
(`by_end`); a change that names the old value or the same thing (`by_change`); a correction (`by_correction`); the same
content in the same words (`by_content`). Only a fact of the later one does anything: no wish, plan or hearsay.
"""

from __future__ import annotations

# ruff: noqa: PLR2004 - how much speaks for a rule is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from memstore.intake.claims import Modality
from memstore.intake.claims.concepts import CONCEPTS, CONTAINERS, EVENTS, IMMUTABLE, NAMING, PERSONS
from memstore.reconcile.statement import Kind
from memstore.reconcile.values import (
    by_type,
    differing_types,
    is_bare,
    look_alike,
    same_attribute,
    same_value,
    same_who,
    shared,
    tells_apart,
)

if TYPE_CHECKING:
    from memstore.intake.claims import Claim
    from memstore.reconcile.statement import Statement

CORRECTED_WITHIN: Final = timedelta(hours=1)
SURE: Final = 10
GUESSED: Final = 2
"""Score of a relation that holds only if no other statement fits as well."""
_SURE_CORRECTION: Final = 5
_LATE_CORRECTION: Final = 7
_SAME_BREATH: Final = timedelta(minutes=2)
_REAL: Final = frozenset((Modality.FACT, Modality.PLAN, Modality.STAY))
# Other words for what an attribute is about: "I quit my job" ends the employer too.
_ALIASES: Final = {
    "employer": frozenset(("job", "employer")),
    "job": frozenset(("job",)),
    "vehicle": frozenset(("car",)),
    "bank": frozenset(("bank",)),
}
# What ends these says so by the attribute itself: "I no longer live in Rome", never "the trip to Rome is off".
_BY_SLOT_ONLY: Final = frozenset("like residence diet age seat contact".split())
_PARTS_OF_DAY: Final = frozenset("morning afternoon evening night weekend weekday mon tue wed thu fri sat sun".split())
_CONTRACTS: Final = frozenset(("member", "sport"))
_TOLD: Final = frozenset(("code", "number", "date", "clock", "name"))
_NAMES_OF_CONCEPTS: Final = frozenset(CONCEPTS.values())
_WEAK: Final = frozenset(
    """
    time day thing family place home house work job friend child lot part end year jahr tag
    """.split()
)


class Found(NamedTuple):
    """A relation with how sure it is, and whether all of the earlier (or repeating) statement is meant."""

    kind: Kind
    score: int
    wholly: bool
    is_correction: bool = False


def relate(later: Statement, earlier: Statement, cosine: float | None = None) -> Found | None:
    """Return what `later` does to `earlier`, or None if it leaves it alone."""
    found = by_slot(later, earlier)
    if found is not None and found.kind is not Kind.DUPLICATES:
        return found
    return (
        by_end(later, earlier)
        or (found if found is not None else None)
        or by_change(later, earlier)
        or by_correction(later, earlier, cosine)
        or by_content(later, earlier)
    )


def by_slot(later: Statement, earlier: Statement) -> Found | None:
    """Compare the values of attributes that both statements tell."""
    hits: list[tuple[Kind, Claim]] = []
    is_sure = False
    for claim in later.claims:
        if not claim.attribute or claim.modality is not Modality.FACT:
            continue
        for old in earlier.claims:
            if old.modality is not Modality.FACT or not old.attribute:
                continue
            marked = claim.changes or (claim.corrects and _is_near(later, earlier))
            is_same = same_attribute(claim.attribute, old.attribute, loose=marked and claim.one)
            is_guess = (
                not is_same and claim.changes and claim.own == old.own and is_bare(claim.attribute, old.attribute)
            )
            if (is_same or is_guess) and same_who(claim, old, later, earlier):
                is_sure |= is_same
                hits.extend((kind, old) for kind in (_slot_kind(claim, old, later, earlier),) if kind)
    if not hits:
        return None
    order = (Kind.SUPERSEDES, Kind.RETRACTS, Kind.CONTRADICTS, Kind.DUPLICATES)
    kind = min((kind for kind, _ in hits), key=order.index)
    if kind is Kind.DUPLICATES:
        told = {(old.attribute, old.value) for _, old in hits}
        return Found(kind, 10, not _says_more(later, told))
    met = [old for one, old in hits if one is kind]
    return Found(kind, SURE if is_sure else GUESSED, _is_whole(earlier, met))


def _is_near(later: Statement, earlier: Statement) -> bool:
    """Return whether a correction may mean a statement without naming it: soon after it in one conversation."""
    apart = later.said_at - earlier.said_at
    return later.conversation == earlier.conversation and apart <= CORRECTED_WITHIN


def _slot_kind(claim: Claim, old: Claim, later: Statement, earlier: Statement) -> Kind | None:  # noqa: PLR0911
    if same_value(claim, old):
        if claim.holds == old.holds:
            return Kind.DUPLICATES
        if claim.holds or claim.attribute == "like":
            return Kind.SUPERSEDES
        return Kind.RETRACTS
    if not (claim.one and old.one and claim.holds and old.holds):
        return None
    if claim.changes or claim.corrects:
        return Kind.SUPERSEDES
    if IMMUTABLE.intersection(claim.attribute.replace(":", " ").split()) or later.speaker != earlier.speaker:
        return Kind.CONTRADICTS
    if claim.attribute.startswith("name ") and later.said_at - earlier.said_at < _SAME_BREATH:
        return Kind.CONTRADICTS  # two sons are as likely as one who is called otherwise
    return Kind.SUPERSEDES


def _says_more(later: Statement, told: set[tuple[str, str]]) -> bool:
    """Return whether a repeating statement tells another attribute too."""
    return any(
        claim.attribute
        and claim.modality is Modality.FACT
        and (claim.attribute, claim.value) not in told
        and all(attribute != claim.attribute for attribute, _ in told)
        for claim in later.claims
    )


def _is_whole(earlier: Statement, met: list[Claim]) -> bool:
    """Return whether nothing that stays true is left of a statement once these claims of it are over."""
    clauses = {claim.clause for claim in met}
    for claim in earlier.claims:
        if claim.clause in clauses:
            if claim.attribute and claim not in met and not any(claim.value == one.value for one in met):
                return False
        elif claim.attribute or len(claim.about) > 1:
            return False
    for claim in met:
        names = by_type(claim)
        told = set(claim.value.split()) | set(claim.attribute.replace(":", " ").split())
        others = [
            value for kind in ("name", "number") for value in names.get(kind, ()) if not set(value.split()) & told
        ]
        if claim.attribute and len(others) > 0 and len(claim.about) > 2:
            return False
    return True


def may_touch(claim: Claim, old: Claim, later: Statement, earlier: Statement) -> bool:
    """Return whether two clauses can be about one thing, by who does it and whose words they are."""
    if old.modality not in _REAL:
        return False
    if (claim.own or old.own) and later.speaker != earlier.speaker:
        return False
    if claim.who == old.who or not claim.who or not old.who:
        return True
    if _is_person(claim) or _is_person(old):
        return claim.who in old.about or old.who in claim.about or bool(_names(claim) & _names(old))
    return True


def _is_person(claim: Claim) -> bool:
    """Return whether a claim is about a person other than the speaker, as far as its subject tells."""
    return claim.who in PERSONS or claim.who in _names(claim)


def _words(claim: Claim) -> set[str]:
    return {stem for stem in claim.about if not stem[0].isdigit()}


def _names(claim: Claim) -> set[str]:
    return {word for kind, value in claim.typed if kind == "name" for word in value.split()}


def by_end(later: Statement, earlier: Statement) -> Found | None:
    """Find an end or a denial of what a clause of the earlier statement is about."""
    for claim in later.claims:
        if claim.holds or claim.modality is not Modality.FACT or not claim.head:
            continue
        if claim.corrects and not claim.ends:
            continue  # "no, from platform 6"
        for old in earlier.claims:
            if not old.holds or not may_touch(claim, old, later, earlier) or tells_apart(claim, old):
                continue
            if not _is_ended(claim, old):
                continue
            has_new = claim.old_value is not None and bool(differing_types(claim, old) & {"name", "number"})
            kind = Kind.SUPERSEDES if has_new else Kind.RETRACTS
            whole = _is_whole(earlier, [one for one in earlier.claims if one.clause == old.clause])
            left = old.about - shared(old.about, claim.about)
            return Found(kind, 6, whole and not (old.joined and len(left) > 1))
    return None


def _is_ended(claim: Claim, old: Claim) -> bool:
    """Return whether the head of an end names what the old clause is about."""
    head = claim.head - _times(claim)
    aliases = _ALIASES.get(old.attribute, frozenset())
    if aliases & head and claim.ends and not head - _WEAK - aliases:
        return True
    met = shared(head, old.about) - _times(old)
    if not met - _WEAK - PERSONS or old.attribute in _BY_SLOT_ONLY or _is_of_another(claim, old, head, met):
        return False
    if old.attribute and not (_covers(head, old) if ":" in old.attribute else _means(head, met, old, aliases)):
        return False
    return len(met) * 3 >= len(head) if claim.ends else len(met) * 2 > len(head) or len(met) >= 2


def _is_of_another(claim: Claim, old: Claim, head: frozenset[str], met: frozenset[str]) -> bool:
    """Return whether what both share is too little to be one thing, for each has more that the other lacks."""
    left = head - met - _WEAK - NAMING - EVENTS - _CONTRACTS
    is_loose = met <= NAMING | EVENTS or not (met & _NAMES_OF_CONCEPTS or _has_name(old, met))
    if left and is_loose and len(met) == 1 and old.about - met - head - _times(old) - left:
        return True  # the course of pottery, not that of guitar
    if (claim.head & PERSONS) - old.about - {claim.who} and not _names(claim) & _names(old):
        return True  # the neighbour's dog, not one's own
    names = {word for word in _names(claim) if word in head}
    # The trip to Rome, not any trip.
    return bool(names) and met <= NAMING | EVENTS and not names & (old.about | _names(old))


def _means(head: frozenset[str], met: frozenset[str], old: Claim, aliases: frozenset[str]) -> bool:
    """Return whether an end is of the attribute's value, or of the attribute and nothing else."""
    told = set(old.value.split()) | set(old.attribute.split())
    if old.attribute.startswith("commute"):
        told = set(old.about)  # the scooter one rides to work
    if not shared(met, told):
        return False
    # "I no longer go to the bank in person" ends no account.
    return bool(shared(met, old.value.split())) or not head - told - NAMING - EVENTS - _CONTRACTS - aliases


def _has_name(claim: Claim, stems: frozenset[str] | set[str]) -> bool:
    return any(name.startswith(stem) for name in _names(claim) for stem in stems)


def _covers(head: frozenset[str] | set[str], old: Claim) -> bool:
    """Return whether what is ended is the thing itself, not another that it has a number or a date of."""
    thing, _, kind = old.attribute.partition(":")
    if thing == "count":
        return head <= {kind}
    words = {word for word in thing.split() if not word[0].isdigit()} - _WEAK - set(_PARTS_OF_DAY)
    named = shared(head, set(old.value.split()) | _names(old)) - _times(old)
    return words <= shared(words, head) or bool(named)


def _times(claim: Claim) -> set[str]:
    return {value for kind, value in claim.typed if kind in ("day", "month", "clock", "year")} | {
        stem for stem in claim.about if stem[0].isdigit()
    }


def by_change(later: Statement, earlier: Statement) -> Found | None:
    """Find a change that names the old value, or tells a new value of the thing the earlier statement is about."""
    for claim in later.claims:
        if not claim.changes or claim.modality is not Modality.FACT or not _has_value(claim):
            continue
        for old in earlier.claims:
            if not old.holds or old.modality is not Modality.FACT:
                continue
            if later.speaker == earlier.speaker and _is_other_name(claim, old):
                return Found(Kind.SUPERSEDES, 5, _is_whole(earlier, [old]))
            if not may_touch(claim, old, later, earlier):
                continue
            if claim.about & PERSONS != old.about & PERSONS and not _names(claim) & _names(old):
                continue
            if _names_old(claim, old, later) or _same_thing(claim, old) or _same_measure(claim, old):
                return Found(Kind.SUPERSEDES, 5, _is_whole(earlier, [old]))
    return None


def _has_value(claim: Claim) -> bool:
    return bool(claim.attribute or claim.typed or claim.about)


def _is_other_name(claim: Claim, old: Claim) -> bool:
    """Return whether both clauses say the same with another name: "the choir director is V"."""
    if (claim.attribute and not claim.one) or (old.attribute and not old.one):
        return False
    frame = claim.about - _names(claim) - _times(claim)
    is_telling = len(frame) > 1 or bool(frame & (NAMING | EVENTS) - CONTAINERS)
    is_same = frame == old.about - _names(old) - _times(old)
    return is_telling and is_same and differing_types(claim, old) == {"name"} and claim.own == old.own


def _same_measure(claim: Claim, old: Claim) -> bool:
    """Return whether the change tells nothing but a new number of what the old one counts: "down to 84 kilos"."""
    units = {kind: value for kind, value in claim.typed if kind.startswith("number ")}
    olds = {kind: value for kind, value in old.typed if kind.startswith("number ")}
    both = units.keys() & olds.keys()
    return (
        len(both) == 1 == len(olds)
        and units != olds
        and len(_words(claim) - old.about) <= 1
        and len(_words(claim)) <= 3
    )


def _names_old(claim: Claim, old: Claim, later: Statement) -> bool:
    """Return whether the change says which value is old: "replaced the Clio by", "to Teleriva, Lunafon was ..."."""
    if claim.old_value:
        words = set(claim.old_value.split())
        met = shared(words, old.about) - _WEAK
        is_time = {value for kind, value in claim.typed if kind in ("day", "date", "clock", "month")}
        if is_time and not shared(claim.about - words, old.about) - _times(old):
            return False  # "instead of Tuesdays" may be of anything
        if met and len(met) * 2 >= len(words):
            return bool(claim.about - words)
    if claim.attribute and old.attribute and not same_attribute(claim.attribute, old.attribute, loose=True):
        return False
    elsewhere = {word for one in later.claims for word in _names(one)}
    olds = _names(old) - {"the"}
    new = _names(claim) - olds
    if not new or not olds & elsewhere:
        return False
    if old.attribute or claim.attribute:
        return old.one and bool(shared(olds & elsewhere, old.value.split()))
    return len(old.about) <= 3 and len(claim.about) <= 4


def _same_thing(claim: Claim, old: Claim) -> bool:
    """Return whether both clauses give a value of one type to one thing that a noun names."""
    types = differing_types(claim, old)
    if not types:
        return False
    met = shared(claim.about, old.about) - _WEAK - PERSONS - _times(claim)
    things = met & (NAMING | EVENTS | (_names(claim) & _names(old)))
    if "number" in types and not {kind for kind, _ in claim.typed} & {kind for kind, _ in old.typed} - {"name"}:
        return False  # of other units
    if len(by_type(old).get(min(types), ())) > 1:
        return False
    if things <= CONTAINERS and len(met) < 2:
        return False
    return bool(things and len(met) * 2 >= min(len(claim.about), len(old.about)) - len(types)) or len(met) >= 3


def by_correction(later: Statement, earlier: Statement, cosine: float | None = None) -> Found | None:
    """Weigh whether a correction is of this statement; `decide` takes the candidate with the highest score."""
    if not any(claim.corrects and claim.modality in (Modality.FACT, Modality.PLAN) for claim in later.claims):
        return None
    is_near = _is_near(later, earlier)
    best, whole = 0, True
    for claim in later.claims:
        if not claim.corrects or claim.modality not in (Modality.FACT, Modality.PLAN):
            continue
        for old in earlier.claims:
            if old.modality in (Modality.QUESTION, Modality.HYPOTHESIS, Modality.WISH):
                continue
            if not is_near and not _names_thing(claim, old):
                continue
            score = _correction_score(claim, old, later)
            if score > best:
                best, whole = score, _is_whole(earlier, [one for one in earlier.claims if one.clause == old.clause])
    if not best:
        return None
    score = best + (3 if is_near else 0) + (1 if cosine is not None and cosine > 0.6 else 0)
    if score < (_SURE_CORRECTION if is_near else _LATE_CORRECTION):
        return None
    return Found(Kind.SUPERSEDES, score, whole, is_correction=True)


def _names_thing(claim: Claim, old: Claim) -> bool:
    """Return whether a correction says what it is of, by words other than the old value."""
    olds = set((claim.old_value or "").split())
    return any(not stem[0].isdigit() for stem in shared(claim.about - olds, old.about) - _times(old))


def _correction_score(claim: Claim, old: Claim, later: Statement) -> int:
    """Count what speaks for a correction of this clause: the old value, a value of the same type, shared words."""
    score = 0
    if claim.old_value and shared(claim.old_value.split(), old.about):
        score += 4
    if same_attribute(claim.attribute, old.attribute, loose=True):
        score += 3
    if types := differing_types(claim, old):
        score += 2 if types - {"day"} or "day" in types else 0
    if look_alike(claim, old):
        score += 2
    told = set(old.value.split()) if old.value else {value for _, value in old.typed}
    if told and any(told & one.about for one in later.claims if one.clause != claim.clause):
        score += 2  # "Bodo it is, Balu was the old one"
    return score + min(3, len(shared(claim.about, old.about)))


def by_content(later: Statement, earlier: Statement) -> Found | None:
    """Find the same content again: equal stems and values, equal polarity, one speaker."""
    if later.speaker != earlier.speaker:
        return None
    for claim in later.claims:
        for old in earlier.claims:
            if (
                claim.about == old.about
                and len(claim.about) > 1
                and claim.holds == old.holds
                and claim.modality == old.modality
                and set(claim.typed) == set(old.typed)
                and same_who(claim, old, later, earlier)
            ):
                return Found(Kind.DUPLICATES, 4, not _says_more(later, {(claim.attribute, claim.value)}))
            if _tells_event_otherwise(claim, old):
                return Found(Kind.CONTRADICTS, 3, _is_whole(earlier, [old]))
            if _tells_same_value(claim, old):
                return Found(Kind.DUPLICATES, 3, not _says_more(later, {(claim.attribute, claim.value)}))
    return None


def _tells_event_otherwise(claim: Claim, old: Claim) -> bool:
    """Return whether two clauses of the same words and the same date or year differ in a number: one of them errs."""
    first, second = by_type(claim), by_type(old)
    dated = any(first.get(kind) and first.get(kind) == second.get(kind) for kind in ("year", "date", "day"))
    frame = _words(claim)
    is_same = len(frame) > 1 and frame == _words(old) and claim.holds == old.holds and claim.modality == old.modality
    return dated and is_same and claim.who == old.who and differing_types(claim, old) == {"number"}


def _tells_same_value(claim: Claim, old: Claim) -> bool:
    """Return whether both give one value to one thing: "the train leaves from platform 4", "train platform: 4"."""
    if claim.modality is not Modality.FACT or old.modality is not Modality.FACT or not (claim.holds and old.holds):
        return False
    values = {kind: value for kind, value in by_type(claim).items() if kind in _TOLD}
    if not values or values != {kind: value for kind, value in by_type(old).items() if kind in _TOLD}:
        return False
    words, olds = _words(claim) - _names(claim), _words(old) - _names(old)
    things = words & olds & (NAMING | EVENTS)
    is_part = words <= olds or olds <= words
    return bool(things) and is_part and words & PERSONS == olds & PERSONS and claim.one and old.one
