"""Django, set up once for all tests: its settings are the process's."""

from __future__ import annotations

import django
from django.conf import settings


def set_up() -> None:
    if not settings.configured:
        settings.configure(
            DATABASES={},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            INSTALLED_APPS=[],
            SECRET_KEY="a secret of the tests",
            USE_TZ=True,
        )
        django.setup()
