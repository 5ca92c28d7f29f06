"""The command of the web processes: granian's, also for benchmarks."""

from __future__ import annotations

import resource
import sys

CONNECTIONS = 2048  # of one process
FILES, OTHER_FILES = 8192, 256  # descriptors of a process; those that are no connections
HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 30  # to send a request's head, and to be idle between two requests


def web_command(*, host: str, port: int, workers: int, application: str = "api.asgi:application") -> list[str]:
    """Return the command line. Lets the processes below this one hold as many connections as the system allows."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--http", "1", "--no-ws"]
    command += ["--host", host, "--port", str(port), "--workers", str(workers), "--respawn-failed-workers"]
    # Each connection counts, also an idle one: it costs kilobytes until its request is complete.
    command += ["--backlog", "2048", "--backpressure", str(_connections())]
    command += ["--http1-buffer-size", str(HEAD_BYTES), "--http1-header-read-timeout", str(HEAD_SECONDS * 1000)]
    return [*command, "--workers-kill-timeout", "3", "--log-level", "warning", application]


def _connections() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(min(CONNECTIONS, wanted - OTHER_FILES), 1)
