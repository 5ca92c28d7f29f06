"""Process trees that several tests use, as a pytest plugin: a home to copy, and one running service."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tree import alive, family, launch, start, wait_for

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
LAST_STEP = "\n7/7 "
LONG = "long " + "x" * 120  # a folder in which the address of a socket has no room


@pytest.fixture(scope="session")
def template_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose first start came as far as the services: migrated, with the demo tenant, and stopped in order."""
    home = tmp_path_factory.mktemp("template") / LONG
    tree = launch(home)
    wait_for(lambda: LAST_STEP in tree.output() or tree.process.poll() is not None, 240)
    tree.stop()
    assert tree.process.returncode == 0, tree.output()
    return home


@pytest.fixture(scope="session")
def start_copy(template_home: Path) -> StartCopy:
    """Start a tree on a home of its own, which need not be migrated first."""

    def starts(home: Path, **environment: str) -> Tree:
        copy_home(template_home, home)
        return start(home, **environment)

    return starts


@pytest.fixture(scope="session")
def shared_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """One for all tests that neither kill nor restore anything, nor change what holds for everybody."""
    tree = start(tmp_path_factory.mktemp("shared"), **IMPATIENT)
    yield tree
    tree.stop()


@pytest.fixture(scope="session")
def restarted_tree(tmp_path_factory: pytest.TempPathFactory, start_copy: StartCopy) -> Iterator[Tree]:
    """One whose processes are killed by test after test, and which is stopped and started again: all on one home.

    A worker that died has lost its job after three seconds, and an erasure waits two for keys to leave the caches.
    """
    settings = {"MEMSTORE_JOB_LEASE_SECONDS": "3", "MEMSTORE_KEY_CACHE_SECONDS": "2", **IMPATIENT}
    tree = start_copy(tmp_path_factory.mktemp("home") / LONG, **settings)
    yield tree
    pids = family(tree.process.pid)
    tree.stop()
    assert alive(pids) == set()


def copy_home(template: Path, home: Path) -> None:
    """With owners, modes and times; as references to the same blocks where the file system can do that."""
    home.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run(["cp", "--archive", "--reflink=auto", str(template), str(home)], check=True)
