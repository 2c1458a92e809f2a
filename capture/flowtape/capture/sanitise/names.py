"""What a name says about its value: of a JSON or form field, a query parameter, a header, a column, a part of a Redis key.

A name is split into its words (camelCase, snake_case and kebab-case alike) and is known by the longest row of words at its end:
`customerEmail` by `email`, `e_mail` by `e mail`. `token_type` ends in `type` and is therefore not a token.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")

_ENDINGS = {
    "email": "email, e mail, mail, email address, mail address, emails, recipient email",
    "phone": "phone, phone number, mobile, mobile number, mobile phone, telephone, telephone number, tel, fax, cell, cell phone, "
    "msisdn, phones, whatsapp, handy",
    "card": "card number, card no, pan, cc number, credit card, debit card, credit card number, account pan, cardnumber, ccnumber",
    "card_tail": "last4, last 4, last four, last digits, card last4",
    "cvv": "cvv, cvc, cvv2, cvc2, csc, security code, card code",
    "iban": "iban, bank account, account number, bban",
    "name": "full name, first name, given name, middle name, fullname, firstname, forename, forenames, display name, real name, "
    "legal name, contact name, customer name, person name, holder, card holder, cardholder, holder name, cardholder name, "
    "account holder, recipient name, owner name, patient name, guest name, passenger name, billing name, shipping name, "
    "employee name, author name, sender name, receiver name, nickname, nick name, name on card, salutation name, kontoinhaber",
    "family_name": "last name, lastname, family name, surname, maiden name, birth name",
    "username": "username, user name, login, login name, screen name, user login, uname",
    "address": "street, street address, address, address1, address2, address line, address line1, address line2, address line 1, "
    "address line 2, line1, line2, city, town, postal address, billing address, shipping address, home address, house number, "
    "street name, street1, street2",
    "postcode": "zip, zip code, zipcode, postcode, postal code, post code, plz",
    "birth_date": "dob, birth date, birthdate, date of birth, birthday, born, born on, birth day, born at",
    "ip": "ip, ip address, ip addr, client ip, remote ip, remote addr, x forwarded for, x real ip, true client ip, "
    "cf connecting ip, x client ip, fly client ip, x cluster client ip, remote address",
    "national_id": "ssn, social security number, social security, national id, national insurance number, tax id, tax number, "
    "passport, passport number, id card, identity number, nin, sin, tin, cpf, dni, nie, pesel, steuer id, license number, "
    "licence number, driver license, vat number",
    "password": "password, passwd, pwd, pass, passphrase, pin, old password, new password, password confirmation, "
    "password confirm, confirm password, password1, password2, requirepass, masterauth, kennwort, passwort",
    "password_hash": "password hash, hashed password, password digest, pw hash, pwhash, encrypted password, passhash",
    "api_key": "api key, apikey, access key, secret key, access key id, secret access key, client secret, app secret, "
    "shared secret, secret, private token, signing key, encryption key, consumer secret, license key, x api key, webhook secret",
    "private_key": "private key, ssh key, pem",
    "token": "token, access token, refresh token, id token, auth token, bearer, jwt, authorization, proxy authorization, auth, "
    "otp, one time password, totp, verification code, nonce token, magic link, "
    "reset code, invite code, assertion, x auth token, credential, credentials, magic token, tokens",
    "csrf": "csrf, xsrf, csrf token, csrftoken, xsrf token, csrfmiddlewaretoken, authenticity token",
    "auth_hash": "auth user hash",
    "session": "session, session id, sessionid, sid, sess, phpsessid, jsessionid, session key, session token, connect sid, session data",
    "cookie": "cookie, cookies, set cookie",
    "signature": "x signature, hub signature, hub signature 256, stripe signature, hmac, x amz security token, x amz signature",
}
BARE_NAME = "bare_name"
"""The kind of a plain `name`, which may be a person's: only a value that looks like a name is taken for one."""
_WHOLE = {
    "name": BARE_NAME,
    "card": "card",
    "fname": "name",
    "lname": "family_name",
    "surname": "family_name",
    "key_id": "",
    "last_login": "",
    "from": "",
}
"""Names that mean something only when they stand alone."""

_PARENTS = {"first": "name", "given": "name", "last": "family_name", "family": "family_name"}
_GENERIC = frozenset(
    "value number no text raw line first given last family full display primary secondary main home work other".split()
)
_THINGS = frozenset(
    (
        "price prices sku stock quantity qty currency category categories slug weight barcode unit_price unitprice inventory "
        "permissions mime_type filesize version author_count cents price_cents amount"
    ).split()
)
_PEOPLE = frozenset({"email", "phone", "birth_date", "username", "address", "password", "password_hash"})
_THING_TABLES = re.compile(
    r"(?:^|_)(?:products?|items?|categor(?:y|ies)|countr(?:y|ies)|roles?|permissions?|groups?|tags?|files?|plans?|currenc(?:y|ies)"
    r"|events?|settings?|features?|skus?|warehouses?|stores?|shops?|brands?|migrations?|types?|attribute|namespace|class|constraint|pg_\w+)$"
)
_NAME = re.compile(r"[^\W\d_]+(?:[ .,'’\-]{1,2}[^\W\d_]+){0,4}\.?", re.UNICODE)

TABLE = {tuple(ending.split()): kind for kind, endings in _ENDINGS.items() for ending in re.split(r",\s*", endings)}
LONGEST = max(map(len, TABLE))


def words(name: str) -> tuple[str, ...]:
    """`billingAddressLine1` → billing, address, line, 1."""
    return tuple(word.lower() for word in _SPLIT.findall(name[:200]))


@lru_cache(maxsize=50_000)
def kind_of(name: str) -> str:
    """The kind of the values under this name, "" where it says nothing."""
    split = words(name)
    plain = "_".join(split)
    if plain in _WHOLE:
        return _WHOLE[plain]
    joined = _joined(split)
    for size in range(min(LONGEST, len(joined)), 0, -1):
        kind = TABLE.get(joined[-size:])
        if kind:
            return kind
    return ""


def _joined(split: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers at the end of a word belong to it: last4, address1."""
    found: list[str] = []
    for word in split:
        if word.isdigit() and found and (*found[:-1], found[-1] + word)[-1] in _NUMBERED:
            found[-1] += word
        else:
            found.append(word)
    return tuple(found)


_NUMBERED = frozenset(word for ending in TABLE for word in ending if word[-1].isdigit())


def within(parent: str, name: str) -> str:
    """The kind of `name` inside an object that stands under `parent`, a name of some kind: {"name": {"first": …}}."""
    inherited = kind_of(parent)
    plain = name.lower()
    if not inherited or plain not in _GENERIC:
        return ""
    return _PARENTS.get(plain, inherited) if inherited in {"name", BARE_NAME} else inherited


def is_bare_name(name: str) -> bool:
    """`name` alone: a person's or a thing's."""
    return name.lower() == "name"


def of_thing(siblings: frozenset[str]) -> bool:
    """Whether the names beside a bare `name` are those of a thing, such as a product, and of no person."""
    return not siblings.isdisjoint(_THINGS) and not any(kind_of(name) in _PEOPLE for name in siblings)


def thing_table(table: str) -> bool:
    return _THING_TABLES.search(table.lower()) is not None


def like_name(value: str) -> bool:
    """Whether a value under a bare `name` could be a person's name: up to five words of letters."""
    return _NAME.fullmatch(value.strip()) is not None
