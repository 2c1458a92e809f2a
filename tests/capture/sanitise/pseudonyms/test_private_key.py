from __future__ import annotations

from flowtape.capture.sanitise.pseudonyms import private_key
from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\nKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n-----END RSA PRIVATE KEY-----"


def test_the_lines_stay_and_the_key_does_not(keyed: Keyed) -> None:
    made = private_key.make(keyed, PEM)
    before, after = PEM.splitlines(), made.splitlines()
    assert (after[0], after[-1]) == (before[0], before[-1])
    assert [len(line) for line in after] == [len(line) for line in before]
    assert not set(after[1:-1]) & set(before[1:-1])
    assert private_key.ours(made)
    assert not private_key.ours(PEM)


def test_a_key_that_is_cut_off(keyed: Keyed) -> None:
    cut = PEM[:80]
    assert len(private_key.make(keyed, cut)) == 80
    assert private_key.make(keyed, cut)[40:] != cut[40:]
