"""The ledger does the same by other libraries, frameworks and servers."""

from __future__ import annotations

import sys
from functools import partial

from benchmarks.regressions.patch import Edit, Patch, one

ledger = partial(one, "ledger")

WSGI = "  wsgi: samples.ledger.app:app\n"
READY = "  ready: GET /healthz\n"
RATE = """    wanted = {"pair": f"{source}/{target}", "side": "mid"}
    answer = requests.get(f"{os.environ['RATES_URL']}/rates", params=wanted, timeout=5)
"""
POST = """    try:
        requests.post(f"{os.environ['MAIL_URL']}/messages", json=message, timeout=5).raise_for_status()
    except requests.RequestException:
"""
CREATED = """    app = Flask(__name__)
"""

REFACTORINGS: tuple[Patch, ...] = (
    Patch(
        "ledger",
        "HTTP client",
        "rates by httpx",
        (
            Edit("rates.py", "answer = requests.get(", "answer = httpx.get("),
            Edit("rates.py", "import requests\n", "import httpx\n"),
        ),
    ),
    Patch(
        "ledger",
        "HTTP client",
        "rates by urllib3",
        (
            Edit(
                "rates.py",
                RATE,
                """    wanted = {"pair": f"{source}/{target}", "side": "mid"}
    answer = urllib3.request("GET", f"{os.environ['RATES_URL']}/rates", fields=wanted, timeout=5)
""",
            ),
            Edit("rates.py", "if answer.status_code == 404", "if answer.status == 404"),
            Edit(
                "rates.py",
                "    answer.raise_for_status()\n",
                "    if answer.status >= 400:\n        raise urllib3.exceptions.HTTPError(answer.status)\n",
            ),
            Edit("rates.py", "import requests\n", "import urllib3\n"),
        ),
    ),
    Patch(
        "ledger",
        "HTTP client",
        "mail by the standard library",
        (
            Edit(
                "mail.py",
                POST,
                """    try:
        wanted = Request(  # noqa: S310
            f"{os.environ['MAIL_URL']}/messages", json.dumps(message).encode(), {"Content-Type": "application/json"}
        )
        urlopen(wanted, timeout=5).close()  # noqa: S310
    except OSError:
""",
            ),
            Edit("mail.py", "import requests\n", "from urllib.request import Request, urlopen\n"),
            Edit("mail.py", "import logging\n", "import json\nimport logging\n"),
        ),
    ),
    Patch(
        "ledger",
        "connection reuse",
        "one session for all rates",
        (
            Edit("rates.py", "answer = requests.get(", "answer = SESSION.get("),
            Edit("rates.py", 'CENT = Decimal("0.01")\n', 'SESSION = requests.Session()\nCENT = Decimal("0.01")\n'),
        ),
    ),
    ledger(
        "order of query parameters",
        "the side first",
        "rates.py",
        '{"pair": f"{source}/{target}", "side": "mid"}',
        '{"side": "mid", "pair": f"{source}/{target}"}',
    ),
    ledger(
        "percent-encoding",
        "a slash as it is",
        "rates.py",
        RATE,
        """    answer = requests.get(f"{os.environ['RATES_URL']}/rates?pair={source}/{target}&side=mid", timeout=5)
""",
    ),
    ledger(
        "percent-encoding",
        "letters in capitals, and a dash that need not be encoded",
        "rates.py",
        RATE,
        """    answer = requests.get(f"{os.environ['RATES_URL']}/rates?pair={source}%2f{target}&side=%6Did", timeout=5)
""",
    ),
    ledger(
        "order of JSON keys",
        "of a mail",
        "mail.py",
        '{"to": to, "subject": subject, "text": text}',
        '{"text": text, "subject": subject, "to": to}',
    ),
    Patch(
        "ledger",
        "JSON library",
        "answers by orjson",
        (
            Edit("app.py", CREATED, CREATED + "    app.json = Orjson(app)\n"),
            Edit(
                "app.py",
                "def create_app() -> Flask:\n",
                """class Orjson(JSONProvider):
    def dumps(self, obj: object, **kwargs: object) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: object) -> object:
        return orjson.loads(s)


def create_app() -> Flask:
""",
            ),
            Edit(
                "app.py",
                "from flask import Flask\n",
                "import orjson\nfrom flask import Flask\nfrom flask.json.provider import JSONProvider\n",
            ),
        ),
    ),
    Patch(
        "ledger",
        "layout of JSON",
        "answers are indented",
        (Edit("app.py", CREATED, CREATED + "    app.json.compact = False\n    app.json.sort_keys = False\n"),),
    ),
    ledger(
        "web server",
        "gunicorn",
        "flowtape.yaml",
        WSGI,
        f'  command: [{sys.executable}, -m, gunicorn, "samples.ledger.app:app", --bind, "127.0.0.1:{{port}}", --threads, "2"]\n'
        + READY,
    ),
    ledger(
        "web server",
        "Flask's own",
        "flowtape.yaml",
        WSGI,
        f'  command: [{sys.executable}, -m, flask, --app, samples.ledger.app, run, --port, "{{port}}"]\n' + READY,
    ),
    ledger(
        "web server",
        "hypercorn",
        "flowtape.yaml",
        WSGI,
        f'  command: [{sys.executable}, -m, hypercorn, "wsgi:samples.ledger.app:app", --bind, "127.0.0.1:{{port}}"]\n'
        + READY,
    ),
    Patch(
        "ledger",
        "web server",
        "uvicorn, by an adapter",
        (
            Edit("flowtape.yaml", WSGI, "  asgi: samples.ledger.asgi:app\n"),
            Edit(
                "asgi.py",
                "",
                '"""The ledger for servers that speak ASGI."""\n\nfrom a2wsgi import WSGIMiddleware\n\nfrom samples.ledger.app import app as ledger\n\napp = WSGIMiddleware(ledger)\n',
            ),
        ),
    ),
    Patch(
        "ledger",
        "framework",
        "one endpoint by FastAPI",
        (
            Edit(
                "fast.py",
                "",
                '''"""Transfers, one by one, by FastAPI."""

from uuid import UUID

from a2wsgi import ASGIMiddleware
from fastapi import FastAPI, Header
from fastapi.responses import JSONResponse

import jwt
import os

from samples.ledger.database import reading
from samples.ledger.models import Account, Transfer

fast = FastAPI()


@fast.get("/transfers/{number}")
def show(number: UUID, authorization: str = Header("")) -> JSONResponse:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return JSONResponse({"code": "no_token"}, 401)
    try:
        owner = int(jwt.decode(token, os.environ["JWT_SECRET"], algorithms=["HS256"])["sub"])
    except jwt.InvalidTokenError:
        return JSONResponse({"code": "bad_token"}, 401)
    with reading() as session:
        found = session.get(Transfer, number)
        if found is None:
            return JSONResponse({"code": "no_such_transfer"}, 404)
        account = session.get(Account, found.source)
        if account is None or account.owner != owner:
            return JSONResponse({"code": "not_yours"}, 403)
        return JSONResponse(found.told())


by_wsgi = ASGIMiddleware(fast)
''',
            ),
            Edit(
                "app.py",
                "    return app\n\n",
                """    flask = app.wsgi_app

    def either(environ, start_response):
        shown = environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].startswith("/transfers/")
        return (by_wsgi if shown else flask)(environ, start_response)

    app.wsgi_app = either
    return app

""",
            ),
            Edit(
                "app.py",
                "from samples.ledger import accounts",
                "from samples.ledger.fast import by_wsgi\nfrom samples.ledger import accounts",
            ),
        ),
    ),
    Patch(
        "ledger",
        "logging",
        "each request is logged",
        (
            Edit(
                "app.py",
                "    return app\n\n",
                """    @app.after_request
    def logged(response):
        structlog.get_logger().info("request", path=request.path, status=response.status_code)
        return response

    return app

""",
            ),
            Edit("app.py", "from flask import Flask\n", "import structlog\nfrom flask import Flask, request\n"),
        ),
    ),
    Patch(
        "ledger",
        "tracing",
        "each statement says whose it is",
        (
            Edit(
                "database.py",
                "    return create_engine(url, pool_size=4)\n",
                """    made = create_engine(url, pool_size=4)

    @event.listens_for(made, "before_cursor_execute", retval=True)
    def traced(connection, cursor, statement, parameters, context, executemany):
        trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        return f"{statement} /*traceparent='{trace}',route='ledger'*/", parameters

    return made
""",
            ),
            Edit("database.py", "import Engine, create_engine", "import Engine, create_engine, event"),
            Edit("database.py", "import os\n", "import os\nimport secrets\n"),
        ),
    ),
    Patch(
        "ledger",
        "tracing",
        "traceparent on each outgoing request",
        (
            Edit(
                "rates.py",
                "params=wanted, timeout=5)",
                'params=wanted, timeout=5, headers={"traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"})',
            ),
            Edit("rates.py", "import os\n", "import os\nimport secrets\n"),
        ),
    ),
    Patch(
        "ledger",
        "structure",
        "a decorator asks who it is",
        (
            Edit(
                "accounts.py",
                """@blueprint.get("/<int:number>")
def account(number: int) -> ResponseReturnValue:
    owner = user_of_request()
""",
                """def signed_in(view):
    @wraps(view)
    def asked(number: int) -> ResponseReturnValue:
        return view(number, user_of_request())

    return asked


@blueprint.get("/<int:number>")
@signed_in
def account(number: int, owner: int) -> ResponseReturnValue:
""",
            ),
            Edit(
                "accounts.py",
                "from flask import Blueprint, request\n",
                "from functools import wraps\n\nfrom flask import Blueprint, request\n",
            ),
        ),
    ),
)
