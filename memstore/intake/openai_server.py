"""Client of a server that speaks OpenAI's API: kept alive, one per process, with one meaning for each way to fail.

The server's answer may repeat what people said, so neither its words nor its exceptions go any further: a
`ProviderError` names the kind of failure and nothing else, and is not chained to the exception behind it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import openai

from memstore.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

NO_KEY = "none"  # servers of one's own ask for no key, and the client for any
# The 4xx answers that another try may change: timeout, conflict, too early, too many requests.
PASSING_STATUS = frozenset({408, 409, 425, 429})
SERVER_FAULT = 500
# The first class that matches: (problem, permanent).
MEANINGS: dict[type[openai.OpenAIError], tuple[str, bool]] = {
    openai.APITimeoutError: ("did not answer in time", False),
    openai.APIConnectionError: ("cannot be reached", False),
    openai.APIResponseValidationError: ("gave an answer that cannot be read", False),
    openai.LengthFinishReasonError: ("did not finish its answer", True),
    openai.ContentFilterFinishReasonError: ("refused to answer", True),
}
# Exceptions of the client library for a body of another form: no JSON, other JSON than the
# schema's (pydantic's ValidationError is a ValueError), nothing where a list is expected, endless nesting.
UNREADABLE = (ValueError, TypeError, AttributeError, KeyError, RecursionError)
UNUSABLE = ("cannot be used as it is configured", True)


class OpenAIServer:
    """One server. `provider` names it in errors; `timeout_seconds` is for one attempt of up to `max_retries` + 1.

    The client is made on first use, and again after a fork: two processes must not write to one connection.
    """

    def __init__(
        self,
        provider: str,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout_seconds: float,
        max_retries: int,
    ) -> None:
        self.provider = provider
        self._api_key = api_key or NO_KEY
        self._base_url = base_url or None
        self._timeout_seconds = timeout_seconds
        self._max_retries = max_retries
        self._made: tuple[int, openai.OpenAI] | None = None

    @property
    def client(self) -> openai.OpenAI:
        process = os.getpid()
        if self._made is None or self._made[0] != process:
            client = openai.OpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                timeout=self._timeout_seconds,
                max_retries=self._max_retries,
            )
            self._made = (process, client)
        return self._made[1]

    def call(self, request: Callable[[openai.OpenAI], Result]) -> Result:
        """Return the answer to `request`. Raises RejectedError, UnreadableError, ProviderError."""
        try:
            return request(self.client)
        except openai.OpenAIError as error:
            failure = self._failure(error)
        except UNREADABLE:
            failure = UnreadableError(self.provider, "gave an answer that cannot be read", permanent=False)
        # Outside the handler, so that the provider's exception is not kept as __context__.
        raise failure

    def failed(self, problem: str, *, permanent: bool) -> ProviderError:
        return ProviderError(self.provider, problem, permanent=permanent)

    def _failure(self, error: openai.OpenAIError) -> ProviderError:
        if isinstance(error, (openai.BadRequestError, openai.UnprocessableEntityError)):
            parameter = error.param if isinstance(error.param, str) else None
            return RejectedError(self.provider, error.status_code, parameter)
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            passing = status >= SERVER_FAULT or status in PASSING_STATUS
            return self.failed(f"answered with status {status}", permanent=not passing)
        problem, permanent = next((meaning for kind, meaning in MEANINGS.items() if isinstance(error, kind)), UNUSABLE)
        return self.failed(problem, permanent=permanent)


class RejectedError(ProviderError):
    """The server does not accept the request (400, 422). `parameter` is the one at fault, if the server names it."""

    def __init__(self, provider: str, status: int, parameter: str | None) -> None:
        super().__init__(provider, f"answered with status {status}", permanent=True)
        self.parameter = parameter


class UnreadableError(ProviderError):
    """The answer does not have the shape that was asked for."""
