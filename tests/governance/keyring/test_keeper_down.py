"""The keeper of the root key does not answer: all that needs it fails closed, and works again when it is back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.errors import KeyUnavailable
from governance.expiring_cache import clear_all
from governance.keyring import rotation
from governance.keyring.models import DataKey
from governance.keyring.root import LocalRootKey
from governance.keyring.rotation import rotate
from governance.tenancy.tenant_context import tenant_context
from tests.governance.keyring.epochs import opens, people, person, sealed_word, sealer, states
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def down(alone: Organisation) -> AbstractContextManager[pytest.MonkeyPatch]:
    """Return a context in which no root version is answered, and no key is in a cache."""

    def unreachable(_self: LocalRootKey) -> dict[int, bytes]:
        raise KeyUnavailable("the keeper does not answer")

    @contextmanager
    def context() -> Iterator[pytest.MonkeyPatch]:
        clear_all()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(LocalRootKey, "_versions", unreachable)
            yield patch
        clear_all()

    return context()


def n_keys(alone: Organisation) -> int:
    with tenant_context(alone.tenant.id, using="keys"):
        return DataKey.objects.count()


def test_no_key_is_made_and_none_is_opened(
    alone: Organisation, down: AbstractContextManager[pytest.MonkeyPatch]
) -> None:
    ann = person(alone)
    word = sealed_word(alone, ann)
    before = n_keys(alone)
    with down:
        with pytest.raises(KeyUnavailable):
            sealer(alone, ann)
        with pytest.raises(KeyUnavailable):
            sealer(alone, uuid4(), create=True)
        assert n_keys(alone) == before
    assert opens(alone, ann, word)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v3/memories/add/", {"messages": [{"role": "user", "content": "I like tea"}], "user_id": "ann"}),
        ("/v3/memories/search/", {"query": "drinks", "filters": {"user_id": "ann"}}),
    ],
)
def test_clients_are_answered_503_and_nothing_is_kept(
    alone: Organisation, down: AbstractContextManager[pytest.MonkeyPatch], path: str, body: dict[str, object]
) -> None:
    say(alone, "ann", "I live in Porto")
    with down:
        answer = ask(alone.key_text, "POST", path, {**body, "infer": False} if "add" in path else body)
        assert answer.status_code == 503, answer.content
        assert b"Porto" not in answer.content
    assert texts(alone, "ann") == ["I live in Porto"]


def test_a_rotation_does_not_begin(alone: Organisation, down: AbstractContextManager[pytest.MonkeyPatch]) -> None:
    person(alone)
    with down, pytest.raises(KeyUnavailable):
        rotate()
    assert states() == {1: "current"}


def test_a_rotation_that_loses_the_keeper_half_way_goes_on_afterwards(
    alone: Organisation, down: AbstractContextManager[pytest.MonkeyPatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {one: sealed_word(alone, one) for one in people(alone, 3)}
    original = rotation._rewrap_all

    def without(*arguments: object) -> None:
        with down:
            original(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "_rewrap_all", without)
        with pytest.raises(KeyUnavailable):
            rotate()
    assert states() == {1: "retiring", 2: "current"}
    assert all(opens(alone, one, word) for one, word in said.items())
    assert rotate().is_retired
    assert all(opens(alone, one, word) for one, word in said.items())
