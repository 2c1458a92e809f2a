"""Invented given names, family names and places, put together from syllables: no list of real people is needed."""

from __future__ import annotations

from flowtape.capture.sanitise.pseudonyms.keyed import Keyed

GIVEN_STARTS = (
    "Abe Ade Ale Ami Ari Bel Bri Cal Cor Dal Del Eli Fen Gal Hal Ila Jor Kal Kel Lor Mar Mel Nal Ner Ori Pel Ral Sel "
    "Tal Tor Val Zel"
).split()
GIVEN_ENDS = (
    "vino vella ric rinda mond mira lan lisse dor dena wen wina tin tessa nor nika bert bria zan zara gard gunda fin "
    "fria sto stina thas thea quin quella pold pia"
).split()
FAMILY_STARTS = (
    "Ash Birch Bram Brook Cald Cran Dun Elm Fair Farn Glen Graf Hart Hazel Holm Ken Lang Linden Marsh Nor Oaken Pem Quill "
    "Raven Rowan Stan Thorn Under Vel Wal Wester Yar"
).split()
FAMILY_ENDS = (
    "acre bank beck bourne bridge brooke by combe crest dale dene fell field ford garth gate grave ham holt hurst ley mere "
    "moor more shaw stead stone stow ton wick wold worth"
).split()

GIVEN = tuple(start + end for start in GIVEN_STARTS for end in GIVEN_ENDS)
FAMILY = tuple(start + end for start in FAMILY_STARTS for end in FAMILY_ENDS)
KNOWN = frozenset(word.lower() for word in GIVEN + FAMILY)


def given(keyed: Keyed, word: str) -> str:
    """A given name for `word`; equal but for case if the words are."""
    return styled(GIVEN[keyed.draw("given", word.lower()).below(len(GIVEN))], word)


def family(keyed: Keyed, word: str) -> str:
    """A family name, or a part of an address, for `word`; equal but for case if the words are."""
    return styled(FAMILY[keyed.draw("family", word.lower()).below(len(FAMILY))], word)


def styled(word: str, like: str) -> str:
    """`word` in capitals, small letters or with a capital first, as `like` is."""
    if like.islower():
        return word.lower()
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word
