"""Run attacks against the service of a home: `python -m tests.attacks --home .memstore [name ...]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.attacks.catalogue import attacks
from tests.attacks.target import Outcome, Target


def main() -> int:
    """Print one line for each attack. Returns 1 when one of them did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks")
    parser.add_argument("--home", type=Path, default=Path(".memstore"))
    parser.add_argument("names", nargs="*", help="file names below tests/attacks, without .py; all when none is named")
    chosen = parser.parse_args()
    target, failed = Target.at(chosen.home.absolute()), 0
    for name, attack in attacks().items():
        if chosen.names and name not in chosen.names:
            continue
        try:
            outcome = attack(target)
        except Exception as error:  # noqa: BLE001 - a version that lacks what an attack uses is told, and the rest go on
            outcome = Outcome(held=False, seen=f"{type(error).__name__}: {error}")
        failed += not outcome.held
        print(f"{'held  ' if outcome.held else 'BROKEN'} {name}: {outcome.seen}", flush=True)  # noqa: T201
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
