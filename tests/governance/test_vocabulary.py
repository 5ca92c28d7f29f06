"""The closed vocabularies and the tables over them: what fits a column, and which capabilities no role combines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from governance.models import AuditEvent
from governance.policy.roles import BREAK_GLASS, NEEDED, ROLE_CAPABILITIES, STATES, VIEWS
from governance.vocabulary import (
    MACHINE_CAPABILITIES,
    STAFF,
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

if TYPE_CHECKING:
    from enum import StrEnum

AUDIT_COLUMN = 24
READING_BY_MACHINE = frozenset({Capability.REMEMBER, Capability.RECALL, Capability.RECALL_SPECIAL})


@pytest.mark.parametrize("word", [*Action, *ReasonCode, *Role, *LawfulBasis])
def test_every_word_of_the_record_fits_its_column_and_is_lower_snake_case(word: StrEnum) -> None:
    assert len(word.value) <= AUDIT_COLUMN
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", word.value)
    assert word.name == word.value.upper()


def test_the_columns_of_the_record_are_as_wide_as_we_think() -> None:
    fields = {field.name: field for field in AuditEvent._meta.fields}
    assert {fields[name].max_length for name in ("type", "reason", "role", "lawful_basis")} == {AUDIT_COLUMN}


@pytest.mark.parametrize("capability", Capability)
def test_a_capability_is_lower_snake_case_with_at_most_one_dot(capability: Capability) -> None:
    assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", capability.value)


def test_the_lawful_bases_are_the_six_of_article_6() -> None:
    assert [basis.value for basis in LawfulBasis] == [
        "consent",
        "contract",
        "legal_obligation",
        "vital_interests",
        "public_task",
        "legitimate_interests",
    ]


def test_the_conditions_are_the_ten_of_article_9_2() -> None:
    assert [condition.value for condition in Article9Condition] == [f"9(2)({letter})" for letter in "abcdefghij"]


def test_the_dimensions_of_a_decision_are_these() -> None:
    assert [*DataClass] == ["ordinary", "confidential", "special", "criminal"]
    assert [*Handling] == ["allow", "mask", "quarantine", "refuse"]
    assert [*MemoryState] == ["active", "restricted", "quarantined", "superseded", "erased"]
    assert [*SubjectState] == ["active", "restricted", "erased"]
    assert [*SubjectKind] == ["user", "run", "agent", "app"]
    assert [*FieldGroup] == ["content", "labels", "evidence"]
    assert [*View] == ["clear", "masked", "hidden"]


@pytest.mark.parametrize("enum", [DataClass, Handling])
def test_what_is_listed_later_is_stricter(enum: type[DataClass | Handling]) -> None:
    assert [member.rank for member in enum] == list(range(len(enum)))


def test_every_staff_role_has_its_rows() -> None:
    assert {Role.REVIEWER, Role.DPO, Role.AUDITOR, Role.ADMINISTRATOR, Role.KEY_OFFICER} == STAFF
    assert set(ROLE_CAPABILITIES) == STAFF | {Role.SYSTEM, Role.SUBJECT}
    machine = {Capability.RECALL.value, Capability.RECALL_SPECIAL.value}
    person = {Capability.OWN_READ.value, Capability.OWN_READ_ALL.value}
    assert set(VIEWS) == {role.value for role in STAFF | {Role.SYSTEM, Role.SUBJECT}} | machine | person | {BREAK_GLASS}
    assert set(STATES) <= set(VIEWS)


def test_no_row_shows_an_erased_memory() -> None:
    assert not [row for row, states in STATES.items() if MemoryState.ERASED in states]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.KEY_OFFICER, Role.SYSTEM])
def test_content_is_hidden_from_these_even_if_an_action_led_there(role: Role) -> None:
    assert set(VIEWS[role.value][: len(DataClass)]) == {View.HIDDEN}


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.DPO])
def test_content_is_never_clear_without_break_glass(role: Role) -> None:
    assert View.CLEAR not in VIEWS[role.value][: len(DataClass)]


@pytest.mark.parametrize("role", sorted(STAFF))
def test_nobody_at_work_reads_or_writes_as_a_machine(role: Role) -> None:
    assert not ROLE_CAPABILITIES[role] & READING_BY_MACHINE


def test_the_service_itself_reads_nothing() -> None:
    assert ROLE_CAPABILITIES[Role.SYSTEM] == {Capability.MAINTAIN}


def test_what_somebody_chooses_and_asks_for_is_all_that_people_and_machines_pass_on() -> None:
    people = frozenset[Capability]().union(*ROLE_CAPABILITIES.values())
    passed_on = {Capability.CONSENT_GRANT, Capability.REQUEST_RIGHTS, Capability.PORTAL_ISSUE}
    assert people & set(MACHINE_CAPABILITIES) == passed_on
    assert people | set(MACHINE_CAPABILITIES) == set(Capability)


# Administrators and DPOs may both approve members, and DPOs both request and approve holds: there a small
# organisation may have no one else. Two people are still needed, by person id (`four_eyes`), whatever their roles.
@pytest.mark.parametrize(
    ("asks", "approves"),
    [
        # a key reads content: who mints one for himself would read everything
        (Capability.REQUEST_KEY, Capability.APPROVE_KEY),
        # a rule may erase for good
        (Capability.PROPOSE_RETENTION, Capability.APPROVE_RETENTION),
        # who says what a purpose may hold does not say what else may be read for it
        (Capability.WRITE_PURPOSES, Capability.WRITE_COMPATIBILITY),
    ],
)
def test_no_role_both_asks_and_approves(asks: Capability, approves: Capability) -> None:
    assert [role for role, held in ROLE_CAPABILITIES.items() if asks in held]
    assert [role for role, held in ROLE_CAPABILITIES.items() if approves in held]
    assert not [role for role, held in ROLE_CAPABILITIES.items() if {asks, approves} <= held]


def test_the_person_holds_nothing_that_reaches_others() -> None:
    own = {Capability.PORTAL_USE, Capability.OWN_READ, Capability.OWN_READ_ALL}
    assert ROLE_CAPABILITIES[Role.SUBJECT] == own | {Capability.REQUEST_RIGHTS}
    others = [held for role, held in ROLE_CAPABILITIES.items() if role is not Role.SUBJECT]
    assert not own & frozenset(MACHINE_CAPABILITIES).union(*others)


def test_who_may_reveal_and_who_reviews_it() -> None:
    # A DPO does both, of different people's reveals: `review_break_glass` compares the persons.
    assert {role for role, held in ROLE_CAPABILITIES.items() if Capability.REVEAL in held} == {Role.REVIEWER, Role.DPO}
    assert {role for role, held in ROLE_CAPABILITIES.items() if Capability.REVIEW_REVEAL in held} == {Role.DPO}


def test_every_capability_that_an_action_needs_is_held_by_somebody() -> None:
    held = frozenset(MACHINE_CAPABILITIES).union(*ROLE_CAPABILITIES.values())
    assert {needed for needed in NEEDED.values() if needed is not None} <= held
