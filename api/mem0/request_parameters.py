"""Parts of a request besides its body: headers, query and path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ParseError

from api.mem0.inputs import ScopeInput
from api.web.json_parser import parse_json
from api.web.request_body import ID_FIELDS
from governance.errors import AccessRefused
from governance.guard.authorize import refuse
from governance.vocabulary import Action, ReasonCode
from memstore.errors import InvalidInput
from memstore.records.scope_ids import ScopeIds, clean_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http.request import QueryDict
    from rest_framework.request import Request

    from governance.context import Caller

PURPOSE = OpenApiParameter("X-Purpose", str, OpenApiParameter.HEADER, description="Default: the key's own purpose.")
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Sent again, the request is answered, not repeated.",
)


def combined_filters(body: Mapping[str, object]) -> object:
    """Return the filters of the body together with what older clients send beside them; all must hold."""
    parts: list[object] = [body["filters"]] if body.get("filters") is not None else []
    parts += [{field: body[field]} for field in ID_FIELDS if body.get(field) is not None]
    if body.get("categories"):
        parts.append({"categories": {"in": body["categories"]}})
    if body.get("metadata"):
        parts.append({"metadata": body["metadata"]})
    if body.get("keywords"):
        parts.append({"keywords": {"contains": body["keywords"]}})
    if body.get("start_date"):
        parts.append({"created_at": {"gte": f"{body['start_date']}"}})
    if body.get("end_date"):
        parts.append({"created_at": {"lte": f"{body['end_date']}"}})
    return parts[0] if len(parts) == 1 else {"AND": parts} if parts else {}


def single(query: QueryDict, name: str) -> str:
    """Return the one value of a query parameter.

    Raises InvalidInput for two, of which another reader may take the other.
    """
    values = query.getlist(name)
    if len(values) != 1:
        raise InvalidInput(name, "given more than once")
    return values[0]


def path_scope(kind: str, name: str, asker: Caller) -> ScopeIds:
    """Return the entity that a path names. A wildcard is recorded as a refusal, as in a query.

    Raises AccessRefused, InvalidInput.
    """
    field = f"{kind}_id"
    if name == "*":
        refuse(asker, Action.FORGET_SCOPE, ReasonCode.WILDCARD_SCOPE)
        raise AccessRefused(ReasonCode.WILDCARD_SCOPE)
    return ScopeIds(**{field: clean_id(name, field)})


def query_scope(request: Request, asker: Caller) -> ScopeIds:
    """Return the ids of a delete by scope. What cannot be read as ids deletes nothing and is recorded as a refusal.

    Mem0's client sends `filters` and `metadata` as the text of a Python dict: never taken for "no filter". Raises
    AccessRefused.
    """
    query = request.query_params
    try:
        return _read_scope(query)
    except (InvalidInput, ParseError):
        wildcard = any("*" in query.getlist(field) for field in ID_FIELDS)
        reason = ReasonCode.WILDCARD_SCOPE if wildcard else ReasonCode.UNREADABLE_SCOPE
        refuse(asker, Action.FORGET_SCOPE, reason)
        raise AccessRefused(reason) from None


def _read_scope(query: QueryDict) -> ScopeIds:
    given: dict[str, object] = {}
    for name in query:
        value = single(query, name)
        if name in ID_FIELDS:
            given[name] = value
        elif name == "filters":
            nested = parse_json(value)
            if not isinstance(nested, dict) or set(nested) - set(ID_FIELDS) or set(nested) & set(query):
                raise InvalidInput("filters", "expected a JSON object of ids")
            given |= nested
        else:
            raise InvalidInput(name[:40], "not known here")
    serializer = ScopeInput(data=given)
    if not serializer.is_valid():
        raise InvalidInput("filters", "expected ids")
    return ScopeIds(**{field: value for field, value in serializer.validated_data.items() if value is not None})
