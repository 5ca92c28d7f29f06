"""What a keeper of root keys does, wherever it keeps them: here, in AWS KMS, in Vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

CHECK_MESSAGE = b"memstore key-check value"


class RootKey(Protocol):
    """A keeper of root key versions, one per epoch. All raise KeyUnavailable when the keeper cannot be reached."""

    @property
    def is_external(self) -> bool:
        """Whether the root lives outside this machine, so that a backup of the machine does not hold it."""

    def create(self, epoch: int) -> None:
        """Make the version of `epoch`, unless it is there. Safe to repeat."""

    def wrap(self, epoch: int, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        """Raises WrongRootKey when `wrapped` was not made by this root key for this `context`."""

    def check_value(self, epoch: int) -> bytes:
        """What only this root key's version can make, and `proves` can tell."""

    def proves(self, epoch: int, check_value: bytes) -> bool:
        """Whether `check_value` was made by this root key's version of `epoch`."""

    def destroy(self, epoch: int) -> datetime:
        """Destroy the version of `epoch` where it lives; the moment by which it is gone. Safe to repeat."""
