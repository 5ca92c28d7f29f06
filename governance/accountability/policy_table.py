"""Policy as people read it: what each role may do, and how much of a memory it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.guard.authorize import authorize
from governance.policy.roles import NEEDED, ROLE_CAPABILITIES, STATES, STEP_UP, VIEWS
from governance.vocabulary import MACHINE_CAPABILITIES, Action, DataClass

if TYPE_CHECKING:
    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role with its capabilities and the actions that they allow."""

    role: str
    capabilities: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ViewRow:
    """The view of one role. `content` by class, `labels` and `evidence`: clear, masked or hidden.

    It is for memories in one of `states`.
    """

    who: str
    content: dict[str, str]
    labels: str
    evidence: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """The policy: roles, views, the actions that need a step-up, and the capabilities that an API key may hold."""

    roles: tuple[RoleRow, ...]
    views: tuple[ViewRow, ...]
    step_up: tuple[str, ...]
    machine_capabilities: tuple[str, ...]


def policy_table(*, caller: Caller) -> PolicyTable:
    """Return the policy. It is on the record as a read of configuration."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        grant.record()
    return table()


def table() -> PolicyTable:
    """Return the policy. Pure."""
    return PolicyTable(
        roles=tuple(
            RoleRow(
                role=role.value,
                capabilities=tuple(sorted(one.value for one in held)),
                actions=tuple(sorted(action.value for action, needed in NEEDED.items() if needed in held)),
            )
            for role, held in ROLE_CAPABILITIES.items()
        ),
        views=tuple(
            ViewRow(
                who=who,
                content={data_class.value: views[data_class.rank].value for data_class in DataClass},
                labels=views[4].value,
                evidence=views[5].value,
                states=tuple(sorted(state.value for state in STATES.get(who, ()))),
            )
            for who, views in VIEWS.items()
        ),
        step_up=tuple(sorted(action.value for action in STEP_UP)),
        machine_capabilities=tuple(one.value for one in MACHINE_CAPABILITIES),
    )
