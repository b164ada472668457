"""The 40-byte record, bytes written by hand, and what is no punch."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.layouts import ZK40, decode
from extractors.records import (
    AFTER_CLOCK,
    BEFORE_INSTALLED,
    FILL_PATTERN,
    IMPOSSIBLE_DATE,
    UNREADABLE_PIN,
    PunchBatch,
    TimeBounds,
    device_time,
)
from tests.extractors.fake_terminal import encode_time, record

pytestmark = pytest.mark.unit

ANY = TimeBounds()
# uid 7, pin "0042", verify 15 (face), time of 2017-03-20 07:31:00, state 255, work code 3, tail ff000000.
# ((17*12 + 2)*31 + 19)*86400 + 27060 = 553,419,060 = 0x20fc8134
BY_HAND = bytes.fromhex("0700" + "30303432" + "00" * 20 + "0f" + "3481fc20" + "ff" + "03000000" + "ff000000")


def one(raw: bytes, bounds: TimeBounds = ANY) -> tuple[str, str, int, int, int]:
    batch = decode(ZK40, raw, bounds)
    assert len(batch) == 1
    return (
        batch.pin[0].decode(),
        str(batch.punched_at[0]),
        int(batch.state[0]),
        int(batch.verify[0]),
        int(batch.work_code[0]),
    )


def reason(raw: bytes, bounds: TimeBounds = ANY) -> str:
    batch = decode(ZK40, raw, bounds)
    assert len(batch) == 0
    assert batch.rejects[0].record == raw
    return batch.rejects[0].reason


def test_a_record_written_by_hand() -> None:
    assert one(BY_HAND) == ("0042", "2017-03-20T07:31:00", 255, 15, 3)


def test_rubbish_after_the_nul_of_a_pin_is_dropped() -> None:
    raw = BY_HAND[:7] + b"garbage\x01\xff" + BY_HAND[16:]

    assert one(raw)[0] == "0042"


@pytest.mark.parametrize("pin", ["1", "12345678", "123456789", "AB1234567", "x" * 16, "y" * 17, "z" * 24, '~!/\\,"'])
def test_pins_of_any_length_stay_text(pin: str) -> None:
    assert one(record(pin, datetime(2017, 3, 1)))[0] == pin


@pytest.mark.parametrize("pin", [b"", b"12 4", b"12\x014", b"12345678\x07", b"\x7f1", b"1234567890123456\x80", b" 1"])
def test_a_pin_that_is_no_text_is_rejected(pin: bytes) -> None:
    raw = BY_HAND[:2] + pin.ljust(24, b"\0") + BY_HAND[26:]

    assert reason(raw) == UNREADABLE_PIN


@pytest.mark.parametrize("fill", [0x00, 0x5A, 0xFF])
def test_a_fill_pattern_is_named_and_has_neither_pin_nor_time(fill: int) -> None:
    raw = bytes([fill]) * 40
    rejected = decode(ZK40, raw, ANY).rejects[0]

    assert (rejected.reason, rejected.pin, rejected.punched_at) == (FILL_PATTERN, None, None)


def test_the_31st_of_february_is_impossible_and_the_29th_only_in_leap_years() -> None:
    def february(day: int, year: int) -> int:
        return ((year % 100 * 12 + 1) * 31 + day - 1) * 86400

    assert reason(record("1", february(31, 2017))) == IMPOSSIBLE_DATE
    assert reason(record("1", february(29, 2017))) == IMPOSSIBLE_DATE
    assert one(record("1", february(29, 2016)))[1] == "2016-02-29T00:00:00"
    assert reason(record("1", 37_200 * 86400)) == IMPOSSIBLE_DATE


def test_bounds_are_the_day_of_installation_and_a_day_after_the_clock() -> None:
    bounds = TimeBounds(installed_on=date(2017, 1, 30), latest=datetime(2017, 3, 2, 17, 0))

    assert reason(record("1", datetime(2017, 1, 29, 23, 59, 59)), bounds) == BEFORE_INSTALLED
    assert one(record("1", datetime(2017, 1, 30)), bounds)
    assert one(record("1", datetime(2017, 3, 2, 17, 0)), bounds)
    assert reason(record("1", datetime(2017, 3, 2, 17, 0, 1)), bounds) == AFTER_CLOCK


def test_rejects_consume_an_ordinal() -> None:
    good = record("1", datetime(2017, 3, 1))

    batch = decode(ZK40, good + b"\x5a" * 40 + good, ANY, first_ordinal=10)

    assert batch.ordinal.tolist() == [10, 12]
    assert [rejected.ordinal for rejected in batch.rejects] == [11]
    assert batch.offered == 3


def test_half_a_record_is_refused() -> None:
    with pytest.raises(ValueError, match="39 bytes"):
        decode(ZK40, bytes(39), ANY)


def conserved(batch: PunchBatch, count: int) -> bool:
    ordinals = sorted([*batch.ordinal.tolist(), *(rejected.ordinal for rejected in batch.rejects)])
    return ordinals == list(range(count))


@given(st.binary(max_size=40 * 20))
def test_any_bytes_become_rows_or_rejects(raw: bytes) -> None:
    whole = raw[: len(raw) // 40 * 40]

    batch = decode(ZK40, whole, ANY)

    assert conserved(batch, len(whole) // 40)
    assert all(pin.decode("ascii").isprintable() and pin for pin in batch.pin.tolist())


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), min_size=1, max_size=50))
def test_times_come_back_as_they_were(moments: list[datetime]) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]

    batch = decode(ZK40, b"".join(record("1", moment) for moment in moments), ANY)

    assert batch.punched_at.tolist() == moments


@given(st.integers(0, 2**32 - 1))
def test_one_time_and_many_times_agree(code: int) -> None:
    single = device_time(code)
    many = decode(ZK40, record("1", code), ANY)

    assert many.punched_at.tolist() == ([single] if single else [])
    if single:
        assert encode_time(single) == code


def test_every_day_of_the_century_is_in_the_table() -> None:
    days = [datetime(2000, 1, 1) + timedelta(days=step) for step in range(36_525)]

    batch = decode(ZK40, b"".join(record("1", day) for day in days), ANY)

    assert np.array_equal(batch.punched_at, np.array(days, "datetime64[s]"))
