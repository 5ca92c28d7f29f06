"""Scope ids: the user that a memory is about, and the agent, app and run that it came through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.errors import InvalidChange
from governance.policy.external_ids import MAX_ID_CHARS, ExternalId, external_id
from governance.vocabulary import SubjectKind
from memstore.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FIELDS", "MAX_ID_CHARS", "ScopeIds", "clean_id"]

FIELDS = {
    SubjectKind.USER: "user_id",
    SubjectKind.AGENT: "agent_id",
    SubjectKind.APP: "app_id",
    SubjectKind.RUN: "run_id",
}


@dataclass(frozen=True, slots=True)
class ScopeIds:
    """External ids of one memory. Raises InvalidInput for a value that is not an id."""

    user_id: str | None = None
    agent_id: str | None = None
    app_id: str | None = None
    run_id: str | None = None

    def __post_init__(self) -> None:
        for field in FIELDS.values():
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, clean_id(value, field))

    @classmethod
    def as_stored(cls, ids: Iterable[str | None]) -> ScopeIds:
        """Return the ids of a stored row, in the order of FIELDS, unchecked: they were checked on their way in."""
        found = object.__new__(cls)
        for field, value in zip(FIELDS.values(), ids, strict=True):
            object.__setattr__(found, field, value)
        return found

    def given(self) -> dict[SubjectKind, str]:
        """Return the ids that are not None, by kind."""
        found = {kind: getattr(self, field) for kind, field in FIELDS.items()}
        return {kind: value for kind, value in found.items() if value is not None}

    def subject(self) -> tuple[SubjectKind, str]:
        """Return kind and external id of the subject: the user if named, else the run, else the agent, else the app.

        Raises InvalidInput when no id is given.
        """
        given = self.given()
        for kind in (SubjectKind.USER, SubjectKind.RUN, SubjectKind.AGENT, SubjectKind.APP):
            if kind in given:
                return kind, given[kind]
        raise InvalidInput("user_id", "at least one of user_id, agent_id, app_id or run_id is needed")


def clean_id(value: object, field: str) -> ExternalId:
    """Return `value` as an external id, in Unicode's composed form. Raises InvalidInput, with `field` as its path."""
    try:
        return external_id(value, field)
    except InvalidChange as wrong:
        raise InvalidInput(wrong.field, wrong.problem) from None
