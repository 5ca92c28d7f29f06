"""The rows of a recall as messages of conversations: which stand beside which, and what they pass on to each other.

Facts of one message are one message here: what is asked of one of them is not thereby asked of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memstore.recall.columns import Columns, Flags, Floats, Indices

    Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Turns:
    """Messages in the order of their conversations; m of them, of n rows."""

    starts: Indices
    """(m,) the first row of each message; a row without a conversation is a message of its own."""
    message: Indices | None
    """(n,) the number of the row's message; None if every row is one."""
    conversations: Indices
    """The first message of each conversation."""
    group: Indices
    """(m,) the number of the message's conversation."""
    follows: Flags
    """(m,) the message before this one is the turn before it."""

    @classmethod
    def of(cls, columns: Columns, order: Indices) -> Self:
        """Return the messages of the columns; `order` is `conversation_order`."""
        conversation, position = columns.conversation[order], columns.position[order]
        begins = np.ones(len(order), dtype=np.bool_)
        begins[1:] = (conversation[1:] != conversation[:-1]) | (conversation[1:] == 0)
        known = position >= 0
        is_first = np.ones(len(order), dtype=np.bool_)
        is_first[1:] = begins[1:] | (position[1:] != position[:-1]) | ~known[1:]
        starts = np.flatnonzero(is_first)
        message = None
        if len(starts) < len(order):
            message = np.cumsum(is_first) - 1
            begins, known = begins[starts], known[starts]
        follows = ~begins
        follows[1:] &= known[1:] & known[:-1]
        return cls(starts, message, np.flatnonzero(begins), np.cumsum(begins) - 1, follows)

    def best(self, values: Floats) -> Floats:
        """Return the best value of each message's rows (m,)."""
        return values if self.message is None else np.maximum.reduceat(values, self.starts)

    def rows(self, values: NDArray[Value]) -> NDArray[Value]:
        """Return the value of each row's message: (..., m) to (..., n)."""
        return values if self.message is None else values[..., self.message]

    def before(self, values: Floats) -> Floats:
        """Return the best value of the turn before (n,), 0 where there is none."""
        each = self.best(values)
        shifted = np.zeros_like(each)
        shifted[1:] = each[:-1] * self.follows[1:]
        return self.rows(shifted)

    def nearby(self, values: Floats) -> Floats:
        """Return the best value of the turns two before and two after (n,), 0 where there are none.

        In a conversation of two they are the same speaker's.
        """
        each = self.best(values)
        in_a_row = self.follows[2:] & self.follows[1:-1]
        found = np.zeros_like(each)
        found[2:] = each[:-2] * in_a_row
        np.maximum(found[:-2], each[2:] * in_a_row, out=found[:-2])
        return self.rows(found)

    def beside(self, found: Flags) -> Flags:
        """Return the terms found in the turn before or after each row (t, n)."""
        each = found if self.message is None else np.logical_or.reduceat(found, self.starts, axis=1)
        window = np.zeros_like(each)
        window[:, 1:] |= each[:, :-1] & self.follows[1:]
        window[:, :-1] |= each[:, 1:] & self.follows[1:]
        return self.rows(window)

    def two_best(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the best value of each row's conversation and the second best, both (n,); values are 0 or more.

        Of a row's own message only the row itself counts. What there is not counts as 0.
        """
        if not len(values):
            return values, values
        left = self.best(values).copy()
        first = self._take_best(left)
        if self.message is None:
            return first[self.group], np.maximum.reduceat(left, self.conversations)[self.group]
        group, own = self.rows(self.group), self.rows(self.best(values))
        second = self._take_best(left)
        ranked = [first[group], second[group], np.maximum.reduceat(left, self.conversations)[group]]
        # The row stands in for its message.
        is_first, is_second = own == ranked[0], (own == ranked[1]) & (own != ranked[0])
        others = np.where(is_first, ranked[1], ranked[0]), np.where(is_first | is_second, ranked[2], ranked[1])
        return np.maximum(others[0], values), np.maximum(np.minimum(others[0], values), others[1])

    def _take_best(self, left: Floats) -> Floats:
        """Return the best value of each conversation, and set it to 0."""
        best = np.maximum.reduceat(left, self.conversations)
        taken = np.flatnonzero(left == best[self.group])
        group = self.group[taken]
        is_first = np.ones(len(taken), dtype=np.bool_)  # of equal ones, one
        np.not_equal(group[1:], group[:-1], out=is_first[1:])
        left[taken[is_first]] = 0
        return best


def conversation_order(columns: Columns) -> Indices:
    """Return the rows (n,) so that each conversation is together, by position; rows without one are in any place."""
    conversation, position = columns.conversation, columns.position
    n = len(columns)
    # Rows usually arrive in the order they were written, so that no sort is needed (it takes 5 ms at 50,000).
    same = conversation[1:] == conversation[:-1]
    begins = np.ones(n, dtype=np.bool_)
    begins[1:] = ~same
    heads = conversation[begins]
    heads = heads[heads != 0]
    backwards = same & (conversation[1:] != 0) & (position[1:] < position[:-1])
    if len(np.unique(heads)) == len(heads) and not backwards.any():
        return np.arange(n, dtype=np.int64)
    return np.lexsort((position, conversation)).astype(np.int64)
