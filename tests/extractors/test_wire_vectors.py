"""Synthetic twins of recorded frames and records of real devices: same kinds and peculiarities, invented contents.

The recordings themselves are other people's data; what each twin stands for is named beside it.
"""

from __future__ import annotations

import socket
import struct
from datetime import datetime

import pytest

from extractors.drivers.zk_frames import Deadlines, Wire, make_frame
from extractors.drivers.zk_session import Contact, ZkSession
from extractors.errors import ReadUnsupported
from extractors.layouts import BY_NAME, PlausibleTimes, User, decode, decode_users, prove_layout
from extractors.records import TimeBounds
from tests.extractors.fake_terminal import encode_time, plain_checksum
from tests.extractors.records_by_hand import user72, zk16

pytestmark = pytest.mark.unit

ANY = TimeBounds()
NOON = datetime(2018, 6, 6, 12)
PLAUSIBLE = PlausibleTimes.around(NOON, NOON)
OK, ERROR, PREPARE, DATA, EVENT = 2000, 2001, 1500, 1501, 500


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
    return ZkSession(Wire(ours, Deadlines(frame_s=0.2)), contact), contact, theirs


@pytest.mark.parametrize(
    ("command", "data"),
    [
        (11, b"~OS\0"), (11, b"~Platform\0"), (11, b"WorkCode\0"), (11, b"ZKFaceVersion\0"), (11, b"LockOn\0"),
        (79, b""),
        (OK, b"~OS=1\0"), (OK, b"~Platform=ZEM760_TFT\0"), (OK, b"WorkCode=0\0"), (OK, b"LockOn=10\0x"),
        (1503, bytes.fromhex("010d000000000000000000")),
    ],
)  # fmt: skip
def test_requests_and_answers_of_the_documentation_f19(command: int, data: bytes) -> None:
    for session, reply in ((0, 0), (0x1234, 7), (0xFFFF, 0xFFFE)):
        assert make_frame(command, session, reply, data) == device_frame(command, session, reply, data)
        wire_session, _, _ = session_with(device_frame(command, session, 0, data))
        assert bytes(wire_session.ask(11).data) == data


def test_an_event_of_32_bytes_before_the_answer_f19_and_zem600() -> None:
    event = struct.pack("<24sBB6s", b"1\0garbage", 15, 0, bytes([18, 6, 6, 7, 54, 58]))
    session, _, device = session_with(device_frame(EVENT, 1, 0, event), device_frame(OK, 5, 0, b"~OS=1\0"))

    assert session.read_option("~OS") == "1"
    assert device_frame(OK, 0, 0) in device.recv(1000)


def test_a_40_byte_record_with_tail_ff_f19_and_one_with_zeros_and_a_face() -> None:
    time = struct.pack("<I", encode_time(NOON))
    f19 = b"\x01\x00" + b"7\0rest of an older PIN\0\0"[:24].ljust(24, b"\0") + b"\x01" + time + b"\x00" + bytes(4)
    face = b"\x02\x00" + b"8".ljust(24, b"\0") + b"\x0f" + time + b"\x01" + bytes(8)

    batch = decode(BY_NAME["zk40"], f19 + b"\xff\0\0\0" + face, ANY)

    assert batch.pin.tolist() == [b"7", b"8"]
    assert (batch.verify.tolist(), batch.state.tolist()) == ([1, 15], [0, 1])


def test_a_72_byte_user_with_rubbish_behind_the_nul_f19() -> None:
    assert decode_users(user72(9, b"12\0zzz", b"RINA\0abc", 14, b"77\0\xc3"), 1) == [User(9, "12", "RINA", 14)]


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


@pytest.mark.parametrize(
    ("packed", "long_time"),
    [(0x28, "ZEM500"), (0x29, "ZEM500"), (0x2C, "ZEM500"), (0x08, "MA300-BT"), (0x09, "MA300-BT"), (0x0A, "MA300-BT"),
     (0x0D, "MA300-BT"), (0x08, "pyzk#56"), (0x09, "pyzk#56"), (0x0B, "pyzk#56"), (0x0C, "pyzk#56")],
)  # fmt: skip
def test_packed_records_with_and_without_the_long_time_flag(packed: int, long_time: str) -> None:
    moment = datetime(2018, 6, 6, 11, 1)
    record = struct.pack("<HBBI", 300, packed, 0, encode_time(moment))

    batch = decode(BY_NAME["zk8b"], record, ANY)

    assert long_time
    assert batch.punched_at.tolist() == [moment]
    assert (int(batch.state[0]), int(batch.verify[0])) == (packed & 7, packed >> 3 & 3)


def test_sizes_in_92_bytes_f18_and_in_80_bytes_h5l() -> None:
    f18 = [0, 0, 0, 0, 3, 0, 3, 0, 58, 0, 90, 0, 2, 2, 3000, 5000, 100_000, 2997, 4997, 99_942, 0, 0, 0]
    h5l = [0, 0, 0, 0, 567, 0, 2, 0, 0, 0, 373, 0, 0, 0, 6000, 10_000, 200_000, 5998, 9433, 200_000]
    for words, users, records, capacity in ((f18, 3, 58, 100_000), (h5l, 567, 0, 200_000)):
        session, contact, _ = session_with(device_frame(OK, 1, 0, struct.pack(f"<{len(words)}i", *words)))

        assert session.read_counter() == records
        assert (contact.counted_users, contact.capacity) == (users, capacity)


def test_nine_bytes_more_with_a_mask_and_a_temperature() -> None:
    record = b"\x01\x00" + b"5".ljust(24, b"\0") + b"\x0f" + struct.pack("<I", encode_time(NOON)) + b"\xff" + bytes(8)

    batch = decode(BY_NAME["zk49"], (record + b"\xff255" + bytes(5)) * 3, ANY)

    assert batch.pin.tolist() == [b"5"] * 3
    assert batch.punched_at.tolist() == [NOON] * 3
