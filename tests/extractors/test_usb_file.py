"""USB exports: synthetic twins of the pathologies seen in real ones."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.drivers.usb_file import parse_attlog
from extractors.errors import ReadUnsupported
from extractors.records import (
    BEFORE_INSTALLED,
    FILL_PATTERN,
    IMPOSSIBLE_DATE,
    TORN_LINE,
    UNREADABLE_PIN,
    TimeBounds,
)

pytestmark = pytest.mark.unit

ANY = TimeBounds()


def rows(content: bytes) -> list[tuple[str, str, int, int, int]]:
    batch = parse_attlog(content, ANY).batch
    return [
        (pin.decode(), str(at), int(state), int(verify), int(code))
        for pin, at, state, verify, code in zip(
            batch.pin, batch.punched_at, batch.state, batch.verify, batch.work_code, strict=True
        )
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("pin", [b"        7", b"    7", b"7"])
def test_widths_and_line_ends(pin: bytes, end: bytes) -> None:
    content = (
        end.join([pin + b"\t2017-03-20 07:31:00\t1\t255\t15\t3", b"000000012\t2017-03-20 07:31:01\t1\t0\t1\t0"]) + end
    )

    assert rows(content) == [("7", "2017-03-20T07:31:00", 255, 15, 3), ("000000012", "2017-03-20T07:31:01", 0, 1, 0)]


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n", b"\n\r\n  \n"])
def test_last_line_and_blank_lines(tail: bytes) -> None:
    log = parse_attlog(b"1\t2017-03-20 07:31:00\t1\t0\t1\t0" + tail, ANY)

    assert (log.lines, len(log.batch), log.batch.rejects) == (1, 1, [])


def test_an_empty_file_is_an_empty_log() -> None:
    assert parse_attlog(b"", ANY).lines == 0


def test_torn_and_impossible_lines_are_named_and_the_rest_lands() -> None:
    content = b"\n".join(
        [
            b"        1\t2017-03-20 07:31:00\t1\t0\t1\t0",
            b"",
            b"ZZZZZZZZZZ\t2047-02-30 19:13:30\t1\t90\t90\t1515870810",
            b"        3\t1990-00--8 -16:-29:-40\t1\t0\t1\t0",
            b"        4\t2017-02-29 07:31:00\t1\t0\t1\t0",
            b"        5\t2017-03-2\x01\r\x0b\t1",
            b"        6\t2017-03-20 07:31:00\t1\tx\t1\t0",
            b"     7\x00 8\t2017-03-20 07:31:00\t1\t0\t1\t0",
            b"        9\t2016-03-20 07:31:00\t1\t0\t1\t0\r",
            b"       10\t2017-03-20 07:31:00\t1\t0\t1\t0",
        ]
    )

    log = parse_attlog(content, TimeBounds(installed_on=date(2017, 1, 30), latest=datetime(2017, 4, 1)))

    assert log.batch.ordinal.tolist() == [0, 8]
    assert [(rejected.line, rejected.ordinal, rejected.reason, rejected.pin) for rejected in log.batch.rejects] == [
        (3, 1, FILL_PATTERN, None),
        (4, 2, IMPOSSIBLE_DATE, "3"),
        (5, 3, IMPOSSIBLE_DATE, "4"),
        (6, 4, TORN_LINE, None),
        (7, 5, TORN_LINE, None),
        (8, 6, UNREADABLE_PIN, None),
        (9, 7, BEFORE_INSTALLED, "9"),
    ]
    assert log.batch.rejects[3].record == b"        5\t2017-03-2\x01\r\x0b\t1"


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 zip", b"No\tTMNo\tEnNo\tName\tINOUT\tMode\tDateTime\n1\t1\t2\t\t0\t1\t2017/03/20 07:31:00\n"],
)
def test_another_dialect_is_refused(content: bytes) -> None:
    with pytest.raises(ReadUnsupported, match=r"attlog\.dat"):
        parse_attlog(content, ANY)


LINE = st.lists(
    st.sampled_from([b"1", b"\t", b" ", b"2017-03-20 07:31:00", b"\r", b"Z", b"\x00", b"-", b"99999999999"])
).map(b"".join)


@given(st.lists(LINE, max_size=20).map(b"\n".join) | st.binary(max_size=400))
def test_any_bytes_become_rows_rejects_or_a_refusal(content: bytes) -> None:
    try:
        log = parse_attlog(content, ANY)
    except ReadUnsupported:
        return
    ordinals = sorted([*log.batch.ordinal.tolist(), *(rejected.ordinal for rejected in log.batch.rejects)])
    assert ordinals == list(range(log.lines))
    lines = content.split(b"\n")
    assert all(lines[rejected.line - 1].startswith(rejected.record) for rejected in log.batch.rejects if rejected.line)
