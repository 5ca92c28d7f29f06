"""Settings from the environment: a bad one stops the start by its name, and its value is never repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from api.configuration import env
from api.configuration.databases import databases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "MEMSTORE_TRIED"
CANARY = "qz7canary"


def whole() -> int:
    return env.integer(NAME, 7, low=1, high=10)


def yes() -> bool:
    return env.flag(NAME, default=True)


def kind() -> str:
    return env.choice(NAME, "local", ("local", "openai"))


def address() -> str:
    return env.http_url(NAME)


def database() -> dict[str, str]:
    return env.postgres_url(NAME)


def several() -> list[str]:
    return env.names(NAME, ("a", "b"))


@pytest.mark.parametrize("given", [None, "", "  "])
@pytest.mark.parametrize(
    ("read", "default"),
    [(whole, 7), (yes, True), (kind, "local"), (address, ""), (database, {}), (several, ["a", "b"])],
)
def test_what_is_not_set_has_its_default(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], default: object, given: str | None
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if given is not None:
        monkeypatch.setenv(NAME, given)
    assert read() == default


@pytest.mark.parametrize(
    ("read", "given", "value"),
    [
        (whole, " 1 ", 1),
        (whole, "10", 10),
        (yes, "off", False),
        (yes, "TRUE", True),
        (yes, "0", False),
        (kind, "openai", "openai"),
        (address, "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        (several, " x ,, y", ["x", "y"]),
    ],
)
def test_a_sound_value_is_read_by_its_type(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], given: str, value: object
) -> None:
    monkeypatch.setenv(NAME, given)
    assert read() == value


@pytest.mark.parametrize(
    ("read", "given", "expected"),
    [
        (whole, CANARY, "a whole number from 1 to 10"),
        (whole, "1.5", "a whole number from 1 to 10"),
        (whole, "0", "a whole number from 1 to 10"),
        (whole, "11", "a whole number from 1 to 10"),
        (whole, "9" * 5000, "a whole number from 1 to 10"),
        (yes, CANARY, "1 or 0"),
        (kind, CANARY, "one of local, openai"),
        (kind, "Local", "one of local, openai"),
        (address, f"ftp://{CANARY}", "an http:// or https:// address"),
        (address, CANARY, "an http:// or https:// address"),
        (address, f"http://[{CANARY}", "an http:// or https:// address"),
        (database, f"mysql://{CANARY}@h/d", "postgresql://user:password@host:port/database"),
        (database, f"postgresql://u:{CANARY}@h:port/d", "postgresql://user:password@host:port/database"),
        (database, f"postgresql://u:{CANARY}@h:5432", "postgresql://user:password@host:port/database"),
        (database, f"postgresql://u:{CANARY}/x@h:5432/d", "postgresql://user:password@host:port/database"),
        (database, CANARY, "postgresql://user:password@host:port/database"),
    ],
)
def test_a_bad_value_stops_the_start_with_its_name_and_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], given: str, expected: str
) -> None:
    monkeypatch.setenv(NAME, given)
    with pytest.raises(env.BadSetting) as stopped:
        read()
    assert isinstance(stopped.value, ImproperlyConfigured)
    assert str(stopped.value) == f"{NAME}: expected {expected}"
    assert (stopped.value.name, stopped.value.expected) == (NAME, expected)
    shown = stopped.value.__cause__ if stopped.value.__suppress_context__ else stopped.value.__context__
    assert CANARY not in str(shown), "the traceback would show the value"


def test_a_database_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgres://me:p%40ss@db.local:6543/the%20store?sslmode=require&connect_timeout=3")
    assert database() == {
        "NAME": "the store",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.local",
        "PORT": "6543",
        "OPTION_sslmode": "require",
        "OPTION_connect_timeout": "3",
    }
    monkeypatch.setenv(NAME, "postgresql://memstore_app@/memstore?host=/run/sockets&port=5433")
    assert database() | {} == {
        "NAME": "memstore",
        "USER": "memstore_app",
        "PASSWORD": "",
        "HOST": "/run/sockets",
        "PORT": "5433",
    }


def test_a_secret_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f" {CANARY}\n")
    monkeypatch.setenv(NAME, "in the environment")
    assert env.secret(NAME) == "in the environment"
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert env.secret(NAME) == CANARY
    (tmp_path / "secret").write_text("postgresql://me@h/d")
    assert database()["NAME"] == "d"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_file_that_cannot_be_read_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / CANARY
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(f"{NAME}_FILE", str(path))
    with pytest.raises(env.BadSetting) as stopped:
        env.secret(NAME)
    assert str(stopped.value) == f"{NAME}_FILE: expected the path of a readable text file"
    assert CANARY not in str(stopped.value)


@pytest.mark.parametrize(
    ("given", "missing"), [("DATABASE_URL", "KEYS_DATABASE_URL"), ("KEYS_DATABASE_URL", "DATABASE_URL")]
)
def test_one_database_address_without_the_other_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, missing: str
) -> None:
    monkeypatch.setenv(given, "postgresql://me@h/d")
    monkeypatch.delenv(missing, raising=False)
    with pytest.raises(env.BadSetting) as stopped:
        databases(home=tmp_path, role="app", pool_size=0)
    assert stopped.value.name == missing


def test_another_role_than_the_addresss_own_is_assumed_and_the_pool_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("DATABASE_URL", "KEYS_DATABASE_URL"):
        monkeypatch.setenv(name, "postgresql://me@h/d?sslmode=require")
    for name in ("DATABASE_OWNER_URL", "KEYS_DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    found = databases(home=tmp_path, role="app", pool_size=3)
    assert set(found) == {"default", "keys"}
    for entry in found.values():
        options = entry["OPTIONS"]
        assert isinstance(options, dict)
        assert options["options"] == "-c role=memstore_app -c lock_timeout=5s"
        assert options["sslmode"] == "require"
        assert options["server_side_binding"] is True
        assert options["pool"]["max_size"] == 3
