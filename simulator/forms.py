"""Attendance and user records in the forms of all kinds of terminals, made from the 40-byte ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simulator.frames import RECORD, USER

TAIL_49 = b"\xff255\x00\x00\x00\x00\x00"
Records = NDArray[np.void]
SHORT_USER = np.dtype(
    {
        "names": ["uid", "privilege", "password", "name", "card", "group", "zone", "pin"],
        "formats": ["<u2", "u1", "S5", "S8", "<u4", "u1", "<i2", "<u4"],
        "offsets": [0, 2, 3, 8, 16, 21, 22, 24],
        "itemsize": 28,
    }
)


def _packed(names: dict[str, str]) -> np.dtype[np.void]:
    return np.dtype(list(names.items()))


def _uids(records: Records, users: Records) -> NDArray[np.uint16]:
    """The user's number in the device by PIN; people whom it does not know have numbers from 60001 on."""
    by_pin = dict(zip(users["pin"].tolist(), users["uid"].tolist(), strict=True))
    pins, place = np.unique(records["pin"], return_inverse=True)
    numbers = [by_pin.get(pin, 60_001 + number) for number, pin in enumerate(pins.tolist())]
    return np.array(numbers, np.uint16)[place] if len(pins) else np.zeros(0, np.uint16)


def _zk8a(records: Records, users: Records) -> bytes:
    made = np.zeros(len(records), _packed({"uid": "<u2", "verify": "u1", "time": "<u4", "state": "u1"}))
    made["uid"] = _uids(records, users)
    for name in ("verify", "time", "state"):
        made[name] = records[name]
    return made.tobytes()


def _zk8b(records: Records, users: Records) -> bytes:
    made = np.zeros(len(records), _packed({"uid": "<u2", "packed": "u1", "zero": "u1", "time": "<u4"}))
    made["uid"] = _uids(records, users)
    made["packed"] = 0x20 | (records["state"] & 7) | ((records["verify"] & 3) << 3)
    made["time"] = records["time"]
    return made.tobytes()


def _zk16(records: Records, users: Records) -> bytes:
    form = {"pin": "<u4", "time": "<u4", "state": "u1", "verify": "u1", "unknown": "<u2", "work_code": "<u4"}
    made = np.zeros(len(records), _packed(form))
    made["pin"] = records["pin"].astype(np.uint32)
    for name in ("time", "state", "verify", "work_code"):
        made[name] = records[name]
    return made.tobytes()


def _zk40(records: Records, users: Records) -> bytes:
    return records.tobytes()


def _zk49(records: Records, users: Records) -> bytes:
    made = np.zeros((len(records), 49), np.uint8)
    made[:, :40] = np.ascontiguousarray(records).view(np.uint8).reshape(-1, 40)
    made[:, 40:] = np.frombuffer(TAIL_49, np.uint8)
    return made.tobytes()


SIZES = {"zk8a": 8, "zk8b": 8, "zk16": 16, "zk40": 40, "zk49": 49}
_MAKERS: dict[str, Callable[[Records, Records], bytes]] = {
    "zk8a": _zk8a, "zk8b": _zk8b, "zk16": _zk16, "zk40": _zk40, "zk49": _zk49,
}  # fmt: skip


def as_records(content: NDArray[np.generic]) -> Records:
    """40-byte records from an array of them or of their bytes."""
    return np.frombuffer(np.ascontiguousarray(content).tobytes(), RECORD)


def as_users(content: NDArray[np.generic]) -> Records:
    """72-byte users from an array of them or of their bytes."""
    return np.frombuffer(np.ascontiguousarray(content).tobytes(), USER)


def records_in(form: str, records: Records, users: Records) -> bytes:
    """The records as a terminal of that form stores them."""
    return _MAKERS[form](records, users)


def users_in(size: int, users: Records) -> bytes:
    """The users in records of 28 or 72 bytes."""
    if size == USER.itemsize:
        return users.tobytes()
    made = np.zeros(len(users), SHORT_USER)
    for name in ("uid", "privilege", "password", "name", "card", "group"):
        made[name] = users[name]
    made["pin"] = users["pin"].astype(np.uint32)
    return made.tobytes()


def torn(content: bytes, size: int, count: int) -> bytes:
    """The same with a worn page of flash: `count` records in the middle are 0x5A."""
    start = len(content) // size // 2 * size
    page = content[start : start + count * size]
    return content[:start] + b"\x5a" * len(page) + content[start + len(page) :]


def shifted(content: bytes, size: int) -> bytes:
    """Bytes of the right number in no known form: each record is turned by some bytes."""
    rows = np.frombuffer(content, np.uint8).reshape(-1, size)
    return np.roll(rows, size // 2 + 1, axis=1).tobytes() if size > 8 else (rows ^ 0xA7).tobytes()
