"""The real process tree in a home of its own, driven from outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
READY_SECONDS = 240
QUICK = {"MEMSTORE_DEMO_LIFE": "0"}  # the three months of the demo have tests of their own
# What the suite sets for itself must not reach the tree: it starts as on a fresh machine.
NOT_INHERITED = ("MEMSTORE_", "DATABASE_", "KEYS_DATABASE_", "DJANGO_", "PYTEST_", "OPENAI_", "PORT", "HOST")


@dataclass
class Tree:
    """`environment`: the settings that it was started with beside home and port."""

    process: subprocess.Popen[bytes]
    home: Path
    port: int
    terminal: Path
    environment: dict[str, str] = field(default_factory=dict)

    def output(self) -> str:
        """All that it has printed."""
        return self.terminal.read_text()

    def ended(self) -> str:
        """Return what it printed, once it has ended by itself."""
        self.process.wait(60)
        return self.output()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        return str(json.loads((self.home / "demo.json").read_text())["api_key"])

    def call(self, method: str, path: str, body: object = None, *, key: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Token {key or self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def call_empty(self, method: str, path: str, body: object = None, *, key: str | None = None) -> int:
        """The status of an answer without a body."""
        headers = {"Authorization": f"Token {key or self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)

    def add(self, user_id: str, text: str, **more: object) -> Any:
        message = {"role": "user", "content": text}
        status, answer = self.call("POST", "/v3/memories/add/", {"messages": [message], "user_id": user_id, **more})
        assert status == 200, answer
        return answer

    def search(self, user_id: str, query: str) -> list[str]:
        body = {"query": query, "filters": {"user_id": user_id}, "threshold": 0}
        status, answer = self.call("POST", "/v3/memories/search/", body)
        assert status == 200, answer
        return [found["memory"] for found in answer["results"]]

    def event(self, event_id: str) -> Any:
        """The event, once it has ended."""
        return wait_for(
            lambda: (
                (found := self.call("GET", f"/v1/event/{event_id}/")[1])["status"] in ("SUCCEEDED", "FAILED") and found
            ),
            60,
        )

    def is_serving(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def pids(self, words: str) -> list[int]:
        """Processes of this tree whose command line holds `words`, the oldest first."""
        return [pid for pid in sorted(family(self.process.pid)) if words in command_line(pid)]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Seconds until the supervisor has ended."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - started

    def start_again(self) -> None:
        """Start it on the same home with the same settings, after it has ended."""
        again = start(self.home, **self.environment)
        self.process, self.port, self.terminal = again.process, again.port, again.terminal


def start(home: Path, **environment: str) -> Tree:
    """Start the tree and wait until it says that it is ready."""
    tree = launch(home, **environment)
    try:
        wait_for(lambda: "\nmemstore is ready" in tree.output() or tree.process.poll() is not None, READY_SECONDS)
        assert tree.process.poll() is None
    except AssertionError:
        tree.stop()  # else it would run on beside every later test
        raise AssertionError(tree.output()) from None
    return tree


def launch(home: Path, **environment: str) -> Tree:
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    terminal = home.with_name(f"{home.name[:40]}.{port}.terminal")
    terminal.parent.mkdir(parents=True, exist_ok=True)
    with terminal.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.serve"],
            cwd=ROOT,
            env={**inherited, "MEMSTORE_HOME": str(home), "PORT": str(port), **QUICK, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Tree(process, home, port, terminal, environment)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(condition: Any, seconds: float) -> Any:
    """The first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def family(pid: int) -> set[int]:
    """`pid` and all its descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = {pid}, [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def alive(pids: set[int]) -> set[int]:
    """Which of these processes run. A zombie does not: it holds no connection any more."""
    found = set()
    for pid in pids:
        with suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}:
                found.add(pid)
    return found
