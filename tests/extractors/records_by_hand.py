"""Attendance and user records packed from the protocol documents, not by our own code."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime

from tests.extractors.fake_terminal import encode_time, record


def zk8a(uid: int, moment: datetime, state: int = 0, verify: int = 1) -> bytes:
    return struct.pack("<HBIB", uid, verify, encode_time(moment), state)


def zk8b(uid: int, moment: datetime, state: int = 0, verify: int = 1, *, has_long_time: bool = True) -> bytes:
    packed = state | verify << 3 | (0x20 if has_long_time else 0)
    return struct.pack("<HBBI", uid, packed, 0, encode_time(moment))


def zk16(pin: int, moment: datetime, state: int = 0, verify: int = 1, work_code: int = 0) -> bytes:
    return struct.pack("<IIBB2sI", pin, encode_time(moment), state, verify, b"\0\0", work_code)


def zk40(pin: int, moment: datetime, state: int = 0, verify: int = 1) -> bytes:
    return record(str(pin), moment, state=state, verify=verify)


def zk49(pin: int, moment: datetime, state: int = 0, verify: int = 1) -> bytes:
    return zk40(pin, moment, state, verify) + b"\xff255\0\0\0\0\0"


MAKERS: dict[str, Callable[[int, datetime], bytes]] = {
    "zk8a": zk8a, "zk8b": zk8b, "zk16": zk16, "zk40": zk40, "zk49": zk49,
}  # fmt: skip


def user28(uid: int, pin: int, name: bytes = b"SITI", privilege: int = 0, password: bytes = b"1234") -> bytes:
    return struct.pack("<HB5s8sIxBhI", uid, privilege, password, name, 0, 1, 0, pin)


def user72(uid: int, pin: bytes, name: bytes = b"SITI", privilege: int = 0, password: bytes = b"1234") -> bytes:
    return struct.pack("<HB8s24sIB8s24s", uid, privilege, password, name, 0, 1, b"", pin)
