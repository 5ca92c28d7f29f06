"""Screening of the queue: a foreign message is archived and counted, and the worker does what comes behind it."""

from __future__ import annotations

import base64
import copy
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from celery import current_app
from django.db import IntegrityError, connection, connections
from kombu import Connection

from api.background.message_screening import MOST_READS, STOP_LOOK_SECONDS, TAKES_IDS, ScreeningChannel, problem_of
from governance.evidence.trail_health import alarms
from governance.ids import NIL
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context
from tests.support.cast import DATABASES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
NOTHING_ELSE: dict[str, None] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def hint(task: str = "memstore.tasks.run_job", *arguments: object) -> dict[str, Any]:
    """Return a message as Celery writes it."""
    body = json.dumps([list(arguments) or [str(uuid4()), str(uuid4())], {}, NOTHING_ELSE])
    return {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": task,
            "id": str(uuid4()),
            "eta": None,
            "expires": None,
            "group": None,
            "retries": 0,
            "timelimit": [None, None],
            "parent_id": None,
            "stamps": {},
        },
        "properties": {
            "correlation_id": str(uuid4()),
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "memstore"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
        },
    }


def changed(path: str, value: object) -> dict[str, Any]:
    """Return a sound message but for one entry; `...` leaves it out."""
    message = copy.deepcopy(hint())
    *ways, last = path.split("/")
    node = message
    for way in ways:
        node = node[way]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return message


def body(said: object) -> str:
    return base64.b64encode(json.dumps(said).encode()).decode()


BAD: dict[str, object] = {
    "empty": {},
    "no headers": changed("headers", ...),
    "headers are a text": changed("headers", "x"),
    "no properties": changed("properties", ...),
    "properties are a list": changed("properties", []),
    "no delivery info": changed("properties/delivery_info", None),
    "no delivery tag": changed("properties/delivery_tag", 7),
    "no body": changed("body", ...),
    "a body that is no text": changed("body", 7),
    "a body that is no base64": changed("body", "*"),
    "a body that is no JSON": changed("body", base64.b64encode(b"nonsense").decode()),
    "a body that is no list": changed("body", body({})),
    "a body in pickle": changed("content-type", "application/x-python-serialize"),
    "another encoding": changed("properties/body_encoding", "rot13"),
    "no task": changed("headers/task", ...),
    "a task that is a list": changed("headers/task", []),
    "a task that nobody knows": hint("memstore.tasks.drop_everything"),
    "a task of Celery": hint("celery.chord_unlock"),
    "too few ids": changed("body", body([[str(uuid4())], {}, NOTHING_ELSE])),
    "too many ids": changed("body", body([[str(uuid4())] * 3, {}, NOTHING_ELSE])),
    "ids that are none": hint("memstore.tasks.run_job", "alice", "bob"),
    "ids that are numbers": hint("memstore.tasks.run_job", 1, 2),
    "arguments where none are taken": hint("memstore.tasks.sweep", str(uuid4())),
    "named arguments": changed("body", body([[str(uuid4())] * 2, {"x": 1}, NOTHING_ELSE])),
    "something to be done afterwards": changed("body", body([[str(uuid4())] * 2, {}, NOTHING_ELSE | {"chain": [1]}])),
    "a time far away": changed("headers/eta", "2099-01-01T00:00:00+00:00"),
    "a time that is none": changed("headers/expires", "tomorrow"),
    "a limit of time": changed("headers/timelimit", [1, 1]),
    "an id that is none": changed("headers/id", "x"),
}


@pytest.fixture
def channel() -> Iterator[ScreeningChannel]:
    """A channel of the worker's own transport, on the test's database, as the serving role."""
    settings = connections["default"].settings_dict
    where = f"host={settings['HOST']} dbname={settings['NAME']} user={settings['USER']}"
    if settings["PORT"]:
        where += f" port={settings['PORT']}"
    options = {"conn_string": where, "init_extension": False, "visibility_timeout": 60, "wait_time_seconds": 0}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pgmq.q_memstore")
        cursor.execute("DELETE FROM pgmq.a_memstore")
    with Connection(
        "pgmq://localhost", transport="api.background.message_screening:Transport", transport_options=options
    ) as opened:
        found = opened.channel()
        assert isinstance(found, ScreeningChannel)
        yield found


def write(*messages: object) -> None:
    with connection.cursor() as cursor:
        for message in messages:
            cursor.execute("SELECT pgmq.send('memstore', %s::jsonb)", [json.dumps(message)])


def received(channel: ScreeningChannel) -> list[str]:
    """Return the tasks that the worker would start."""
    read = channel._receive_messages("memstore", qty=100)
    return [one["headers"]["task"] for one in channel._pgmq_messages_to_python(read, "memstore")]


def test_a_message_of_ours_is_sound() -> None:
    assert problem_of(hint(), 1) is None
    assert problem_of(hint() | {"properties": hint()["properties"] | {"expiration": "5000"}}, 1) is None
    assert problem_of(hint(), MOST_READS + 1) == "read_too_often"


@pytest.mark.parametrize("message", [*BAD.values(), None, 7, "x", [], [[]]], ids=[*BAD, "null", "7", "x", "[]", "[[]]"])
def test_whatever_else_it_is_has_a_name(message: object) -> None:
    assert problem_of(message, 1)


def test_the_worker_gets_what_is_sound_and_the_rest_is_put_aside_and_counted(channel: ScreeningChannel) -> None:
    write(hint(), *BAD.values(), hint("memstore.tasks.run_erasure"))
    assert received(channel) == ["memstore.tasks.run_job", "memstore.tasks.run_erasure"]
    assert alarms()["message_parked"] == len(BAD)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pgmq.q_memstore")
        assert cursor.fetchone()[0] == 2  # those that the worker is at
    with tenant_context(NIL):
        assert AuditEvent.objects.filter(type="message_parked").exists()
    assert received(channel) == []


@pytest.mark.parametrize("asked", [2.0, None])
def test_an_idle_worker_looks_soon_whether_it_is_to_stop(channel: ScreeningChannel, asked: float | None) -> None:
    transport: Any = channel.connection
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        transport.drain_events(transport, timeout=asked)
    assert STOP_LOOK_SECONDS <= time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    "message", [None, 7, "text", [], pytest.param({"body": "x" * 20_000}, id="body of 20,000 characters")], ids=repr
)
def test_what_is_no_object_or_large_does_not_even_get_into_the_queue(
    channel: ScreeningChannel, message: object
) -> None:
    with pytest.raises(IntegrityError, match="hints_are_small"):
        write(message)


def test_every_task_of_ours_is_one_that_the_queue_lets_through() -> None:
    current_app.loader.import_default_modules()
    ours = [name for name in current_app.tasks if name.startswith(("memstore.", "governance."))]
    assert len(ours) > 10
    for name in ours:
        message = changed("body", body([[str(uuid4())] * TAKES_IDS.get(name, 0), {}, NOTHING_ELSE]))
        message["headers"]["task"] = name
        assert problem_of(message, 1) is None, name
