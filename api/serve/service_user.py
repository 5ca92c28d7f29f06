"""The unprivileged user of the services, when they are started by root. It does not own the database's files.

What they write is in folders of theirs below MEMSTORE_HOME; what they read there is handed to them. Everything else,
and the home itself, stays root's: nothing that root opens later can be swapped for something else by a service.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from api.configuration import env
from api.configuration.socket_folders import TOLD_FOLDER, service_folder
from api.serve.start_error import StartError
from api.serve.system_users import as_user, let_in, may, system_user

if TYPE_CHECKING:
    import pwd
    from types import ModuleType

    from api.serve.system_users import AsUser

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = ("run", "ledger", "anchors", "witness")  # folders of the home
READ = ("secret.key", "root.key")
UNPRIVILEGED_PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
# Secrets that the services need, which may be in files that only root can read.
SECRETS = (
    *("DATABASE_URL", "KEYS_DATABASE_URL", "BROKER_URL", "MEMSTORE_SECRET_KEY", "VAULT_TOKEN", "OPENAI_API_KEY"),
    *("MEMSTORE_METRICS_TOKEN", "MEMSTORE_OIDC_CLIENT_SECRET"),
)
CODE = ("api.asgi", "granian", "celery", "django", "psycopg")  # a sample of what they load
OWNERS = ("DATABASE_OWNER_URL", "KEYS_DATABASE_OWNER_URL")  # the serving role owns nothing


class ServiceUser:
    """The user of web, worker and scheduler: without root, or with MEMSTORE_RUN_AS=root, the user that started."""

    def __init__(self, name: str) -> None:
        self.user: pwd.struct_passwd | None = None
        if os.geteuid() == 0 and name != "root":
            try:
                self.user = system_user(name)
            except (OSError, subprocess.SubprocessError):
                raise StartError(f"the system user {name} cannot be made; {_instead()}") from None
            if self.user.pw_uid == 0:
                raise StartError(f"MEMSTORE_RUN_AS: {name} is root under another name")

    @property
    def options(self) -> AsUser:
        """Return the options of subprocess for the services' processes."""
        return {"cwd": str(ROOT)} if self.user is None else as_user(self.user) | {"cwd": str(ROOT)}

    def environment(self, home: Path) -> dict[str, str]:
        """Return the services' environment: without what only the owner's commands need, with root's secrets."""
        found = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in OWNERS}
        if self.user is None:
            return found
        for name in SECRETS:
            path = found.get(f"{name}_FILE", "").strip()
            if path and not may(self.user, "-r", Path(path)):
                found[name] = env.secret(name)
                del found[f"{name}_FILE"]
        found |= {TOLD_FOLDER: str(service_folder(home))}
        return found | {"HOME": str(home / "run"), "USER": self.user.pw_name, "LOGNAME": self.user.pw_name}

    def check(self, home: Path, settings: ModuleType) -> None:
        """Check, before anything is started, that the services can reach what they need. Raises StartError."""
        if self.user is None:
            return
        if (int(UNPRIVILEGED_PORTS.read_text()) if UNPRIVILEGED_PORTS.exists() else 1024) > settings.PORT:
            raise StartError(f"PORT: {settings.PORT} is for root only; take another one, or {_instead()}")
        places = (home / "run", ROOT / "api", Path(sys.executable), Path(sys.executable).resolve(), *_packages())
        for parent in sorted({parent for place in places for parent in place.absolute().parents}):
            let_in(parent, self.user)
        self._reaches_files(home, settings)
        self._reads_the_code()

    def hand_over(self, home: Path) -> None:
        """Give the services what is theirs in the home, also in one that an earlier version has made as root's."""
        if self.user is None:
            return
        for name in WRITTEN:
            (home / name).mkdir(mode=0o700, exist_ok=True)
            self._give(home / name)
        for name in READ:
            self._give_file(home / name)

    def own(self, descriptor: int) -> None:
        """Give the services a socket whose port they share: SO_REUSEPORT is for one user."""
        if self.user is not None:
            os.fchown(descriptor, self.user.pw_uid, self.user.pw_gid)

    def _give(self, folder: Path) -> None:
        assert self.user is not None  # noqa: S101 - for the reader and mypy
        for _, folders, files, at in os.fwalk(folder, follow_symlinks=False):
            os.fchown(at, self.user.pw_uid, self.user.pw_gid)
            for name in (*folders, *files):
                found = os.stat(name, dir_fd=at, follow_symlinks=False)
                if stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
                    os.chown(name, self.user.pw_uid, self.user.pw_gid, dir_fd=at, follow_symlinks=False)

    def _give_file(self, path: Path) -> None:
        if self.user is not None and path.exists() and not path.is_symlink():
            os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)

    def _reaches_files(self, home: Path, settings: ModuleType) -> None:
        """Check files that settings have put elsewhere, which belong to others.

        Raises StartError, which names what is missing.
        """
        assert self.user is not None  # noqa: S101
        places = (
            [("MEMSTORE_LEDGER", Path(settings.MEMSTORE_LEDGER[1]))] if settings.MEMSTORE_LEDGER[0] == "file" else []
        )
        places += [
            ("MEMSTORE_AUDIT_ANCHORS", Path(at)) for kind, at in settings.MEMSTORE_AUDIT_ANCHORS if kind == "file"
        ]
        kind, _, witness = settings.MEMSTORE_WITNESS.partition(":")
        places += [("MEMSTORE_WITNESS", Path(witness))] if kind == "file" else []
        for name, path in places:
            place = path if path.exists() else path.parent
            if not path.is_relative_to(home) and not may(self.user, "-w", place):
                raise StartError(
                    f"{name}: the user {self.user.pw_name} cannot write {place}; chown it, or {_instead()}"
                )
        key = settings.MEMSTORE_ROOT_KEY_FILE
        elsewhere = settings.MEMSTORE_ROOT_KEY == "local" and key.exists() and not key.is_relative_to(home)
        if elsewhere and not may(self.user, "-r", key):
            raise StartError(
                f"MEMSTORE_ROOT_KEY_FILE: the user {self.user.pw_name} cannot read it; chown it, or {_instead()}"
            )

    def _reads_the_code(self) -> None:
        assert self.user is not None  # noqa: S101
        found = [find_spec(name) for name in CODE]
        for path in (spec.origin for spec in found if spec is not None and spec.origin is not None):
            if not may(self.user, "-r", Path(path)):
                raise StartError(f"the user {self.user.pw_name} cannot read {path}; make it readable, or {_instead()}")


def _packages() -> list[Path]:
    return [Path(entry) for entry in sys.path if entry and Path(entry).is_dir()]


def _instead() -> str:
    return "set MEMSTORE_RUN_AS to another user (or to root)"
