"""Passwords as scrypt hashes (RFC 7914) that name their own cost: it can grow without anybody choosing a new one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final

SALT_BYTES: Final = 16
KEY_BYTES: Final = 32
SHORTEST: Final = 12
LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's N, r and p; memory is 128 * n * r bytes."""

    n: int
    r: int
    p: int


# 32 MiB and some tenths of a second: a row of the OWASP Password Storage Cheat Sheet.
COST: Final = Cost(2**15, 8, 3)


def hashed(password: str, cost: Cost = COST) -> str:
    """The text that is kept: `scrypt$n$r$p$salt$key`."""
    salt = secrets.token_bytes(SALT_BYTES)
    parts = (str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(_key(password, salt, cost)))
    return "$".join(("scrypt", *parts))


def is_right(password: str, kept: str) -> bool:
    """Whether the password is the one of the hash, in a time that does not tell how much of it was right.

    Raises:
        ValueError: `kept` is no text of `hashed`.
    """
    _, n, r, p, salt, key = kept.split("$")
    found = _key(password, base64.b64decode(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(found, base64.b64decode(key))


def _key(password: str, salt: bytes, cost: Cost) -> bytes:
    """The same letters typed on two keyboards may differ in their bytes; NFKC makes them one."""
    letters = unicodedata.normalize("NFKC", password).encode()
    room = 2 * 128 * cost.n * cost.r
    return hashlib.scrypt(letters, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=room, dklen=KEY_BYTES)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
