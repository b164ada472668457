"""The wire format against hand-written bytes (reference devices.md, section 2) and arithmetic in comments."""

import numpy as np
import pytest

from simulator.frames import (
    FEW_BYTES,
    RECORD,
    USER,
    Command,
    encode_calendar,
    encode_times,
    fold,
    frame,
    scramble_key,
    word_sum,
)

pytestmark = pytest.mark.unit


def test_connect_frame_is_the_documented_one():
    # command 1000 = 03e8; the sum of the words is 03e8, its ones complement fc17.
    assert frame(Command.CONNECT, 0, 0) == bytes.fromhex("5050827d 08000000 e803 17fc 0000 0000")


def test_checksum_pads_an_odd_length_with_one_zero_byte():
    # 4241 + 0043 + 000b (command 11) + 1234 (session) + 0001 (reply) = 54c4; complement ab3b.
    assert frame(11, 0x1234, 1, b"ABC") == bytes.fromhex("5050827d 0b000000 0b00 3bab 3412 0100 414243")


def test_checksum_folds_its_carries():
    # ffff + ffff + 07d0 = 207ce; 07ce + 2 = 07d0; complement f82f.
    assert fold(2000 + word_sum(b"\xff\xff\xff\xff")) == 0xF82F


@pytest.mark.parametrize("length", [0, 1, 2, FEW_BYTES - 1, FEW_BYTES, FEW_BYTES + 1, 0xFFC0])
def test_word_sum_is_the_same_for_few_and_many_bytes(length):
    data = bytes(255 - at % 251 for at in range(length))

    words = [int.from_bytes(data[at : at + 2], "little") for at in range(0, length, 2)]

    assert word_sum(data) == word_sum(memoryview(data)) == sum(words)


def test_login_vector_of_the_reference():
    # key 123456, session 1234 hex, tick 50
    assert scramble_key(123456, 0x1234, 50).hex() == "267f32eb"


def test_time_has_31_slots_in_each_month():
    # ((17*12 + 1)*31 + 27)*86400 + 18*3600 = 6382*86400 + 64800
    assert encode_calendar(2017, 2, 28, 64800) == 551_469_600
    # 30 February is two slots later, and can be written.
    assert encode_calendar(2017, 2, 30, 0) == 6384 * 86400


def test_times_of_arrays_equal_times_of_single_dates():
    stamps = np.array(["2017-01-30T07:30:59", "2017-02-28T18:00:00", "2032-02-29T23:59:59"], dtype="datetime64[s]")

    words = encode_times(stamps.astype(np.int64))

    assert words.tolist() == [
        encode_calendar(2017, 1, 30, 27059),
        encode_calendar(2017, 2, 28, 64800),
        encode_calendar(2032, 2, 29, 86399),
    ]


def test_record_of_40_bytes_lies_as_documented():
    record = np.zeros(1, dtype=RECORD)
    record["uid"], record["pin"], record["verify"] = 1, b"0099", 15
    record["time"], record["state"], record["tail"] = 551_469_600, 1, 0xFF

    # uid, 24 bytes of PIN, verify, time 20ded a60 -> little endian, state, work code, tail ff 00 00 00
    expected = "0100" + "30303939" + "00" * 20 + "0f" + (551_469_600).to_bytes(4, "little").hex() + "01"
    assert record.tobytes().hex() == expected + "00000000" + "ff000000"


def test_user_of_72_bytes_lies_as_documented():
    user = np.zeros(1, dtype=USER)
    user["uid"], user["name"], user["pin"] = 7, b"Siti", b"101"

    blob = user.tobytes()

    assert len(blob) == 72
    assert blob[:3] == b"\x07\x00\x00"
    assert blob[11:16] == b"Siti\x00"
    assert blob[48:52] == b"101\x00"
