from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.multipart import boundary, read

FORM = (
    b'preamble\r\n--XX\r\nContent-Disposition: form-data; name="title"\r\n\r\nHello\r\n'
    b'--XX\r\nContent-Type: image/png\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n\x89PNG\r\n\r\n--\xff\r\n'
    b'--XX--\r\nepilogue'
)  # fmt: skip


def test_parts_by_their_names_whatever_the_boundary() -> None:
    tree = read(FORM, "multipart/form-data; boundary=XX")
    picture = {"filename": "a.png", "content-type": "image/png", "content": b"\x89PNG\r\n\r\n--\xff"}
    assert tree == {"title": "Hello", "picture": picture}
    assert read(FORM.replace(b"--XX", b"--a b"), 'multipart/form-data; boundary="a b"') == tree


def test_parts_without_names_are_a_list() -> None:
    body = b"--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--"
    assert read(body, "multipart/mixed; boundary=b") == [{"content-type": "text/plain", "content": "one"}, "two"]


def test_the_boundary_is_found() -> None:
    assert boundary('multipart/form-data; charset=utf-8; Boundary="a;b"') == "a;b"
    assert boundary("multipart/form-data") == ""


@pytest.mark.parametrize("body", [b"", b"--XX\r\n", FORM[:-14], b"--XXrest\r\n\r\n--XX--"])
def test_what_ends_early_is_none(body: bytes) -> None:
    assert read(body, "multipart/form-data; boundary=XX") is None


@given(st.binary(max_size=80))
def test_nothing_raises(body: bytes) -> None:
    read(b"--XX\r\n" + body + b"\r\n--XX--", "multipart/form-data; boundary=XX")
    read(body, "multipart/form-data; boundary=" + body.decode("latin-1"))


@given(st.binary(max_size=60).filter(lambda body: b"--XX" not in body))
def test_a_changed_byte_changes_the_tree(body: bytes) -> None:
    def form(content: bytes) -> bytes:
        return b'--XX\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + content + b"\r\n--XX--"

    of = "multipart/form-data; boundary=XX"
    assert read(form(body), of) != read(form(body + b"!"), of)
