from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowtape.replay.bodies.xml_body import read

ORDER = b'<?xml version="1.0"?><o:order xmlns:o="urn:shop" id="7" state="paid"><o:item>tea &amp; milk</o:item><o:item/></o:order>'
BOMB = (
    b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>',
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><a/>',
)


def test_elements_attributes_and_text() -> None:
    assert read(ORDER) == {
        "order": {"@id": "7", "@state": "paid", "@xmlns": "urn:shop", "item": "tea & milk", "item:2": ""}
    }


@pytest.mark.parametrize(
    "same",
    [
        b'<order xmlns="urn:shop" state="paid" id="7">\n  <item><![CDATA[tea & milk]]></item>\n  <item></item>\n</order>',
        b'<x:order xmlns:x="urn:shop" state="paid" id="7"><!-- a comment --><x:item>tea &#38; milk</x:item><x:item/></x:order>',
    ],
)
def test_the_same_document_written_otherwise(same: bytes) -> None:
    assert read(same) == read(ORDER)


@pytest.mark.parametrize(
    "other",
    [
        ORDER.replace(b"urn:shop", b"urn:other"),
        ORDER.replace(b'"7"', b'"8"'),
        ORDER.replace(b"tea", b" tea"),
        ORDER.replace(b"<o:item/>", b""),
        ORDER.replace(b"<o:item/>", b"<item/>"),
    ],
)
def test_another_document_is_another_tree(other: bytes) -> None:
    assert read(other) != read(ORDER)


@pytest.mark.parametrize(
    "body", [*BOMB, b"", b"<a>", b"<a></b>", b"<a>" * 9999, b'<?xml version="1.0" encoding="klingon"?><a/>']
)
def test_what_is_broken_or_hostile_is_none(body: bytes) -> None:
    assert read(body) is None


@given(st.binary(max_size=60))
def test_nothing_raises(body: bytes) -> None:
    read(body)
    read(b"<a>" + body + b"</a>")
