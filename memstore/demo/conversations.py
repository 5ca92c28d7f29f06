"""Conversations of the demo: about four visits of each person to the assistant, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from governance.models import GivenBy
from governance.processing.consents import Choice
from governance.subjects.subjects import find_subject
from governance.vocabulary import SubjectKind
from memstore.demo import texts
from memstore.demo.backdate import set_back
from memstore.demo.hostile_texts import HOSTILE, REVISED, TEXTS
from memstore.demo.people import CHILD, Person
from memstore.demo.texts import said, some
from memstore.forget.forget import forget
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.remember.revise import Revision, revise
from memstore.rights import choices

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from memstore.demo.actors import Cast
    from memstore.remember.remember import Remembered

AGENT = "demo-branch-assistant"
OLDEST_DAYS = 88
# People who never consented, whose consent has run out, and whose consent ends in a few days.
WITHOUT = frozenset(range(5, 61, 5))
RAN_OUT = frozenset({6, 17, 28, 39})
ENDS_SOON = frozenset({9, 19, 29, 49})
TALKS = frozenset({3, 10, 14, 22, 31, 34, 44, 52})  # with `infer=True`
CHANGED = frozenset(range(4, 61, 5)) | {HOSTILE}
FORGOTTEN = frozenset({11, 37})


@dataclass(frozen=True, slots=True)
class Visit:
    """Messages of a person on one day for one purpose.

    `days` ago; `lasts`: for how many days from now they are of use.
    """

    days: float
    purpose: str
    lines: tuple[str, ...]
    lasts: int | None = None
    infer: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """Messages of only some people, at that `part` of their time with the bank, counted from today."""

    numbers: frozenset[int]
    part: float
    purpose: str
    lines: tuple[str, ...]
    count: int = 1
    step: int = 0


EXTRAS = (
    Extra(frozenset(range(7, 60, 7)), 0.7, "assistance", texts.HEALTH),
    Extra(frozenset(range(4, 60, 4)), 0.7, "assistance", texts.IDENTIFIERS),
    Extra(frozenset(range(1, 60, 2)), 0.45, "fraud_prevention", texts.FRAUD, 2),
    Extra(frozenset(range(60)) - frozenset(range(0, 60, 3)), 0.6, "offers", texts.OFFERS, 2),
    Extra(frozenset({13, 23, 33, 43}), 0.45, "fraud_prevention", texts.IDENTIFIERS),  # the law keeps these
    # These wait for a reviewer, or are masked.
    Extra(frozenset({7, 21, 35, 51}), 0.45, "fraud_prevention", texts.CRIMINAL),
    Extra(frozenset({16, 32, 46}), 0.6, "offers", texts.IDENTIFIERS, step=2),
    Extra(frozenset({18, 40}), 0.7, "assistance", texts.SECRETS),
    Extra(frozenset({8, 26, 47}), 0.1, "assistance", texts.UNREAD),
)


@dataclass(slots=True)
class _Told:
    """Times of what was said, by job and by revised memory."""

    said: dict[UUID, datetime] = field(default_factory=dict)
    revised: dict[UUID, datetime] = field(default_factory=dict)


def first_day(person: Person) -> float:
    """Return how many days ago the assistant met the person."""
    return OLDEST_DAYS - person.number * 37 % 55 - person.number / 100


def visits(person: Person) -> list[Visit]:
    """Return the visits in the order of time, without those for personalisation (`likes`), which needs consent."""
    number, begin = person.number, first_day(person)
    if number == HOSTILE:
        return [Visit(begin, "assistance", TEXTS)]
    language = person.language
    lines = texts.ASSISTANCE[language]
    found = [
        Visit(
            begin,
            "assistance",
            (said(person, texts.INTRODUCTION[language]), said(person, texts.GOAL[language]), *some(person, lines, 2)),
        )
    ]
    more: dict[tuple[float, str], tuple[str, ...]] = {}
    for one in EXTRAS:
        if number in one.numbers:
            place = one.part, one.purpose
            more[place] = more.get(place, ()) + some(person, one.lines, one.count, step=one.step)
    found += [Visit(begin * part, purpose, told) for (part, purpose), told in more.items()]
    if number in TALKS:
        talk = texts.CONVERSATIONS[number % len(texts.CONVERSATIONS)]
        found.append(Visit(min(begin * 0.3, 20), "assistance", tuple(said(person, one) for one in talk), infer=True))
    short = 3 + number % 18 if number % 5 == 3 else None  # noqa: PLR2004 - every fifth person
    found.append(Visit(begin * 0.08, "assistance", some(person, lines, 2, step=3), lasts=short))
    return sorted(found, key=lambda visit: -visit.days)


def likes(person: Person) -> Visit:
    return Visit(
        first_day(person) * 0.65, "personalisation", some(person, texts.PERSONALISATION[person.language], 3, step=1)
    )


def tell(cast: Cast, person: Person) -> int:
    """Remember all that one person said. Return how many memories it made."""
    told = _Told()
    if person.number not in WITHOUT and person.number != HOSTILE:
        _consent(cast, person)
        if person.number not in RAN_OUT:
            _say(cast, person, likes(person), told)
    first: Remembered | None = None
    for visit in visits(person):
        done = _say(cast, person, visit, told)
        first = first or done
    if first is not None and person.number in CHANGED and person.language == "en":
        _change(cast, person, first.stored[-1].id, told)
    subject = find_subject(cast.tenant_id, SubjectKind.USER, person.id)
    if subject is None:
        return 0
    n = set_back(cast.tenant_id, subject.id, told.said, told.revised)
    if first is not None and person.number in FORGOTTEN:
        forget(caller=cast.assistant(), ids=[first.stored[2].id])
    return n


def _say(cast: Cast, person: Person, visit: Visit, told: _Told) -> Remembered:
    at = cast.ago(visit.days)
    roles = ("user", "assistant") if visit.infer else ("user",)
    done = remember(
        caller=cast.assistant(visit.purpose),
        scope=ScopeIds(user_id=person.id, agent_id=AGENT),
        messages=[Message(roles[place % len(roles)], line) for place, line in enumerate(visit.lines)],
        infer=visit.infer,
        wait=visit.infer,
        said_at=at,
        expires_on=(cast.now + timedelta(days=visit.lasts)).date() if visit.lasts else None,
    )
    told.said[done.event_id] = at
    return done


def _change(cast: Cast, person: Person, memory_id: UUID, told: _Told) -> None:
    """Revise a memory: the wording before stays in the history, and is no longer recalled."""
    text = REVISED if person.number == HOSTILE else said(person, texts.CHANGED[person.number % len(texts.CHANGED)])
    at = cast.ago(first_day(person) * 0.25)
    job_id = revise(caller=cast.assistant(), revisions=[Revision(memory_id, text=text, said_at=at)])
    told.revised[memory_id], told.said[job_id] = at, at


def _consent(cast: Cast, person: Person) -> None:
    """Record the consent of the day of the first visit; a child's is given by the guardian."""
    at = cast.ago(first_day(person))
    scope = ScopeIds(user_id=person.id)
    if person.number == CHILD:
        born = cast.now.date() - timedelta(days=14 * 366)
        choices.declare_age(caller=cast.dpo(), scope=scope, birth_date=born, jurisdiction="DE")
    until = None
    if person.number in RAN_OUT:
        until = cast.ago(4 + person.number % 9)
    elif person.number in ENDS_SOON:
        until = cast.ago(-3 - person.number % 9)
    choice = Choice(
        channel=("app", "web", "branch", "phone")[person.number % 4],
        given_by=GivenBy.GUARDIAN if person.number == CHILD else GivenBy.SUBJECT,
        happened_at=at,
        until=until,
        language=person.language,
    )
    notice = cast.notices.get(person.language) or cast.notices["en"]
    choices.grant(caller=cast.assistant(), scope=scope, purpose="personalisation", notice=notice, choice=choice)


def teach(cast: Cast) -> int:
    """Remember what the assistant knows about the bank, which is about no person. Return how many memories it made."""
    done = remember(
        caller=cast.assistant("knowledge"),
        scope=ScopeIds(agent_id=AGENT),
        messages=[Message("user", line) for line in texts.KNOWLEDGE],
        infer=False,
    )
    subject = find_subject(cast.tenant_id, SubjectKind.AGENT, AGENT)
    return set_back(cast.tenant_id, subject.id, {done.event_id: cast.ago(OLDEST_DAYS)}) if subject else 0


def lose_a_conversation(cast: Cast, person: Person) -> None:
    """Send a conversation for a consent that is withdrawn before the job has run: nothing is stored from it."""
    lines = (said(person, "I like {likes} and I always prefer the window seat on trains"),)
    done = remember(
        caller=cast.assistant("personalisation"),
        scope=ScopeIds(user_id=person.id, agent_id=AGENT),
        messages=[Message("user", line) for line in lines],
    )
    choices.withdraw(
        caller=cast.assistant("personalisation"),
        scope=ScopeIds(user_id=person.id),
        purpose="personalisation",
        choice=Choice("app"),
    )
    subject = find_subject(cast.tenant_id, SubjectKind.USER, person.id)
    if subject is not None:
        set_back(cast.tenant_id, subject.id, {done.event_id: cast.ago(3)})
