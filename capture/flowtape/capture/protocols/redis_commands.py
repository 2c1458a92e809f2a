"""What single Redis commands mean: which only keep a connection, and which carry a password."""

from __future__ import annotations

from flowtape.capture.exchange import Resp

SECRET = b"***"
SESSION = frozenset({
    b"AUTH", b"HELLO", b"SELECT", b"PING", b"ECHO", b"QUIT", b"RESET", b"READONLY", b"READWRITE", b"ASKING", b"CLIENT",
    b"COMMAND", b"INFO", b"WATCH", b"UNWATCH", b"MULTI", b"EXEC", b"DISCARD", b"CLUSTER", b"SENTINEL", b"ROLE",
})  # fmt: skip
"""What a driver says to set a connection up, to keep it, to frame a transaction, or to learn the server's kind."""
SECRET_COMMANDS = frozenset({b"AUTH", b"HELLO", b"MIGRATE", b"CONFIG", b"SENTINEL", b"ACL"})
SECRET_SETTINGS = frozenset({
    b"REQUIREPASS", b"MASTERAUTH", b"PRIMARYAUTH", b"AUTH-PASS", b"SENTINEL-PASS",
    b"TLS-KEY-FILE-PASS", b"TLS-CLIENT-KEY-FILE-PASS",
})  # fmt: skip


def is_session(arguments: tuple[bytes, ...]) -> bool:
    return arguments[0].upper() in SESSION


def redacted(arguments: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The command with `***` for each password in it."""
    if arguments[0].upper() not in SECRET_COMMANDS:
        return arguments
    words = [argument.upper() for argument in arguments[:2]]
    match words:
        case [b"AUTH", _]:
            return (*arguments[:-1], SECRET)
        case [b"HELLO", _]:
            return _after(arguments, {b"AUTH": 2})
        case [b"MIGRATE", _]:
            return _after(arguments, {b"AUTH": 1, b"AUTH2": 2})
        case [b"CONFIG" | b"SENTINEL", b"SET" | b"CONFIG"]:
            return _after(arguments, dict.fromkeys(SECRET_SETTINGS, 1))
        case [b"ACL", b"SETUSER"]:
            return arguments[:3] + tuple(_redacted_rule(rule) for rule in arguments[3:])
        case _:
            return arguments


def _after(arguments: tuple[bytes, ...], words: dict[bytes, int]) -> tuple[bytes, ...]:
    """`***` so many places behind each of `words`."""
    redacted = list(arguments)
    for position, argument in enumerate(arguments[1:], start=1):
        secret = position + words.get(argument.upper(), len(arguments))
        if secret < len(arguments):
            redacted[secret] = SECRET
    return tuple(redacted)


def _redacted_rule(rule: bytes) -> bytes:
    """An ACL rule: `>` and `<` introduce a password, `#` and `!` its digest."""
    return rule[:1] + SECRET if rule[:1] in {b">", b"<", b"#", b"!"} else rule


def redacted_reply(arguments: tuple[bytes, ...], value: Resp) -> Resp:
    """The answer to `arguments` with `***` for each password that CONFIG GET would tell."""
    elements = value.value
    if not isinstance(elements, tuple):
        return value
    words = [argument.upper() for argument in arguments[:2]]
    if words != [b"CONFIG", b"GET"]:
        return value
    pairs = list(elements)
    for position in range(0, len(pairs) - 1, 2):
        name = pairs[position].value
        if isinstance(name, bytes) and name.upper() in SECRET_SETTINGS and pairs[position + 1].value:
            pairs[position + 1] = Resp("bulk", SECRET)
    return Resp(value.kind, tuple(pairs))
