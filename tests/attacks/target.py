"""The target of an attack, and the attack's outcome."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from api.configuration.socket_folders import socket_folder

if TYPE_CHECKING:
    from pathlib import Path

DATABASES = {"default": "memstore", "keys": "memstore_keys"}


@dataclass(frozen=True)
class Outcome:
    """`held`: the attack got nothing. `seen`: one line on what was observed, with figures."""

    held: bool
    seen: str


@dataclass(frozen=True)
class Target:
    """A running service with its demo tenant. `home` is its MEMSTORE_HOME, on this machine."""

    url: str
    home: Path

    @classmethod
    def at(cls, home: Path) -> Target:
        """Return the service of `home`, by its demo.json."""
        return cls(json.loads((home / "demo.json").read_text())["url"], home)

    @property
    def demo(self) -> dict[str, Any]:
        """Return url, api_key, tenant, notice, and the people of the console with their second factors."""
        return dict(json.loads((self.home / "demo.json").read_text()))

    def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Return status and JSON of one call, by the demo's key or by `key`; None for an empty body."""
        sent = {"Authorization": f"Token {key or self.demo['api_key']}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def connect(self, alias: str = "default", role: str = "memstore_app") -> psycopg.Connection:
        """Connect to one of the two embedded databases, as the serving role or another. Autocommit."""
        where = f"host='{socket_folder(self.home)}' dbname={DATABASES[alias]} user={role}"
        return psycopg.connect(where, autocommit=True)
