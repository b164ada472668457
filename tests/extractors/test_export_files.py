"""Export files of all dialects, recognised by content: twins of real pathologies, and any bytes at all."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.drivers.export_file import parse_export
from extractors.drivers.fk_file import name_codec
from extractors.drivers.usb_file import ExportLog
from extractors.errors import ReadUnsupported
from extractors.records import BEFORE_INSTALLED, IMPOSSIBLE_DATE, TORN_LINE, TimeBounds
from tests.support.export_files import FK_HEADERS, TWINS, Twin, fk_file, lost_power

pytestmark = pytest.mark.unit

ANY = TimeBounds()


def rows_of(log: ExportLog) -> list[tuple[int, str, datetime]]:
    batch = log.batch
    return [
        (ordinal, pin.decode(), at)
        for ordinal, pin, at in zip(
            batch.ordinal.tolist(), batch.pin.tolist(), batch.punched_at.astype("datetime64[s]").tolist(), strict=True
        )
    ]


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_of_a_real_export_gives_its_rows_and_names_its_broken_lines(name: str) -> None:
    twin: Twin = TWINS[name]

    log = parse_export(twin.content, ANY)

    assert (log.format, log.lines) == (twin.format, twin.lines)
    assert [(one.line, one.reason) for one in log.batch.rejects] == twin.rejects
    assert rows_of(log) == twin.rows


def test_the_earlier_export_of_a_terminal_is_a_prefix_of_the_later_one_line_ends_apart() -> None:
    earlier, later = (rows_of(parse_export(lost_power(rows, end).content, ANY)) for rows, end in
                      ((1100, b"\n"), (1200, b"\r\n")))  # fmt: skip

    assert later[: len(earlier)] == earlier


def test_wrong_clock_rows_are_rejects_where_the_day_of_installation_is_known() -> None:
    log = parse_export(lost_power().content, TimeBounds(installed_on=date(2017, 1, 30)))

    reasons = [one.reason for one in log.batch.rejects]
    assert reasons == [BEFORE_INSTALLED] * 32 + [IMPOSSIBLE_DATE]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_serial_before_and_the_checksum_behind_are_no_records(end: bytes) -> None:
    record = b"        7\t2017-03-20 07:31:00\t1\t0\t1\t0"

    log = parse_export(
        end.join([b"6063163900123", record, b"torn", record.replace(b"31:", b"32:"), b"8C41F2A0"]) + end, ANY
    )

    assert (log.serial, log.lines, len(log.batch)) == ("6063163900123", 3, 2)
    assert [(one.line, one.ordinal, one.reason) for one in log.batch.rejects] == [(3, 1, TORN_LINE)]


def test_a_last_line_without_columns_is_torn_where_the_file_does_not_begin_with_a_serial() -> None:
    log = parse_export(b"7\t2017-03-20 07:31:00\t1\t0\t1\t0\n8C41F2A0\n", ANY)

    assert (log.lines, [one.line for one in log.batch.rejects]) == (2, [2])


ROWS = [
    (7846, "00000007", b"", "2017/03/20 07:31:00"),
    (7847, "00000012", b"", "2017/03/20 16:01:30"),
]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", FK_HEADERS)
def test_fk_columns_are_found_by_their_names(name: str, end: bytes) -> None:
    log = parse_export(fk_file(FK_HEADERS[name], ROWS, end=end), ANY)

    assert (log.format, log.lines, log.first_no, log.last_no, log.missing) == ("fk_log", 2, 7846, 7847, None)
    assert rows_of(log) == [
        (0, "00000007", datetime(2017, 3, 20, 7, 31)), (1, "00000012", datetime(2017, 3, 20, 16, 1, 30))
    ]  # fmt: skip
    assert log.batch.verify.tolist() == [2, 2]
    assert log.batch.state.tolist() == [255, 255] if "GMNo" in FK_HEADERS[name].decode() else [1, 1]


def test_fk_rows_may_lack_the_blank_columns_of_their_header() -> None:
    log = parse_export(fk_file(FK_HEADERS["blank columns"], ROWS, is_header_wider=True), ANY)

    assert [pin for _, pin, _ in rows_of(log)] == ["00000007", "00000012"]


@pytest.mark.parametrize(
    "texts",
    [("2017/03/20 07:31:00", "2017/03/05 07:31:00"), ("03/20/2017 07:31:00", "03/05/2017 07:31:00"),
     ("2017/03/20  07:31:00", "2017/03/05   07:31:00"), ("2017-03-20 07:31:00", "2017-03-05 07:31:00")],
)  # fmt: skip
def test_both_orders_of_fk_dates_are_read(texts: tuple[str, str]) -> None:
    log = parse_export(fk_file(FK_HEADERS["new"], [(at, "1", b"", text) for at, text in enumerate(texts)]), ANY)

    assert [at for _, _, at in rows_of(log)] == [datetime(2017, 3, 20, 7, 31), datetime(2017, 3, 5, 7, 31)]


def test_day_before_month_is_refused_as_a_whole() -> None:
    texts = [f"{day:02}/03/2017 07:31:00" for day in range(1, 29)]

    with pytest.raises(ReadUnsupported, match="hari/bulan/tahun"):
        parse_export(fk_file(FK_HEADERS["new"], [(at, "1", b"", text) for at, text in enumerate(texts)]), ANY)


def test_fk_rejects_are_named_and_the_rest_is_read() -> None:
    rows = [
        (1, "1", b"", "2017/03/20 07:31:00"),
        (2, "2", b"", "2017/02/30 07:31:00"),
        (4, "3", b"", "2017/03/20 07:32:00"),
    ]
    content = fk_file(FK_HEADERS["new"], rows).replace(b"\n4\t", b"\n3\t1\t\x01torn\n4\t")

    log = parse_export(content, ANY)

    assert [(one.line, one.ordinal, one.reason) for one in log.batch.rejects] == [
        (3, 1, IMPOSSIBLE_DATE), (4, 2, TORN_LINE)
    ]  # fmt: skip
    assert log.missing is None  # the torn line stands where number 3 would


def test_a_hole_in_the_running_number_is_told() -> None:
    rows = [(number, "1", b"", f"2017/03/20 07:3{number % 10}:00") for number in (11, 12, 15)]

    assert parse_export(fk_file(FK_HEADERS["new"], rows), ANY).missing == "nomor urut meloncat dari 12 ke 15"


@pytest.mark.parametrize(
    ("name", "codec"), [("陈小明", "gbk"), ("José Péres", "cp1252"), ("Siti Aminah", "ascii"), ("Rénald", "utf-8")]
)
def test_names_are_read_in_the_code_of_the_terminal(name: str, codec: str) -> None:
    log = parse_export(fk_file(FK_HEADERS["new"], [(1, "1", name.encode(codec), "2017/03/20 07:31:00")]), ANY)

    assert log.user_names == {"1": name}


def test_an_accent_before_a_letter_is_no_chinese_character() -> None:
    assert name_codec("Renée Abdé".encode("cp1252")) == "cp1252"


def test_a_header_without_its_columns_is_refused() -> None:
    with pytest.raises(ReadUnsupported, match="Judul kolom"):
        parse_export(b"EnNo\tDateTime\n1\t2017/03/20 07:31:00\n", ANY)


PIECES = [
    b"1",
    b"\t",
    b" ",
    b"2017/03/20 07:31:00",
    b"03/20/2017  07:31:00",
    b"\r",
    b"\xc9\xf9",
    b"\x00",
    b"-",
    b"9" * 12,
]
LINE = st.lists(st.sampled_from(PIECES)).map(b"".join)
WHOLE = st.builds(
    lambda no, pin: b"%d\t1\t%d\t\xc9\t0\t1\t2017/03/20 07:31:00" % (no, pin), st.integers(0, 9), st.integers(0, 9)
)


@given(
    st.sampled_from(sorted(FK_HEADERS.values())), st.lists(LINE | WHOLE, max_size=20), st.sampled_from([b"\n", b"\r\n"])
)
def test_any_lines_behind_a_header_become_rows_rejects_or_a_refusal(
    header: bytes, lines: list[bytes], end: bytes
) -> None:
    content = end.join([header, *lines])
    try:
        log = parse_export(content, ANY)
    except ReadUnsupported:
        return
    ordinals = sorted([*log.batch.ordinal.tolist(), *(one.ordinal for one in log.batch.rejects)])
    assert ordinals == list(range(log.lines))
    split = content.split(b"\n")
    assert all(split[one.line - 1].startswith(one.record) for one in log.batch.rejects if one.line)


@given(st.binary(max_size=600) | st.sampled_from(sorted(FK_HEADERS.values())).flatmap(
    lambda header: st.binary(max_size=300).map(lambda rest: header + rest)))  # fmt: skip
def test_any_bytes_at_all_end_well(content: bytes) -> None:
    try:
        log = parse_export(content, ANY)
    except ReadUnsupported:
        return
    assert log.batch.offered == log.lines


@given(st.sampled_from(sorted(TWINS)), st.data())
def test_a_spoilt_twin_loses_no_other_line(name: str, data: st.DataObject) -> None:
    twin = TWINS[name]
    at = data.draw(st.integers(0, len(twin.content) - 1))
    spoilt = bytearray(twin.content)
    spoilt[at] = data.draw(st.integers(0, 255))

    log = parse_export(bytes(spoilt), ANY)

    assert abs(log.lines - twin.lines) <= 1
    assert len({row[1:] for row in twin.rows} - {row[1:] for row in rows_of(log)}) <= 2
