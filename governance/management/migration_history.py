"""Migration history: migrations that a database has and this version lacks, as another version made the database.

It is checked before anything is changed: by the start (`api.serve`), and by `migrate` as a check (`governance.apps`).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# The first migration of each app up to 0.5. There is no way from it: those of 0.6 begin with `0001_tables`.
FIRST_UP_TO_0_5 = "0001_initial"
NAMED = 3  # unknown migrations that a message names


def refusal(database: str, recorded: Iterable[tuple[str, str]], installed: Iterable[str]) -> str | None:
    """Return why this version refuses the database, and what to do; None when it has every migration of the database.

    `recorded`: the app labels and names in `django_migrations`; `installed`: the dotted names of the apps. Raises
    ModuleNotFoundError for an app that is not installed.
    """
    folders = {app.rpartition(".")[2]: _folder(app) for app in installed}
    unknown = sorted(
        (app, name) for app, name in recorded if app in folders and not (folders[app] / f"{name}.py").exists()
    )
    if not unknown:
        return None
    named = ", ".join(f"{app}.{name}" for app, name in unknown[:NAMED]) + (", ..." if len(unknown) > NAMED else "")
    if any(name == FIRST_UP_TO_0_5 for _, name in unknown):
        return (
            f"database {database} was made by memstore 0.5 or earlier ({named}), and 0.6 starts from an empty home."
            " Nothing was changed. Export what you need with the version that made it; then set MEMSTORE_HOME to a new"
            " folder, or move the old one (.memstore) away. With PostgreSQL of your own, name two empty databases"
        )
    return (
        f"database {database} was made by a later version of memstore: {named} is not among the migrations of this one."
        " Nothing was changed. Start that version, or restore a backup from before it"
    )


def _folder(app: str) -> Path:
    """Return the migrations folder of an app. The app is not imported, which would need Django's set-up."""
    spec = find_spec(app)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{app} is not installed")
    return Path(spec.submodule_search_locations[0]) / "migrations"
