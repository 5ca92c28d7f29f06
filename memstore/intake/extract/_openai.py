"""Extractor by a language model, on any server that speaks OpenAI's API.

It makes one structured call; a server that knows no schemas, or answers something else, is asked for plain JSON, and
then once more to repair it. The conversation is data in each of these calls, and each asks the server not to store it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from openai import omit

from memstore.intake.extract._prompt import (
    PROMPT_VERSION,
    REPAIR,
    FoundFact,
    FoundFacts,
    conversation_text,
    system_text,
)
from memstore.intake.extract.contract import Extraction, Fact, Outcome
from memstore.intake.extract.reasons import Reason
from memstore.intake.openai_server import OpenAIServer, RejectedError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from openai import OpenAI
    from openai.types.chat import ChatCompletionMessageParam

    from memstore.errors import ProviderError
    from memstore.records.source import Message

MAX_FACTS = 50
MAX_FACT_CHARS = 2_000
MAX_CATEGORIES = 3
MAX_CATEGORY_CHARS = 40
MAX_RETRIES = 1  # the job behind it is retried as well

Dialogue = list["ChatCompletionMessageParam"]


class OpenAIExtractor:
    """Extractor of one model of a server.

    It remembers what the server does not support, to spare later calls the failed try.
    """

    name = "openai"
    prompt_version = PROMPT_VERSION

    def __init__(
        self,
        *,
        model: str,
        api_key: str | None,
        base_url: str | None,
        timeout_seconds: float,
        max_retries: int = MAX_RETRIES,
    ) -> None:
        self.model = model
        self._server = OpenAIServer(
            "openai",
            api_key=api_key,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            max_retries=max_retries,
        )
        self._knows_schemas = True
        self._knows_temperature = True

    def extract(self, messages: Sequence[Message], *, instructions: str | None, said_at: datetime) -> Extraction:
        """Return the facts of the conversation. Without a user's message, the server is not asked.

        Raises ProviderError; `permanent` when the model refuses or is cut short, or the server rejects the request.
        """
        if not any(_is_said_by_user(message) for message in messages):
            return Extraction()
        conversation = conversation_text(messages, said_at)
        found: FoundFacts | None = None
        rejected = False
        if self._knows_schemas:
            try:
                found = self._structured(conversation, instructions)
            except RejectedError:
                rejected = True
            except UnreadableError:
                pass  # a schema that was ignored; the next conversation may fare better
        if found is None:
            found = self._plain(conversation, instructions)
            # Only now: had the fault been in the conversation, this would have been rejected as well.
            self._knows_schemas = self._knows_schemas and not rejected
        read = (_fact(one, messages) for one in found.facts[:MAX_FACTS])
        facts = tuple(fact for fact in read if fact is not None)
        return Extraction(facts, _outcomes(facts, messages))

    def _structured(self, conversation: str, instructions: str | None) -> FoundFacts | None:
        """Return the facts of a structured answer, or None if it is empty.

        Raises RejectedError, UnreadableError, ProviderError.
        """
        dialogue = _dialogue(system_text(instructions, with_form=False), conversation)
        completion = self._ask(
            lambda client, **options: client.chat.completions.parse(
                model=self.model, messages=dialogue, response_format=FoundFacts, store=False, **options
            )
        )
        message = self._message(completion)
        found: FoundFacts | None = message.parsed
        return found

    def _plain(self, conversation: str, instructions: str | None) -> FoundFacts:
        """Return the facts of a plain JSON answer: one try and one repair. Raises ProviderError."""
        dialogue = _dialogue(system_text(instructions, with_form=True), conversation)
        for _ in range(2):
            content = self._plain_answer(dialogue)
            try:
                return FoundFacts.model_validate_json(_unfenced(content))
            except ValueError:
                dialogue = [
                    *dialogue,
                    {"role": "assistant", "content": content},
                    {"role": "user", "content": REPAIR},
                ]
        raise self._failed("gave an answer that is no list of facts", permanent=False)

    def _plain_answer(self, dialogue: Dialogue) -> str:
        completion = self._ask(
            lambda client, **options: client.chat.completions.create(
                model=self.model,
                messages=dialogue,
                response_format={"type": "json_object"},
                store=False,
                **options,
            )
        )
        return self._message(completion).content or ""

    def _ask(self, request: Callable[..., Any]) -> Any:
        """Send the request; once more without a temperature to reasoning models, which accept none."""

        def ask(client: OpenAI) -> Any:
            return request(client, temperature=0 if self._knows_temperature else omit)

        try:
            return self._server.call(ask)
        except RejectedError as rejected:
            if rejected.parameter != "temperature" or not self._knows_temperature:
                raise
            self._knows_temperature = False
        return self._server.call(ask)

    def _message(self, completion: Any) -> Any:
        """Return the answer's message.

        Raises ProviderError for a refusal and for an answer without one or cut short.
        """
        choices = getattr(completion, "choices", None)
        message = getattr(choices[0], "message", None) if choices else None
        if message is None:
            raise self._failed("gave an answer without a message", permanent=False)
        reason = choices[0].finish_reason if choices else None
        if getattr(message, "refusal", None) or reason == "content_filter":
            raise self._failed("refused to answer", permanent=True)
        if reason == "length":
            raise self._failed("did not finish its answer", permanent=True)
        return message

    def _failed(self, problem: str, *, permanent: bool) -> ProviderError:
        return self._server.failed(problem, permanent=permanent)


def _is_said_by_user(message: Message) -> bool:
    return message.role == "user" and bool(message.content.strip())


def _outcomes(facts: Sequence[Fact], messages: Sequence[Message]) -> tuple[Outcome, ...]:
    """Return the outcome of each message: a model reads whole messages and gives no reason for what it leaves out."""
    chosen = {fact.message_index for fact in facts}
    return tuple(
        Outcome(index, message.content, _reason_of(message, chosen=index in chosen))
        for index, message in enumerate(messages)
        if message.content.strip()
    )


def _reason_of(message: Message, *, chosen: bool) -> Reason:
    if not _is_said_by_user(message):
        return Reason.NOT_SAID_BY_A_USER
    return Reason.STATEMENT if chosen else Reason.NOT_CHOSEN


def _dialogue(system: str, conversation: str) -> Dialogue:
    return [{"role": "system", "content": system}, {"role": "user", "content": conversation}]


def _unfenced(content: str) -> str:
    """Return the content without the Markdown fence that some models put around JSON."""
    text = content.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text.removeprefix("```").removesuffix("```").removeprefix("json")
    return text


def _fact(found: FoundFact, messages: Sequence[Message]) -> Fact | None:
    """Return the fact, or None if it has no text or does not rest on a user's words.

    The speaker is taken from the message itself: a model may be talked into naming another person.
    """
    text = " ".join(found.text.replace("\x00", "").split())[:MAX_FACT_CHARS]
    if not text or not 0 <= found.message < len(messages) or not _is_said_by_user(messages[found.message]):
        return None
    names = dict.fromkeys(" ".join(name.split()).lower()[:MAX_CATEGORY_CHARS] for name in found.categories)
    return Fact(
        text=text,
        kind=found.kind,
        message_index=found.message,
        speaker=messages[found.message].name,
        categories=tuple(name for name in names if name)[:MAX_CATEGORIES],
        confidence=min(max(found.confidence, 0.0), 1.0) if math.isfinite(found.confidence) else 0.0,
        stated=found.stated,
    )
