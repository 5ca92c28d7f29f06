from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.governance.keyring.epochs import keys_of_our_own
from tests.support.cast import Organisation, organisation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def alone(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Organisation]:
    """A bank whose keys are the only ones in their database, so that epochs can be rotated and destroyed."""
    with keys_of_our_own(tmp_path, monkeypatch):
        yield organisation("alone")
