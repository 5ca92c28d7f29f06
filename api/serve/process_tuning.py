"""Tuning of a process that answers recalls; the benchmarks measure in the same state."""

from __future__ import annotations

import gc

# Recall opens megabytes and lets them go again: kept by the allocator, they cost no page faults next time. One
# thread per numpy call: the web workers are the parallelism. Read when a process begins.
ENVIRONMENT = {
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "OPENBLAS_NUM_THREADS": "1",
}


def settle() -> None:
    """Freeze what is loaded and relax garbage collection. Call it when everything is loaded.

    What is loaded by now stays: the collector need not walk through it again. A recall makes thousands of short-lived
    tuples, which reference counting frees; the default of 700 would collect several times in each.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
