"""A chat server of OpenAI's API that finds no facts and keeps every prompt it was sent."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# What either store reads as "nothing found".
NOTHING_FOUND = json.dumps({"facts": []})


class Prompts:
    """The prompts that were sent, as text."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent: list[str] = []

    def take(self) -> str:
        sent, self.sent = self.sent, []
        return "\n".join(sent)


@contextmanager
def llm_stub() -> Iterator[Prompts]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    prompts = Prompts(f"http://127.0.0.1:{server.server_port}/v1")

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            prompts.sent.append(json.dumps(json.loads(body), ensure_ascii=False))
            answer = {
                "id": "stub",
                "object": "chat.completion",
                "created": 0,
                "model": "stub",
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": NOTHING_FOUND},
                    }
                ],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Write nothing to the terminal."""

    server.RequestHandlerClass = Chat
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield prompts
    finally:
        server.shutdown()
        server.server_close()
