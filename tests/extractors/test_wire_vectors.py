"""Synthetic twins of recorded frames and records of real devices: same kinds and peculiarities, invented contents.

The recordings themselves are other people's data. wire_vectors.csv holds one twin of each of the 39, as bytes that were
packed from the protocol documents once and are frozen since; the tests below it play what needs more than one of them.
"""

from __future__ import annotations

import csv
import itertools
import json
import socket
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from extractors.drivers.zk_datagrams import DatagramWire
from extractors.drivers.zk_frames import Deadlines, Wire, make_frame
from extractors.drivers.zk_session import Contact, ZkSession
from extractors.errors import ReadFailed, ReadUnsupported
from extractors.layouts import BY_NAME, PlausibleTimes, decode, decode_users, prove_layout
from extractors.records import TimeBounds, device_time
from tests.extractors.fake_terminal import encode_time, plain_checksum
from tests.extractors.records_by_hand import zk16

pytestmark = pytest.mark.unit

ANY = TimeBounds()
NOON = datetime(2018, 6, 6, 12)
PLAUSIBLE = PlausibleTimes.around(NOON, NOON)
OK, ERROR, PREPARE, DATA, EVENT = 2000, 2001, 1500, 1501, 500
QUICK = Deadlines(frame_s=0.2)


@dataclass(frozen=True)
class Vector:
    """One twin: what it mirrors, its bytes, what they say, and one byte that makes them refused for that reason."""

    name: str
    mirrors: str
    kind: str
    raw: bytes
    told: Any
    broken_at: int
    broken_to: int
    refused: str

    @property
    def broken(self) -> bytes:
        return self.raw[: self.broken_at] + bytes([self.broken_to]) + self.raw[self.broken_at + 1 :]


def _vectors() -> list[Vector]:
    with (Path(__file__).parent / "wire_vectors.csv").open(encoding="ascii", newline="") as file:
        return [
            Vector(
                row["name"], row["mirrors"], row["kind"], bytes.fromhex(row["bytes"]), json.loads(row["told"]),
                int(row["broken_at"]), int(row["broken_to"], 16), row["refused"],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


VECTORS: Final = _vectors()
MIRRORED: Final = {
    "F19 (ZEM760_TFT)": 13, "K40 (legacy CMD 13)": 8, "Z40 (6.60, legacy CMD 13)": 1, "6.60 of August 2015, UDP": 1,
    "ZEM500": 3, "MA300-BT": 4, "device of pyzk#56": 4, "device of pyzk#139": 1, "QF-001 (ZEM600_TFT)": 1,
    "F18 (ZMM210_TFT)": 1, "SpeedFace-H5L (ZAM180)": 1, "MB560-VL, MB40-VL, SpeedFace-V5L": 1,
}  # fmt: skip


class Refused(Exception):
    """Bytes that are no punch and no user; the reason is its text."""


def device_frame(command: int, session: int, reply: int, data: bytes = b"") -> bytes:
    """Summed word by word, not by our code."""
    checksum = plain_checksum(struct.pack("<4H", command, 0, session, reply) + data)
    payload = struct.pack("<4H", command, checksum, session, reply) + data
    return b"\x50\x50\x82\x7d" + struct.pack("<I", len(payload)) + payload


def session_with(*frames: bytes) -> tuple[ZkSession, Contact, socket.socket]:
    """A session whose device has said all this already; the reply numbers are those that it will use."""
    ours, theirs = socket.socketpair()
    theirs.sendall(b"".join(frames))
    contact = Contact()
    return ZkSession(Wire(ours, QUICK), contact), contact, theirs


def _frame(vector: Vector, raw: bytes) -> Any:
    if vector.told == "event":
        return _event(vector, raw)
    ours, theirs = socket.socketpair(type=socket.SOCK_DGRAM if vector.kind == "payload" else socket.SOCK_STREAM)
    with ours, theirs:
        theirs.send(raw)
        wire = DatagramWire(ours, QUICK) if vector.kind == "payload" else Wire(ours, QUICK)
        command, session, reply, data = wire.receive(vector.told[2])
    ours_again = make_frame(command, session, reply, bytes(data))
    assert ours_again[8 if vector.kind == "payload" else 0 :] == raw
    return [command, session, reply, bytes(data).hex()]


def _event(vector: Vector, raw: bytes) -> str:
    """Events tell nothing that the log does not: they are acknowledged and dropped before the answer."""
    frame = raw if vector.kind == "tcp" else device_frame(EVENT, 1, 0, vector.raw).replace(vector.raw, raw)
    session, _, device = session_with(frame, device_frame(OK, 5, 0, b"~OS=1\0"))
    assert session.read_option("~OS") == "1"
    assert device_frame(OK, 0, 0) in device.recv(1000)
    return "event"


def _told(layout: str, raw: bytes) -> list[list[Any]]:
    batch = decode(BY_NAME[layout], raw, ANY)
    if batch.rejects:
        raise Refused(batch.rejects[0].reason)
    columns = (batch.pin, batch.punched_at, batch.state, batch.verify)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [[pin.decode(), at.isoformat(), state, verify] for pin, at, state, verify in rows]


def _whole_of_many(vector: Vector, raw: bytes) -> list[list[Any]]:
    """The datagram as the second of three; its 4 bytes in front and 13 at the end belong to records of the others."""
    log = bytes(12) + raw + bytes(3)
    whole = struct.pack("<I", len(log)) + log
    ends = (0, 16, 16 + len(raw), len(whole))
    session, _, _ = session_with(
        device_frame(65535, 1, 0),
        device_frame(PREPARE, 1, 1, struct.pack("<II", len(whole), 1008)),
        *(device_frame(DATA, 0, 1, whole[a:b]) for a, b in itertools.pairwise(ends)),
        device_frame(OK, 1, 1),
        device_frame(OK, 1, 2),
    )
    received = bytes(session.read_log().content)
    return [row[:2] for row in _told("zk16", received[16:-16])]


def _user(vector: Vector, raw: bytes) -> list[Any]:
    users = decode_users(raw, 1)
    if not users:
        raise Refused("PIN is not readable")
    return [users[0].uid, users[0].pin, users[0].name, users[0].privilege]


def _sizes(vector: Vector, raw: bytes) -> list[Any]:
    session, contact, _ = session_with(device_frame(OK, 1, 0, raw))
    return [session.read_counter(), contact.counted_users, contact.capacity]


def _oplog(vector: Vector, raw: bytes) -> list[Any]:
    admin, operation, code = struct.unpack_from("<HBxI", raw)
    happened_at = device_time(code)
    if happened_at is None:
        raise Refused("impossible date")
    return [admin, operation, happened_at.isoformat()]


def _tail(vector: Vector, raw: bytes) -> list[Any]:
    pin, at, state, verify = vector.told
    front = struct.pack("<H24sBIBI4s", 5, pin.encode(), verify, encode_time(datetime.fromisoformat(at)), state, 0, b"")
    frame = device_frame(DATA, 0, 0, front + vector.raw).replace(front + vector.raw, front + raw)
    session, _, _ = session_with(frame)
    return _told("zk49", bytes(session.requests.ask(13).data))[0]


READERS: Final[dict[str, Callable[[Vector, bytes], Any]]] = {
    "tcp": _frame,
    "payload": _frame,
    "event32": _event,
    "record40": lambda vector, raw: _told("zk40", raw)[0],
    "record8b": lambda vector, raw: _told("zk8b", raw)[0],
    "records16": _whole_of_many,
    "user72": _user,
    "sizes": _sizes,
    "oplog16": _oplog,
    "tail9": _tail,
}


def test_each_of_the_39_has_its_twin() -> None:
    assert Counter(vector.mirrors for vector in VECTORS) == MIRRORED
    assert (len(VECTORS), len({vector.raw for vector in VECTORS})) == (39, 39)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector.mirrors}: {vector.name}")
def test_a_twin_says_what_its_vector_says(vector: Vector) -> None:
    assert READERS[vector.kind](vector, vector.raw) == vector.told


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector.mirrors}: {vector.name}")
def test_with_one_byte_broken_it_is_refused(vector: Vector) -> None:
    assert vector.broken != vector.raw

    with pytest.raises((ReadFailed, Refused), match=vector.refused):
        READERS[vector.kind](vector, vector.broken)


@pytest.mark.parametrize(
    "vector", [one for one in VECTORS if one.kind in ("tcp", "event32")], ids=lambda vector: vector.name
)
def test_each_byte_behind_a_length_is_guarded_by_the_checksum(vector: Vector) -> None:
    for at in range(8 if vector.kind == "tcp" else 0, len(vector.raw)):
        broken = vector.raw[:at] + bytes([vector.raw[at] ^ 0x40]) + vector.raw[at + 1 :]
        with pytest.raises(ReadFailed, match="Jumlah uji"):
            READERS[vector.kind](vector, broken)


def k40(body: bytes, reply: int) -> list[bytes]:
    """The transfer of a K40: blocks of 1008, session 0 in DATA, the size as session of the closing ACK."""
    size = len(body)
    return [
        device_frame(PREPARE, 0x1F2E, reply, struct.pack("<II", size, 1008)),
        device_frame(DATA, 0, reply, body),
        device_frame(OK, size, reply),
    ]


def test_a_whole_session_of_a_k40_whose_legacy_answer_is_rubbish() -> None:
    sizes = struct.pack("<20i", *[3 if place == 8 else 0 for place in range(20)])
    rubbish = bytes(range(7, 127))
    session, _, _ = session_with(
        device_frame(OK, 0x1F2E, 0),
        device_frame(OK, 0x1F2E, 1, b"~SerialNumber=TWIN0040\0"),
        device_frame(OK, 0x1F2E, 2, struct.pack("<I", encode_time(NOON))),
        device_frame(OK, 0x1F2E, 3, sizes),
        device_frame(65535, 0x1F2E, 4),
        *k40(struct.pack("<I", 120) + rubbish, 5),
        device_frame(OK, 0x1F2E, 6),
        device_frame(OK, 0x1F2E, 7, sizes),
    )
    session.login(0, "TWIN0040")
    session.read_clock(lambda: NOON)
    before = session.read_counter()
    log = session.read_log()

    assert (before, bytes(log.content)) == (3, rubbish)
    with pytest.raises(ReadUnsupported, match="tidak bermakna"):
        prove_layout(log.content, log.size, before, before, PLAUSIBLE)


def test_blocks_of_1008_that_end_inside_a_record_z40() -> None:
    records = b"".join(zk16(101 + number, NOON.replace(minute=number % 60)) for number in range(72))
    whole = struct.pack("<I", len(records)) + records  # 1,156 bytes in two blocks
    session, _, _ = session_with(
        device_frame(65535, 1, 0),
        device_frame(PREPARE, 1, 1, struct.pack("<II", len(whole), 1008)),
        device_frame(DATA, 0, 1, whole[:1008]),
        device_frame(DATA, 0, 1, whole[1008:]),
        device_frame(OK, 0x484, 1),
        device_frame(OK, 1, 2),
    )

    assert bytes(session.read_log().content) == records


def test_two_punches_of_one_pin_in_the_same_second_are_two_records() -> None:
    second = datetime(2018, 6, 6, 7, 54, 58)

    batch = decode(BY_NAME["zk16"], zk16(23, second) * 2, ANY)

    assert batch.ordinal.tolist() == [0, 1]
    assert batch.punched_at.tolist() == [second, second]
