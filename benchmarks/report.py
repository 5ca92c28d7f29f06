"""The report in Markdown: the machine, targets beside measured values, tables, charts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks import machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        lines = [f"### {self.title}", "", _row(self.header), _row(["---"] * len(self.header))]
        lines += [_row(cells) for cells in self.rows]
        return "\n".join([*lines, *(["", self.note] if self.note else [])])


@dataclass(frozen=True, slots=True)
class Target:
    what: str
    limit: str
    measured: str
    met: bool

    def cells(self) -> tuple[str, str, str, str]:
        return self.what, self.limit, self.measured, "met" if self.met else "**missed**"


@dataclass
class Part:
    """One part of a run. `others` is the share of the machine that other work used meanwhile."""

    name: str
    title: str
    text: str
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    charts: list[Path] = field(default_factory=list)
    others: float = 0.0
    seconds: float = 0.0


def at_most(what: str, measured: float, limit: float, unit: str = "") -> Target:
    return Target(what, f"at most {limit:g}{unit}", f"{measured:.3g}{unit}", measured <= limit)


def at_least(what: str, measured: float, limit: float, unit: str = "") -> Target:
    return Target(what, f"at least {limit:g}{unit}", f"{measured:.3g}{unit}", measured >= limit)


def write(folder: Path, stem: str, day: date, postgres: str, parts: Sequence[Part]) -> Path:
    """Write the report to `folder/stem.md`, beside its charts. Returns its path."""
    targets = [target for part in parts for target in part.targets]
    lines = [f"# memstore beside mem0, {day.isoformat()}", "", *_machine(postgres), ""]
    lines += [
        (
            "Both stores ran in one process run on one PostgreSQL server and on the same vectors, which were made "
            "beforehand: no time here holds an embedding (except over HTTP, where a local stub gives them). "
            "mem0 2.2.1 with its pgvector store, telemetry off, no spaCy, no LLM. memstore as it is served: key, "
            "policy, row-level security, sealing and the committed audit event are in every number."
        ),
        "",
        "## Targets",
        "",
        _row(["what", "target", "measured", ""]),
        _row(["---"] * 4),
        *(_row(target.cells()) for target in targets),
    ]
    for part in parts:
        lines += ["", f"## {part.title}", "", part.text]
        for table in part.tables:
            lines += ["", table.markdown()]
        for chart in part.charts:
            lines += ["", f"![{part.title}]({chart.name})"]
        lines += ["", f"({part.seconds:.0f} s; other work used {part.others:.0%} of the machine meanwhile.)"]
    path = folder / f"{stem}.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _machine(postgres: str) -> list[str]:
    return [_row(["machine", ""]), _row(["---", "---"]), *(_row(fact) for fact in machine.facts(postgres))]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
