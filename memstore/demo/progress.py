"""How far the story has been told: a file beside the credentials, so that a start that was cut goes on where it was.

A part is marked before it begins, and is never begun twice: of the one that was cut, the rest stays untold.
"""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

NAME = "demo-life.json"


class Marks:
    """Of one tenant. A file that tells of another tenant counts as none."""

    def __init__(self, home: Path, tenant_id: UUID) -> None:
        self._path, self._tenant = home / NAME, str(tenant_id)
        self._lock = Lock()
        self.begun: list[str] = []
        self.finished = False
        self.resumed = False
        if self._path.exists():
            known = json.loads(self._path.read_text())
            if known.get("tenant") == self._tenant:
                self.begun, self.finished, self.resumed = list(known["begun"]), bool(known["finished"]), True

    def begin(self, part: str) -> bool:
        """False: it was begun before."""
        with self._lock:
            if part in self.begun:
                return False
            self.begun.append(part)
            self._write()
            return True

    def finish(self) -> None:
        self.finished = True
        self._write()

    def _write(self) -> None:
        """Whole or not at all."""
        temporary = self._path.with_suffix(".tmp")
        content = {"tenant": self._tenant, "begun": self.begun, "finished": self.finished}
        temporary.write_text(json.dumps(content, indent=1))
        temporary.replace(self._path)
