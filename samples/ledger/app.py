"""The application: `flask --app samples.ledger.app run`.

In the environment: DATABASE_URL, RATES_URL, MAIL_URL, JWT_SECRET.
"""

from __future__ import annotations

from flask import Flask
from flask.typing import ResponseReturnValue

from samples.ledger import accounts, statements, transfers, users


def create_app() -> Flask:
    app = Flask(__name__)
    for part in (users, accounts, statements, transfers):
        app.register_blueprint(part.blueprint)
    app.add_url_rule("/healthz", view_func=health)
    return app


def health() -> ResponseReturnValue:
    return {"status": "ok"}


app = create_app()
