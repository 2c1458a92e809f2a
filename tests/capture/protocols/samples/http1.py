"""HTTP/1 conversations: (side, bytes) in the order in which they were heard."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n".encode()


def _ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


POST = b"POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 11\r\n"

SAMPLES: dict[str, list[tuple[str, bytes]]] = {
    "keep-alive": [
        pair
        for number in range(6)
        for pair in (("client", _get(f"/customers/{number}")), ("server", _ok(b"customer %d" % number)))
    ],
    "bodies in pieces": [
        ("client", POST + b"\r\nhello "),
        ("client", b"world"),
        ("server", b"HTTP/1.1 201 Created\r\nLocation: /orders/1\r\nContent-"),
        ("server", b"Length: 4\r\n\r\n1"),
        ("server", b"234"),
        ("client", _get("/orders/1")),
        ("server", _ok(b"four")),
    ],
    "pipelined": [
        ("client", _get("/a") + _get("/b") + _get("/c")),
        ("server", _ok(b"A")),
        ("server", _ok(b"BB") + _ok(b"CCC")),
        ("client", _get("/d")),
        ("server", _ok(b"D")),
    ],
    "chunked both ways": [
        (
            "client",
            b'PUT /f HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x="y"\r\n world\r\n0\r\n\r\n',
        ),
        ("server", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n3\r\nabc\r\n"),
        ("server", b"A\r\n0123456789\r\n0\r\nDigest: xyz\r\n\r\n"),
        ("client", _get("/next")),
        ("server", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ],
    "no bodies": [
        ("client", b"HEAD /a HTTP/1.1\r\nHost: shop\r\n\r\n"),
        ("server", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("client", b"DELETE /a HTTP/1.1\r\nHost: shop\r\n\r\n"),
        ("server", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("client", b"HEAD /b HTTP/1.1\r\nHost: shop\r\n\r\n"),
        ("server", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("client", _get("/c")),
        ("server", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
        ("client", _get("/d")),
        ("server", _ok(b"")),
    ],
    "100 Continue": [
        ("client", POST + b"Expect: 100-continue\r\n\r\n"),
        ("server", CONTINUE),
        ("client", b"hello world"),
        ("server", _ok(b"thanks")),
        ("client", _get("/a")),
        ("server", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + _ok(b"A")),
    ],
    "answered before the body ended": [
        ("client", POST + b"\r\nhello"),
        ("server", b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!"),
        ("client", b" world"),
        ("client", _get("/a")),
        ("server", _ok(b"A")),
    ],
    "until close": [
        ("client", b"GET /old HTTP/1.0\r\n\r\n"),
        ("server", b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nsome "),
        ("server", b"more"),
    ],
    "a request within a body": [
        ("client", b"POST /log HTTP/1.1\r\nHost: shop\r\nContent-Length: 200\r\n\r\n" + b"x" * 20),
        ("client", _get("/fake/1").ljust(90, b"y")),
        ("client", _get("/fake/2").ljust(90, b"z")),
        ("server", _ok(b"logged")),
        ("client", _get("/real/1")),
        ("server", _ok(b"real 1")),
        ("client", _get("/real/2")),
        ("server", _ok(_ok(b"fake 2"))),
        ("client", _get("/real/3")),
        ("server", _ok(b"real 3")),
    ],
    "upgrade": [
        ("client", b"GET /ws HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
        ("server", b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi"),
        ("client", b"\x81\x82abcd12"),
    ],
    "tunnel": [
        ("client", b"CONNECT shop:443 HTTP/1.1\r\nHost: shop:443\r\n\r\n"),
        ("server", b"HTTP/1.1 200 Connection established\r\n\r\n"),
        ("client", b"\x16\x03\x01\x02\x00"),
        ("server", b"\x16\x03\x03\x02\x00"),
    ],
    "upgrade refused": [
        ("client", b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"),
        ("server", _ok(b"no")),
        ("client", _get("/a")),
        ("server", _ok(b"A")),
    ],
    "old line ends": [
        ("client", b"\r\n\r\nGET /a HTTP/1.0\nHost: shop\n\n"),
        ("server", _ok(b"A")),
    ],
    "always two under way": [
        ("client", _get("/0") + _get("/1")),
        *(
            pair
            for number in range(6)
            for pair in (("server", _ok(b"body %d" % number)), ("client", _get(f"/{number + 2}")))
        ),
        ("server", _ok(b"body 6") + _ok(b"body 7")),
    ],
}
