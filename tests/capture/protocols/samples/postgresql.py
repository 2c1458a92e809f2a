"""PostgreSQL conversations: (side, bytes) in the order in which they were heard."""


def _message(tag: bytes, body: bytes = b"") -> bytes:
    return tag + (len(body) + 4).to_bytes(4) + body


def _untagged(body: bytes) -> bytes:
    return (len(body) + 4).to_bytes(4) + body


def _text(*values: str) -> bytes:
    return b"".join(value.encode() + b"\x00" for value in values)


def _cells(*values: bytes | None) -> bytes:
    cells = [b"\xff\xff\xff\xff" if value is None else len(value).to_bytes(4) + value for value in values]
    return len(values).to_bytes(2) + b"".join(cells)


def _columns(*columns: tuple[str, int], binary: bool = False) -> bytes:
    described = [
        _text(name) + bytes(6) + type_.to_bytes(4) + b"\xff\xff\xff\xff\xff\xff" + int(binary).to_bytes(2)
        for name, type_ in columns
    ]
    return _message(b"T", len(columns).to_bytes(2) + b"".join(described))


def _query(text: str) -> bytes:
    return _message(b"Q", _text(text))


def _parse(name: str, text: str) -> bytes:
    return _message(b"P", _text(name, text) + b"\x00\x01\x00\x00\x00\x17")


def _run(name: str, number: int, *, portal: str = "", limit: int = 0) -> bytes:
    bind = _text(portal, name) + b"\x00\x01\x00\x01" + _cells(number.to_bytes(4)) + b"\x00\x01\x00\x01"
    return _message(b"B", bind) + _message(b"D", b"P" + _text(portal)) + _execute(portal, limit)


def _execute(portal: str, limit: int) -> bytes:
    return _message(b"E", _text(portal) + limit.to_bytes(4))


def _row(*values: bytes | None) -> bytes:
    return _message(b"D", _cells(*values))


def _done(tag: str) -> bytes:
    return _message(b"C", _text(tag))


def _error(code: str, message: str) -> bytes:
    return _message(b"E", b"SERROR\x00VERROR\x00C" + _text(code) + b"M" + _text(message) + b"\x00")


def _ready(status: bytes = b"I") -> bytes:
    return _message(b"Z", status)


SYNC, PARSED, BOUND, CLOSED = _message(b"S"), _message(b"1"), _message(b"2"), _message(b"3")
SETTINGS = [("server_version", "17.2"), ("client_encoding", "UTF8"), ("DateStyle", "ISO, MDY"), ("TimeZone", "UTC")]
SETTLED = (
    b"".join(_message(b"S", _text(*setting)) for setting in SETTINGS)
    + _message(b"K", b"\x00\x00\x10\x92" + b"\x01\x02\x03\x04")
    + _ready()
)
START = [
    ("client", _untagged(b"\x00\x03\x00\x00" + _text("user", "shop", "database", "shop") + b"\x00")),
    ("server", _message(b"R", bytes(4)) + SETTLED),
]
CUSTOMER = [("id", 23), ("email", 25)]


def _simple(number: int) -> list[tuple[str, bytes]]:
    answer = _columns(*CUSTOMER) + _row(b"%d" % number, b"c%d@example.com" % number) + _done("SELECT 1") + _ready()
    return [("client", _query(f"SELECT id, email FROM customers WHERE id = {number}")), ("server", answer)]


def _extended(number: int, *, parse: bool) -> list[tuple[str, bytes]]:
    rows = _row((number).to_bytes(4), None) + _row((number + 1).to_bytes(4), b"d%d@example.com" % number)
    asked = (
        (_parse("s1", "SELECT id, email FROM customers WHERE id >= $1") if parse else b"") + _run("s1", number) + SYNC
    )
    answer = BOUND + _columns(*CUSTOMER, binary=True) + rows + _done("SELECT 2") + _ready()
    return [("client", asked), ("server", (PARSED if parse else b"") + answer)]


SAMPLES: dict[str, list[tuple[str, bytes]]] = {
    "one by one": [
        *START,
        *_simple(1),
        *_extended(2, parse=True),
        *_extended(3, parse=False),
        *_simple(4),
        *_simple(5),
        *_extended(6, parse=False),
    ],
    "refused encryption and a password": [
        ("client", _untagged((80877104).to_bytes(4))),
        ("server", b"N"),
        ("client", _untagged((80877103).to_bytes(4))),
        ("server", b"N"),
        START[0],
        ("server", _message(b"R", b"\x00\x00\x00\x0a" + _text("SCRAM-SHA-256") + b"\x00")),
        ("client", _message(b"p", _text("SCRAM-SHA-256") + b"\x00\x00\x00\x05n,,n=")),
        ("server", _message(b"R", b"\x00\x00\x00\x0br=nonce,s=salt,i=4096")),
        ("client", _message(b"p", b"c=biws,r=nonce,p=proof")),
        ("server", _message(b"R", b"\x00\x00\x00\x0cv=signature") + START[1][1]),
        *_simple(1),
        ("client", _message(b"X")),
    ],
    "a transaction with its copies": [
        *START,
        ("client", _query("BEGIN")),
        ("server", _done("BEGIN") + _ready(b"T")),
        ("client", _query("COPY orders FROM STDIN")),
        ("server", _message(b"G", b"\x00\x00\x02\x00\x00\x00\x00")),
        ("client", _message(b"d", b"1\t19.90\n") + _message(b"d", b"2\t5.00\n") + _message(b"c")),
        ("server", _done("COPY 2") + _ready(b"T")),
        ("client", _query("COPY orders TO STDOUT")),
        ("server", _message(b"H", b"\x00\x00\x02\x00\x00\x00\x00") + _message(b"d", b"1\t19.90\n")),
        ("server", _message(b"d", b"2\t5.00\n") + _message(b"c") + _done("COPY 2") + _ready(b"T")),
        ("client", _query("COPY orders FROM STDIN")),
        ("server", _message(b"G", b"\x00\x00\x02\x00\x00\x00\x00")),
        ("client", _message(b"d", b"x") + _message(b"f", _text("no more"))),
        ("server", _error("57014", "COPY from stdin failed: no more") + _ready(b"E")),
        ("client", _query("ROLLBACK")),
        ("server", _done("ROLLBACK") + _ready()),
        *_simple(7),
    ],
    "a pipeline with an error": [
        *START,
        (
            "client",
            _parse("a", "INSERT INTO carts VALUES ($1)")
            + _run("a", 1)
            + _run("a", 1)
            + _run("a", 2)
            + SYNC
            + _run("a", 3)
            + SYNC,
        ),
        ("server", PARSED + BOUND + _message(b"n") + _done("INSERT 0 1") + BOUND + _message(b"n")),
        (
            "server",
            _error("23505", "duplicate key") + _ready() + BOUND + _message(b"n") + _done("INSERT 0 1") + _ready(),
        ),
        ("client", _message(b"C", b"S" + _text("a")) + SYNC),
        ("server", CLOSED + _ready()),
        *_simple(8),
    ],
    "a portal in parts": [
        *START,
        ("client", _query("BEGIN; SET LOCAL statement_timeout = 0")),
        ("server", _done("BEGIN") + _done("SET") + _ready(b"T")),
        ("client", _parse("", "SELECT id FROM orders WHERE id > $1") + _run("", 10, portal="p", limit=1) + SYNC),
        (
            "server",
            PARSED
            + BOUND
            + _columns(("id", 23), binary=True)
            + _row(b"\x00\x00\x00\x0b")
            + _message(b"s")
            + _ready(b"T"),
        ),
        ("client", _execute("p", 1) + SYNC),
        ("server", _row(b"\x00\x00\x00\x0c") + _message(b"s") + _ready(b"T")),
        ("client", _execute("p", 0) + SYNC),
        ("server", _row(b"\x00\x00\x00\x0d") + _done("SELECT 1") + _ready(b"T")),
        ("client", _query("COMMIT")),
        ("server", _done("COMMIT") + _ready()),
    ],
    "asides and described only": [
        *START,
        ("server", _message(b"A", b"\x00\x00\x00\x01" + _text("jobs", "7"))),
        ("client", _query("DO $$ BEGIN RAISE NOTICE 'x;y'; END $$")),
        ("server", _message(b"N", b"SNOTICE\x00C00000\x00Mx;y\x00\x00") + _done("DO") + _ready()),
        ("client", _parse("d", "SELECT email FROM customers WHERE id = $1") + _message(b"D", b"S" + _text("d")) + SYNC),
        ("server", PARSED + _message(b"t", b"\x00\x01\x00\x00\x00\x17") + _columns(("email", 25)) + _ready()),
        ("client", _query("")),
        ("server", _message(b"I") + _ready()),
        ("client", _message(b"F", b"\x00\x00\x06\x3e\x00\x00" + _cells(b"12") + b"\x00\x00")),
        ("server", _message(b"V", b"\x00\x00\x00\x0212") + _ready()),
        ("client", _query("SET TimeZone = 'Europe/Lisbon'")),
        ("server", _done("SET") + _message(b"S", _text("TimeZone", "Europe/Lisbon")) + _ready()),
        *_simple(9),
    ],
}
