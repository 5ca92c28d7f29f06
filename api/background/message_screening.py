"""Screening of queue messages: what no task of this service can be made of is archived and counted.

A role that may write to the database may write to the queue. A message is only a hint, so archiving one loses nothing:
the rows that say what there is to do are elsewhere, and a sweep finds them.
"""

from __future__ import annotations

import base64
import json
import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from celery import current_app
from kombu.transport import pgmq

from governance.errors import AuditUnavailable
from governance.guard.alarms import raise_alarm
from governance.vocabulary import Action

log = logging.getLogger(__name__)
MAX_BODY_CHARS = 4_096
MOST_READS = 100  # of a message that no worker comes to the end of
STOP_LOOK_SECONDS = 0.2
# How many ids each task takes; all others take nothing.
TAKES_IDS = {"memstore.tasks.run_job": 2, "memstore.tasks.run_erasure": 2}
OURS = ("memstore.", "governance.")
UNUSED = ("eta", "group", "retries", "parent_id", "stamps", "shadow")  # we send none of these


def problem_of(message: object, read_count: int) -> str | None:
    """Return a code for why no task can be made of `message`, without any of its words; None for a sound one."""
    if read_count > MOST_READS:
        return "read_too_often"
    try:
        return _problem(message)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return "malformed"


def _problem(message: Any) -> str | None:
    headers, properties, body = message["headers"], message["properties"], message["body"]
    if not isinstance(properties["delivery_info"], dict) or not isinstance(properties["delivery_tag"], str):
        raise TypeError
    encoding = (message["content-type"], message["content-encoding"], properties["body_encoding"])
    if encoding != ("application/json", "utf-8", "base64"):
        return "encoding"
    if len(body) > MAX_BODY_CHARS:
        return "too_large"
    if headers["task"] not in current_app.tasks or not headers["task"].startswith(OURS):
        return "unknown_task"
    if any(headers.get(name) for name in UNUSED) or headers["timelimit"] != [None, None]:
        return "unknown_option"
    if headers["expires"] is not None:
        datetime.fromisoformat(headers["expires"])
    arguments, named, embedded = json.loads(base64.b64decode(body, validate=True))
    if named or any(embedded.values()) or len(arguments) != TAKES_IDS.get(headers["task"], 0):
        return "arguments"
    for one in (*arguments, headers["id"]):
        UUID(one)
    return None


class ScreeningChannel(pgmq.Channel):
    """A pgmq channel that screens each message before it becomes a task."""

    def _pgmq_messages_to_python(self, messages: list[Any], queue: str) -> list[Any]:
        sound = []
        for message in messages:
            problem = problem_of(message.message, message.read_ct)
            if problem is None:
                sound.append(self._pgmq_message_to_python(message, queue))
            else:
                self._park(queue, int(message.msg_id), problem)
        return sound

    def _park(self, queue: str, number: int, problem: str) -> None:
        """Move the message to the archive of the queue, which `memstore_queue_parked` counts, and raise the alarm."""
        self.pgmq.archive(self._queue_name(queue), number)
        log.error("message_parked", extra={"fields": {"message": number, "problem": problem}})
        try:
            raise_alarm(Action.MESSAGE_PARKED)
        except AuditUnavailable:
            log.error("alarm_unwritten")  # noqa: TRY400 - it is counted all the same, and raised again by the next one


class Transport(pgmq.Transport):
    Channel = ScreeningChannel  # the name that kombu looks for

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Wait for messages, and no longer than Celery should go without a look whether it was asked to stop.

        Celery asks for two seconds, and once more after it was told to stop: an idle worker took up to four to end.
        Raises TimeoutError when none came.
        """
        seconds = STOP_LOOK_SECONDS if timeout is None else min(timeout, STOP_LOOK_SECONDS)
        super().drain_events(connection, timeout=seconds, **kwargs)  # type: ignore[no-untyped-call]
