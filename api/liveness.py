"""Signs of life that the services give to the supervisor: empty files in MEMSTORE_HOME/run.

`web.<pid>` is renewed each second while its event loop turns and its requests move. `worker` is there once it is
connected to its broker, `scheduler` once it keeps time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "run"


def show(name: str) -> None:
    """Create or renew the sign `name`, if the supervisor has made the folder."""
    folder: Path = settings.MEMSTORE_HOME / FOLDER
    if folder.is_dir():
        (folder / name).touch(mode=0o600)


def take_back(name: str) -> None:
    """Remove the sign `name`: the service has ended in order."""
    (settings.MEMSTORE_HOME / FOLDER / name).unlink(missing_ok=True)


def of_this_web_process() -> str:
    return f"web.{os.getpid()}"
