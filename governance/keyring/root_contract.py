"""Contract of a keeper of root keys, wherever it keeps them: a file of this machine, AWS KMS or Vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

CHECK_MESSAGE = b"memstore key-check value"


class RootKey(Protocol):
    """Keeper of root key versions, one per epoch.

    All methods raise KeyUnavailable when the keeper cannot be reached.
    """

    @property
    def is_external(self) -> bool:
        """Return whether the root key lives outside this machine, so that a backup of the machine does not hold it."""

    def create(self, epoch: int) -> None:
        """Make the version of `epoch`, unless it exists. Safe to repeat."""

    def wrap(self, epoch: int, key: bytes, context: bytes) -> bytes: ...

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        """Return the key in `wrapped`. Raises WrongRootKey when this root key did not make it for this `context`."""

    def check_value(self, epoch: int) -> bytes:
        """Return a value that only this root key's version can make, and that `proves` can check."""

    def proves(self, epoch: int, check_value: bytes) -> bool:
        """Return whether this root key's version of `epoch` made `check_value`."""

    def destroy(self, epoch: int) -> datetime:
        """Destroy the version of `epoch` where it lives. Return the moment by which it is gone. Safe to repeat."""
