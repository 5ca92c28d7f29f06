"""Heavy calls: few run at a time in one process, and fewer of one key, so that none takes all the serving threads."""

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
CHARS_OF_A_TEST = 20  # what one condition of a filter counts as: it is tested on each memory

_lock = threading.Lock()
_running: Counter[UUID] = Counter()


@contextmanager
def at_work(caller: Caller, chars: int) -> Iterator[None]:
    """Count the work of a call that reads `chars` characters while it runs. Raises Busy before anything is done.

    A call below HEAVY_CHARS is not counted.
    """
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
