"""How the ledger says no."""

from __future__ import annotations

from typing import NoReturn

from flask import abort, jsonify, make_response


def refuse(status: int, code: str) -> NoReturn:
    abort(make_response(jsonify(code=code), status))
