"""Word to an account's owner, by the mail service."""

from __future__ import annotations

import logging
import os

import requests

log = logging.getLogger(__name__)


def send(to: str, subject: str, text: str) -> None:
    """Best effort: the money has moved, whether or not the mail goes out."""
    message = {"to": to, "subject": subject, "text": text}
    try:
        requests.post(f"{os.environ['MAIL_URL']}/messages", json=message, timeout=5).raise_for_status()
    except requests.RequestException:
        log.exception("a mail was not taken")
