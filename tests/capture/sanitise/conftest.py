"""One flow with raw values planted at every place, and how to look for what is left of them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import jwt as pyjwt
import msgspec
import pytest
import yaml

from flowtape.capture.exchange import (
    Address,
    Answer,
    Column,
    Connection,
    Exchange,
    HttpRequest,
    HttpResponse,
    Question,
    RedisCommand,
    RedisReply,
    Resp,
    SqlNotice,
    SqlResult,
    SqlStatement,
)
from flowtape.capture.flow import Call, Evidence, Flow
from flowtape.capture.sanitise.policy import Policy
from flowtape.capture.sanitise.pseudonyms.jwt import Token
from flowtape.capture.sanitise.sanitiser import Sanitiser

KEY = b"a key for tests, 32 bytes long.."
EMAIL, PHONE, CARD = "Ana.Silva@mail.quux-corp.de", "+49 170 8827361", "4539 1488 0343 6467"
IBAN, NAME, STREET, CITY = "DE89370400440532013000", "Ana Silveira", "Weidenallee 17b", "Pinneberg"
BORN, CLIENT_IP, PASSWORD = "1987-03-04", "84.17.49.203", "Tr0ub4dor&3x"
SESSION, API_KEY = "b1946ac92492d2347c6235b4d2611184", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
BEARER = "mF_9.B5f-4.1JqMk0Vv81ZpQ"
RESET = "Zk3vP0qL9xYw2"
JWT = pyjwt.encode(
    {"sub": "42", "email": EMAIL, "exp": 1800000000, "iat": 1700000000},
    "the secret of production, 32 byte",
    algorithm="HS256",
)
HASH = (
    "scrypt:1024:8:1$abcdEFGH12345678$"
    + hashlib.scrypt(PASSWORD.encode(), salt=b"abcdEFGH12345678", n=1024, r=8, p=1).hex()
)
UUID, ORDER = "550e8400-e29b-41d4-a716-446655440000", "19.90"

SECRETS = {
    "email": EMAIL, "phone": PHONE, "card": CARD, "iban": IBAN, "name": NAME, "street": STREET, "city": CITY, "born": BORN,
    "ip": CLIENT_IP, "password": PASSWORD, "session": SESSION, "api key": API_KEY, "bearer": BEARER, "reset": RESET, "jwt": JWT,
    "hash": HASH, "jwt claims": JWT.split(".")[1], "jwt signature": JWT.split(".")[2], "family name": "Silveira",
}  # fmt: skip

TEXT, INT8, JSONB, BYTEA = 25, 20, 3802, 17


def exchange(protocol: str, question: Question, answer: Answer | None, dependency: str | None = None) -> Exchange:
    client = Address("10.0.0.7" if dependency else CLIENT_IP, 50000)
    connection = Connection("c1", client, Address("10.0.0.1", 80), dependency, dependency or "")
    return Exchange(connection, protocol, question, answer, 1, 2, 3, 4)


def sql(
    text: str, *parameters: str | bytes | None, types: tuple[int, ...] = (), answer: SqlResult | None = None
) -> Exchange:
    return exchange("postgresql", SqlStatement(text, parameters, types), answer or SqlResult(), "db")


def redis(*arguments: str, answer: Resp | None = None) -> Exchange:
    return exchange(
        "redis",
        RedisCommand(tuple(one.encode() for one in arguments)),
        RedisReply(answer or Resp("simple", "OK")),
        "cache",
    )


def bulk(text: str) -> Resp:
    return Resp("bulk", text.encode())


def entry() -> Exchange:
    body = {
        "customer": {
            "email": EMAIL,
            "phone": PHONE,
            "name": {"first": "Ana", "last": "Silveira"},
            "dob": BORN,
            "total": 19.9,
        },
        "billingAddress": {"street": STREET, "city": CITY, "zip": "25421"},
        "payment": {"cardNumber": CARD, "cvv": "123", "iban": IBAN},
        "note": f"call {PHONE} or write to {EMAIL.upper()}, from {CLIENT_IP}",
        "nested": json.dumps({"password": PASSWORD, "order": UUID}),
        "price": 19.90,
    }
    headers = (
        ("Host", "shop.internal"),
        ("Authorization", f"Bearer {JWT}"),
        ("Cookie", f"theme=dark; sid={SESSION}; user={quote(EMAIL)}"),
        ("X-Api-Key", API_KEY),
        ("X-Forwarded-For", f"{CLIENT_IP}, 10.0.0.2"),
        ("Referer", f"https://shop.example.org/by-email/{EMAIL}?token={RESET}"),
        ("Content-Type", "application/json"),
        ("Content-Encoding", "gzip"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    )
    data = gzip.compress(json.dumps(body).encode())
    request = HttpRequest(
        "POST",
        f"/customers/{quote(EMAIL)}/reset-password/{RESET}?phone={quote_plus(PHONE)}&order={UUID}&q=born+{BORN}",
        (*headers, ("Content-Length", str(len(data)))),
        data,
    )
    page = f"<p>Dear {NAME}, <a href='mailto:{EMAIL}'>{EMAIL}</a> {STREET}, {CITY}; card {CARD}</p>".encode()
    response = HttpResponse(
        200,
        "OK",
        (
            ("Set-Cookie", f"sid={SESSION}; Path=/; HttpOnly"),
            ("Location", f"/customers/{EMAIL}"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
        ),
        page,
    )
    return exchange("http1", request, response)


def database() -> Iterator[Exchange]:
    columns = (
        Column("id", INT8),
        Column("e", TEXT),
        Column("full_name", TEXT),
        Column("password_hash", TEXT),
        Column("doc", JSONB),
    )
    document = json.dumps({"street": STREET, "born": BORN, "amount": 12.50})
    row = ("42", EMAIL, NAME, HASH, document)
    yield sql(
        "SELECT id, email AS e, full_name, password_hash, doc FROM customers c WHERE c.email = $1 AND session = $2",
        EMAIL, SESSION, types=(TEXT, TEXT), answer=SqlResult(columns, (row,), "SELECT 1"),
    )  # fmt: skip
    yield sql(
        f"UPDATE customers SET phone = '{PHONE}', born = DATE '{BORN}', full_name = E'{NAME}' WHERE email = '{EMAIL}' -- {EMAIL}"
    )
    yield sql("INSERT INTO customers (id, email, phone, doc, raw) VALUES ($1, $2, $3, $4, $5)", "42", EMAIL, PHONE, document,
              "\\x" + json.dumps({"email": EMAIL}).encode().hex(), types=(INT8, TEXT, TEXT, JSONB, BYTEA))  # fmt: skip
    yield sql("INSERT INTO blobs (data) VALUES ($1)", b"\x00\x01" + EMAIL.encode() + b"\xff" + API_KEY.encode())
    yield sql("SELECT * FROM customers WHERE email = ANY($1)", '{"' + EMAIL + '",bob@quux-corp.de}')
    yield sql("SELEKT nonsense FROM 'x' WHERE", f"{EMAIL}")
    fields = (
        ("S", "ERROR"),
        ("C", "23505"),
        ("M", "duplicate key value"),
        ("D", f"Key (email)=({EMAIL}) already exists."),
    )
    failing = (("D", f"Failing row contains (42, {EMAIL}, {NAME}, {PHONE})."), ("W", f"PL/pgSQL: {PASSWORD}"))
    yield sql(
        "INSERT INTO customers (email) VALUES ($1)",
        EMAIL,
        answer=SqlResult(error=SqlNotice(fields), notices=(SqlNotice(failing),)),
    )
    copied = f"42\t{EMAIL}\t{NAME}\\tx\n43\tbob@quux-corp.de\t\\N\n".encode()
    copy = SqlStatement("COPY customers (id, email, full_name) FROM STDIN", copy_in=copied)
    yield exchange("postgresql", copy, SqlResult(tag="COPY 2"), "db")
    out = SqlStatement("COPY (SELECT email, street FROM customers) TO STDOUT WITH (FORMAT csv)")
    yield exchange("postgresql", out, SqlResult(copy_out=f'{EMAIL},"{STREET}"\n'.encode()), "db")
    values = [EMAIL.encode(), NAME.encode()]
    binary = (
        b"PGCOPY\n\xff\r\n\0"
        + bytes(8)
        + struct.pack("!h", 2)
        + b"".join(struct.pack("!i", len(v)) + v for v in values)
        + b"\xff\xff"
    )
    into = SqlStatement("COPY customers (email, full_name) FROM STDIN BINARY", copy_in=binary)
    yield exchange("postgresql", into, SqlResult(tag="COPY 1"), "db")


def cache() -> Iterator[Exchange]:
    yield redis("AUTH", "default", PASSWORD)
    yield redis("SET", f"session:{SESSION}", json.dumps({"email": EMAIL, "ip": CLIENT_IP}), "EX", "3600")
    yield redis("GET", f"customer:{EMAIL}:phone", answer=bulk(PHONE))
    yield redis("GET", "session:" + hashlib.sha256(SESSION.encode()).hexdigest(), answer=bulk("1"))
    yield redis("HSET", "customer:42", "email", EMAIL, "full_name", NAME, "visits", "7")
    items = tuple(bulk(one) for one in ("email", EMAIL, "password", PASSWORD, "visits", "7"))
    yield redis("HGETALL", "customer:42", answer=Resp("array", items))
    yield redis("KEYS", "*", answer=Resp("array", (bulk(f"session:{SESSION}"), bulk(f"mail:{EMAIL}"))))
    yield redis("FOO", answer=Resp("error", f"ERR no such user {EMAIL}"))


def upstream() -> Iterator[Exchange]:
    form = f"email={quote_plus(EMAIL)}&card={quote_plus(CARD)}&amount=1990&password={quote_plus(PASSWORD)}".encode()
    basic = base64.b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()
    request = HttpRequest(
        "POST",
        "/charges",
        (("Authorization", f"Basic {basic}"), ("Content-Type", "application/x-www-form-urlencoded")),
        form,
    )
    events = f'event: x\ndata: {{"email": "{EMAIL}", "token": "{BEARER}"}}\n\n'.encode()
    yield exchange(
        "http1", request, HttpResponse(200, "OK", (("Content-Type", "text/event-stream"),), events), "payments"
    )
    part = f'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n{EMAIL}\r\n--b\r\nContent-Disposition: form-data; name="doc"; filename="x.json"\r\nContent-Type: application/json\r\n\r\n{{"iban": "{IBAN}"}}\r\n--b--\r\n'
    headers = (("Authorization", f"Bearer {BEARER}"), ("Content-Type", "multipart/form-data; boundary=b"))
    image = b"\x89PNG\r\n\0\0\xff" + EMAIL.encode() + b"\0\xff" + API_KEY.encode() + b"\xfe"
    yield exchange(
        "http1",
        HttpRequest("POST", "/upload", headers, part.encode()),
        HttpResponse(200, "OK", (("Content-Type", "image/png"),), image),
        "payments",
    )


class Marking:
    """A visitor that writes down what was recognised: ‹kind› for each value."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def value(self, kind: str, value: str) -> str:
        refined = self.policy.refine(kind, value)
        return f"‹{refined}›" if refined else self.text(value)

    def text(self, value: str) -> str:
        for start, end, kind in reversed(self.policy.find(value)):
            value = f"{value[:start]}{self.value(kind, value[start:end])}{value[end:]}"
        return value

    def data(self, value: bytes) -> bytes:
        return b"?" * len(value)

    def token(self, value: str, token: Token) -> str:
        return "‹jwt›"


@pytest.fixture
def marking() -> Marking:
    return Marking(Policy())


@pytest.fixture(scope="session")
def raw_flow() -> Flow:
    calls = tuple(
        Call(one, (Evidence("value flow", f"{EMAIL} passes on", 0.9),)) for one in (*database(), *cache(), *upstream())
    )
    return Flow("f1", "shop", "1.4.2", entry(), calls, f"unsure of {EMAIL}")


@pytest.fixture(scope="session")
def clean_flow(raw_flow: Flow) -> Flow:
    return Sanitiser(Policy(), KEY).flow(raw_flow)


@dataclass(frozen=True)
class Leaks:
    """Which planted values a record still holds, in any notation."""

    def forms(self, value: str) -> set[bytes]:
        raw = value.encode()
        forms = {
            raw,
            raw.lower(),
            raw.upper(),
            quote(value).encode(),
            quote(value, safe="").encode(),
            quote_plus(value).encode(),
        }
        whole = base64.b64encode(raw).rstrip(b"=")
        forms |= {whole, base64.urlsafe_b64encode(raw).rstrip(b"="), raw.hex().encode()}
        forms |= {digest(raw).hexdigest().encode() for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256)}
        return forms | {json.dumps(value)[1:-1].encode()}

    def dump(self, record: object) -> bytes:
        """Everything the record says, as msgpack, as YAML, and with its bodies decoded."""
        plain = msgspec.to_builtins(record, builtin_types=(bytes,))
        unpacked: list[bytes] = []

        def bodies(node: object) -> None:
            if isinstance(node, dict):
                for value in node.values():
                    bodies(value)
            elif isinstance(node, (list, tuple)):
                for value in node:
                    bodies(value)
            elif isinstance(node, bytes):
                unpacked.append(gzip.decompress(node) if node[:2] == b"\x1f\x8b" else node)
            elif isinstance(node, str):
                unpacked.append(node.encode())
                for part in node.split("."):
                    try:
                        unpacked.append(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
                    except ValueError:
                        continue

        bodies(plain)
        return b"\n".join([msgspec.msgpack.encode(record), yaml.safe_dump(plain).encode(), *unpacked])

    def __call__(self, record: object) -> set[str]:
        dump = self.dump(record)
        return {name for name, value in SECRETS.items() for form in self.forms(value) if form in dump}


@pytest.fixture(scope="session")
def leaks() -> Callable[[object], set[str]]:
    return Leaks()
