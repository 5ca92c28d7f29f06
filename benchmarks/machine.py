"""The machine that is measured on, and the share of it that others used meanwhile."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("mem0ai", "Django", "psycopg", "pgvector", "numpy", "cryptography", "granian")
PROC = Path("/proc")


def facts(postgres: str) -> list[tuple[str, str]]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        ("CPU", f"{_cpu()}, {os.cpu_count()} cores"),
        ("memory", f"{memory:.0f} GiB"),
        ("system", f"{platform.system()} {platform.release()}"),
        ("PostgreSQL", postgres),
        ("Python", platform.python_version()),
        ("packages", ", ".join(f"{name} {version(name)}" for name in PACKAGES)),
    ]


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor time since the start of the machine, in ticks of all cores together (proc(5))."""

    passed: int
    busy: int
    ours: int

    @classmethod
    def now(cls) -> Usage:
        first = (PROC / "stat").read_text(encoding="ascii").splitlines()[0]
        # user nice system idle iowait irq softirq steal
        ticks = [int(field) for field in first.split()[1:9]]
        return cls(sum(ticks), sum(ticks) - ticks[3] - ticks[4], _ours())

    def others(self, until: Usage) -> float:
        """Return the share of the machine that neither we nor our children used, 0 to 1."""
        used = (until.busy - self.busy) - (until.ours - self.ours)
        return min(max(used / max(until.passed - self.passed, 1), 0.0), 1.0)


def wait_for_quiet(limit: float, patience_seconds: float) -> float:
    """Return the share of the machine that others use, once it is at most `limit` or patience has run out."""
    until = time.monotonic() + patience_seconds
    while True:
        start = Usage.now()
        time.sleep(2)
        used = start.others(Usage.now())
        if used <= limit or time.monotonic() > until:
            return used


def _ours() -> int:
    """Return user and system time of this process, its living descendants, and all that any of them has waited for."""
    times: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            children.setdefault(int(fields[1]), []).append(int(folder.name))
            times[int(folder.name)] = sum(map(int, fields[11:15]))
    waiting, total = [os.getpid()], 0
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0)
        waiting += children.get(pid, [])
    return total


def _cpu() -> str:
    for line in (PROC / "cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
