"""The openai embedder over real HTTP."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from werkzeug import Request, Response

from memstore.errors import ProviderError
from memstore.intake.embed._openai import OpenAIEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

    Handler = Callable[[Request], Response]

PATH = "/v1/embeddings"
CANARY = "canary-5170"


def embedder(server: HTTPServer, *, dimensions: int = 8, timeout_seconds: float = 5, **more: Any) -> OpenAIEmbedder:
    options: dict[str, Any] = {"model": "m", "api_key": "sk-test", "max_retries": 0} | more
    return OpenAIEmbedder(
        base_url=server.url_for("/v1"), dimensions=dimensions, timeout_seconds=timeout_seconds, **options
    )


def body(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.get_data())
    return found


def vector(text: str, dimensions: int = 8) -> list[float]:
    """Return a vector that is not of unit length, and another one for each text."""
    return [float(len(text) + place) for place in range(dimensions)]


def answer(vectors: list[list[float]], encoding: str = "float") -> Response:
    data: list[dict[str, Any]] = []
    for index, found in enumerate(vectors):
        packed = base64.b64encode(np.asarray(found, "<f4").tobytes()).decode()
        data.append({"object": "embedding", "index": index, "embedding": packed if encoding == "base64" else found})
    return Response(json.dumps({"object": "list", "model": "m", "data": data}), content_type="application/json")


def works(request: Request) -> Response:
    asked = body(request)
    return answer([vector(text, asked.get("dimensions", 8)) for text in asked["input"]], asked["encoding_format"])


def serve(server: HTTPServer, handler: Handler) -> None:
    server.expect_request(PATH, method="POST").respond_with_handler(handler)


def refused(server: HTTPServer, **more: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        embedder(server, **more).embed([CANARY])
    error = caught.value
    assert CANARY not in str(error)
    assert error.__cause__ is None
    # What hangs on it as context is ours as well: the provider's words go no further.
    assert error.__context__ is None or isinstance(error.__context__, ProviderError)
    return error


def test_vectors_come_normalised_and_in_order(httpserver: HTTPServer) -> None:
    serve(httpserver, works)
    found = embedder(httpserver).embed(["a", "bbb", "cc"])
    assert found.shape == (3, 8)
    assert found.dtype == np.float32
    for row, text in enumerate(("a", "bbb", "cc")):
        expected = np.asarray(vector(text))
        assert np.allclose(found[row], expected / np.linalg.norm(expected), atol=1e-6)


def test_request_asks_for_model_dimensions_and_base64(httpserver: HTTPServer) -> None:
    serve(httpserver, works)
    embedder(httpserver).embed(["a"])
    [(request, _)] = httpserver.log
    assert body(request) == {"model": "m", "input": ["a"], "dimensions": 8, "encoding_format": "base64"}
    assert request.headers["Authorization"] == "Bearer sk-test"


def test_nobody_is_asked_for_nothing(httpserver: HTTPServer) -> None:
    assert embedder(httpserver).embed([]).shape == (0, 8)
    assert httpserver.log == []


def test_answers_out_of_order_are_put_in_order(httpserver: HTTPServer) -> None:
    def shuffled(request: Request) -> Response:
        content = json.loads(works(request).get_data())
        content["data"].reverse()
        return Response(json.dumps(content), content_type="application/json")

    serve(httpserver, shuffled)
    found = embedder(httpserver).embed(["a", "bbbbbb"])
    expected = np.asarray(vector("a"))
    assert np.allclose(found[0], expected / np.linalg.norm(expected), atol=1e-6)


def test_floats_are_understood_when_base64_is_ignored(httpserver: HTTPServer) -> None:
    serve(httpserver, lambda request: answer([vector(text) for text in body(request)["input"]]))
    assert embedder(httpserver).embed(["a"]).shape == (1, 8)
    assert len(httpserver.log) == 1


def test_server_that_refuses_base64_and_dimensions_is_asked_without_from_then_on(
    httpserver: HTTPServer,
) -> None:
    def strict(request: Request) -> Response:
        asked = body(request)
        if "dimensions" in asked or asked["encoding_format"] != "float":
            return Response('{"error": {"message": "unsupported"}}', 400, content_type="application/json")
        return works(request)

    serve(httpserver, strict)
    found = embedder(httpserver)
    found.embed(["a"])
    found.embed(["b"])
    assert len(httpserver.log) == 3


def test_long_lists_go_in_batches_and_long_texts_are_cut(httpserver: HTTPServer) -> None:
    serve(httpserver, works)
    assert embedder(httpserver).embed(["x"] * 600).shape == (600, 8)
    assert [len(body(request)["input"]) for request, _ in httpserver.log] == [256, 256, 88]
    httpserver.clear_log()
    embedder(httpserver).embed(["y" * 100_000] * 60)
    assert [len(body(request)["input"]) for request, _ in httpserver.log] == [50, 10]
    assert all(len(text) == 8_000 for request, _ in httpserver.log for text in body(request)["input"])


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        *((status, True) for status in (400, 401, 403, 404, 413, 422)),
        *((status, False) for status in (408, 409, 425, 429, 500, 502, 503, 529)),
    ],
)
def test_statuses_tell_whether_to_try_again(httpserver: HTTPServer, status: int, *, permanent: bool) -> None:
    content = json.dumps({"error": {"message": f"you sent {CANARY}", "code": CANARY}})
    serve(httpserver, lambda _: Response(content, status, content_type="application/json"))
    assert refused(httpserver).permanent is permanent


@pytest.mark.parametrize(
    ("content", "permanent"),
    [
        (f"<html>{CANARY}</html>", False),
        ("[]", False),
        ("{}", False),
        ('{"data": null}', False),
        ('{"data": []}', False),
        ('{"data": [{"index": 0}]}', False),
        ('{"data": [{"index": 0, "embedding": "%%%"}]}', False),
        ('{"data": [{"index": 0, "embedding": "AAA="}]}', False),  # no whole number of floats
        ('{"data": [{"index": 0, "embedding": ["a"]}]}', False),
        ('{"data": [{"index": 0, "embedding": [1, 2]}]}', True),  # another model than the one configured
        ('{"data": [{"index": 0, "embedding": [[1, 2, 3, 4, 5, 6, 7, 8]]}]}', True),
        ('{"data": [{"index": 0, "embedding": [0, 0, 0, 0, 0, 0, 0, 0]}]}', False),
        ('{"data": [{"index": 0, "embedding": [NaN, 0, 0, 0, 0, 0, 0, 0]}]}', False),
        ('{"data": [{"index": 0, "embedding": [1e999, 0, 0, 0, 0, 0, 0, 0]}]}', False),
        ("[" * 100_000, False),
    ],
)
def test_wrong_answers_are_refused(httpserver: HTTPServer, content: str, *, permanent: bool) -> None:
    serve(httpserver, lambda _: Response(content, content_type="application/json"))
    assert refused(httpserver).permanent is permanent


def test_more_vectors_than_texts_are_refused(httpserver: HTTPServer) -> None:
    serve(httpserver, lambda _: answer([vector("a"), vector("b")]))
    assert not refused(httpserver).permanent


def test_slow_server_times_out(httpserver: HTTPServer) -> None:
    def slow(request: Request) -> Response:
        time.sleep(0.5)
        return works(request)

    serve(httpserver, slow)
    assert not refused(httpserver, timeout_seconds=0.1).permanent


def test_server_that_is_not_there_is_no_permanent_failure() -> None:
    gone = OpenAIEmbedder(
        model="m",
        dimensions=8,
        api_key=None,
        base_url="http://127.0.0.1:9/v1",
        timeout_seconds=1,
        max_retries=0,
    )
    with pytest.raises(ProviderError) as caught:
        gone.embed(["a"])
    assert not caught.value.permanent


def test_busy_server_is_tried_once_more(httpserver: HTTPServer) -> None:
    busy = httpserver.expect_ordered_request(PATH)
    busy.respond_with_data("{}", 503, headers={"Retry-After": "0.01"}, content_type="application/json")
    httpserver.expect_ordered_request(PATH).respond_with_handler(works)
    assert embedder(httpserver, max_retries=1).embed(["a"]).shape == (1, 8)


def test_texts_never_reach_a_log(httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    serve(httpserver, works)
    caplog.set_level(logging.INFO)
    embedder(httpserver).embed([CANARY])
    assert CANARY not in caplog.text


def test_text_with_half_a_character_is_sent(httpserver: HTTPServer) -> None:
    serve(httpserver, works)
    assert embedder(httpserver).embed(["\ud83d half"]).shape == (1, 8)
