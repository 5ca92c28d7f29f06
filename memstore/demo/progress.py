"""Progress of the demo's making: a file beside the credentials, so that an interrupted start is resumed.

A part is marked before it begins, and is never begun twice: the rest of an interrupted part is left out.
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
    """Marks of one tenant. A file of another tenant counts as none."""

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
        """Mark a part as begun. Return False if it was begun before."""
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
        """Write the file whole or not at all."""
        temporary = self._path.with_suffix(".tmp")
        content = {"tenant": self._tenant, "begun": self.begun, "finished": self.finished}
        temporary.write_text(json.dumps(content, indent=1))
        temporary.replace(self._path)
