"""Bad input: refused by the name of its field, never repeated, and nothing stored."""

from __future__ import annotations

import json
import tracemalloc
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from governance.tenancy.tenant_context import tenant_context
from memstore.models import Job, Memory, Source
from tests.support.asking import add, ask, listed, request_for, routes
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

ADD, SEARCH, LIST, BATCH = "/v3/memories/add/", "/v3/memories/search/", "/v3/memories/", "/v1/batch/"
CANARY = "qz7canary"
SOUND_ADD: dict[str, object] = {"messages": "I like tea", "infer": False, "user_id": "alice"}
SOUND_SEARCH: dict[str, object] = {"query": "tea", "filters": {"user_id": "alice"}}
SOUND_LIST: dict[str, object] = {"filters": {"user_id": "alice"}}
SOMEBODY = "01890000-0000-7000-8000-000000000000"
HUGE = 10**400


def nothing_stored(organisation: Organisation) -> bool:
    with tenant_context(organisation.tenant.id):
        return not any(model.objects.exists() for model in (Memory, Source, Job))


def refused(answer: Answer, field: str, *statuses: int) -> None:
    """Check for a refusal that names `field` and repeats nothing."""
    body = answer.json()
    assert answer.status_code in (statuses or (400,)), body
    assert field in body["detail"], body
    assert CANARY not in answer.content.decode()
    assert CANARY not in str(answer.headers)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", "messages"),
        (b" ", "JSON"),
        (b"{", "JSON"),
        (b"nonsense", "JSON"),
        (b"\xff\xfe{", "UTF-8"),
        (b'{"messages": "\xc3\x28"}', "UTF-8"),
        (b'{"messages": "\xed\xa0\x80", "user_id": "a", "infer": false}', "UTF-8"),  # a raw lone surrogate
        ('{"messages": "\\u0000", "user_id": "a", "infer": false}'.encode("utf-16"), "UTF-8"),
        (b'\xef\xbb\xbf{"messages": "x"}', "JSON"),
        (b'{"messages": "a\\u0000b", "user_id": "a", "infer": false}', "messages"),
        (b'{"messages": "a\\ud800b", "user_id": "a", "infer": false}', "messages"),
        (b'{"messages": "x", "metadata": {"a": [1, {"b": "\\udfff"}]}, "user_id": "a"}', "metadata.a[1].b"),
        (b'{"messages": "x", "metadata": {"a\\u0000b": 1}, "user_id": "a"}', "metadata.?"),
        (b'{"messages": "x", "user_id": "a", "metadata": {"a": NaN}}', "JSON"),
        (b'{"messages": "x", "user_id": "a", "metadata": {"a": Infinity}}', "JSON"),
        (b'{"messages": "x", "user_id": "a", "metadata": {"a": -Infinity}}', "JSON"),
        (b'{"messages": "x", "user_id": "a", "metadata": {"a": 1e400}}', "JSON"),
        (b'{"messages": "x", "user_id": "a", "user_id": "b", "infer": false}', "twice"),
        pytest.param(b'{"messages": "x", "user_id": ' + b"1" * 5000 + b"}", "JSON", id="number of 5,000 digits"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "JSON", id="100,000 lists in one another"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "JSON", id="100,000 objects in one another"),
        pytest.param(
            b'{"messages": "x", "user_id": "a", "zzz": ' + b"[" * 900 + b"]" * 900 + b"}",
            "JSON",
            id="900 lists in one another under an unknown name",
        ),
        (b"[]", "body"),
        (b'"' + CANARY.encode() + b'"', "body"),
        (b"null", "body"),
    ],
)
def test_a_body_that_is_no_sound_json_object_is_refused(bank: Organisation, raw: bytes, field: str) -> None:
    refused(ask(bank, "POST", ADD, raw=raw), field)
    assert nothing_stored(bank)


@pytest.mark.parametrize("depth", range(60, 70))
def test_no_depth_is_read_but_not_written(bank: Organisation, depth: int) -> None:
    raw = b'{"messages": "x", "user_id": "a", "infer": false, "zzz": ' + b"[" * depth + b"]" * depth + b"}"
    answer = ask(bank, "POST", ADD, raw=raw, headers={"Idempotency-Key": "k"})
    assert answer.status_code == (200 if depth <= 63 else 400)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", CANARY + "/x", "a/b; c=\x85"]
)
def test_another_content_type_is_refused_without_repeating_it(bank: Organisation, content_type: str) -> None:
    answer = ask(bank, "POST", ADD, SOUND_ADD, content_type=content_type)
    refused(answer, "Content-Type", 415)
    assert nothing_stored(bank)


@pytest.mark.parametrize("length", ["-1", "0", "abc", "99999999999999999999", "7", "1000"])
def test_a_lying_content_length_stores_nothing_that_was_not_sent(bank: Organisation, length: str) -> None:
    environ = {"CONTENT_LENGTH": length, "wsgi.input": BytesIO(json.dumps(SOUND_ADD).encode())}
    answer = ask(bank, "POST", ADD, SOUND_ADD, environ=environ)
    assert answer.status_code in {200, 400, 413}
    assert listed(bank, user_id="alice") == (["I like tea"] if answer.status_code == 200 else [])


class Endless:
    """A body that never ends, whatever its header says; counts what was taken from it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        assert 0 <= size < 2**23, "reads without a limit"
        self.taken += size
        return b"[" * size

    readline = read


def test_fifty_megabytes_behind_a_small_announcement_stay_unread(bank: Organisation) -> None:
    body = Endless()
    tracemalloc.start()
    try:
        answer = ask(bank, "POST", ADD, SOUND_ADD, environ={"CONTENT_LENGTH": "1000", "wsgi.input": body})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    refused(answer, "JSON")
    assert body.taken <= 1000
    assert peak < 16 * 2**20


# Of half a megabyte: measuring memory takes its time, and what a larger one needs grows with it.
WIDE = b"[" + b"0," * 249_999 + b"0]"
OBJECTS = b"[" + b"{}," * 149_999 + b"{}]"


@pytest.mark.parametrize(
    ("method", "path", "raw", "field"),
    [
        pytest.param("POST", ADD, b'{"user_id": "a", "messages": ' + WIDE + b"}", "messages", id="messages of an add"),
        pytest.param(
            "POST",
            ADD,
            b'{"user_id": "a", "messages": "x", "metadata": {"a": ' + WIDE + b"}}",
            "metadata",
            id="metadata of an add",
        ),
        pytest.param(
            "POST",
            SEARCH,
            b'{"query": "x", "user_id": "a", "categories": ' + OBJECTS + b"}",
            "categories",
            id="categories of a search",
        ),
        pytest.param(
            "POST",
            SEARCH,
            b'{"query": "x", "user_id": "a", "fields": ' + OBJECTS + b"}",
            "fields",
            id="fields of a search",
        ),
        pytest.param("POST", LIST, b'{"filters": {"AND": ' + OBJECTS + b"}}", "filters", id="AND of a filter"),
        pytest.param("POST", LIST, b'{"filters": {"user_id": {"in": ' + WIDE + b"}}}", "filters", id="in of a filter"),
        pytest.param("PUT", BATCH, b'{"memories": ' + OBJECTS + b"}", "memories", id="memories of a changing batch"),
        pytest.param("DELETE", BATCH, b'{"memories": ' + WIDE + b"}", "memories", id="memories of a deleting batch"),
        # A long key over a wide list: paths must not be kept for each entry.
        pytest.param(
            "POST", ADD, b'{"' + b"k" * 450_000 + b'": ' + WIDE + b', "b": "\\u0000"}', "b", id="a long name over it"
        ),
    ],
)
def test_a_list_without_end_is_refused_in_bounded_memory(
    bank: Organisation, method: str, path: str, raw: bytes, field: str
) -> None:
    tracemalloc.start()
    try:
        refused(ask(bank, method, path, raw=raw), field)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * 2**20
    assert nothing_stored(bank)


UNSOUND_IDS: list[Any] = [
    "",
    " ",
    CANARY * 1200,
    f"{CANARY}/x",
    f"{CANARY}%2e",
    f"{CANARY}*",
    f"a {CANARY}",
    f"{CANARY}\u202e",
    f"{CANARY}\u200bx",
    f"{CANARY}\nx",
    f"{CANARY}\x1b[31m",
    f"{CANARY}\ue000",
    True,
    1.5,
    ["alice"],
    {"a": 1},
]


@pytest.mark.parametrize("field", ["user_id", "agent_id", "app_id", "run_id"])
@pytest.mark.parametrize("value", UNSOUND_IDS, ids=range(len(UNSOUND_IDS)))
def test_an_id_that_is_no_id_is_refused_wherever_it_is_given(bank: Organisation, field: str, value: object) -> None:
    verbatim = {"messages": "x", "infer": False}
    refused(ask(bank, "POST", ADD, verbatim | {field: value}), field)
    refused(ask(bank, "POST", ADD, verbatim | {"filters": {field: value}}), field)
    refused(ask(bank, "POST", SEARCH, {"query": "x", field: value}), field)
    refused(ask(bank, "POST", LIST, {"filters": {field: value}}), "filters")
    if isinstance(value, str):
        refused(ask(bank, "DELETE", f"/v1/memories/?{field}={quote(value)}"), "ids")
        path = f"/v2/entities/{field.removesuffix('_id')}/{quote(value, safe='')}/"
        assert ask(bank, "DELETE", path).status_code in {400, 404}
    assert nothing_stored(bank)


@pytest.mark.parametrize(
    "path_id",
    [
        CANARY,
        pytest.param(CANARY * 1200, id="10,800 characters"),
        "..%2F..%2Fetc",
        "%00",
        "%0a",
        "%E2%80%AE",
        "*",
        "%25",
        "1",
        "' OR 1=1 --",
        "%ff%fe",
    ],
)
def test_a_memory_or_event_that_is_no_uuid_is_refused(bank: Organisation, path_id: str) -> None:
    for method, path in (
        ("GET", f"/v1/memories/{path_id}/"),
        ("PUT", f"/v1/memories/{path_id}/"),
        ("DELETE", f"/v1/memories/{path_id}/"),
        ("GET", f"/v1/memories/{path_id}/history/"),
        ("GET", f"/v1/event/{path_id}/"),
    ):
        answer = ask(bank, method, path)
        assert answer.status_code in {400, 404}
        assert CANARY not in answer.content.decode()
        if answer.status_code == 400:
            assert answer.json()["field"] in {"memory_id", "event_id"}


TOO_DEEP: object = 1
for _ in range(11):
    TOO_DEEP = {"a": TOO_DEEP}


def each(method: str, path: str, field: str, *values: object) -> list[tuple[str, str, dict[str, object], str]]:
    """Return (method, path, what is wrong about the body, the name that the refusal gives) for each value."""
    return [(method, path, {field: value}, field) for value in values]


ONE = f"/v1/memories/{SOMEBODY}/"
WRONG: list[tuple[str, str, dict[str, object], str]] = [
    *each("POST", ADD, "messages", None, 1, True, [], [1], {}, [[]], "", " "),
    ("POST", ADD, {"messages": [{"role": "user", "content": "a"}, {"role": 1}]}, "messages[1].role"),
    ("POST", ADD, {"messages": [{"role": CANARY * 9, "content": "a"}]}, "messages[0].role"),
    ("POST", ADD, {"messages": [{"role": "user", "content": [CANARY]}]}, "messages[0].content"),
    ("POST", ADD, {"messages": [{"role": "user", "content": "a", "name": 1}]}, "messages[0].name"),
    ("POST", ADD, {"messages": [{"role": "user", "content": CANARY * 6000}]}, "messages[0].content"),
    *each("POST", ADD, "infer", None, CANARY, [], {}, 2),
    *each("POST", ADD, "async_mode", None, CANARY, []),
    *each("POST", ADD, "metadata", [], CANARY, 1, TOO_DEEP, {"a": CANARY * 5000}),
    *each("POST", ADD, "custom_instructions", [], {}, CANARY * 600),
    *each("POST", ADD, "timestamp", CANARY, [], True, -1, HUGE, 2**62),
    *each("POST", ADD, "timestamp", "2026-02-31", "0001-01-01", "9999-12-31T23:59:59-23:00", "2026-01-01T25:00"),
    *each("POST", ADD, "expiration_date", CANARY, 1, [], "2026-02-31", "2026-1-1", "31.01.2026"),
    *each("POST", ADD, "expiration_date", "2026-W01-1", "20260101", "\u0662\u0660\u0662\u0666-01-01"),
    *each("POST", SEARCH, "query", None, "", "  ", [], {}, True, CANARY * 1000),
    *each("POST", SEARCH, "top_k", 0, -1, 1001, "x", None, [], 1.5, True, HUGE),
    *each("POST", SEARCH, "threshold", -0.1, 1.1, "nan", "NaN", "inf", CANARY, [], {}, HUGE),
    *each("POST", SEARCH, "explain", None, CANARY, []),
    *each("POST", SEARCH, "filters", None, [], CANARY, 1, {"AND": 1}),
    *each("POST", SEARCH, "fields", CANARY, {}, 1, [[]], [CANARY * 9], ["x"] * 41),
    *each("POST", SEARCH, "categories", CANARY, 1, [None], [CANARY * 99]),
    *each("POST", SEARCH, "metadata", CANARY, [], 1, TOO_DEEP),
    *each("POST", LIST, "page", 0, -1, "x", None, [], 10**7, HUGE),
    *each("POST", LIST, "page_size", 0, -1, 201, "x", {}),
    *each("POST", LIST, "keywords", [], {}, CANARY * 30),
    *each("POST", LIST, "start_date", "2026-02-31", CANARY, 1),
    *each("POST", LIST, "end_date", "2026-13-01", CANARY, []),
    ("PUT", ONE, {}, "text, metadata, timestamp, expiration_date"),
    *each("PUT", ONE, "text", None, "", " ", [], CANARY * 8000),
    *each("PUT", ONE, "metadata", [], CANARY, TOO_DEEP),
    *each("PUT", ONE, "timestamp", CANARY, -1, HUGE),
    *each("PUT", ONE, "expiration_date", "2026-02-31", CANARY),
    *each("PUT", BATCH, "memories", None, [], {}, "x", [1]),
    *each("DELETE", BATCH, "memories", None, [], {}, "x", [1], [{"memory_id": SOMEBODY}] * 1001),
    ("PUT", BATCH, {"memories": [{"memory_id": SOMEBODY}, {"memory_id": CANARY}]}, "memories[1].memory_id"),
    ("PUT", BATCH, {"memories": [{"memory_id": SOMEBODY, "text": []}]}, "memories[0].text"),
    ("DELETE", BATCH, {"memories": [{"memory_id": SOMEBODY}, {}]}, "memories[1].memory_id"),
]
SOUND: dict[str, dict[str, object]] = {ADD: SOUND_ADD, SEARCH: SOUND_SEARCH, LIST: SOUND_LIST}


@pytest.mark.parametrize(("method", "path", "wrong", "field"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    bank: Organisation, method: str, path: str, wrong: dict[str, object], field: str
) -> None:
    answer = ask(bank, method, path, SOUND.get(path, {}) | wrong)
    refused(answer, field)
    assert nothing_stored(bank)


@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-30", "2100-01-01"])
def test_a_day_far_ahead_is_kept_and_the_ceiling_still_holds(bank: Organisation, day: str) -> None:
    answer = ask(bank, "POST", ADD, SOUND_ADD | {"expiration_date": day})
    assert answer.status_code == 200
    memory_id = answer.json()["results"][0]["id"]
    assert ask(bank, "GET", f"/v1/memories/{memory_id}/").json()["expiration_date"] == day


@pytest.mark.parametrize("day", ["2001-01-01", "0001-01-01"])
def test_a_day_gone_by_is_answered_and_hides_the_memory(bank: Organisation, day: str) -> None:
    answer = ask(bank, "POST", ADD, SOUND_ADD | {"expiration_date": day})
    assert answer.status_code in {200, 400}
    assert listed(bank, user_id="alice") == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (LIST + "?page=1&page=2", "page"),
        (LIST + "?page_size=1&page_size=2", "page_size"),
        (LIST + "?page=0", "page"),
        (LIST + "?page_size=201", "page_size"),
        (LIST + "?page=" + CANARY, "page"),
        ("/v1/entities/?page=1&page=1", "page"),
        ("/v1/events/?page=0", "page"),
        ("/v1/events/?page_size=" + CANARY, "page_size"),
    ],
)
def test_a_query_parameter_is_given_once_and_in_range(bank: Organisation, path: str, name: str) -> None:
    answer = ask(bank, "POST", path, SOUND_LIST) if path.startswith(LIST) else ask(bank, "GET", path)
    refused(answer, name)


def test_two_thousand_query_parameters_are_refused(bank: Organisation) -> None:
    answer = ask(bank, "DELETE", "/v1/memories/?" + "&".join(f"a{number}=1" for number in range(2000)))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")


TEXTS = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE memstore_memory; --",
    '=HYPERLINK("http://127.0.0.1/","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\x1b[31mred\x1b[0m\x07",
    "{{ 7*7 }} {% debug %} ${jndi:ldap://x}",
    "\u202eevil\u202c \u200b zero width \ufeff",
    "👩‍👩‍👧‍👦 ﷽ Ωmega ñ ñ 漢字",
    '\\u0000 \\" \\n stays as it is',
    "line one\r\nline two\tand a tab",
    "\U0010ffff\ufffe",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_any_text_comes_back_as_it_was_and_only_as_json(bank: Organisation, text: str) -> None:
    body = {"messages": text, "infer": False, "user_id": "alice", "metadata": {text: [text]}}
    stored = ask(bank, "POST", ADD, body)
    memory_id = stored.json()["results"][0]["id"]
    shown = ask(bank, "GET", f"/v1/memories/{memory_id}/")
    assert shown.json()["memory"] == text
    assert shown.json()["metadata"] == {text: [text]}
    search = ask(bank, "POST", SEARCH, {"query": text, "user_id": "alice", "threshold": 0})
    assert [hit["memory"] for hit in search.json()["results"]] == [text]
    for answer in (stored, shown, search):
        assert answer["Content-Type"] == "application/json"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_limit_of_a_body_is_the_setting_to_the_byte(bank: Organisation) -> None:
    limit = settings.MEMSTORE_MAX_BODY_BYTES
    sound = json.dumps(SOUND_ADD).encode()
    assert ask(bank, "POST", ADD, raw=sound + b" " * (limit - len(sound))).status_code == 200
    refused(ask(bank, "POST", ADD, raw=sound + b" " * (limit - len(sound) + 1)), "body", 413)


def test_half_a_bad_batch_changes_nothing(bank: Organisation) -> None:
    memory_id = add(bank, "I like tea", user_id="alice")
    items = [{"memory_id": memory_id, "text": "changed"}, {"memory_id": memory_id, "text": ""}]
    refused(ask(bank, "PUT", BATCH, {"memories": items}), "memories[1].text")
    assert listed(bank, user_id="alice") == ["I like tea"]


WORDS = (
    *("messages", "user_id", "agent_id", "run_id", "filters", "infer", "async_mode", "metadata", "timestamp"),
    *("expiration_date", "query", "top_k", "threshold", "fields", "categories", "page", "page_size", "keywords"),
    *("start_date", "text", "memories", "memory_id", "role", "content", "name", "AND", "OR", "NOT", "in", "gte", "ne"),
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["alice", "*", "2026-02-28", "2026-02-31", SOMEBODY, "user", HUGE, -HUGE, 2**63])
)
NAMES = st.sampled_from(WORDS) | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=12
)
BODIES = VALUES | st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=8)
WITH_BODY = [route for route in sorted(routes()) if route[1] != "GET"]


ERASING = {"entity", "memory-delete-scope"}  # each call is an erasure with all its steps, whatever its body


@pytest.mark.parametrize("route", WITH_BODY)
def test_no_json_whatever_makes_the_service_fail(bank: Organisation, route: tuple[str, str]) -> None:
    path, expected = request_for(route, user="alice", memory=SOMEBODY, event=SOMEBODY)
    examples = 10 if route[0] in ERASING else 80

    @settings_of_hypothesis(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(body=BODIES, sound=st.booleans())
    def is_answered(body: object, *, sound: bool) -> None:
        if sound and isinstance(expected, dict) and isinstance(body, dict):
            body = expected | body
        answer = ask(bank, route[1], path, body)
        assert answer.status_code < 500, (path, body)
        assert answer["Content-Type"] == "application/json"

    is_answered()
