"""Redis conversations: (side, bytes) in the order in which they were heard."""


def _command(*words: str) -> bytes:
    parts = [f"${len(word)}\r\n{word}\r\n" for word in words]
    return "".join([f"*{len(words)}\r\n", *parts]).encode()


def _said(client: bytes, server: bytes) -> list[tuple[str, bytes]]:
    return [("client", client), ("server", server)]


SAMPLES: dict[str, list[tuple[str, bytes]]] = {
    "one by one": [
        pair for number in range(5) for pair in _said(_command("GET", f"key:{number}"), b"$7\r\nvalue %d\r\n" % number)
    ],
    "RESP3": [
        *_said(_command("HELLO", "3"), b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n"),
        *_said(_command("HGETALL", "h"), b"%1\r\n$1\r\na\r\n$1\r\n1\r\n"),
        *_said(_command("SMEMBERS", "s"), b"~2\r\n$1\r\nx\r\n$1\r\ny\r\n"),
        *_said(_command("ZSCORE", "z", "m"), b",1.5\r\n"),
        *_said(_command("GET", "none"), b"_\r\n"),
        *_said(_command("EVAL", "return 1", "0"), b"#t\r\n"),
        *_said(_command("LOLWUT"), b"=8\r\ntxt:some\r\n"),
        *_said(_command("BIG"), b"(3492890328409238509324850943850943825024385\r\n"),
        *_said(_command("BAD"), b"!21\r\nSYNTAX invalid syntax\r\n"),
        *_said(_command("GET", "a"), b"|1\r\n+ttl\r\n:3600\r\n$1\r\n1\r\n"),
        *_said(_command("GET", "b"), b"$?\r\n;4\r\nHell\r\n;5\r\no wor\r\n;0\r\n"),
        *_said(_command("LRANGE", "l", "0", "-1"), b"*?\r\n:1\r\n|1\r\n+a\r\n+b\r\n:2\r\n*2\r\n+x\r\n-y\r\n.\r\n"),
        *_said(_command("CONFIG", "GET", "x"), b"%?\r\n+a\r\n:1\r\n.\r\n"),
    ],
    "pipelined": [
        ("client", _command("SET", "a", "1") + _command("INCR", "a") + _command("GET", "a") + _command("GET", "nil")),
        ("server", b"+OK\r\n:2\r\n$1\r\n2"),
        ("server", b"\r\n$-1\r\n"),
        ("client", _command("LPOP", "q")),
        ("client", _command("LPUSH", "q", "\r\n$1\r\n")),
        ("server", b"*-1\r\n"),
        ("server", b":1\r\n"),
    ],
    "transaction": [
        *_said(_command("WATCH", "a"), b"+OK\r\n"),
        (
            "client",
            _command("MULTI")
            + _command("INCR", "a")
            + _command("HGETALL", "h")
            + _command("LPOP", "a")
            + _command("EXEC"),
        ),
        ("server", b"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n"),
        ("server", b"*3\r\n:1\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n-WRONGTYPE Operation\r\n"),
        *_said(_command("GET", "a"), b"$1\r\n1\r\n"),
        *_said(_command("MULTI"), b"+OK\r\n"),
        *_said(_command("INCR", "a"), b"+QUEUED\r\n"),
        *_said(_command("DISCARD"), b"+OK\r\n"),
        ("client", _command("MULTI") + _command("INCR", "a") + _command("EXEC")),
        ("server", b"+OK\r\n+QUEUED\r\n*-1\r\n"),
        ("client", _command("MULTI") + _command("INCR", "a") + _command("NOSUCH") + _command("EXEC")),
        ("server", b"+OK\r\n+QUEUED\r\n-ERR unknown command 'NOSUCH'\r\n-EXECABORT Transaction discarded\r\n"),
        *_said(_command("GET", "a"), b"$1\r\n1\r\n"),
    ],
    "published messages": [
        *_said(_command("LRANGE", "l", "0", "-1"), b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n"),
        *_said(
            _command("SUBSCRIBE", "a", "b"),
            b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n",
        ),
        ("server", b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"),
        *_said(_command("PING"), b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n"),
        *_said(
            _command("UNSUBSCRIBE"),
            b"*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n",
        ),
        *_said(_command("PING"), b"+PONG\r\n"),
    ],
    "pushes": [
        *_said(_command("HELLO", "3"), b"%1\r\n$5\r\nproto\r\n:3\r\n"),
        *_said(_command("SUBSCRIBE", "a"), b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"),
        ("server", b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"),
        *_said(_command("GET", "k"), b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n$1\r\nv\r\n"),
        *_said(_command("UNSUBSCRIBE", "a"), b">3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n"),
    ],
    "no replies": [
        *_said(_command("GET", "a"), b"$1\r\n1\r\n"),
        ("client", _command("CLIENT", "REPLY", "SKIP") + _command("SET", "a", "2") + _command("GET", "a")),
        ("server", b"$1\r\n2\r\n"),
        ("client", _command("CLIENT", "REPLY", "OFF") + _command("SET", "a", "3")),
        *_said(_command("CLIENT", "REPLY", "ON"), b"+OK\r\n"),
        *_said(_command("GET", "a"), b"$1\r\n3\r\n"),
    ],
    "a command within a value": [
        ("client", b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$60\r\n"),
        ("client", (_command("GET", "fake")).ljust(40, b"x")),
        ("client", b"y" * 20 + b"\r\n"),
        ("server", b"+OK\r\n"),
        *_said(_command("GET", "a"), b"$1\r\n1\r\n"),
        *_said(_command("GET", "b"), b"$9\r\n$1\r\n2\r\n$1\r\n"),
        *_said(_command("GET", "c"), b"$1\r\n3\r\n"),
    ],
    "inline": [*_said(b"PING\r\n", b"+PONG\r\n"), *_said(b'\r\nSET a "b \\x41\\n"\r\n', b"+OK\r\n")],
    "monitor": [
        *_said(_command("MONITOR"), b"+OK\r\n"),
        ("server", b'+1700000000.1 [0 127.0.0.1:1] "GET" "a"\r\n'),
    ],
    "always two under way": [
        ("client", _command("GET", "0") + _command("GET", "1")),
        *(
            pair
            for number in range(6)
            for pair in (("server", b"$1\r\n%d\r\n" % number), ("client", _command("GET", str(number + 2))))
        ),
        ("server", b"$1\r\n6\r\n$1\r\n7\r\n"),
    ],
}
