"""Root key in the transit engine of HashiCorp Vault or OpenBao: one transit key per epoch.

Not one key with versions: an epoch is destroyed by deleting its key, and a version can only be archived.
"""

from __future__ import annotations

import base64
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from governance.errors import KeyUnavailable, WrongRootKey
from governance.keyring.root_contract import CHECK_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hvac import Client

CHECK_CONTEXT = b"check"
SECONDS = 3


class VaultRootKey:
    """Keeper in Vault's transit engine, mounted at `mount`.

    Keys are named `<name>-epoch-<n>`. `namespace` may be empty.
    """

    is_external = True

    def __init__(self, *, address: str, token: str, mount: str, name: str, namespace: str = "") -> None:
        self._address, self._token, self._mount = address, token, mount
        self._name, self._namespace = name, namespace

    def create(self, epoch: int) -> None:
        """Create the transit key of `epoch`. Vault leaves an existing one unchanged."""
        with _vault_errors():
            self._transit.create_key(name=self._key(epoch), key_type="aes256-gcm96", mount_point=self._mount)

    def wrap(self, epoch: int, key: bytes, context: bytes) -> bytes:
        with _vault_errors():
            made = self._transit.encrypt_data(
                name=self._key(epoch),
                plaintext=base64.b64encode(key).decode(),
                associated_data=base64.b64encode(context).decode(),
                mount_point=self._mount,
            )
        return str(made["data"]["ciphertext"]).encode()

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        with _vault_errors():
            opened = self._transit.decrypt_data(
                name=self._key(epoch),
                ciphertext=wrapped.decode(errors="replace"),
                associated_data=base64.b64encode(context).decode(),
                mount_point=self._mount,
            )
        return base64.b64decode(opened["data"]["plaintext"])

    def check_value(self, epoch: int) -> bytes:
        return self.wrap(epoch, CHECK_MESSAGE, CHECK_CONTEXT)

    def proves(self, epoch: int, check_value: bytes) -> bool:
        try:
            return self.unwrap(epoch, check_value, CHECK_CONTEXT) == CHECK_MESSAGE
        except WrongRootKey:
            return False

    def destroy(self, epoch: int) -> datetime:
        """Delete the transit key at once, and with it all that it wrapped. Return the present moment.

        Snapshots of Vault's own storage hold it until they expire. Raises KeyUnavailable when Vault does not delete it.
        """
        from hvac.exceptions import InvalidPath, InvalidRequest

        with _vault_errors():
            try:
                self._transit.update_key_configuration(
                    name=self._key(epoch), deletion_allowed=True, mount_point=self._mount
                )
                self._transit.delete_key(name=self._key(epoch), mount_point=self._mount)
            except (InvalidPath, InvalidRequest):
                if self._is_there(epoch):
                    raise KeyUnavailable("Vault does not delete the key") from None
        return datetime.now(UTC)

    def _is_there(self, epoch: int) -> bool:
        """Return whether the transit key exists, by reading it.

        Vault answers a change of configuration of a missing key like any bad request, so that answer proves nothing.
        """
        from hvac.exceptions import InvalidPath

        try:
            self._transit.read_key(name=self._key(epoch), mount_point=self._mount)
        except InvalidPath:
            return False
        return True

    def _key(self, epoch: int) -> str:
        return f"{self._name}-epoch-{epoch}"

    @cached_property
    def _client(self) -> Client:
        import hvac

        return hvac.Client(url=self._address, token=self._token, namespace=self._namespace or None, timeout=SECONDS)

    @property
    def _transit(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - hvac has no types
        return self._client.secrets.transit


@contextmanager
def _vault_errors() -> Iterator[None]:
    """Turn Vault errors into KeyUnavailable and WrongRootKey.

    They carry kinds only: Vault's messages may repeat what was sent to it.
    """
    from hvac.exceptions import InvalidPath, InvalidRequest, VaultError
    from requests.exceptions import RequestException

    try:
        yield
    except InvalidRequest:
        raise WrongRootKey("Vault does not open this under the root key of its epoch") from None
    except InvalidPath:
        raise KeyUnavailable("Vault has no such key") from None
    except VaultError as error:
        raise KeyUnavailable(f"Vault refused: {type(error).__name__}") from None
    except RequestException as error:
        raise KeyUnavailable(f"Vault did not answer: {type(error).__name__}") from None
