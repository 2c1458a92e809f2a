"""Django's ORM over psycopg."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.with_django import set_up

Twice = Callable[[Callable[[Any], Any]], Any]


@pytest.fixture(scope="module")
def shop() -> Any:
    """A Django with one application of two models."""
    set_up()
    from django.db import models

    class Author(models.Model):  # type: ignore[misc]
        name = models.CharField(max_length=50, unique=True)

        class Meta:
            app_label = "flowtape_books"

    class Book(models.Model):  # type: ignore[misc]
        key = models.UUIDField(primary_key=True)
        author = models.ForeignKey(Author, on_delete=models.CASCADE)
        price = models.DecimalField(max_digits=8, decimal_places=2)
        at = models.DateTimeField()
        data = models.JSONField(default=dict)

        class Meta:
            app_label = "flowtape_books"

    return Author, Book


def connect(place: Any, **options: Any) -> Any:
    """Point Django's default database at `place`, as settings would."""
    from django.db import connections

    connections.settings = connections.configure_settings(
        {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place.database,
                "USER": place.user,
                "PASSWORD": place.password,
                "HOST": place.host,
                "PORT": place.port,
                "OPTIONS": options,
            }
        }
    )
    if hasattr(connections._connections, "default"):
        del connections["default"]
    return connections["default"]


def work(author: Any, book: Any) -> list[Any]:
    from django.db import IntegrityError, transaction
    from django.db.models import Count, F, Sum

    when = dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
    seen: list[Any] = []
    with transaction.atomic():
        ada = author.objects.create(name="Ada")
        bob, made = author.objects.get_or_create(name="it's Bob")
        book.objects.bulk_create(
            book(key=uuid.UUID(int=n), author=(ada, bob)[n % 2], price=Decimal(n), at=when, data={"n": n})
            for n in range(4)
        )
    seen += [ada.pk, made]
    found = book.objects.select_related("author").filter(author__name="Ada", price__gte=1).order_by("-price")
    seen += [(each.key, each.author.name, each.price, each.at, each.data) for each in found]
    seen.append(book.objects.filter(key__in=[uuid.UUID(int=1), uuid.UUID(int=2)]).update(price=F("price") + 1))
    grouped = book.objects.values("author__name").annotate(n=Count("key"), total=Sum("price")).order_by("author__name")
    seen.append([tuple(each.values()) for each in grouped])
    seen.append([each.pk for each in book.objects.order_by("key").iterator(chunk_size=2)])
    try:
        with transaction.atomic():
            author.objects.create(name="Ada")
    except IntegrityError as error:
        seen.append(str(error))
    with transaction.atomic():
        try:
            with transaction.atomic():
                author.objects.create(name="Ada")
        except IntegrityError as error:
            seen.append(str(error))
        seen.append(author.objects.filter(name__startswith="A").exists())
        transaction.set_rollback(True)
    try:
        with transaction.atomic():
            seen.append(bob.delete())
    except IntegrityError as error:  # the constraint is deferred: it is COMMIT that fails
        seen.append(str(error))
    return seen


@pytest.mark.parametrize("server_side", [False, True], ids=["literals", "parameters"])
def test_the_orm(twice: Twice, shop: Any, postgresql_server: Any, server_side: bool) -> None:
    author, book = shop
    with connect(postgresql_server).schema_editor() as editor:
        for sql in ("DROP TABLE IF EXISTS flowtape_books_book", "DROP TABLE IF EXISTS flowtape_books_author"):
            editor.execute(sql)
        editor.create_model(author)
        editor.create_model(book)

    def scenario(place: Any) -> Any:
        connection = connect(place, server_side_binding=server_side)
        try:
            return work(author, book)
        finally:
            connection.close()

    twice(scenario)
    connect(postgresql_server).close()
