"""Heavy calls: few run at a time in one process, fewer of one key, so that none takes all the threads that answer."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from memstore.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from governance.context import Caller

OF_A_KEY, OF_ALL = 2, 3  # at a time; a web process answers with four threads
HEAVY_CHARS = 2_000  # to be read before the answer, as `limits` counts them: about a quarter of a second
CHARS_OF_A_TEST = 20  # as which one condition of a filter counts: it is asked of each memory

_lock = threading.Lock()
_running: Counter[UUID] = Counter()


@contextmanager
def at_work(caller: Caller, chars: int) -> Iterator[None]:
    """Do the work of a call that reads so many characters. Raises Busy, at once and before anything is done."""
    if chars < HEAVY_CHARS:
        yield
        return
    who = caller.principal.id
    with _lock:
        if _running[who] >= OF_A_KEY or _running.total() >= OF_ALL:
            raise Busy
        _running[who] += 1
    try:
        yield
    finally:
        with _lock:
            _running[who] -= 1
            if not _running[who]:
                del _running[who]
