"""Near duplicates: known ids that look like another id of the same person, for an officer to decide about.

`Ana@Example.com`, `a.n.a@example.com` and `ana+news@example.com` are written differently and often one person; so are
`+49 151 2345678` and `0151/2345678`. Nothing is ever merged automatically. Ids are kept sealed, so each also has a
keyed fingerprint of its normalised form, without letter case, accents, dots, tags and separators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.guard.authorize import authorize, on_current_facts
from governance.guard.facts import subject_facts
from governance.keyring.identities import identities_like, reveal_identities
from governance.subjects.look_up import clear, identity_named
from governance.vocabulary import Action, SubjectState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.context import Caller
    from governance.vocabulary import SubjectKind

MOST = 20


@dataclass(frozen=True, slots=True)
class Twin:
    """Near duplicate: a known subject and its external id."""

    subject_id: UUID
    user_id: str


@on_current_facts
def near_twins(*, caller: Caller, kind: SubjectKind, external_ids: Iterable[str]) -> tuple[Twin, ...]:
    """Return the near duplicates of the given ids, 20 at most, sorted by their ids.

    A look-up of each of them is recorded. Raises AccessRefused.
    """
    action = Action.LOOK_UP_SUBJECT
    given = [clear(caller=caller, action=action, names={kind: one}, kind=kind) for one in dict.fromkeys(external_ids)]
    allowed = authorize(caller=caller, action=action)
    exact = {identity_named(one, kind) for one in given}
    like = {found for one in given for found in identities_like(caller.tenant_id, kind, one.names[kind], most=MOST)}
    facts = subject_facts(caller.tenant_id, like - exact)
    known = sorted(one.id for one in facts.values() if one.state is not SubjectState.ERASED)[:MOST]
    with allowed.effect(subjects=known):
        names = reveal_identities(caller.tenant_id, known)
        if known:
            allowed.record_each(dict.fromkeys(known, ()))
        else:
            allowed.record(n_items=0)
    shown = (Twin(subject_id, name) for subject_id, name in names.items())
    return tuple(sorted(shown, key=lambda twin: twin.user_id))
