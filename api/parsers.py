"""JSON bodies: bounded, strict, and free of what no database or person can read."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from memstore.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

MAX_DEPTH = 64
MAX_PATH_CHARS = 200
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class StrictJSONParser(BaseParser):
    """UTF-8 JSON of 64 levels at most, without NaN, Infinity, doubled keys, NUL or lone surrogates."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, object] | None = None
    ) -> object:
        limit = settings.MEMSTORE_MAX_BODY_BYTES
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise RequestDataTooBig
        try:
            # Strictly: the json module would guess UTF-16 and let lone surrogates through.
            text = raw.decode()
        except UnicodeDecodeError:
            raise ParseError("JSON: the body is not UTF-8.") from None
        return parse_json(text)


def parse_json(text: str) -> object:
    """Raises ParseError or InvalidInput; neither repeats the value."""
    try:
        value: object = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_doubles
        )
    except RecursionError:
        raise ParseError("JSON: nested too deep.") from None
    except ValueError:
        raise ParseError("JSON: the body is not valid JSON.") from None
    # Only a text with so many brackets can be so deep; most have fewer and need no second look.
    brackets = text.count("[") + text.count("{")
    if brackets > MAX_DEPTH and any(depth > MAX_DEPTH for _, _, depth in _nodes(value)):
        raise ParseError("JSON: nested too deep.")
    # NUL and surrogates can only come as \u escapes.
    if "\\u" in text:
        for path, node, _ in _nodes(value):
            if isinstance(node, str) and not _storable(node):
                raise InvalidInput(path or "body", "must hold no NUL characters or lone surrogates")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _finite(digits: str) -> float:
    """1e400 is valid JSON and would be read as infinity."""
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError
    return value


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of two values under one key, another reader (a gateway, a log) may take the other one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("JSON: an object names a key twice.")
    return found


def _storable(text: str) -> bool:
    if "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _nodes(value: object) -> Iterator[tuple[str, object, int]]:
    """Every node with its path and depth, keys included. Holds one path per level, however wide the value."""
    yield "", value, 0
    open_containers = [("", _children(value))]
    while open_containers:
        path, children = open_containers[-1]
        for step, child in children:
            at = f"{path}{step}"[:MAX_PATH_CHARS].lstrip(".")
            yield at, child, len(open_containers)
            if isinstance(child, (dict, list)):
                open_containers.append((at, _children(child)))
                break
        else:
            open_containers.pop()


def _children(node: object) -> Iterator[tuple[str, object]]:
    """Each child with its step of the path. A key is the caller's word: not shown unless it looks like a name."""
    if isinstance(node, dict):
        for key, child in node.items():
            step = f".{key}" if _PLAIN_KEY.fullmatch(key) else ".?"
            yield step, key
            yield step, child
    elif isinstance(node, list):
        yield from ((f"[{index}]", child) for index, child in enumerate(node))
