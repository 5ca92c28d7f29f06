"""Process trees that several tests use, as a pytest plugin: a home to copy, and one running service."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tree import alive, family, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Protocol

    from tests.e2e.tree import Tree

    class StartCopy(Protocol):
        """Start a tree on a copy of the template home at `home`."""

        def __call__(self, home: Path, **environment: str) -> Tree: ...


# Nothing waits for the scheduler longer than it has to.
IMPATIENT = {"MEMSTORE_RESUME_SECONDS": "1", "MEMSTORE_SWEEP_SECONDS": "2"}
LONG = "long " + "x" * 120  # a folder in which the address of a socket has no room


_IDLE: list[Tree] = []  # running in this process, for tests that may still come


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop the shared trees once no end-to-end test follows: each costs the tests after it a tenth of a core."""
    if item.get_closest_marker("e2e") and (nextitem is None or nextitem.get_closest_marker("e2e") is None):
        while _IDLE:
            tree = _IDLE.pop()
            pids = family(tree.process.pid) if tree.process.poll() is None else set()
            tree.stop()
            assert alive(pids) == set()


@pytest.fixture(scope="session")
def template_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was served once, and stopped in order: with the demo tenant, and one memory of `ursula`.

    Everything in it is root's where root made it, as in a home of an earlier version.
    """
    home = tmp_path_factory.mktemp("template") / LONG
    tree = start(home, MEMSTORE_RUN_AS="root", MEMSTORE_WEB_WORKERS="1")
    tree.add("ursula", "I keep bees", infer=False)
    tree.stop()
    assert tree.process.returncode == 0, tree.output()
    return home


@pytest.fixture(scope="session")
def start_copy(template_home: Path) -> StartCopy:
    """Start a tree on a home of its own, which need not be migrated."""

    def starts(home: Path, **environment: str) -> Tree:
        copy_home(template_home, home)
        return start(home, **environment)

    return starts


@pytest.fixture(scope="session")
def shared_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """A running tree for all tests that neither kill nor restore anything, nor change what holds for all."""
    tree = start(tmp_path_factory.mktemp("shared"), **IMPATIENT)
    _IDLE.append(tree)
    yield tree
    tree.stop()


@pytest.fixture(scope="session")
def restarted_tree(tmp_path_factory: pytest.TempPathFactory, start_copy: StartCopy) -> Iterator[Tree]:
    """A tree whose processes test after test kills, and which is stopped and started again, on one home.

    A worker that died has lost its job after three seconds, and an erasure waits two for keys to leave the caches.
    """
    settings = {"MEMSTORE_JOB_LEASE_SECONDS": "3", "MEMSTORE_KEY_CACHE_SECONDS": "2", **IMPATIENT}
    tree = start_copy(tmp_path_factory.mktemp("home") / LONG, **settings)
    _IDLE.append(tree)
    yield tree
    tree.stop()


def copy_home(template: Path, home: Path) -> None:
    """Copy a home with owners, modes and times, as references to the same blocks where the file system can do that."""
    home.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run(["cp", "--archive", "--reflink=auto", str(template), str(home)], check=True)
