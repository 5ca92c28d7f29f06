"""Per-process cache of unwrapped keys, identities, facts and candidate sets, for at most a minute.

A timer evicts expired entries, so that a key is gone after its time even if it is never looked up again.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Generic, TypeVar

from django.conf import settings

Key = TypeVar("Key")
Value = TypeVar("Value")
SWEEP_SECONDS = 5.0


class ExpiringCache(Generic[Key, Value]):
    """Mapping of at most `size` entries, each valid for MEMSTORE_KEY_CACHE_SECONDS after it was put.

    A full cache evicts the entry that was put first. Expired entries are never returned, and are deleted within
    SWEEP_SECONDS.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: dict[Key, tuple[float, Value]] = {}
        self._lock = threading.Lock()
        _CACHES.append(self)

    def get(self, key: Key) -> Value | None:
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > time.monotonic() else None

    def put(self, key: Key, value: Value) -> None:
        _start_sweeper()
        with self._lock:
            self._entries.pop(key, None)
            while len(self._entries) >= self._size:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = (time.monotonic() + settings.MEMSTORE_KEY_CACHE_SECONDS, value)

    def values(self) -> list[Value]:
        with self._lock:
            return [value for _, value in self._entries.values()]

    def keys(self) -> list[Key]:
        with self._lock:
            return list(self._entries)

    def items(self) -> list[tuple[Key, Value]]:
        with self._lock:
            return [(key, value) for key, (_, value) in self._entries.items()]

    def drop(self, key: Key) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def sweep(self) -> None:
        now = time.monotonic()
        with self._lock:
            for key in [key for key, (until, _) in self._entries.items() if until <= now]:
                del self._entries[key]

    def __len__(self) -> int:
        return len(self._entries)


_CACHES: list[ExpiringCache[Any, Any]] = []  # of all kinds: only swept and cleared here
_sweeper_lock = threading.Lock()
_sweeper: threading.Thread | None = None


def clear_all() -> None:
    """Empty every cache of this process: unwrapped keys, identities, facts, candidate sets."""
    for cache in _CACHES:
        cache.clear()


def _start_sweeper() -> None:
    global _sweeper  # noqa: PLW0603 - one sweeper per process, started again after a fork
    if _sweeper is None or not _sweeper.is_alive():
        with _sweeper_lock:
            if _sweeper is None or not _sweeper.is_alive():
                _sweeper = threading.Thread(target=_sweep_forever, name="key-cache-sweeper", daemon=True)
                _sweeper.start()


def _sweep_forever() -> None:
    while True:
        time.sleep(SWEEP_SECONDS)
        for cache in _CACHES:
            cache.sweep()
