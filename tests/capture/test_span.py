from __future__ import annotations

from flowtape.capture.span import Span


def test_the_first_attribute_that_is_there_is_told() -> None:
    attributes: dict[str, str | int] = {
        "http.url": "http://old",
        "url.full": "",
        "net.peer.port": "5432",
        "server.port": 80,
    }
    span = Span("a" * 32, "b" * 16, "", "client", "GET", 1, 2, attributes=attributes)
    assert span.text("url.full", "http.url") == "http://old"
    assert span.text("db.statement") == span.text("server.port") == ""
    assert span.number("net.peer.port") == 5432
    assert span.number("server.port", "net.peer.port") == 80
    assert span.number("http.url") == span.number("db.statement") == 0
