"""docs/settings.md says of every setting what the code does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def settings_read() -> dict[str, ast.Call]:
    """Every variable that the settings read, by the name that they are read under, with one call that reads it."""
    found: dict[str, ast.Call] = {}
    for path in (ROOT / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and re.match(r"env\.[a-z]", ast.unparse(node.func)) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found[first.value] = node
    return found


def settings_documented() -> dict[str, tuple[str, str]]:
    """Default and unit of every setting in docs/settings.md."""
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \| ", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE
    )
    assert len(rows) == len({name for name, _, _ in rows})
    return {name: (default, unit) for name, default, unit in rows}


def number(node: ast.expr) -> int:
    return int(eval(ast.unparse(node), {}))  # noqa: S307 - our own source: 4 * 2**20


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    assert settings_read().keys() == settings_documented().keys()


def test_every_default_and_range_is_documented_as_it_is() -> None:
    documented = settings_documented()
    compared = 0
    for name, call in settings_read().items():
        default, unit = documented[name]
        given = {str(keyword.arg): keyword.value for keyword in call.keywords}
        kind = ast.unparse(call.func)
        if kind == "env.integer":
            assert default == f"`{number(call.args[1])}`", name
            assert unit.endswith(f"{number(given['low'])} to {number(given['high'])}"), name
        elif kind == "env.flag":
            assert default == ("`1`" if ast.unparse(given["default"]) == "True" else "`0`"), name
        elif len(call.args) > 1 and isinstance(value := getattr(call.args[1], "value", None), str):
            assert default == f"`{value}`", name
        else:
            continue
        compared += 1
    assert compared > 30


def test_every_variable_that_the_documents_name_is_a_setting() -> None:
    files = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    named = {name for path in files for name in re.findall(r"\bMEMSTORE_[A-Z_]*[A-Z]\b", path.read_text())}
    secret = {f"{name}_FILE" for name, (_, unit) in settings_documented().items() if "secret" in unit}
    of_tests = {"MEMSTORE_TEST_HOME", "MEMSTORE_TEST_PG"}
    assert named - settings_documented().keys() - secret <= of_tests
