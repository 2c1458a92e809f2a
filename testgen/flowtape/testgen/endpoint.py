"""The endpoint that a request was sent to: its method and its path with the identifiers taken out."""

from __future__ import annotations

import re

from flowtape.capture.route import IDENTIFIER, template

__all__ = ["IDENTIFIER", "module_name", "slug", "template"]


def slug(text: str, limit: int = 60) -> str:
    """Lower-case words joined by `_`: safe as a file name and in a Python identifier; "root" where nothing is left."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).lower())
    return "_".join(words)[:limit].strip("_") or "root"


def module_name(method: str, path: str) -> str:
    """`post_orders` for POST /orders, `get_orders_id_items` for GET /orders/{id}/items."""
    return slug(f"{method} {path.replace('{id}', 'id')}")
