"""The parser of JSON bodies: bounded, strict, and without characters that cannot be stored."""

from __future__ import annotations

import json
import math
import re
from itertools import islice
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
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class StrictJSONParser(BaseParser):
    """A parser of UTF-8 JSON of 64 levels at most, without NaN, Infinity, doubled keys, NUL or lone surrogates."""

    media_type = "application/json"

    def parse(  # type: ignore[override]  # a JSON body need not be an object; the inputs check
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
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
    """Return the value of a JSON text. Raises ParseError or InvalidInput; neither repeats the value."""
    try:
        value: object = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_doubles
        )
    except RecursionError:
        raise ParseError("JSON: nested too deep.") from None
    except ValueError:
        raise ParseError("JSON: the body is not valid JSON.") from None
    # Most bodies have neither so many brackets nor an escape (a NUL or a surrogate can only come as one).
    if text.count("[") + text.count("{") > MAX_DEPTH and _too_deep(value):
        raise ParseError("JSON: nested too deep.")
    if "\\u" in text and not all(_storable(node) for level in _levels(value) for node in level):
        path = (_unstorable(value) or "").lstrip(".") or "body"
        raise InvalidInput(path, "must hold no NUL characters or lone surrogates")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _finite(digits: str) -> float:
    """Return the number. Raises ValueError for one like 1e400, which is valid JSON and would be read as infinity."""
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError
    return value


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the object. Raises ParseError if it names a key twice.

    Another reader (a gateway, a log) may take the other of the two values.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("JSON: an object names a key twice.")
    return found


def _levels(value: object) -> Iterator[list[object]]:
    """Yield all nodes level by level, keys included, without recursion."""
    level = [value]
    while level:
        yield level
        below: list[object] = []
        for node in level:
            if isinstance(node, dict):
                below.extend(node)
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
        level = below


def _too_deep(value: object) -> bool:
    level = next(islice(_levels(value), MAX_DEPTH, None), ())
    return any(isinstance(node, (dict, list)) for node in level)


def _storable(node: object) -> bool:
    if not isinstance(node, str):
        return True
    if "\0" in node:
        return False
    return node.isascii() or not any("\ud800" <= char <= "\udfff" for char in node)


def _unstorable(value: object, path: str = "") -> str | None:
    """Return the path of the first text that cannot be stored. May recurse: the depth is bounded by now.

    Keys are the caller's own words, so one that does not look like a name is shown as `?`.
    """
    if isinstance(value, dict):
        for key, child in value.items():
            at = f"{path}.{key if _PLAIN_KEY.fullmatch(key) else '?'}"
            if (found := at if not _storable(key) else _unstorable(child, at)) is not None:
                return found
    elif isinstance(value, list):
        for index, child in enumerate(value):
            if (found := _unstorable(child, f"{path}[{index}]")) is not None:
                return found
    return None if _storable(value) else path
