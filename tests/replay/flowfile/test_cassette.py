from __future__ import annotations

from pathlib import Path

import pytest
import requests
import vcr

from flowtape.capture.exchange import HttpRequest, HttpResponse
from flowtape.replay.flowfile.cassette import Interaction, cassette_in, cassette_out
from flowtape.replay.flowfile.document import Place, WrongAt, read, write

URI = "https://payments.internal/charges"


@pytest.mark.parametrize("body", [b'{"ok":true}', b"\xff\x00binary", b""])
def test_vcrpy_itself_plays_it(body: bytes, tmp_path: Path) -> None:
    interaction = Interaction(
        URI, HttpRequest("GET", URI), HttpResponse(201, "Created", (("X-A", "1"), ("X-A", "2")), body)
    )
    (tmp_path / "a.yaml").write_text(write(cassette_out([interaction])))
    with vcr.use_cassette(str(tmp_path / "a.yaml"), record_mode="none"):
        answer = requests.get(URI, timeout=5)
    assert (answer.status_code, answer.reason, answer.content, answer.headers["x-a"]) == (201, "Created", body, "1, 2")


def test_a_cassette_that_vcrpy_recorded_is_read() -> None:
    text = """
interactions:
- request: {body: null, headers: {Accept: ['*/*']}, method: GET, uri: 'http://a/b'}
  response: {body: {string: !!binary /w==}, headers: {X: [y]}, status: {code: 200, message: OK}}
version: 1
"""
    ((_, found),) = cassette_in(Place(read(text, "file", binary=True)))
    assert found.request == HttpRequest("GET", "http://a/b", (("Accept", "*/*"),))
    assert found.response == HttpResponse(200, "OK", (("X", "y"),), b"\xff")


def test_a_call_without_an_answer_is_kept_as_one() -> None:
    interaction = Interaction(URI, HttpRequest("GET", URI), None)
    ((_, found),) = cassette_in(Place(cassette_out([interaction])))
    assert found == interaction


def test_another_version_is_refused() -> None:
    with pytest.raises(WrongAt, match="version 1 is wanted"):
        cassette_in(Place({"interactions": [], "version": "2"}))
