"""The local and the fake embedder: the form of a vector, and that the model is the one that was checked."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import threading
import time
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pytest

from memstore.errors import ProviderError
from memstore.intake.embed import Embedder, _local, embedder_from_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = ("local", "fake")


def make(kind: str, dimensions: int = 384) -> Embedder:
    return embedder_from_settings(
        kind=kind, model="", dimensions=dimensions, api_key=None, base_url=None, timeout_seconds=1
    )


def cosines(kind: str, *texts: str) -> NDArray[np.float32]:
    vectors = make(kind).embed(texts)
    return np.asarray(vectors @ vectors.T)


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_have_shape_type_and_unit_length(kind: str) -> None:
    embedder = make(kind)
    vectors = embedder.embed(["I live in Lisbon", "", "   ", "\u00e9\u4e2d\U0001f600", "\ud800 half", "x " * 30_000])
    assert vectors.shape == (6, embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, embedder.dimensions)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_has_one_vector_whatever_stands_beside_it(kind: str) -> None:
    embedder = make(kind)
    texts = [f"fact {number} " * (number % 9 + 1) for number in range(150)]  # several batches, many lengths
    together = embedder.embed(texts)
    for index in (0, 7, 64, 149):
        [alone] = embedder.embed([texts[index]])
        assert alone @ together[index] > 0.999


def test_local_model_knows_meaning() -> None:
    found = cosines("local", "My daughter cannot eat nuts", "The child is allergic to peanuts", "I moved to Lisbon")
    assert found[0, 1] > 0.5
    assert found[0, 1] > found[0, 2] + 0.3


def test_local_model_reads_256_word_pieces() -> None:
    start = "house " * 254  # with the two marks at the ends, exactly 256
    found = cosines("local", start, start + "violin " * 100, "violin")
    assert found[0, 1] > 0.9999


def test_fake_puts_texts_that_share_words_nearer() -> None:
    found = cosines("fake", "I live in Lisbon", "I lived in Lisbon", "bananas are yellow")
    assert found[0, 1] > 0.6
    assert found[0, 1] > found[0, 2] + 0.3


def test_models_do_not_share_an_id() -> None:
    names = {
        make("local").model_id,
        make("fake").model_id,
        make("fake", 64).model_id,
        make("openai").model_id,
        make("openai", 64).model_id,
    }
    assert len(names) == 5


def test_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        make("magic")


def test_vendored_tokenizer_is_the_one_that_is_named() -> None:
    folder = resources.files("memstore.intake.embed").joinpath("minilm")
    content = folder.joinpath("tokenizer.json").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert digest == _local.TOKENIZER_SHA256
    assert digest in folder.joinpath("NOTICE").read_text()
    assert "Apache License" in folder.joinpath("LICENSE").read_text()


@pytest.fixture
def unloaded() -> object:
    _local._shared.forget()
    yield
    _local._shared.forget()


@pytest.mark.usefixtures("unloaded")
def test_changed_weights_are_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_local, "MODEL_SHA256", "0" * 64)
    with pytest.raises(ProviderError) as caught:
        make("local").embed(["x"])
    assert caught.value.permanent


@pytest.mark.usefixtures("unloaded")
def test_local_embedder_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert make("local").embed(["I live in Lisbon"]).any()


@pytest.mark.usefixtures("unloaded")
def test_many_threads_load_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []
    load = _local._load

    def counting(threads: int) -> _local._Model:
        loads.append(threads)
        return load(threads)

    monkeypatch.setattr(_local, "_load", counting)
    results: list[NDArray[np.float32]] = []
    workers = [threading.Thread(target=lambda: results.append(make("local").embed(["hello"]))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(loads) == 1
    assert all(np.allclose(result, results[0]) for result in results)


# Python 3.12 and later warn of threads beside a fork; that they are survived is what this shows.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_model_works_in_a_forked_process() -> None:
    make("local").embed(["loaded before the fork"])
    child = os.fork()
    if child == 0:
        # Straight out, past pytest: 0 only if the model answered.
        try:
            os._exit(0 if make("local").embed(["after the fork"]).shape == (1, 384) else 1)
        finally:
            os._exit(2)
    deadline = time.monotonic() + 20
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail("the forked process hangs")
        time.sleep(0.02)
    assert os.waitstatus_to_exitcode(ended[1]) == 0
