"""All attacks by name: every file of this folder that has a function `attack`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import tests.attacks
from tests.attacks.target import Outcome, Target

Attack = Callable[[Target], Outcome]


def attacks() -> dict[str, Attack]:
    """Return name and function of each attack, in alphabetical order."""
    names = sorted(found.name for found in pkgutil.iter_modules(tests.attacks.__path__))
    modules = {
        name: importlib.import_module(f"tests.attacks.{name}")
        for name in names
        if name not in {"__main__", "catalogue", "target"} and not name.startswith("test_")
    }
    return {name: module.attack for name, module in modules.items() if hasattr(module, "attack")}
