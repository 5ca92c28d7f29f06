"""The opened cards of one recall as columns: what ranking reads of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Flags: TypeAlias = NDArray[np.bool_]
    Indices: TypeAlias = NDArray[np.int64]

_MATRIX: Final = 2  # axes


@dataclass(frozen=True, slots=True)
class Columns:
    """Opened cards of one recall as columns; n rows, d dimensions. All of it is known at write time."""

    vectors: NDArray[np.int8]
    """(n, d); row i stands for `vectors[i] * scales[i]`, a unit vector (`quantise`)."""
    scales: Floats
    """(n,); 0 where there is no embedding."""
    term_hashes: NDArray[np.uint32]
    """(m,) the terms of all rows one after another (`terms.terms`)."""
    term_offsets: Indices
    """(n + 1,) row i has `term_hashes[term_offsets[i]:term_offsets[i + 1]]`."""
    speaker: NDArray[np.uint64]
    """(n,) `terms.name_hash` of who said it, 0 for unknown."""
    conversation: NDArray[np.uint64]
    """(n,) a number for the conversation, 0 for none: such a row has no neighbours."""
    position: NDArray[np.int32]
    """(n,) the message's place in its conversation, -1 for unknown. Rows of one place are facts of one message: they
    are no neighbours of each other."""
    said_at: NDArray[np.float64]
    """(n,) unix seconds."""
    is_question: Flags
    tells_time: Flags
    tells_place: Flags
    tells_name: Flags
    """(n,) all four from `terms.read`."""
    by_person: Flags
    """(n,) a person said it, not an assistant."""
    context_hashes: NDArray[np.uint32] | None = None
    """(c,) terms of what stood beside the memory in its message and was not kept; None if no row has any."""
    context_offsets: Indices | None = None
    """(n + 1,) as `term_offsets`."""

    def __post_init__(self) -> None:
        n = len(self.scales)
        lengths = {len(column) for column in (self.vectors, *self._flat()) if column is not None}
        if lengths != {n} or self.vectors.ndim != _MATRIX:
            raise ValueError("columns differ in length")
        for hashes, offsets in (
            (self.term_hashes, self.term_offsets),
            (self.context_hashes, self.context_offsets),
        ):
            if hashes is None or offsets is None:
                continue
            if len(offsets) != n + 1:
                raise ValueError("columns differ in length")
            if offsets[0] != 0 or offsets[-1] != len(hashes):
                raise ValueError("offsets do not span the terms")

    def __len__(self) -> int:
        return len(self.scales)

    def _flat(self) -> list[NDArray[Any] | None]:
        return [getattr(self, field.name) for field in fields(self)[4:13]]
