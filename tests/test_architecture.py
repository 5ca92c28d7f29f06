"""Promises to the reader of the code: who imports whom, which errors exist, what is documented."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from tools import house

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "memstore", "governance")
MAY_IMPORT = {
    "api": {"api", "memstore", "governance"},
    "memstore": {"memstore", "governance"},
    "governance": {"governance"},
}
MAX_LINES = 500


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


ALL = [path for package in PACKAGES for path in sources(package)]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path) -> set[str]:
    """Return every module named by an import, inside functions and TYPE_CHECKING blocks too."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_from_api_to_memstore_to_governance(package: str) -> None:
    for path in sources(package):
        tops = {name.split(".")[0] for name in imported(path)}
        assert tops & set(PACKAGES) <= MAY_IMPORT[package], path
        assert not tops & {"tests", "benchmarks"}, path


@pytest.mark.parametrize("package", PACKAGES)
def test_a_room_imports_only_what_stands_below_it(package: str) -> None:
    assert {(arrow.above, arrow.below): arrow.imports[0] for arrow in house.upward(package)} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_its_place_in_the_order(package: str) -> None:
    assert set(house.rooms(package)) == {*house.ORDER[package], *house.APART[package]}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_run_in_a_circle(package: str) -> None:
    assert house.cycles(house.file_graph(package)) == []
    assert house.cycles(house.room_graph(package)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_what_stands_apart_imports_nothing_of_its_package(package: str) -> None:
    assert not [arrow for arrow in house.arrows(package) if arrow.above in house.APART[package]]


def test_faces_do_not_know_each_other() -> None:
    assert not [arrow for arrow in house.arrows("api") if {arrow.above, arrow.below} <= house.FACES]


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_lies_flat_that_is_not_listed(package: str) -> None:
    flat = {room.name for room in house.rooms(package).values() if room.is_flat}
    assert flat == house.FLAT[package]
    assert len(flat) <= 10


def test_no_module_shadows_the_standard_library() -> None:
    """`import inspect` beside an inspect.py means two things, by where it is run from."""
    assert not [path for path in ALL if path.stem in sys.stdlib_module_names and path.stem != "__main__"]


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    everything = [*ALL, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    long = {str(path): n for path in everything if (n := len(path.read_text().splitlines())) > MAX_LINES}
    assert long == {}


# A first word that needs the neighbour's sentence, and people who are no role of the domain.
HARD_START = re.compile(r"(Of|Whom|Whatever|As|The same)\b")
HARD_WORD = re.compile(r"\b(nobody|somebody|anybody)\b", re.IGNORECASE)


def test_docstrings_can_be_read_alone() -> None:
    hard = []
    for path in ALL:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node) or ""
                if HARD_START.match(text) or HARD_WORD.search(text):
                    hard.append(f"{path.relative_to(ROOT)}: {text.splitlines()[0]}")
    assert hard == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [path for path in ALL if path.stem in {"utils", "helpers", "common", "misc"}]


# Modules that turn an external id into a subject. Everything else asks `governance.subjects.look_up`, with what its
# `clear` returned.
LOOK_UPS = {"find_identity", "find_subject", "stands_for"}
MAY_LOOK_UP = {"governance/keyring/identities.py", "governance/subjects/subjects.py", "governance/subjects/look_up.py"}
# The demo tells a story to itself, and is no face.
MAY_LOOK_UP |= {"memstore/demo/actors.py", "memstore/demo/conversations.py"}
ADMITS = {"admit_subject", "admit_evenly", "enrol_identity", "enrol_evenly"}
DECIDES = {"authorize", "clear"}
# Their callers have decided: `remember`, and the functions of the identity map itself.
MAY_ADMIT = {"governance/keyring/identities.py", "governance/subjects/subjects.py", "memstore/records/insert.py"}


def called(node: ast.AST) -> dict[str, int]:
    """Return the names of the functions that are called in it, each with the line of its first call."""
    found: dict[str, int] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            name = inner.func.id if isinstance(inner.func, ast.Name) else getattr(inner.func, "attr", "")
            found[name] = min(inner.lineno, found.get(name, inner.lineno))
    return found


def test_nobody_is_looked_up_but_with_the_leave_of_policy() -> None:
    elsewhere = [path for path in ALL if str(path.relative_to(ROOT)) not in MAY_LOOK_UP]
    assert not [path for path in elsewhere if LOOK_UPS & set(called(parsed(path)))]


def test_nobody_is_admitted_before_policy_has_decided() -> None:
    for path in ALL:
        if str(path.relative_to(ROOT)) in MAY_ADMIT:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and (admitting := ADMITS & set(called(node))):
                first = min(called(node)[name] for name in admitting)
                assert any(called(node).get(name, first) < first for name in DECIDES), f"{path}: {node.name}"


def test_only_the_guard_makes_grants() -> None:
    """A grant proves a decision. `Grant.about` is the one way to turn it to a subject found after the decision."""
    for path in ALL:
        if path.relative_to(ROOT) != Path("governance/guard/authorize.py"):
            assert "Grant" not in called(parsed(path)), path
            assert not re.search(r"replace\((\w+\.)?(grant|allowed)\b|type\(grant\)", path.read_text()), path


# Everything else that goes through the tenants is a job, and runs by `for_each_tenant`: one that fails stops no other.
MAY_LIST_TENANTS = {
    "governance/tenancy/tenant_lookup.py",
    "governance/management/commands/audit.py",  # a person reads what it says, and its exit code
    "governance/evidence/drop_months.py",  # all or nothing: one table holds the month of every tenant
    "governance/keyring/rotation.py",  # asks whether a tenant is known
    "memstore/forget/restore/probe.py",  # part of a drill, which must fail
}


def test_jobs_of_every_tenant_run_by_for_each_tenant() -> None:
    listing = {path for path in ALL if "tenant_ids" in called(parsed(path))}
    assert {str(path.relative_to(ROOT)) for path in listing} == MAY_LIST_TENANTS


TABLE_IN_SQL = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+((?:governance|memstore|keyring)_\w+)\b(?!\()")


def test_raw_sql_names_tables_of_models() -> None:
    """A table renamed in its model only is noticed here, even if no test runs the statement."""
    tables = {model._meta.db_table for model in apps.get_models()}
    today = [path for path in ALL if "migrations" not in path.parts]  # which name roles too
    named = {(path, table) for path in today for table in TABLE_IN_SQL.findall(path.read_text())}
    assert len(named) > 30
    assert {(path, table) for path, table in named if table not in tables} == set()


def exception_classes() -> dict[str, Path]:
    found = {}
    for path in ALL:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and any(
                re.search(
                    r"(Error|Exception|Refused|Unavailable|Input|Unopenable|NotFound|Conflict|Scope|Filter|Throttled|BadSetting|ImproperlyConfigured)$",
                    base,
                )
                for base in map(ast.unparse, node.bases)
            ):
                found[node.name] = path
    return {name: path for name, path in found.items() if not path.stem.endswith("inputs")}


def test_every_exception_class_is_raised_by_someone() -> None:
    code = "\n".join(path.read_text() for path in ALL)
    roots = {"GovernanceError", "MemstoreError", "ClientError"}
    by_status = {"Invalid", "Missing", "Conflicting"}  # the client makes them from the status of an answer
    raised = {one or other for one, other in re.findall(r"raise (\w+)\b|(?:return|=|else) (\w+)\(", code)}
    silent = exception_classes().keys() - raised
    one_of_two = {"WildcardScope", "UnscopedFilter"}  # raised as `A if .. else B`
    assert silent <= roots | by_status | one_of_two, silent


def test_every_exception_of_the_use_cases_has_a_status() -> None:
    from api.web.errors import TABLE
    from governance import errors as governance_errors
    from governance.errors import AccessRefused
    from memstore import errors as memstore_errors

    mapped = tuple(row[0] for row in TABLE)
    for module in (governance_errors, memstore_errors):
        for name, found in vars(module).items():
            if isinstance(found, type) and issubclass(found, Exception) and found.__module__ == module.__name__:
                root = name in {"GovernanceError", "MemstoreError"}
                assert root or issubclass(found, (AccessRefused, *mapped)), name


@pytest.mark.django_db(databases=["default", "keys"])
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_import_no_live_code() -> None:
    """A migration's effect on a database stays, while the code that it would import is renamed, moved and rewritten."""
    for path in ALL:
        if "migrations" in path.parts:
            ours = {name for name in imported(path) if name.split(".")[0] in PACKAGES}
            assert {name for name in ours if not name.startswith("governance.migrations.")} == set(), path
