"""Scope of a filter: the subjects it can be about, from its conditions on user_id, agent_id, app_id and run_id.

AND conjoins what its children name (a child that names no subject does not widen it), OR unites them and names no
subject as soon as one branch names none. NOT, `ne`, `nin` and the wildcard `*` name no subject. Every record that
matches the filter lies in the scope; the reverse does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memstore.errors import InvalidInput
from memstore.recall.filter.tree import And, IdTest, Not, Or
from memstore.records.scope_ids import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from governance.vocabulary import SubjectKind
    from memstore.recall.filter.tree import FilterRecord, Node

WILDCARD = "*"
MAX_ALTERNATIVES = 100
PROBLEM = "name at least one of user_id, agent_id, app_id or run_id; wildcards and NOT do not count"


class UnscopedFilter(InvalidInput):
    """A filter that names no subject."""

    def __init__(self, field: str = "filters", problem: str = PROBLEM) -> None:
        super().__init__(field, problem)


class WildcardScope(UnscopedFilter):
    """A filter that names no subject and has a wildcard, which asks for all of them."""


@dataclass(frozen=True, slots=True, eq=True)
class Alternative(Mapping["SubjectKind", str]):
    """Ids that hold together, one for each kind that is named. Hashable, unlike other mappings."""

    ids: frozenset[tuple[SubjectKind, str]]

    def __getitem__(self, kind: SubjectKind) -> str:
        for own, external_id in self.ids:
            if own == kind:
                return external_id
        raise KeyError(kind)

    def __iter__(self) -> Iterator[SubjectKind]:
        return iter(sorted(kind for kind, _ in self.ids))

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Scope:
    """The alternatives of a filter: it is about one of them.

    Without any, its conditions contradict one another and it matches nothing.
    """

    alternatives: frozenset[Alternative]

    def covers(self, record: FilterRecord) -> bool:
        """Return whether the record carries all the ids of one alternative."""
        return any(
            all(getattr(record, FIELDS[kind]) == external_id for kind, external_id in alternative.ids)
            for alternative in self.alternatives
        )


def scope_of(root: Node, field: str) -> Scope:
    """Return the scope of a tree.

    Raises UnscopedFilter, WildcardScope, or InvalidInput when there are more than MAX_ALTERNATIVES.
    """
    found = _alternatives(root, field)
    if found is None:
        raise WildcardScope(field) if _has_wildcard(root) else UnscopedFilter(field)
    return Scope(frozenset(Alternative(ids) for ids in found))


Ids = frozenset[tuple["SubjectKind", str]]


def _alternatives(node: Node, field: str) -> frozenset[Ids] | None:
    """Return the ids that the node names, or None if it names no subject."""
    if isinstance(node, IdTest):
        return None if node.wildcard else _bounded((frozenset({(node.kind, one)}) for one in node.ids), field)
    if isinstance(node, And):
        return _conjoined([_alternatives(child, field) for child in node.children], field)
    if isinstance(node, Or):
        branches = [_alternatives(child, field) for child in node.children]
        named = [branch for branch in branches if branch is not None]
        if len(named) < len(branches):
            return None
        return _bounded((ids for branch in named for ids in branch), field)
    return None


def _conjoined(parts: Iterable[frozenset[Ids] | None], field: str) -> frozenset[Ids] | None:
    found: frozenset[Ids] | None = None
    for part in parts:
        if part is None or part == found:
            continue
        if found is None:
            found = part
        else:
            both = (left | right for left in found for right in part)
            found = _bounded((ids for ids in both if len({kind for kind, _ in ids}) == len(ids)), field)
    return found


def _bounded(alternatives: Iterable[Ids], field: str) -> frozenset[Ids]:
    """Collect the alternatives.

    Raises InvalidInput at the first one too many, so a product of products is never built.
    """
    found: set[Ids] = set()
    for ids in alternatives:
        found.add(ids)
        if len(found) > MAX_ALTERNATIVES:
            raise InvalidInput(field, f"is about more than {MAX_ALTERNATIVES} alternatives; name fewer ids")
    return frozenset(found)


def _has_wildcard(node: Node) -> bool:
    if isinstance(node, (And, Or)):
        return any(_has_wildcard(child) for child in node.children)
    if isinstance(node, Not):
        return _has_wildcard(node.child)
    return isinstance(node, IdTest) and node.wildcard
