"""What became of each sentence: in the event of the call, and on the command line."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.call_events import event
from memstore.remember.remember import remember
from tests.support.cast import DATABASES, Organisation, texts

if TYPE_CHECKING:
    from pathlib import Path

CHAT = "Hi! I live in Porto. Can you help me? Translate: I live in Rome."


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_event_says_why_sentences_were_kept_or_dropped_and_holds_no_word_of_them(bank: Organisation) -> None:
    done = remember(caller=bank.caller(), scope=ScopeIds(user_id="alice"), messages=[Message("user", CHAT)], wait=True)
    job = event(caller=bank.caller(), event_id=done.event_id).job
    assert job.outcomes["counts"] == {"reaction": 1, "statement": 1, "question": 1, "quotation": 1}
    assert job.outcomes["sentences"] == [[0, "reaction"], [0, "statement"], [0, "question"], [0, "quotation"]]
    assert texts(bank, "alice") == ["I live in Porto"]


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_event_of_a_call_from_which_nothing_was_kept_says_why(bank: Organisation) -> None:
    done = remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message("user", "Thanks!"), Message("assistant", "I live in Rome.")],
        wait=True,
    )
    job = event(caller=bank.caller(), event_id=done.event_id).job
    assert job.outcomes["counts"] == {"courtesy": 1, "not_said_by_a_user": 1}
    assert job.n_results == 0


def test_learn_explains_a_text_and_a_list_of_messages(tmp_path: Path) -> None:
    chat = tmp_path / "chat.txt"
    chat.write_text("I live in Porto. Where is my parcel?")
    shown = io.StringIO()
    call_command("learn", "--explain", str(chat), stdout=shown)
    assert shown.getvalue().splitlines() == [
        "+ statement  I live in Porto.",
        "- question   Where is my parcel?",
        "",
        "facts: 1",
        "  location: I live in Porto",
        "sentences: 1 statement, 1 question",
    ]
    chat.write_text('[{"role": "assistant", "content": "Any pets?"}, {"role": "user", "content": "Two cats."}]')
    shown = io.StringIO()
    call_command("learn", "--explain", str(chat), stdout=shown)
    assert '  fact: Asked "Any pets?": Two cats' in shown.getvalue()


@pytest.mark.parametrize("content", ['[{"role": 1}]', '[{"text": "x"}', b"\xff\xfe\x00"])
def test_learn_says_what_it_cannot_read(content: str | bytes, tmp_path: Path) -> None:
    chat = tmp_path / "chat.json"
    chat.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CommandError):
        call_command("learn", "--explain", str(chat), stdout=io.StringIO())
