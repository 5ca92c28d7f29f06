"""The whole policy as a table, computed by the real `decide`, and written into `docs/policy.md`.

`python -m tests.governance.policy.matrix` rewrites the text between the markers there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from governance.policy.decide import (
    NO_END,
    AccessRequest,
    Intake,
    Principal,
    PurposeRule,
    Refused,
    Standing,
    SubjectFacts,
    decide,
)
from governance.policy.roles import NEEDED, ROLE_CAPABILITIES, SECOND_FACTOR
from governance.vocabulary import (
    MACHINE_CAPABILITIES,
    Action,
    Article9Condition,
    Capability,
    DataClass,
    FieldGroup,
    Handling,
    LawfulBasis,
    MemoryState,
    ReasonCode,
    Role,
    SubjectKind,
    SubjectState,
    View,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "policy.md"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REFUSING = Intake(special=Handling.REFUSE, criminal=Handling.REFUSE)
SUPPORT = PurposeRule(UUID(int=1), UUID(int=11), "support", LawfulBasis.CONTRACT, 365, 30, intake=REFUSING)
PERSONALISATION = PurposeRule(
    UUID(int=2), UUID(int=12), "personalisation", LawfulBasis.CONSENT, 90, 30, intake=REFUSING
)
# Besides the condition, a purpose that takes special categories needs a reference to its impact assessment; it is
# asked for when the purpose is made (`PurposeTerms.check`), and decisions do not depend on it.
CARE = PurposeRule(
    UUID(int=3),
    UUID(int=13),
    "care",
    LawfulBasis.CONTRACT,
    3650,
    30,
    article9=Article9Condition.HEALTH_CARE,
    intake=Intake(special=Handling.ALLOW, criminal=Handling.REFUSE),
)
PURPOSES = (SUPPORT, PERSONALISATION, CARE)

CONSENTED = SubjectFacts(
    UUID(int=4),
    SubjectKind.USER,
    SubjectState.ACTIVE,
    generation=1,
    standings=(Standing(PERSONALISATION.purpose_id, consent_until=NO_END),),
)
PERSONS = {
    "consented": CONSENTED,
    "no consent": replace(CONSENTED, standings=()),
    "restricted": replace(CONSENTED, state=SubjectState.RESTRICTED),
}
USUAL = "consented"


@dataclass(frozen=True, slots=True)
class Asker:
    """A principal and its question: `recall` of a machine, `inspect` of staff, `read_portal` of the person."""

    role: Role
    capabilities: frozenset[Capability]
    action: Action
    revealed: bool = False


def at_work(role: Role, *, revealed: bool = False) -> Asker:
    return Asker(role, ROLE_CAPABILITIES[role], Action.INSPECT, revealed)


def key(*capabilities: Capability) -> Asker:
    return Asker(Role.API_KEY, frozenset(capabilities), Action.RECALL)


def oneself(*without: Capability) -> Asker:
    return Asker(Role.SUBJECT, ROLE_CAPABILITIES[Role.SUBJECT] - set(without), Action.READ_PORTAL)


ASKERS = {
    "key with recall": key(Capability.RECALL),
    "key with recall and recall.special": key(Capability.RECALL, Capability.RECALL_SPECIAL),
    "reviewer": at_work(Role.REVIEWER),
    "dpo": at_work(Role.DPO),
    "break-glass, by a reviewer": at_work(Role.REVIEWER, revealed=True),
    "break-glass, by a dpo": at_work(Role.DPO, revealed=True),
    "auditor": at_work(Role.AUDITOR),
    "administrator": at_work(Role.ADMINISTRATOR),
    "key_officer": at_work(Role.KEY_OFFICER),
    "system": at_work(Role.SYSTEM),
    "the person, known to be it": oneself(),
    "the person, by the link of a key that reads": oneself(Capability.OWN_READ_ALL),
    "the person, by the link of who may not read": oneself(Capability.OWN_READ_ALL, Capability.OWN_READ),
}

Cells = tuple[View, ...]  # content of the four classes, labels, evidence
Place = tuple[str, str, str, MemoryState]  # asker, purpose, person, state of the memory
NOTHING: Cells = (View.HIDDEN,) * (len(DataClass) + 2)


def matrix() -> dict[Place, Cells]:
    """Return every combination, each from a decision of its own."""
    return {
        (asker, purpose.name, person, state): cells(ASKERS[asker], purpose, PERSONS[person], state)
        for asker in ASKERS
        for purpose in PURPOSES
        for person in PERSONS
        for state in MemoryState
    }


def cells(asker: Asker, purpose: PurposeRule, person: SubjectFacts, state: MemoryState) -> Cells:
    answer = decide(question(asker, purpose, person), NOW)
    if isinstance(answer, Refused):
        return NOTHING
    seen = [data_class for data_class in DataClass if answer.sees(purpose.purpose_id, data_class)]
    content = [answer.view(FieldGroup.CONTENT, one, state) if one in seen else View.HIDDEN for one in DataClass]
    beside = []
    for group in (FieldGroup.LABELS, FieldGroup.EVIDENCE):
        views = {answer.view(group, one, state) for one in seen} or {View.HIDDEN}
        [same] = views  # labels and evidence have one column, so they may not depend on the class
        beside.append(same)
    return (*content, *beside)


def question(asker: Asker, purpose: PurposeRule, person: SubjectFacts) -> AccessRequest:
    principal = Principal(
        id=UUID(int=5),
        tenant_id=UUID(int=6),
        role=asker.role,
        capabilities=asker.capabilities,
        purposes=PURPOSES,
        default_purpose=None,
    )
    named = purpose.name if asker.action is Action.RECALL else None
    return AccessRequest(principal, asker.action, named, person, revealed=asker.revealed)


def refusals(name: str) -> set[ReasonCode | None]:
    """Return the reasons for refusing the asker, over all purposes and persons; None stands for an answer."""
    asked = [question(ASKERS[name], purpose, person) for purpose in PURPOSES for person in PERSONS.values()]
    answers = [decide(request, NOW) for request in asked]
    return {answer.reason if isinstance(answer, Refused) else None for answer in answers}


def render_matrix() -> str:
    table = matrix()
    parts = []
    for name, asker in ASKERS.items():
        mine = {place: found for place, found in table.items() if place[0] == name}
        parts.append(f"### {name}")
        why = refusals(name)
        if set(mine.values()) == {NOTHING} and None not in why:
            reasons = ", ".join(f"`{reason}`" for reason in sorted(reason for reason in why if reason))
            parts.append(
                f"Refused: {reasons}, for each of the three purposes and persons. All {len(mine)} rows are hidden in"
                f" all {len(NOTHING)} columns."
            )
            continue
        revealed = ", and break-glass is open for the person" if asker.revealed else ""
        parts.extend((f"Asks with `{asker.action}`{revealed}.", "\n".join(rows(mine))))
    return "\n\n".join(parts)


def rows(mine: dict[Place, Cells]) -> list[str]:
    """Return the rows of the usual person, and those of the others where any cell differs."""
    columns = ["purpose", "memory", "person", *DataClass, FieldGroup.LABELS, FieldGroup.EVIDENCE]
    lines = [_line(columns), _line(["---"] * len(columns))]
    for (asker, purpose, person, state), found in sorted(mine.items(), key=lambda item: _order(item[0])):
        if person == USUAL or found != mine[asker, purpose, USUAL, state]:
            lines.append(_line([purpose, state, person, *found]))
    return lines


def _order(place: Place) -> tuple[int, int, int]:
    _, purpose, person, state = place
    names = [rule.name for rule in PURPOSES]
    return names.index(purpose), list(MemoryState).index(state), list(PERSONS).index(person)


def _line(values: list[str]) -> str:
    return f"| {' | '.join(values)} |"


def render_roles() -> str:
    held = {role.value: capabilities for role, capabilities in ROLE_CAPABILITIES.items()}
    held["any API key, as far as it was given them"] = frozenset(MACHINE_CAPABILITIES)
    return "\n".join(f"* {name}: {_words(capabilities)}" for name, capabilities in held.items())


def render_actions() -> str:
    needed: dict[Capability | None, list[Action]] = {}
    for action, capability in NEEDED.items():
        needed.setdefault(capability, []).append(action)
    lines = [
        f"* `{capability}`: {_words(needed[capability]) if capability in needed else 'no action of its own'}"
        for capability in Capability
    ]
    return "\n".join([*lines, f"* nothing but a valid principal: {_words(needed[None])}"])


def render_step_up() -> str:
    lines = [_line(["action of staff", "second factor", "why"]), _line(["---"] * 3)]
    for action, why in SECOND_FACTOR.items():
        lines.append(_line([f"`{action}`", "yes" if why else "no", why.replace("_", " ") if why else ""]))
    return "\n".join(lines)


def _words(values: frozenset[Capability] | list[Action]) -> str:
    return ", ".join(f"`{value}`" for value in sorted(values))


SECTIONS = {
    "step-up": render_step_up,
    "roles": render_roles,
    "actions": render_actions,
    "matrix": render_matrix,
}


def markers(section: str) -> tuple[str, str]:
    return f"<!-- {section}: made by python -m tests.governance.policy.matrix -->", f"<!-- end of {section} -->"


def written(text: str, section: str) -> str:
    """Return the text between the markers of a section. Raises ValueError without exactly one of each."""
    start, end = markers(section)
    _, rest = _halves(text, start)
    inside, _ = _halves(rest, end)
    return inside.strip()


def rewrite(text: str) -> str:
    for section, render in SECTIONS.items():
        start, end = markers(section)
        before, rest = _halves(text, start)
        _, after = _halves(rest, end)
        text = f"{before}{start}\n\n{render()}\n\n{end}{after}"
    return text


def _halves(text: str, marker: str) -> tuple[str, str]:
    before, after = text.split(marker)
    return before, after


if __name__ == "__main__":
    DOCUMENT.write_text(rewrite(DOCUMENT.read_text()))
