"""`make house`: rooms of each package, bottom first, what each imports, and whether an import points upward.

A room is a folder directly under a package, with all that lies in it, or a file that lies flat there. Every import
counts, inside functions and under TYPE_CHECKING as well. tests/test_architecture.py holds the tree to the same order.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]
# Bottom first: a room imports itself and the rooms before it. Places for what is planned are kept by comments.
ORDER = {
    "governance": [
        *("vocabulary", "ids", "paging", "expiring_cache", "secret_file", "errors"),  # words and small tools
        "policy",  # pure: no database, no clock
        *("context", "models", "tenancy"),
        "guard",  # the gate of every use case
        "keyring",
        "evidence",
        *("subjects", "access"),
        "processing",
        "dual_control",
        "accountability",
        "rights",
        # egress: what may leave for a processor
        *("tasks", "checks", "management", "apps"),
    ],
    "memstore": [
        *("errors", "models", "erasure_rules", "heavy_calls"),
        "records",
        "intake",
        # entities
        "recall",
        "reconcile",  # pure: what a new statement does to the current ones
        # brief: above recall, below remember
        "remember",
        "forget",
        "rights",
        "oversight",
        # shared: what is not about a person
        *("tasks", "demo", "management", "apps"),
    ],
    "api": [
        *("liveness", "configuration", "settings", "background", "celery"),
        "web",
        *("mem0", "governance", "console", "portal"),  # mcp and gateway will stand beside them
        *("urls", "serve", "wsgi", "front", "asgi", "cli"),
    ],
}
# Rooms that import nothing of their package: these ship, or can be read, alone.
APART = {"governance": {"detect"}, "memstore": {"client"}, "api": set[str]()}
# Ways in: each may use what stands below all of them, and none of the others.
FACES = {"mem0", "governance", "console", "portal"}
# Files that lie beside the rooms. At most ten a package.
FLAT = {
    "governance": {
        *("apps", "checks", "context", "errors", "expiring_cache", "ids", "paging", "secret_file", "tasks"),
        "vocabulary",
    },
    "memstore": {"apps", "client", "erasure_rules", "errors", "heavy_calls", "models", "tasks"},
    "api": {"asgi", "celery", "cli", "liveness", "settings", "urls", "wsgi"},
}


@dataclass(frozen=True)
class Room:
    """A folder or a flat file directly under a package, such as governance/guard/ or governance/ids.py."""

    package: str
    name: str
    files: tuple[str, ...]  # dotted names of its modules
    n_lines: int
    is_flat: bool


@dataclass(frozen=True)
class Arrow:
    """One room imports another of the same package; `imports` are the (importer, imported) modules behind it."""

    above: str
    below: str
    imports: tuple[tuple[str, str], ...]


def module_of(path: Path, root: Path = ROOT) -> str:
    """Dotted name of a source file: "governance.guard" for governance/guard/__init__.py."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources(package: str, root: Path = ROOT) -> list[Path]:
    """Source files of a package without its migrations."""
    return sorted(path for path in (root / package).rglob("*.py") if "migrations" not in path.parts)


def imported(path: Path, modules: Container[str]) -> Iterator[str]:
    """Modules that a file imports: for `from a import b` it is a.b where that is a module, and else a."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules else node.module


def file_graph(package: str, root: Path = ROOT) -> dict[str, set[str]]:
    """Modules of a package, each with the other modules of the package that it imports."""
    paths = {module_of(path, root): path for path in sources(package, root)}
    return {module: set(imported(path, paths)) & set(paths) - {module} for module, path in paths.items()}


def room_of(module: str) -> str:
    """Name of the room that a module lies in: "guard" for governance.guard.authorize."""
    return module.split(".")[1] if "." in module else ""


def rooms(package: str, root: Path = ROOT) -> dict[str, Room]:
    """Rooms of a package by name."""
    found: dict[str, list[Path]] = {}
    for path in sources(package, root):
        if name := room_of(module_of(path, root)):
            found.setdefault(name, []).append(path)
    return {
        name: Room(
            package,
            name,
            tuple(module_of(path, root) for path in paths),
            sum(len(path.read_text("utf-8").splitlines()) for path in paths),
            (root / package / f"{name}.py").exists(),
        )
        for name, paths in found.items()
    }


def arrows(package: str, root: Path = ROOT) -> list[Arrow]:
    """Imports between rooms of a package, one arrow for each pair of rooms."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for module, imported in file_graph(package, root).items():
        for other in imported:
            above, below = room_of(module), room_of(other)
            if above and below and above != below:
                found.setdefault((above, below), []).append((module, other))
    return [Arrow(above, below, tuple(sorted(pairs))) for (above, below), pairs in sorted(found.items())]


def upward(package: str, root: Path = ROOT) -> list[Arrow]:
    """Arrows that point from a room to one that is not before it in ORDER."""
    place = {name: index for index, name in enumerate(ORDER[package])}
    last = len(place)
    return [arrow for arrow in arrows(package, root) if place.get(arrow.below, last) >= place.get(arrow.above, last)]


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components of more than one node, whose nodes reach one another."""
    reached = {node: _reached(graph, node) for node in graph}
    circles = {frozenset(other for other in reached[node] if node in reached[other]) for node in graph}
    return sorted(sorted(circle) for circle in circles if circle)


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """Nodes that a path of one arrow or more leads to from `start`."""
    found: set[str] = set()
    waiting = set(graph[start])
    while waiting:
        node = waiting.pop()
        found.add(node)
        waiting |= graph[node] - found
    return found


def room_graph(package: str, root: Path = ROOT) -> dict[str, set[str]]:
    """Rooms of a package, each with the rooms that it imports."""
    graph: dict[str, set[str]] = {name: set() for name in rooms(package, root)}
    for arrow in arrows(package, root):
        graph[arrow.above].add(arrow.below)
    return graph


def described(package: str, root: Path = ROOT) -> Iterator[str]:
    """Lines that `make house` prints for a package."""
    found, graph = rooms(package, root), room_graph(package, root)
    in_files, between_rooms = cycles(file_graph(package, root)), cycles(graph)
    flat = sorted(room.name for room in found.values() if room.is_flat)
    ordered = set(found) <= {*ORDER.get(package, ()), *APART.get(package, ())}  # another tree may have other rooms
    n_upward = len(upward(package, root)) if ordered else None
    yield (
        f"{package}: {len(found)} rooms, {sum(map(len, graph.values()))} arrows, "
        f"{'no order for' if n_upward is None else n_upward} upward, "
        f"{len(in_files)} cycles of files, {len(between_rooms)} of rooms, {len(flat)} flat files"
    )
    for cycle in [*in_files, *between_rooms]:
        yield f"    cycle: {' '.join(cycle)}"
    order = ORDER.get(package, [])
    for name in [*(name for name in order if name in found), *sorted(set(found) - set(order))]:
        room = found[name]
        size = f"{len(room.files)} files, {room.n_lines:,} lines"
        below = ", ".join(sorted(graph[name], key=lambda one: order.index(one) if one in order else -1)) or "nothing"
        yield f"  {name + ('.py' if room.is_flat else '/'):<20}{size:<24}imports {below}"
    if ordered:
        for arrow in upward(package, root):
            yield f"    upward: {arrow.above} -> {arrow.below}: {arrow.imports[0][0]} imports {arrow.imports[0][1]}"


def main(arguments: Iterable[str] = ()) -> int:
    """Print the house. Returns exit status 1 where an arrow points upward or a cycle exists."""
    given = list(arguments)
    root = Path(given[0]).resolve() if given else ROOT
    lines = [line for package in ("governance", "memstore", "api") for line in described(package, root)]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(any(line.lstrip().startswith(("cycle:", "upward:")) for line in lines))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
