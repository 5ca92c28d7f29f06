"""Exceptions of the memory use cases. They know nothing of HTTP; `api.web.errors` maps each to a status.

MemstoreError
├── InvalidInput           a value cannot be accepted; carries the path of the field
│   └── TooMuch            the call asks for more than one call may
├── Busy                   the process runs as many heavy calls as it may at a time
├── MemoryNotFound         no such memory, or none that the caller may know of
├── Conflict               the state of the object does not allow it
├── ErasureHalted          an erasure cannot prove what it did; carries a code
└── ProviderError          an embedder or extractor failed; `permanent` tells whether to retry
"""

from __future__ import annotations


class MemstoreError(Exception):
    """Base of every exception that memstore raises."""


class InvalidInput(MemstoreError):
    """A value that cannot be accepted.

    `field` is its path (`filters.AND[1].created_at.gte`), `problem` says what was expected. Neither ever repeats the
    value: messages reach logs, and values are people's words.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class TooMuch(InvalidInput):
    """More than one call may ask for: less of it, or the rest in further calls, is accepted."""


class Busy(MemstoreError):
    """Too many heavy calls run at this moment. Nothing was done: the same call may be repeated after a second."""

    retry_after_seconds = 1


class MemoryNotFound(MemstoreError):
    """Memory not found!"""


class Conflict(MemstoreError):
    """The object's state does not allow the operation."""


class ErasureHalted(MemstoreError):
    """A failed step of an erasure: scan_blind, neighbour_changed or residue_found. No later step runs."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ProviderError(MemstoreError):
    """An embedding or language model failed. `permanent` means that the same call cannot succeed later."""

    def __init__(self, provider: str, problem: str, *, permanent: bool) -> None:
        super().__init__(f"{provider}: {problem}")
        self.provider = provider
        self.problem = problem
        self.permanent = permanent
