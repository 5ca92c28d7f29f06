"""A pytest plugin for the workers of xdist: a file's tests stay together, so that its module fixtures are made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadGroupScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer


class _FileScheduling(LoadGroupScheduling):  # type: ignore[misc]  # xdist ships no types
    """Hand out groups as xdist does, and all other tests by file instead of one by one.

    The time that xdist takes to hand out the next unit grows with the number of units that are done.
    """

    def _split_scope(self, nodeid: str) -> str:
        return str(super()._split_scope(nodeid)).split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling | None:
    return _FileScheduling(config, log) if config.getoption("dist") == "loadgroup" else None
