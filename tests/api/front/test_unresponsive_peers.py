"""A peer that takes nothing is disconnected by the kernel, by an option that accepted sockets inherit."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from api.front.unresponsive_peers import DESCRIPTORS, end_deaf_connections

if TYPE_CHECKING:
    from pathlib import Path


def test_accepted_sockets_inherit_the_patience_and_nothing_is_left_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as peer:
        before = len(list(DESCRIPTORS.iterdir()))
        assert end_deaf_connections(30) >= 1
        assert len(list(DESCRIPTORS.iterdir())) == before
        accepted, _ = listening.accept()
        with accepted, socket.create_connection(listening.getsockname()) as second:
            later, _ = listening.accept()
            with later:
                assert later.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
            assert second.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 0
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 0


def test_files_and_pipes_are_left_alone(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with (tmp_path / "file").open("w") as file:
        end_deaf_connections(1)
        file.write("still open")
    os.write(writing, b"x")
    assert os.read(reading, 1) == b"x"
    os.close(reading)
    os.close(writing)
