"""Scope ids: who a memory is about (user), and which agent, app and run it came through."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from governance.vocabulary import SubjectKind
from memstore.errors import InvalidInput

MAX_ID_CHARS = 255
# Ids travel in paths, query strings and filters; what would be read differently in one of them is no id.
_FORBIDDEN = frozenset("/\\%*?#")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp"})
FIELDS = {
    SubjectKind.USER: "user_id",
    SubjectKind.AGENT: "agent_id",
    SubjectKind.APP: "app_id",
    SubjectKind.RUN: "run_id",
}


@dataclass(frozen=True, slots=True)
class ScopeIds:
    """The external ids of one memory; at least one is given."""

    user_id: str | None = None
    agent_id: str | None = None
    app_id: str | None = None
    run_id: str | None = None

    def given(self) -> dict[SubjectKind, str]:
        found = {kind: getattr(self, field) for kind, field in FIELDS.items()}
        return {kind: value for kind, value in found.items() if value is not None}

    def subject(self) -> tuple[SubjectKind, str]:
        """Who the memory is about: the user if named, else the conversation, else the agent or app itself."""
        given = self.given()
        for kind in (SubjectKind.USER, SubjectKind.RUN, SubjectKind.AGENT, SubjectKind.APP):
            if kind in given:
                return kind, given[kind]
        raise InvalidInput("user_id", "at least one of user_id, agent_id, app_id or run_id is needed")


def clean_id(value: object, field: str) -> str:
    """`value` as an id: 1 to 255 characters, none of them space, invisible or with a meaning in addresses.

    Raises InvalidInput.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InvalidInput(field, "expected a text or a whole number")
    text = str(value).strip()
    if not text:
        raise InvalidInput(field, "must not be empty")
    if len(text) > MAX_ID_CHARS:
        raise InvalidInput(field, f"at most {MAX_ID_CHARS} characters")
    if any(char in _FORBIDDEN or unicodedata.category(char) in _FORBIDDEN_CATEGORIES for char in text):
        raise InvalidInput(field, "must not hold spaces, invisible characters or any of / \\ % * ? #")
    return text
