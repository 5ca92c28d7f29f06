"""Settings from the environment: a bad one stops the start by its name, and its value is never repeated."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from api.configuration import env
from api.configuration.databases import databases

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
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


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("MEMSTORE_RATE_LIMT_PER_MINUTE", "Did you mean MEMSTORE_RATE_LIMIT_PER_MINUTE?"),
        ("MEMSTORE_WITNES", "Did you mean MEMSTORE_WITNESS?"),
        ("MEMSTORE_METRIC_TOKEN_FILE", "Did you mean MEMSTORE_METRICS_TOKEN_FILE?"),
        ("MEMSTORE_METRICS_TOKEN_FIEL", "Did you mean MEMSTORE_METRICS_TOKEN_FILE?"),
        ("MEMSTORE_WITNESS_FILE", "Did you mean MEMSTORE_WITNESS?"),  # only a secret may be in a file
        ("memstore_backup_days", "Did you mean MEMSTORE_BACKUP_DAYS?"),
        ("MEMSTROE_BACKUP_DAYS", "Did you mean MEMSTORE_BACKUP_DAYS?"),
        ("MEMSTORE_", "docs/settings.md lists all of them."),
        ("MEMSTORE_XQZ", "docs/settings.md lists all of them."),
        ("MEMSTORE_PORT", "Did you mean PORT?"),
        ("MEMSTORE_DATABASE_URL", "Did you mean DATABASE_URL?"),
        ("KEYS_DATABASE_ULR", "Did you mean KEYS_DATABASE_URL?"),
        ("OPENAI_BASE_ULR", "Did you mean OPENAI_BASE_URL?"),  # else prompts would go to OpenAI
        ("VAULT_TOKEN_FIL", "Did you mean VAULT_TOKEN_FILE?"),
    ],
)
def test_a_name_that_is_no_setting_stops_the_start_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    monkeypatch.setenv(name, CANARY)
    with pytest.raises(env.UnknownSetting) as stopped:
        env.refuse_unknown()
    assert isinstance(stopped.value, env.BadSetting)
    assert str(stopped.value) == f"{name} is not a setting. {told}"
    assert stopped.value.name == name


OTHERS = ["OPENAI_ORGANIZATION", "OPENAI_API_KEY_2", "OPENAI_API_BASE", "VAULT_CACERT", "VAULT_ADDRS", "DATABASE_HOST"]


@pytest.mark.parametrize("name", [*OTHERS, "MEM0_TELEMETRY", "PORTS"])
def test_a_name_of_another_program_is_its_own_business(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, CANARY)
    env.refuse_unknown()


@pytest.mark.parametrize("service", ["MEMSTORE", "MEMSTORE_WEB"])
def test_what_kubernetes_says_of_a_service_of_this_name_is_no_misspelled_setting(
    monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    monkeypatch.setenv(f"{service}_PORT", "tcp://10.0.0.11:8000")
    for rest in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_8000_TCP", "PORT_8000_TCP_ADDR"):
        monkeypatch.setenv(f"{service}_{rest}", "10.0.0.11")
    env.refuse_unknown()
    monkeypatch.setenv(f"{service}_PORT", "8000")
    with pytest.raises(env.UnknownSetting, match=f"{service}_PORT is not a setting"):
        env.refuse_unknown()


def test_what_was_asked_for_is_known_with_its_file_if_it_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "_known", set(env._known))
    monkeypatch.setenv("MEMSTORE_NEWLY", "7")
    monkeypatch.setenv("MEMSTORE_NEWLY_FILE", "")
    env.integer("MEMSTORE_NEWLY", 1, low=1, high=9)
    with pytest.raises(env.UnknownSetting, match="MEMSTORE_NEWLY_FILE is not a setting"):
        env.refuse_unknown()
    env.secret("MEMSTORE_NEWLY")
    env.refuse_unknown()


def test_every_variable_that_anything_here_reads_is_known() -> None:
    read = re.compile(r"""environ(?:\.get\(|\.pop\(|\[)"((?:MEMSTORE|KEYS_DATABASE)_[A-Z_]+)\"""")
    sources = [path for folder in ("api", "benchmarks", "tests", "tools") for path in (ROOT / folder).rglob("*.py")]
    found = {name for path in sources for name in read.findall(path.read_text())}
    assert {"MEMSTORE_TEST_HOME", "MEMSTORE_ATTACK_SECONDS"} <= found
    assert found <= env._known


@pytest.mark.parametrize("role", ["app", "owner"])
def test_the_settings_refuse_what_they_do_not_read_and_nothing_that_they_may_read(tmp_path: Path, role: str) -> None:
    sound = dict.fromkeys(env.ELSEWHERE, "")
    environment = {"PATH": os.defpath, "MEMSTORE_HOME": str(tmp_path), "MEMSTORE_DB_ROLE": role, **sound}
    command = [sys.executable, "-c", "import api.settings"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    misspelled = environment | {"MEMSTORE_WITNES": CANARY}
    done = subprocess.run(command, cwd=ROOT, env=misspelled, capture_output=True, text=True, check=False)
    assert done.stderr.endswith("MEMSTORE_WITNES is not a setting. Did you mean MEMSTORE_WITNESS?\n")
    assert CANARY not in done.stderr
