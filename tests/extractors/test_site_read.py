"""Reading CSV and XLSX as offices write them, and what is refused before a database is asked."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from extractors.site.files import columns_of
from extractors.site.read import Refusal, SiteTable, read_folder
from extractors.site.validate import StagedRow, known_excuse_kinds, validate
from warehouse.cells import CellFault

pytestmark = pytest.mark.unit

TPP = "employee_id,base_idr,valid_from,valid_to\n"


def read_one(folder: Path, name: str, content: str | bytes) -> tuple[SiteTable | None, list[Refusal]]:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    found = read_folder(folder)
    return (found.tables[0] if found.tables else None), found.refusals


def good_rows(folder: Path, name: str, content: str | bytes) -> list[StagedRow]:
    table, refusals = read_one(folder, name, content)
    assert refusals == []
    assert table is not None
    staged, refused = validate(table, known_excuse_kinds())
    assert refused == []
    return staged


def refusals_of(folder: Path, table: str, line: str) -> list[Refusal]:
    read, _ = read_one(folder, f"{table}.csv", ",".join(columns_of(table)) + "\n" + line + "\n")
    assert read is not None
    return validate(read, known_excuse_kinds())[1]


def workbook(rows: list[list[object]], title: str = "Sheet1", more_sheets: int = 0) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for number in range(more_sheets):
        book.create_sheet(f"Lain {number}")
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def as_csv(delimiter: str = ",", encoding: str = "utf-8", head: str = "") -> bytes:
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=delimiter)
    writer.writerow(["employee_id", "name", "kind"])
    writer.writerow(["P1", "Siti, S.E.", "PNS"])
    writer.writerow(["P2", "José", "honorer"])
    return (head + lines.getvalue()).encode(encoding)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(as_csv(), id="plain"),
        pytest.param(as_csv(encoding="utf-8-sig"), id="bom"),
        pytest.param(as_csv(";", "utf-8-sig"), id="semicolon"),
        pytest.param(as_csv("\t", "utf-16"), id="unicode-text-of-excel"),
        pytest.param(as_csv(";", "cp1252"), id="windows-1252"),
        pytest.param(as_csv(";", head="sep=;\r\n"), id="excels-own-hint"),
        pytest.param(as_csv(head='# catatan, dengan "kutip\n'), id="comment-with-a-lone-quote"),
        pytest.param(as_csv(head='"# catatan, dengan koma",,\n'), id="comment-quoted-by-excel"),
        pytest.param(as_csv().replace(b"\r\n", b"\n\n ,,\n"), id="empty-rows-between"),
        pytest.param(as_csv().replace(b"employee_id", b" Employee_ID ").replace(b"kind", b"KIND"), id="header-words"),
    ],
)
def test_csv_in_its_many_forms_says_the_same(tmp_path: Path, content: bytes) -> None:
    rows = good_rows(tmp_path, "employees.csv", content)

    assert [row.values for row in rows] == [("P1", "Siti, S.E.", "PNS"), ("P2", "José", "honorer")]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    table, _ = read_one(tmp_path, "tpp.csv", "# satu\n" + TPP + "# dua\nP1,1,2017-01-01,\n\nP2,2,2017-01-01,\n")

    assert table is not None
    assert table.lines == [4, 6]


def test_an_example_row_is_a_comment_and_a_cell_error_is_not(tmp_path: Path) -> None:
    table, _ = read_one(tmp_path, "tpp.csv", TPP + "#P1,1,2017-01-01,\n#N/A,1,2017-01-01,\n")

    assert table is not None
    assert table.lines == [3]
    assert isinstance(table.rows[0]["employee_id"], CellFault)


def test_a_sheet_says_what_the_csv_says(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        list(columns_of("outages")),
        ["#T1", "contoh", None, None, None],
        ["T1", datetime(2017, 2, 14, 6, 0), datetime(2017, 2, 14, 17, 0), 800, True],
        [1234, "2017-02-15 06:00", "2017-02-15 17:00:30", "1/b", "Tidak"],
    ]

    staged = good_rows(tmp_path, "outages.xlsx", workbook(rows))

    assert [(row.line, row.values) for row in staged] == [
        (3, ("T1", datetime(2017, 2, 14, 6), datetime(2017, 2, 14, 17), "800", True)),
        (4, ("1234", datetime(2017, 2, 15, 6), datetime(2017, 2, 15, 17, 0, 30), "1/b", False)),
    ]


def test_days_and_times_of_a_sheet_are_read_as_such(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        list(columns_of("manual_attendance")),
        ["P1", date(2017, 2, 14), time(7, 25), "16.05", "Kepala", "1"],
        ["P1", datetime(2017, 2, 15), timedelta(hours=7, minutes=5), None, "Kepala", "1"],
    ]

    staged = good_rows(tmp_path, "manual_attendance.xlsx", workbook(rows))

    assert [row.values[1:4] for row in staged] == [
        (date(2017, 2, 14), time(7, 25), time(16, 5)),
        (date(2017, 2, 15), time(7, 5), None),
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param("=A1", "rumus", id="formula"),
        pytest.param(198609262015051001, "digit terakhirnya", id="nip-as-a-number"),
        pytest.param("#REF!", "galat", id="cell-error"),
    ],
)
def test_a_sheet_cell_that_lost_its_value_is_refused(tmp_path: Path, value: object, reason: str) -> None:
    rows: list[list[object]] = [list(columns_of("identifiers")), ["P1", "nip", value, date(2017, 1, 1), None]]
    table, _ = read_one(tmp_path, "identifiers.xlsx", workbook(rows))

    assert table is not None
    [refusal] = validate(table, known_excuse_kinds())[1]
    assert (refusal.line, refusal.column) == (2, "value")
    assert reason in refusal.reason


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        pytest.param("employee.csv", "x\n", 0, "tidak dikenal", id="misspelt-name"),
        pytest.param("opd.xls", "x", 0, ".xls", id="old-excel"),
        pytest.param("opd.xlsx", "no zip", 0, "bukan lembar kerja", id="not-a-workbook"),
        pytest.param("tpp.csv", "", 0, "judul kolom tidak ada", id="empty-file"),
        pytest.param("tpp.csv", "employee_id,base_idr,valid_from\nP1,1,2017-01-01\n", 1, "valid_to", id="column-gone"),
        pytest.param("tpp.csv", TPP.replace("\n", ",catatan\n"), 1, "catatan", id="unknown-column"),
        pytest.param("tpp.csv", TPP.replace("\n", ",base_idr\n"), 1, "dua kali", id="column-twice"),
        pytest.param("tpp.csv", TPP + 'P1,"1,2017-01-01,\nP2,1,2017-01-01,\n', 2, "kutip", id="open-quote"),
        pytest.param("tpp.csv", TPP + 'P1,"1,,\nP2,",2017-01-01,\n', 2, "lebih dari satu baris", id="swallowed-row"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_as_a_whole(
    tmp_path: Path, name: str, content: str, line: int, reason: str
) -> None:
    table, refusals = read_one(tmp_path, name, content)

    assert table is None
    [refusal] = refusals
    assert (refusal.file, refusal.line) == (name, line)
    assert reason in refusal.reason
    assert refusal.remedy


def test_a_misspelt_name_is_answered_with_the_near_one(tmp_path: Path) -> None:
    _, [refusal] = read_one(tmp_path, "employee.csv", "x\n")

    assert "employees.csv" in refusal.remedy


def test_the_same_subject_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tpp.csv").write_text(TPP)
    (tmp_path / "tpp.xlsx").write_bytes(workbook([list(columns_of("tpp"))]))

    found = read_folder(tmp_path)

    assert [refusal.file for refusal in found.refusals] == ["tpp.xlsx"]


def test_several_sheets_need_one_with_the_name_of_the_file(tmp_path: Path) -> None:
    rows: list[list[object]] = [list(columns_of("tpp")), ["P1", 1, date(2017, 1, 1), None]]

    assert good_rows(tmp_path, "tpp.xlsx", workbook(rows, title="tpp", more_sheets=2))
    _, [refusal] = read_one(tmp_path, "tpp.xlsx", workbook(rows, more_sheets=2))
    assert "3 lembar" in refusal.reason


def test_other_files_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    for name in ("BACA_DULU.md", "~$opd.xlsx", ".opd.csv.swp", "surat.pdf"):
        (tmp_path / name).write_text("x")
    (tmp_path / "regulation").mkdir()

    assert read_folder(tmp_path).refusals == []


@pytest.mark.parametrize(
    ("table", "line", "column"),
    [
        ("opd", "A,Kantor,WIB", "timezone"),
        ("opd", "A,,Asia/Jakarta", "name"),
        ("employees", "P1,Siti,pegawai", "kind"),
        ("identifiers", "P1,nip,198609262015053001,2017-01-01,", "value"),
        ("identifiers", "P1,nip,1.98609E+17,2017-01-01,", "value"),
        ("identifiers", "P1,nik,123,2017-01-01,", "value"),
        ("identifiers", "P1,sim,123,2017-01-01,", "kind"),
        ("postings", "P1,A,,2017-02-01,2017-02-01", "valid_to"),
        ("postings", "P1,A,,01/02/2017,", "valid_from"),
        ("postings", "P1,A,,2017-02-30,", "valid_from"),
        ("terminals", "T1,x,A,zk,,,2017-01-30,", "address"),
        ("terminals", "T1,x,A,zk,10.0.0.1,,2017-01-30,", "address"),
        ("terminals", "T1,x,A,soap,,,2017-01-30,", "driver"),
        ("terminals", "T1,x,A,usb_file,,123456,2017-01-30,", "comm_key_name"),
        ("terminals", "T1,x,A,usb_file,,,2017-01-30,2017-01-30", "removed_on"),
        ("pins", "kota,A,1,P1,2017-01-30,", "scope"),
        ("pins", "opd,A,1 2,P1,2017-01-30,", "pin"),
        ("schedules", "K,x,2017-01-02,7,8,1,07:30,16:00,ya,2017-01-01,,p", "day_no"),
        ("schedules", "K,x,2017-01-02,7,1,1,7.30,24:00,ya,2017-01-01,,p", "end_time"),
        ("schedules", "K,x,2017-01-02,7,1,1,07:30,16:00,yes,2017-01-01,,p", "works_on_holidays"),
        ("holidays", "2017-03-28,Nyepi,libur,SKB", "kind"),
        ("midday_absences", "P1,2017-02-09,10:00,,,800/33", "minutes"),
        ("midday_absences", "P1,2017-02-09,10:45,10:45,,800/33", "to_time"),
        ("midday_absences", "P1,2017-02-09,,,0,800/33", "minutes"),
        ("midday_absences", "P1,2017-02-09,,,45,", "letter_no"),
        ("day_overrides", "P1,2017-02-09,TEGURAN,5,Kepala Dinas,1", "kind"),
        ("day_overrides", "P1,2017-02-09,HUKUMAN,100.01,Kepala Dinas,1", "pct"),
        ("day_overrides", "P1,2017-02-09,HUKUMAN,,Kepala Dinas,1", "pct"),
        ("exemptions", "opd,SETDA,apel,2017-02-01,,1", "scope"),
        ("exemptions", "employee,P1,senam,2017-02-01,,1", "activity"),
        ("excuses", "K1,P1,sakit_hati,2017-02-06,2017-02-07,full,1,approved,", "kind"),
        ("excuses", "K1,P1,dinas_luar,2017-02-06,2017-02-05,full,1,approved,", "date_to"),
        ("excuses", "K1,P1,sakit_with_doctor_letter,2017-02-06,2017-02-07,full,,approved,", "letter_no"),
        ("excuses", "K1,P1,izin_sebelah,2017-02-06,2017-02-06,full,1,approved,", "side"),
        ("excuses", "K1,P1,dinas_luar,2017-02-06,2017-02-07,full,1,ya,", "decision"),
        ("manual_attendance", "P1,2017-02-14,,,Kepala,1", "time_in"),
        ("manual_attendance", "P1,2017-02-14,07:25,16:05,Kepala,", "letter_no"),
        ("events", "A1,apel,Apel,2017-02-06,,07:30,07:45,07:00,,terminal,I", "window_to"),
        ("events", "A1,Apel Pagi,Apel,2017-02-06,,07:30,07:00,07:45,,terminal,I", "kind"),
        ("event_attendance", "A1,P1,hadir,", "is_present"),
        ("outages", "T1,2017-02-14 17:00:00,2017-02-14 06:00:00,1,ya", "to_at_local"),
        ("outages", "T1,2017-02-14,2017-02-14 06:00:00,1,ya", "from_at_local"),
        ("tpp", "P1,2.500.000,2017-01-01,", "base_idr"),
        ("tpp", "P1,-1,2017-01-01,", "base_idr"),
        ("tpp", "=A1,1,2017-01-01,", "employee_id"),
    ],
)
def test_a_bad_cell_is_refused_with_its_column_and_a_remedy(tmp_path: Path, table: str, line: str, column: str) -> None:
    [refusal] = refusals_of(tmp_path, table, line)

    assert (refusal.file, refusal.line, refusal.column) == (f"{table}.csv", 2, column)
    assert refusal.reason
    assert refusal.remedy


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("midday_absences", "P1,2017-02-09,,,45,800/33"),
        ("midday_absences", "P1,2017-02-09,10:00,10:01,,800/33"),
        ("day_overrides", "P1,2017-02-09,hukuman,100,Kepala Dinas,1"),
        ("excuses", "K1,P1,dinas_luar,2017-02-06,2017-02-07,full,1,pending,,2017-02-03"),
        ("excuses", "K1,P1,sakit_without_letter,2017-02-06,2017-02-07,full,,approved,"),
        ("excuses", "K1,P1,sakit_with_doctor_letter,2017-02-06,2017-02-07,full,,pending,"),
        ("excuses", "K1,P1,izin_sebelah,2017-02-06,2017-02-06,masuk,1,approved,"),
        ("identifiers", "P1,nip,19860926 201505 1 001,2017-01-01,"),
        ("terminals", "T1,x,A,zk,10.0.0.1:4370,,2017-01-30,2017-01-31"),
        ("schedules", "K,x,2017-01-02,7,7,1,7.30,23:59:59,YA,2017-01-01,,p"),
        ("tpp", 'P1,"2500000,50",2017-01-01,2017-01-02'),
    ],
)
def test_twin_the_neighbour_of_a_bad_cell_is_good(tmp_path: Path, table: str, line: str) -> None:
    assert refusals_of(tmp_path, table, line) == []


def test_a_file_written_before_a_column_existed_is_read_without_it(tmp_path: Path) -> None:
    header = "excuse_id,employee_id,kind,date_from,date_to,side,letter_no,decision,decided_on\n"

    table, refusals = read_one(
        tmp_path, "excuses.csv", header + "K1,P1,dinas_luar,2017-02-06,2017-02-07,full,1,pending,\n"
    )
    short, reasons = read_one(tmp_path, "excuses.csv", header.replace(",decided_on", "") + "K1\n")

    assert table is not None
    assert refusals == []
    assert short is None
    assert [reason.column for reason in reasons] == ["decided_on"]


def test_a_row_torn_by_a_comma_says_so_once_and_keeps_only_its_first_key_cell(tmp_path: Path) -> None:
    table, _ = read_one(tmp_path, "tpp.csv", TPP + "P1,2,500,2017-01-01,2017-02-01\n")
    assert table is not None

    staged, refused = validate(table, known_excuse_kinds())

    assert len(refused) == 1
    assert "lebih banyak sel" in refused[0].reason
    assert staged == [StagedRow(2, True, ("P1", None, None, None))]


def test_each_bad_cell_of_a_row_is_named(tmp_path: Path) -> None:
    refused = refusals_of(tmp_path, "postings", "P1,,,2017-13-01,besok")

    assert {refusal.column for refusal in refused} == {"opd_code", "valid_from", "valid_to"}
