"""Parts of the demo in their order, each made once: an interrupted start goes on after the part that was begun."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import connections

from governance.errors import GovernanceError
from governance.evidence.sealer import seal
from governance.models import Subject
from governance.rights.escalation import escalate
from governance.tenancy.tenant_context import tenant_context
from memstore.demo import conversations, erasures, organisation, own_decisions, recalls, rights_requests, staff_work
from memstore.demo.actors import Cast
from memstore.demo.people import PEOPLE
from memstore.demo.progress import Marks
from memstore.errors import MemstoreError
from memstore.models import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from uuid import UUID

    from memstore.demo.people import Person


AT_ONCE = 3
LOST = PEOPLE[33]  # nothing is stored from their last conversation
# Parts after the people have spoken. The reads come before the requests: a recipient who read something is told.
CHAPTERS: tuple[tuple[str, Callable[[Cast], object]], ...] = (
    ("knowledge", conversations.teach),
    ("withdrawals", own_decisions.take_back),
    ("a lost conversation", lambda cast: conversations.lose_a_conversation(cast, LOST)),
    ("disclosures", staff_work.tell_outside),
    ("reads", recalls.read),
    ("objections", own_decisions.disagree),
    ("restrictions", own_decisions.stand_still),
    ("contracts", own_decisions.move_on),
    ("holds", staff_work.hold),
    ("looks", staff_work.look),
    ("quarantine", staff_work.judge),
    ("breaches", staff_work.suffer_a_breach),
    ("requests that are done", rights_requests.done),
    ("requests that were refused", rights_requests.refused),
    ("requests in handling", rights_requests.in_handling),
    ("requests by their day", rights_requests.due_one_by_one),
    ("requests that just came", rights_requests.just_came),
    ("erasures", erasures.erase),
    ("erasures that wait", erasures.plan),
    ("what waits for approval", organisation.leave_waiting),
)


def live(*, tenant_id: UUID, home: Path, tell: Callable[[str], object]) -> bool:
    """Make the demo's data if the tenant is new, or go on with it. Return False if there is nothing (more) to make.

    A tenant without subjects is new. `home` keeps the marks; `tell` gets a line per step.
    """
    marks = Marks(home, tenant_id)
    if marks.finished or (not marks.resumed and _is_inhabited(tenant_id)):
        return False
    started = time.monotonic()
    cast = Cast(tenant_id, datetime.now(UTC))
    marks.begin("organisation")
    organisation.found(cast)  # every time: the rest builds on it
    _everybody_speaks(marks, cast, tell)
    tell(f"{len(PEOPLE)} people, {_memories(tenant_id)} memories ({time.monotonic() - started:.1f} s)")
    for name, chapter in CHAPTERS:
        _part(marks, name, chapter, cast, tell)
    escalate(tenant_id)
    n_sealed = seal(tenant_id)
    marks.finish()
    tell(f"reads, choices, requests, holds; {n_sealed} events sealed ({time.monotonic() - started:.1f} s)")
    return True


def _everybody_speaks(marks: Marks, cast: Cast, tell: Callable[[str], object]) -> None:
    """Make the conversations of all people, several at once: while one waits for the database, another goes on."""

    def speak(people: Sequence[Person]) -> None:
        try:
            for person in people:
                _part(marks, person.id, partial(conversations.tell, person=person), cast, tell)
        finally:
            connections.close_all()  # of this thread

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(speak, [PEOPLE[place::AT_ONCE] for place in range(AT_ONCE)]))


def _part(marks: Marks, name: str, part: Callable[[Cast], object], cast: Cast, tell: Callable[[str], object]) -> None:
    if not marks.begin(name):
        return
    try:
        part(cast)
    except (GovernanceError, MemstoreError) as error:
        # A part may build on what an interruption left out. Without one, it is a defect.
        if not marks.resumed:
            raise
        tell(f"left out: {name} ({type(error).__name__})")


def _is_inhabited(tenant_id: UUID) -> bool:
    with tenant_context(tenant_id):
        return Subject.objects.exists()


def _memories(tenant_id: UUID) -> int:
    with tenant_context(tenant_id):
        return Memory.objects.count()
