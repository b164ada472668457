"""The five forms of records: bytes written by hand, which form it is, and any bytes at all."""

import struct
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.errors import ReadFailed, ReadTransient, ReadUnsupported
from extractors.layouts import (
    BY_NAME,
    LAYOUTS,
    ZK16,
    Layout,
    PinTable,
    PlausibleTimes,
    User,
    decode,
    decode_users,
    pin_table,
    prove_layout,
)
from extractors.records import FILL_PATTERN, IMPOSSIBLE_DATE, TimeBounds
from tests.extractors.records_by_hand import MAKERS, user28, user72

pytestmark = pytest.mark.unit

ANY = TimeBounds()
NOON = datetime(2017, 3, 20, 12, 0)
PLAUSIBLE = PlausibleTimes.around(NOON, NOON)
USERS = PinTable({7: "0042"})
# 2017-03-20 07:31:00 = ((17*12 + 2)*31 + 19)*86400 + 27060 = 553,419,060 = 0x20fc8134
TIME = "3481fc20"
BY_HAND = {
    # uid 7, verify 1, time, state 4
    "zk8a": ("0700 01" + TIME + "04", ("0042", 4, 1, 0)),
    # uid 7, packed 0x29 = long time, verify 1, state 1
    "zk8b": ("0700 29 00" + TIME, ("0042", 1, 1, 0)),
    # pin 1042, time, state 5, verify 15, two bytes, work code 3
    "zk16": ("12040000" + TIME + "05 0f 0000 03000000", ("1042", 5, 15, 3)),
    "zk40": ("0700" + "30303432" + "00" * 20 + "0f" + TIME + "ff 03000000 ff000000", ("0042", 255, 15, 3)),
    "zk49": (
        "0700" + "30303432" + "00" * 20 + "0f" + TIME + "ff 03000000 00000000 ff 323535 0000000000",
        ("0042", 255, 15, 3),
    ),
}


def log_of(name: str, count: int, start: datetime = NOON - timedelta(days=3)) -> bytes:
    return b"".join(MAKERS[name](100 + index % 30, start + timedelta(seconds=17 * index)) for index in range(count))


def proven(records: bytes, count: int) -> str | None:
    layout = prove_layout(records, len(records), count, count, PLAUSIBLE)
    return layout.name if layout else None


@pytest.mark.parametrize("name", BY_HAND)
def test_a_record_written_by_hand(name: str) -> None:
    raw, expected = BY_HAND[name]

    batch = decode(BY_NAME[name], bytes.fromhex(raw), ANY, users=USERS)

    assert len(batch) == 1
    row = (batch.pin[0].decode(), int(batch.state[0]), int(batch.verify[0]), int(batch.work_code[0]))
    assert row == expected
    assert str(batch.punched_at[0]) == "2017-03-20T07:31:00"


@pytest.mark.parametrize("packed", [0x08, 0x28, 0x0C, 0xE8])
def test_the_long_time_flag_and_offset_bits_change_no_time(packed: int) -> None:
    batch = decode(BY_NAME["zk8b"], bytes.fromhex(f"0700 {packed:02x} 00" + TIME), ANY)

    assert str(batch.punched_at[0]) == "2017-03-20T07:31:00"
    assert (int(batch.state[0]), int(batch.verify[0])) == (packed & 7, 1)


def test_a_uid_without_a_user_lands_under_its_number() -> None:
    records = MAKERS["zk8b"](7, NOON) + MAKERS["zk8b"](65535, NOON)

    assert decode(BY_NAME["zk8b"], records, ANY, users=USERS).pin.tolist() == [b"0042", b"uid:65535"]


@pytest.mark.parametrize("pins", [[], [1], [5, 1 << 19, 5], [123456789, 4294967295, 7]])
def test_numeric_pins_become_text_without_padding(pins: list[int]) -> None:
    records = b"".join(MAKERS["zk16"](pin, NOON) for pin in pins)

    assert decode(ZK16, records, ANY).pin.tolist() == [str(pin).encode() for pin in pins]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("fill", [0x00, 0x5A, 0xFF])
def test_a_fill_pattern_is_named_in_every_layout(name: str, fill: int) -> None:
    good = MAKERS[name](7, NOON)

    batch = decode(BY_NAME[name], good + bytes([fill]) * len(good) + good, ANY)

    assert [(one.ordinal, one.reason) for one in batch.rejects] == [(1, FILL_PATTERN)]
    assert batch.ordinal.tolist() == [0, 2]


@pytest.mark.parametrize("name", MAKERS)
def test_one_impossible_date_rejects_one_record(name: str) -> None:
    february_31 = ((17 * 12 + 1) * 31 + 30) * 86400
    good = MAKERS[name](7, NOON)
    place = good.index(struct.pack("<I", ((17 * 12 + 2) * 31 + 19) * 86400 + 43200))
    bad = good[:place] + struct.pack("<I", february_31) + good[place + 4 :]

    batch = decode(BY_NAME[name], good + bad + good, ANY)

    assert [(one.ordinal, one.reason) for one in batch.rejects] == [(1, IMPOSSIBLE_DATE)]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("count", [1, 2, 49, 1000])
def test_the_layout_is_proven_by_size_counter_and_times(name: str, count: int) -> None:
    assert proven(log_of(name, count), count) == name


@pytest.mark.parametrize("name", MAKERS)
def test_a_log_full_of_reset_clocks_is_proven_while_the_clock_is_reset(name: str) -> None:
    records = log_of(name, 20, datetime(2000, 1, 1, 0, 5))

    layout = prove_layout(records, len(records), 20, 20, PlausibleTimes.around(datetime(2000, 1, 1, 6), NOON))

    assert layout is not None
    assert layout.name == name


@pytest.mark.parametrize("name", MAKERS)
def test_a_third_of_worn_flash_is_still_proven(name: str) -> None:
    size = BY_NAME[name].size
    records = log_of(name, 20) + b"\x5a" * size * 20 + b"\x01\x02\x03\x04\x05\xee\x77\x99" * size

    assert proven(records, 48) == name


def test_both_sizes_of_a_growing_log_are_told_apart_by_what_they_hold() -> None:
    records = log_of("zk40", 49)  # 1960 bytes: 49 records of 40 or 40 records of 49

    layout = prove_layout(records, len(records), 40, 49, PLAUSIBLE)

    assert layout is not None
    assert layout.name == "zk40"


@pytest.mark.parametrize("name", ["zk8a", "zk8b", "zk16"])
def test_the_rubbish_of_another_layout_is_never_rows(name: str) -> None:
    size = BY_NAME[name].size
    records = log_of("zk40", 40)

    with pytest.raises(ReadUnsupported, match="tidak bermakna"):
        proven(records, len(records) // size)


def test_what_no_known_size_explains_is_refused() -> None:
    with pytest.raises(ReadTransient, match="tidak lengkap"):
        proven(log_of("zk40", 20)[:-1], 20)
    with pytest.raises(ReadUnsupported, match="64 bita"):
        proven(bytes(640), 10)
    with pytest.raises(ReadTransient, match="tidak lengkap"):
        proven(log_of("zk40", 20), 21)
    assert prove_layout(b"", 0, 0, 3, PLAUSIBLE) is None


def test_users_of_both_sizes_lose_their_password_on_receipt() -> None:
    small = user28(1, 101) + user28(2, 102, b"BUDI\0xx", 14)
    large = user72(1, b"101\0rubbish") + user72(2, b"AB1234567", b"Ibu Nur'aini", 14)

    assert decode_users(small, 2) == [User(1, "101", "SITI", 0), User(2, "102", "BUDI", 14)]
    assert decode_users(large, 2) == [User(1, "101", "SITI", 0), User(2, "AB1234567", "Ibu Nur'aini", 14)]
    assert "1234'" not in repr(decode_users(small, 2))


def test_a_user_table_that_is_no_whole_is_refused() -> None:
    with pytest.raises(ReadTransient):
        decode_users(user28(1, 101)[:-1], 1)
    with pytest.raises(ReadTransient):
        decode_users(user28(1, 101), 2)
    with pytest.raises(ReadTransient):  # 18 users of 28 bytes or 7 of 72
        decode_users(bytes(504), None)
    assert len(decode_users(user72(1, b"1") * 7, 7)) == 7
    assert decode_users(b"", 0) == []


def test_a_uid_that_two_users_share_tells_nobody() -> None:
    users = [User(1, "101", "", 0), User(1, "102", "", 0), User(2, "103", "", 0), User(2, "103", "", 0)]

    assert pin_table(users) == PinTable({2: "103"})


@given(st.sampled_from(LAYOUTS), st.binary(max_size=49 * 12))
def test_any_bytes_become_rows_or_rejects(layout: Layout, raw: bytes) -> None:
    whole = raw[: len(raw) // layout.size * layout.size]

    batch = decode(layout, whole, ANY, users=USERS)

    ordinals = sorted([*batch.ordinal.tolist(), *(one.ordinal for one in batch.rejects)])
    assert ordinals == list(range(len(whole) // layout.size))
    assert all(pin.decode("ascii").isprintable() and pin for pin in batch.pin.tolist())


@given(st.binary(max_size=49 * 12), st.integers(0, 80), st.integers(0, 20))
def test_any_log_is_one_layout_or_a_clear_refusal(raw: bytes, counted: int, growth: int) -> None:
    try:
        layout = prove_layout(raw, len(raw), counted, counted + growth, PLAUSIBLE)
    except ReadFailed:
        return
    assert (layout is None) == (not raw)
    if layout:
        assert counted <= len(raw) / layout.size <= counted + growth


@given(st.binary(max_size=72 * 8), st.one_of(st.none(), st.integers(0, 20)))
def test_any_user_table_is_users_or_a_clear_refusal(raw: bytes, counted: int | None) -> None:
    try:
        users = decode_users(raw, counted)
    except ReadFailed:
        return
    assert all(user.pin and user.pin.isascii() and user.pin.isprintable() for user in users)
    pin_table(users)
