"""The root key in Vault's transit engine, over HTTP, against a server that answers as Vault does."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidTag
from werkzeug import Response

from governance.errors import KeyUnavailable, WrongRootKey
from governance.keyring.root import aes_unwrap, aes_wrap
from governance.keyring.root_vault import VaultRootKey

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer
    from werkzeug import Request

KEY, CONTEXT = bytes(range(32)), b"tenant and epoch"
TOKEN = "s.a-token-of-a-test"


class Transit:
    """The routes of /v1/transit that are used, with the statuses and error bodies of Vault."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.deletable: set[str] = set()
        self.sealed = False

    def __call__(self, request: Request) -> Response:  # noqa: PLR0911 - one answer a case, as Vault has them
        if self.sealed:
            return _errors(503, "Vault is sealed")
        if request.headers.get("X-Vault-Token") != TOKEN:
            return _errors(403, "permission denied")
        _, _, mount, action, name, *rest = [*request.path.split("/"), ""]
        assert mount == "transit"
        body = json.loads(request.get_data() or b"{}")
        if action == "keys":
            return self._key(request.method, name, rest[0], body)
        if name not in self.keys:
            return _errors(400, "encryption key not found")
        context = base64.b64decode(body.get("associated_data", ""))
        if action == "encrypt":
            made = aes_wrap(self.keys[name], base64.b64decode(body["plaintext"]), context)
            return _data(ciphertext=f"vault:v1:{base64.b64encode(made).decode()}")
        try:
            opened = aes_unwrap(self.keys[name], base64.b64decode(body["ciphertext"].rpartition(":")[2]), context)
        except (InvalidTag, ValueError):
            return _errors(400, "cipher: message authentication failed")
        return _data(plaintext=base64.b64encode(opened).decode())

    def _key(self, method: str, name: str, sub: str, body: dict[str, object]) -> Response:
        if sub == "config":
            if name not in self.keys:
                return _errors(400, f"no existing key named {name} could be found")
            self.deletable |= {name} if body.get("deletion_allowed") else set()
        elif method == "GET":
            return _data(name=name) if name in self.keys else _errors(404)
        elif method == "DELETE":
            if name not in self.deletable:
                return _errors(400, "deletion is not allowed for this key")
            del self.keys[name]
        else:
            self.keys.setdefault(name, secrets.token_bytes(32))
        return Response(status=204)


def _errors(status: int, *words: str) -> Response:
    return Response(json.dumps({"errors": list(words)}), status, content_type="application/json")


def _data(**values: str) -> Response:
    return Response(json.dumps({"data": values}), 200, content_type="application/json")


@pytest.fixture
def transit(httpserver: HTTPServer) -> Transit:
    server = Transit()
    httpserver.expect_request(__import__("re").compile(r"^/v1/transit/.*")).respond_with_handler(server)
    return server


@pytest.fixture
def vault(httpserver: HTTPServer, transit: Transit) -> VaultRootKey:
    made = keeper(httpserver)
    made.create(1)
    return made


def keeper(httpserver: HTTPServer, token: str = TOKEN) -> VaultRootKey:
    return VaultRootKey(address=httpserver.url_for("").rstrip("/"), token=token, mount="transit", name="memstore")


def test_what_it_wraps_it_opens_for_the_same_context_only(vault: VaultRootKey) -> None:
    wrapped = vault.wrap(1, KEY, CONTEXT)
    assert vault.unwrap(1, wrapped, CONTEXT) == KEY
    with pytest.raises(WrongRootKey):
        vault.unwrap(1, wrapped, b"another tenant")
    assert vault.is_external


def test_a_version_proves_itself_and_no_other_does(vault: VaultRootKey) -> None:
    vault.create(2)
    assert vault.proves(1, vault.check_value(1))
    assert not vault.proves(1, vault.check_value(2))


def test_made_twice_it_is_the_same_key(vault: VaultRootKey) -> None:
    wrapped = vault.wrap(1, KEY, CONTEXT)
    vault.create(1)
    assert vault.unwrap(1, wrapped, CONTEXT) == KEY


def test_destroyed_it_opens_nothing_and_may_be_destroyed_again(vault: VaultRootKey, transit: Transit) -> None:
    wrapped = vault.wrap(1, KEY, CONTEXT)
    vault.destroy(1)
    assert transit.keys == {}
    with pytest.raises(WrongRootKey):
        vault.unwrap(1, wrapped, CONTEXT)
    vault.destroy(1)


def test_a_sealed_vault_a_wrong_token_and_nobody_there_are_unavailable(
    vault: VaultRootKey, transit: Transit, httpserver: HTTPServer
) -> None:
    with pytest.raises(KeyUnavailable, match="Forbidden"):
        keeper(httpserver, token="another").wrap(1, KEY, CONTEXT)
    transit.sealed = True
    with pytest.raises(KeyUnavailable, match="VaultDown"):
        vault.wrap(1, KEY, CONTEXT)
    nobody = VaultRootKey(address="http://127.0.0.1:1", token=TOKEN, mount="transit", name="memstore")
    with pytest.raises(KeyUnavailable, match="ConnectionError"):
        nobody.wrap(1, KEY, CONTEXT)
