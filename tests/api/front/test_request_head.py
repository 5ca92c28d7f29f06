"""Headers as a proxy has set them: none can be smuggled in under a name that looks alike."""

from __future__ import annotations

import pytest

from api.front.django_call import environ_of
from api.front.request_head import read_head
from tests.api.front.asked import scope

NAMES = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "X-Purpose", "X-Request-ID", "X-Correlation-ID"]
NAMES += ["Idempotency-Key", "Content-Type", "Content-Length", "User-Agent", "If-Modified-Since", "X-CSRFToken"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("true", ["", "true"])
def test_a_name_with_underscores_is_no_header(name: str, true: str) -> None:
    for twin in {name.replace("-", "_"), name.replace("-", "_", 1), name.replace("-", "_").lower()}:
        sent = [(twin, "made-up"), *([(name, true)] if true else []), (twin.upper(), "made-up")]
        environ = environ_of(read_head(scope(headers=sent)), b"")
        assert "made-up" not in str(environ)
        if true and not name.startswith("Content-"):
            assert environ[f"HTTP_{name.upper().replace('-', '_')}"] == true


def test_a_header_that_comes_twice_is_one_list() -> None:
    sent = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2"), ("cookie", "a=1"), ("cookie", "b=2")]
    environ = environ_of(read_head(scope(headers=sent)), b"")
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_the_length_is_that_of_what_came() -> None:
    environ = environ_of(read_head(scope(headers=[("content-length", "3"), ("content-type", "a/b")])), b"abc")
    assert (environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"]) == ("3", "a/b")
    assert not {"HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"} & set(environ)


@pytest.mark.parametrize(
    ("raw", "path"), [(b"/a%2Fb", "/a/b"), (b"/%C3%A9", "/\xc3\xa9"), (b"/%ff%00", "/\xff\x00"), (b"/%zz", "/%zz")]
)
def test_a_path_is_handed_on_byte_for_byte(raw: bytes, path: str) -> None:
    head = read_head(scope() | {"raw_path": raw})
    assert environ_of(head, b"")["PATH_INFO"] == path
