"""The push protocol alone: any bytes give rows, rejects or a clear refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.drivers.adms import (
    CommandResult,
    OplogReader,
    handshake_answer,
    parse_attlog_body,
    parse_info,
    parse_photo_body,
    parse_results,
    query_command,
)
from extractors.errors import ReadUnsupported
from extractors.records import REASONS, TimeBounds

pytestmark = pytest.mark.unit
BOUNDS = TimeBounds(installed_on=datetime(2017, 1, 30).date(), latest=datetime(2017, 3, 7, 7, 15))
PIN = st.text("0123456789ABab", min_size=1, max_size=24)
WHEN = st.datetimes(datetime(2017, 1, 30), datetime(2017, 3, 7)).map(lambda at: at.replace(microsecond=0))
CODE = st.integers(0, 255)


@given(st.lists(st.tuples(PIN, WHEN, CODE, CODE, st.integers(0, 11), st.booleans()), max_size=30))
def test_every_line_of_a_terminal_is_read_as_written(
    rows: list[tuple[str, datetime, int, int, int, bool]],
) -> None:
    body = b"".join(
        b"\t".join([pin.encode(), f"{at}".encode(), b"%d" % state, b"%d" % verify, *[b"0"] * extra])
        + (b"\t\r\n" if is_crlf and extra else b"\n")
        for pin, at, state, verify, extra, is_crlf in rows
    )
    parsed = parse_attlog_body(body, BOUNDS)

    batch = parsed.batch
    found = zip(batch.pin.tolist(), batch.punched_at.tolist(), batch.state.tolist(), batch.verify.tolist(), strict=True)
    assert [(pin.decode(), at, state, verify) for pin, at, state, verify in found] == [row[:4] for row in rows]
    assert parsed.lines == len(rows)


ODD = st.lists(
    st.sampled_from(
        [b"\t", b"\n", b"\r", b"\0", b"101", b"2017-03-06 07:15:00", b"2017-02-31 07:15:00", b"-1", b"x", b" "]
    ),
    max_size=60,
).map(b"".join)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=400), ODD))
def test_any_bytes_are_lines_that_are_punches_or_rejects(body: bytes) -> None:
    parsed = parse_attlog_body(body, BOUNDS)

    batch = parsed.batch
    claimed = [line for line in body.split(b"\n") if any(byte > 0x20 for byte in line)]
    assert parsed.lines == batch.offered == len(claimed)
    assert sorted([*batch.ordinal.tolist(), *(one.ordinal for one in batch.rejects)]) == list(range(parsed.lines))
    assert all(one.reason in REASONS[1:] for one in batch.rejects)
    assert all(claimed[one.ordinal].rstrip(b"\r") == one.record.rstrip(b"\r") for one in batch.rejects)


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=300), ODD))
def test_any_bytes_are_a_photo_or_a_refusal(body: bytes) -> None:
    try:
        photo = parse_photo_body(b"PIN=2017" + body)
    except ReadUnsupported:
        return
    assert photo.content == (b"PIN=2017" + body).split(b"\0", 1)[1]


@given(st.one_of(st.binary(max_size=300), ODD), st.integers(1, 50))
def test_any_bytes_are_entries_of_the_book_however_they_are_cut(body: bytes, size: int) -> None:
    mixed = b"OPLOG 4\t0\t2017-03-06 07:15:00\t0\n" + body + b"\nOPLOG 30\t0\t2017-03-06 07:16:00\t9\t0\t0\t0"
    whole, cut = OplogReader(), OplogReader()
    whole.feed(mixed)
    for start in range(0, len(mixed), size):
        cut.feed(mixed[start : start + size])

    assert whole.entries() == cut.entries()
    assert {4, 30} <= {entry.op_code for entry in whole.entries()}


def test_of_a_user_and_a_template_not_a_byte_is_kept() -> None:
    reader = OplogReader()
    body = (
        b"USER PIN=101\tName=A\tPasswd=4711\tCard=\nFP PIN=101\tTMP=SECRET\n"
        b"OPLOG 4\t0\t2017-03-06 07:15:00\t\nFACE TMP=SECRET"
    )
    for at in range(len(body)):
        reader.feed(body[at : at + 1])
    assert len(reader.entries()) == 1
    assert b"SECRET" not in reader._kept + reader._open
    assert b"4711" not in reader._kept + reader._open


@given(st.binary(max_size=200))
def test_any_bytes_are_answers_or_none(body: bytes) -> None:
    assert all(-(10**9) < one.return_code < 10**9 for one in parse_results(body))


def test_several_answers_stand_in_one_body() -> None:
    body = b"ID=7&Return=0&CMD=DATA\nID=8&SN=X&Return=-1004&CMD=DATA QUERY\r\nnonsense\n"
    assert parse_results(body) == [CommandResult(7, 0), CommandResult(8, -1004)]


@pytest.mark.parametrize(
    ("offset", "told"),
    [
        (timedelta(hours=7), "TimeZone=7"),
        (timedelta(hours=9), "TimeZone=9"),
        (timedelta(hours=5, minutes=30), "TimeZone=330"),
    ],
)
def test_the_zone_is_told_in_hours_and_in_minutes_where_it_must(offset: timedelta, told: str) -> None:
    assert f"\n{told}\n" in handshake_answer("S1", {}, offset)


def test_the_handshake_asks_for_no_templates() -> None:
    flags = next(line for line in handshake_answer("S1", {}, timedelta(hours=7)).splitlines() if "TransFlag" in line)
    assert flags == "TransFlag=TransData AttLog\tOpLog\tAttPhoto"


def test_the_only_command_asks_for_a_period() -> None:
    told = query_command(12, datetime(2017, 3, 6, 7), datetime(2017, 3, 6, 8))
    assert told == "C:12:DATA QUERY ATTLOG StartTime=2017-03-06 07:00:00\tEndTime=2017-03-06 08:00:00\n"


@given(st.text(max_size=80))
def test_any_info_is_a_firmware_and_a_count_or_nothing(text: str) -> None:
    info = parse_info(text)
    assert info.record_count is None or info.record_count >= 0


def test_the_info_of_a_terminal_names_firmware_and_records() -> None:
    info = parse_info("Ver 8.0.4.2-20161007,120,240,41200,10.20.1.9,10,7,0,0,111")
    assert (info.firmware, info.record_count) == ("Ver 8.0.4.2-20161007", 41200)
