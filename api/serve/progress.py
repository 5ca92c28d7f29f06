"""The steps of a start, as the terminal shows them."""

from __future__ import annotations

STEPS = 7
PREFIX = "step: "  # how a line begins by which `api.serve.prepare` tells of a step


class StartProgress:
    """`2/7 starting PostgreSQL`"""

    def __init__(self) -> None:
        self._number = 0

    def step(self, words: str) -> None:
        self._number += 1
        print(f"{self._number}/{STEPS} {words}", flush=True)  # noqa: T201 - what the terminal is for
