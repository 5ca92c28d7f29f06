"""Serializers of replies for OpenAPI, made from the dataclasses that use cases return: the two cannot drift apart."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from sys import modules
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from rest_framework import serializers
from rest_framework.response import Response

from api.web.json_values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed import DataclassInstance

_FIELDS: dict[type, type[serializers.Field[Any, Any, Any, Any]]] = {
    UUID: serializers.UUIDField,
    str: serializers.CharField,
    bool: serializers.BooleanField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
    datetime: serializers.DateTimeField,
    date: serializers.DateField,
}


def answer(view: DataclassInstance, status: int = 200) -> Response:
    return Response(plain(view), status=status)


def listing(views: Iterable[DataclassInstance], **beside: int) -> Response:
    return Response({"results": [plain(view) for view in views], **beside})


@cache
def hints_of(kind: type[DataclassInstance]) -> dict[str, Any]:
    """Return a dataclass's annotations as types, also where its module imports their names for type checking only."""
    names = vars(modules[kind.__module__]) | {"UUID": UUID, "datetime": datetime, "date": date}
    return get_type_hints(kind, globalns=names)


@cache
def reply(kind: type[DataclassInstance]) -> type[serializers.Serializer[object]]:
    """Return the serializer that describes `kind`."""
    hints = hints_of(kind)
    described = {entry.name: _field(hints[entry.name]) for entry in fields(kind)}
    return type(f"{kind.__name__}Reply", (serializers.Serializer,), described)


@cache
def listed(kind: type[DataclassInstance]) -> type[serializers.Serializer[object]]:
    return type(f"{kind.__name__}ListReply", (serializers.Serializer,), {"results": reply(kind)(many=True)})


def _field(hint: Any) -> serializers.Field[Any, Any, Any, Any]:
    arguments = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        inner = _field(next(one for one in arguments if one is not type(None)))
        inner.allow_null = True
        return inner
    if get_origin(hint) is tuple:
        return serializers.ListField(child=_field(arguments[0]))
    if get_origin(hint) is dict:
        return serializers.DictField(child=_field(arguments[1]))
    if is_dataclass(hint) and isinstance(hint, type):
        return reply(hint)()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return serializers.CharField()
    return _FIELDS[hint]()
