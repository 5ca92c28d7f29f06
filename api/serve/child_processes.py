"""Child processes: each in a group of its own, restarted when it dies, ended with all its children when we stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.serve.embedded_postgres import end_with_parent
from api.serve.system_users import AsUser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LONG_LIFE_SECONDS = 10.0
MAX_PAUSE_SECONDS = 30.0
MAX_LOG_BYTES = 50 * 2**20


@dataclass
class Child:
    """A child process. `environment` is all of its environment; without `as_whom` it runs as the starting user.

    `when_orphaned`: the signal that it gets when the supervisor is killed.

    `pause` seconds pass before the next start; it doubles while the child dies young.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 0.0
    restarts: int = field(default=0)
    as_whom: AsUser = field(default_factory=AsUser)
    when_orphaned: signal.Signals = signal.SIGTERM

    def start(self) -> None:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,
                preexec_fn=end_with_parent(self.when_orphaned),  # noqa: PLW1509 - the supervisor has no threads
                **self.as_whom,
            )
        finally:
            os.close(descriptor)
        self.started_at = time.monotonic()

    def is_dead(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def restart_if_due(self) -> bool:
        """Start the child again after it died and its pause is over. Returns True when it was started."""
        if self.process is not None:
            if self.process.poll() is None:
                return False
            self.signal(signal.SIGKILL)  # a dead leader may have left its group behind
            lived = time.monotonic() - self.started_at
            self.pause = min(max(self.pause * 2, 0.5), MAX_PAUSE_SECONDS) if lived < LONG_LIFE_SECONDS else 0.0
            self.process = None
            self.started_at = time.monotonic()
        if time.monotonic() - self.started_at < self.pause:
            return False
        self.start()
        self.restarts += 1
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, also when its leader is gone already."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return

    def last_words(self) -> str:
        """Return the end of its log, for the message that it died."""
        try:
            return self.log.read_text(errors="replace")[-1500:].strip()
        except OSError:
            return ""


def stop_all(children: list[Child], *, seconds: float) -> None:
    """Send TERM to each group, wait, then KILL: no process of any group is left."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(_group_lives(child) for child in children):
        time.sleep(0.05)
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()


def _group_lives(child: Child) -> bool:
    if child.process is None:
        return False
    child.process.poll()  # reaps the leader, which would keep its group alive as a zombie
    try:
        os.killpg(child.process.pid, 0)
    except ProcessLookupError:
        return False
    return True
