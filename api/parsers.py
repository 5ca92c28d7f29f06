"""JSON bodies: bounded, strict, and free of what no database or person can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from memstore.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

MAX_PATH_CHARS = 200


class StrictJSONParser(BaseParser):
    """UTF-8 JSON without NaN, Infinity, NUL characters or lone surrogates."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, object] | None = None
    ) -> object:
        limit = settings.MEMSTORE_MAX_BODY_BYTES
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise RequestDataTooBig
        return parse_json(raw)


def parse_json(raw: bytes | str) -> object:
    """Raises ParseError or InvalidInput; neither repeats the value."""
    try:
        value: object = json.loads(raw, parse_constant=_refuse_constant)
    except RecursionError:
        raise ParseError("JSON: nested too deep.") from None
    except (ValueError, UnicodeDecodeError):
        raise ParseError("JSON: the body is not valid JSON.") from None
    # NUL and surrogates can only come as \u escapes; most bodies have none and need no second look.
    if ("\\u" if isinstance(raw, str) else b"\\u") in raw:  # type: ignore[operator]  # each with its own kind
        for path, node in _nodes(value):
            if isinstance(node, str) and not _storable(node):
                raise InvalidInput(path[:MAX_PATH_CHARS] or "body", "must hold no NUL characters or lone surrogates")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _storable(text: str) -> bool:
    if "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _nodes(value: object) -> Iterator[tuple[str, object]]:
    """Every node with its path, keys included, without recursion."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        if isinstance(node, dict):
            yield from ((path, key) for key in node)
            waiting.extend((f"{path}.{key}" if path else key, child) for key, child in node.items())
        elif isinstance(node, list):
            waiting.extend((f"{path}[{index}]", child) for index, child in enumerate(node))
