"""The wire format of the terminals: frames, checksum, login, time, records. Source: reference devices.md, section 2.

Everything is little endian. A TCP frame is `50 50 82 7d`, u32 length, payload; the payload is u16 command, checksum,
session, reply and the data. Written from the documents, not from the reader that it tests.
"""

from __future__ import annotations

import struct
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

MAGIC = bytes.fromhex("5050827d")
FEW_BYTES = 256  # which are summed faster without numpy
RECORD = np.dtype(
    {
        "names": ["uid", "pin", "verify", "time", "state", "work_code", "tail"],
        "formats": ["<u2", "S24", "u1", "<u4", "u1", "<u4", "<u4"],
        "offsets": [0, 2, 26, 27, 31, 32, 36],
        "itemsize": 40,
    }
)
USER = np.dtype(
    {
        "names": ["uid", "privilege", "password", "name", "card", "group", "zone", "pin"],
        "formats": ["<u2", "u1", "S8", "S24", "<u4", "u1", "S8", "S24"],
        "offsets": [0, 2, 3, 11, 35, 39, 40, 48],
        "itemsize": 72,
    }
)


class Command(IntEnum):
    """Command and answer codes that the simulated terminals know."""

    USERTEMP_RRQ = 9
    OPTIONS_RRQ = 11
    ATTLOG_RRQ = 13
    CLEAR_ATTLOG = 15
    OPLOG_RRQ = 34
    GET_FREE_SIZES = 50
    GET_TIME = 201
    SET_TIME = 202
    REG_EVENT = 500
    CONNECT = 1000
    EXIT = 1001
    ENABLE_DEVICE = 1002
    DISABLE_DEVICE = 1003
    REFRESH_DATA = 1013
    GET_VERSION = 1100
    AUTH = 1102
    PREPARE_DATA = 1500
    DATA = 1501
    FREE_DATA = 1502
    PREPARE_BUFFER = 1503
    READ_BUFFER = 1504
    ACK_OK = 2000
    ACK_ERROR = 2001
    ACK_UNAUTH = 2005
    UNKNOWN = 65535


def word_sum(data: bytes | memoryview) -> int:
    """Sum of the little-endian u16 words of data; an odd last byte counts as its own low byte."""
    even = len(data) & ~1
    if even < FEW_BYTES:
        total: int = sum(struct.unpack_from(f"<{even // 2}H", data))
    else:
        total = int(np.frombuffer(data[:even], dtype="<u2").sum(dtype=np.uint64))
    return total + data[-1] if len(data) & 1 else total


def fold(total: int) -> int:
    """Ones complement of a word sum with its carries folded back: the checksum of a payload."""
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def header(command: int, session: int, reply: int, length: int, data_sum: int) -> bytes:
    """Prefix and payload head of a frame whose data has that length and word sum."""
    checksum = fold(command + session + reply + data_sum)
    return MAGIC + struct.pack("<IHHHH", length + 8, command, checksum, session, reply)


def frame(command: int, session: int, reply: int, data: bytes = b"") -> bytes:
    """One whole TCP frame."""
    return header(command, session, reply, len(data), word_sum(data)) + data


def scramble_key(key: int, session: int, tick: int) -> bytes:
    """What a host must send to be let in: the comm key turned around, with session and tick mixed in."""
    turned = int(f"{key & 0xFFFFFFFF:032b}"[::-1], 2)
    mixed = struct.pack("<I", (turned + session) & 0xFFFFFFFF)
    low, high = struct.unpack("<HH", bytes(a ^ b for a, b in zip(mixed, b"ZKSO", strict=True)))
    swapped = struct.pack("<HH", high, low)
    return bytes([swapped[0] ^ tick, swapped[1] ^ tick, tick, swapped[3] ^ tick])


def decode_time(word: int) -> int | None:
    """Wall second of an encoded time, none where there is no such date."""
    days, second = divmod(word, 86_400)
    months, day = divmod(days, 31)
    first = np.datetime64("2000-01", "M") + months
    if day >= int(((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)):
        return None
    return int((first.astype("datetime64[D]").astype(np.int64) + day) * 86_400 + second)


def time_text(word: int) -> str:
    """An encoded time as terminals print it, also where there is no such date."""
    days, second = divmod(word, 86_400)
    (year, month), day = divmod(days // 31, 12), days % 31
    return f"{2000 + year}-{month + 1:02}-{day + 1:02} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def encode_calendar(year: int, month: int, day: int, second_of_day: int) -> int:
    """A date as terminals store it. Every month has 31 slots, so dates that do not exist can be written."""
    return (((year % 100) * 12 + month - 1) * 31 + day - 1) * 86400 + second_of_day


def encode_times(local_seconds: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Wall times (seconds since 1970 without zone) as terminals store them."""
    days = local_seconds // 86400
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]")
    year = years.astype(np.int64) + 1970
    month = (months - years).astype(np.int64)
    day = (dates - months).astype(np.int64)
    word: NDArray[np.int64] = (((year % 100) * 12 + month) * 31 + day) * 86400 + local_seconds - days * 86400
    return word.astype(np.uint32)
