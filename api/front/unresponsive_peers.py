"""The end of connections whose peer takes nothing of what was sent to it.

The front gives up on such a reader, but the server below still waits for its socket, and the connection would count
among those that a process takes. The kernel can end it (TCP_USER_TIMEOUT, RFC 5482), and accepted sockets inherit the
option from the one that listens.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

DESCRIPTORS = Path("/proc/self/fd")


def end_deaf_connections(seconds: float) -> int:
    """Set TCP_USER_TIMEOUT on each listening TCP socket of this process. Returns how many there are."""
    found = 0
    for entry in DESCRIPTORS.iterdir() if DESCRIPTORS.is_dir() else ():
        with suppress(OSError):  # closed meanwhile
            if not str(entry.readlink()).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as one:
                if _listens(one):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
                    found += 1
    return found


def _listens(one: socket.socket) -> bool:
    is_tcp = one.family in {socket.AF_INET, socket.AF_INET6} and one.type == socket.SOCK_STREAM
    return is_tcp and bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
