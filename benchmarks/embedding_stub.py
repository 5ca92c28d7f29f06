"""An embeddings server of OpenAI's API that answers from prepared vectors, with as little work as possible.

    python -m benchmarks.embedding_stub PORT

Equal texts have equal vectors; the vectors mean nothing else.
"""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64encode
from zlib import crc32

import numpy as np

from benchmarks.vectors import synthetic

VECTORS = 1_024
PREPARED = [
    f'"embedding":"{b64encode(vector.astype("<f4").tobytes()).decode()}"'
    for vector in synthetic(np.random.default_rng(5), VECTORS)
]


class Embeddings(asyncio.Protocol):
    """HTTP/1.1 as the client speaks it: kept alive, with a Content-Length, one request after the other."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(rest) < length:
            return
        self._received = rest[length:]
        if self._transport is not None:
            self._transport.write(answer(rest[:length]))


def answer(body: bytes) -> bytes:
    asked = json.loads(body)["input"]
    texts = [asked] if isinstance(asked, str) else asked
    rows = ",".join(
        f'{{"object":"embedding","index":{index},{PREPARED[crc32(text.encode()) % VECTORS]}}}'
        for index, text in enumerate(texts)
    )
    content = f'{{"object":"list","model":"stub","data":[{rows}],"usage":{{"prompt_tokens":1,"total_tokens":1}}}}'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return (head + content).encode()


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Embeddings, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
