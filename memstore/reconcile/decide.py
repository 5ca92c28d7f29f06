"""What a new statement does to the current ones.

Precision first: a true fact that is wrongly made history is worse than two statements side by side. The order of the
candidates does not matter, and nothing makes history of what was said later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memstore.intake.claims import Modality
from memstore.reconcile.by_exchange import by_exchange
from memstore.reconcile.pair import GUESSED, Found, relate
from memstore.reconcile.plausible import is_plausible
from memstore.reconcile.signals import is_comparable, tell_other_things
from memstore.reconcile.statement import Candidate, Kind, Relation, Statement
from memstore.reconcile.weigh import weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

_LATE: Final = {Kind.SUPERSEDES: Kind.OUTDATED, Kind.RETRACTS: Kind.OUTDATED}


def is_marked(new: Statement) -> bool:
    """Return whether a statement can touch statements with another slot key: it changes, corrects, ends or denies."""
    return any(
        claim.modality is Modality.FACT and (claim.changes or claim.corrects or claim.ends or not claim.holds)
        for claim in new.claims
    )


def decide(new: Statement, current: Sequence[Candidate]) -> tuple[Relation, ...]:
    """Return the relations of `new` to candidates, sorted by id; candidates that it leaves alone are not mentioned."""
    found: dict[str, tuple[Found, Statement]] = {}
    words = _normal(new.text)
    for statement, cosine in current:
        if statement.id == new.id:
            continue
        if _normal(statement.text) == words and statement.speaker == new.speaker:
            found[statement.id] = Found(Kind.DUPLICATES, 20, wholly=True), statement
            continue
        is_late = new.said_at < statement.said_at
        later, earlier = (statement, new) if is_late else (new, statement)
        hit = relate(later, earlier, cosine) or by_exchange(later, earlier)
        if hit is not None and hit.kind is Kind.SUPERSEDES and hit.wholly and not is_marked(later):
            hit = hit._replace(wholly=not tell_other_things(later, earlier))
        if hit is not None and hit.kind in _LATE and earlier.by_person and not later.by_person:
            hit = hit._replace(kind=Kind.CONTRADICTS)  # an assistant's words end nothing that a person said
        if hit is not None:
            found[statement.id] = hit._replace(kind=_LATE.get(hit.kind, hit.kind)) if is_late else hit, statement
    relations = [(_relation(one, hit), old) for one, (hit, old) in sorted(_chosen(found).items())]
    known = tuple(relation for relation, old in relations if _says_so(relation, new, old))
    return known or tuple(_relation(one, hit) for one, (hit, _) in _likeliest(new, current).items())


def _relation(statement_id: str, found: Found) -> Relation:
    return Relation(id=statement_id, kind=found.kind, wholly=found.wholly)


def _likeliest(new: Statement, current: Sequence[Candidate]) -> dict[str, tuple[Found, Statement]]:
    """Return the one statement that is likeliest related to the new one, where no rule knew any."""
    best: tuple[float, Found, Statement] | None = None
    for statement, cosine in current:
        is_late = new.said_at < statement.said_at
        later, earlier = (statement, new) if is_late else (new, statement)
        if statement.id == new.id or cosine is None or not is_comparable(later, earlier):
            continue
        related, hit = weigh(later, earlier, cosine)
        if hit is not None and (best is None or related > best[0]):
            best = (related, hit._replace(kind=_LATE.get(hit.kind, hit.kind)) if is_late else hit, statement)
    return {} if best is None else {best[2].id: best[1:]}


def _says_so(relation: Relation, new: Statement, old: Statement) -> bool:
    """Return whether the relation may stand: the same words always do, the rest if it is plausible."""
    same = _normal(new.text) == _normal(old.text) and new.speaker == old.speaker
    return same or is_plausible(relation, new, old)


def _chosen(found: dict[str, tuple[Found, Statement]]) -> dict[str, tuple[Found, Statement]]:
    """Keep of several that a correction may mean the likeliest, and none if a slot decides."""
    guesses = [one for one, (hit, _) in found.items() if hit.score == GUESSED]
    if len(guesses) > 1 or any(
        hit.kind in (Kind.SUPERSEDES, Kind.RETRACTS) and hit.score > GUESSED for hit, _ in found.values()
    ):
        found = {one: pair for one, pair in found.items() if one not in guesses}
    corrections = {one: pair for one, pair in found.items() if pair[0].is_correction}
    if not corrections:
        return found
    others = {one: pair for one, pair in found.items() if one not in corrections}
    if any(pair[0].kind in (Kind.SUPERSEDES, Kind.RETRACTS) for pair in others.values()):
        return others
    best = max(corrections, key=lambda one: _rank(corrections[one], one))
    return {**others, best: corrections[best]}


def _rank(pair: tuple[Found, Statement], one: str) -> tuple[int, float, int, str]:
    hit, statement = pair
    return hit.score, statement.said_at.timestamp(), statement.position, one


def _normal(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".! ")
