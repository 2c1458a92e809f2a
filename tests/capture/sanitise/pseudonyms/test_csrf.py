from __future__ import annotations

from django.middleware import csrf as django
from hypothesis import given
from hypothesis import strategies as st
from tests.with_django import set_up

from flowtape.capture.sanitise.pseudonyms import csrf, shape
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

KEYED = Keyed(b"k" * 32)
set_up()


@given(st.text(csrf.SIGNS, min_size=32, max_size=32))
def test_a_masked_token_fits_its_cookie_after_both_were_replaced(secret: str) -> None:
    raw = django._mask_cipher_secret(secret)
    made = csrf.make(KEYED, raw)
    assert django._does_token_match(made, csrf.make(KEYED, secret))
    assert csrf.make(KEYED, secret) == shape.make(KEYED, secret)
    assert csrf.ours(made)
    assert made[:32] != raw[:32]


def test_another_mask_of_the_same_secret_gives_the_same_secret() -> None:
    secret = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF"
    one, other = (csrf.make(KEYED, django._mask_cipher_secret(secret)) for _ in range(2))
    assert one != other
    assert django._unmask_cipher_token(one) == django._unmask_cipher_token(other)


def test_a_raw_token_is_none_of_ours() -> None:
    assert not csrf.ours(django._mask_cipher_secret("aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF"))
    assert not csrf.ours("IjNhMWY5YjQxLXRva2VuIg-of-others")
    assert csrf.ours(csrf.make(KEYED, "IjNhMWY5YjQxLXRva2VuIg-of-others"))
