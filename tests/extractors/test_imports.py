"""USB exports into raw: by hand and from the inbox."""

import hashlib
from datetime import datetime
from pathlib import Path

import pytest

from extractors.imports import import_file, import_inbox
from extractors.registry import UnknownTerminal
from tests.support.export_files import FK_HEADERS, fk_file
from tests.support.reference_rows import fetch, register_city, register_terminal
from warehouse.clock import Clock, clock_at
from warehouse.console import Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.db

TAKEN = datetime(2017, 3, 1, 16, 0)


def clock(text: str = "2017-03-01T17:00+07:00") -> Clock:
    return clock_at(datetime.fromisoformat(text))


def lines(*pins: str, day: int = 1) -> bytes:
    return b"".join(
        b"%9s\t2017-03-%02d 07:3%d:00\t1\t0\t1\t0\r\n" % (pin.encode(), day, at) for at, pin in enumerate(pins)
    )


@pytest.fixture
def usb(warehouse_db: Settings) -> Settings:
    """USB0001 stands in DINKES without a network."""
    register_city(warehouse_db)
    register_terminal(warehouse_db, "USB0001", driver="usb_file")
    return warehouse_db


def test_a_file_lands_with_its_torn_line_beside_it(usb: Settings, tmp_path: Path) -> None:
    content = lines("1", "2") + b"torn\x01\n" + lines("3", day=2)
    (tmp_path / "attlog.dat").write_bytes(content)

    row = import_file(
        usb, tmp_path / "attlog.dat", "USB0001", datetime(2017, 3, 2, 16), clock("2017-03-03T08:00+07:00")
    )

    assert (row.channel, row.offered, row.new_count, row.rejected_count, row.source) == (
        "usb_file",
        4,
        3,
        1,
        "attlog.dat",
    )
    assert row.covers_until_local == datetime(2017, 3, 2, 16)
    sha256 = hashlib.sha256(content).hexdigest()
    assert fetch(usb, "select source, ordinal, reason from raw.rejects") == [(sha256, 2, "baris robek")]
    assert fetch(usb, "select pin, ordinal, epoch, channel from raw.punches order by ordinal")[-1] == (
        "3",
        3,
        0,
        "usb_file",
    )


def test_the_same_bytes_twice_double_nothing(usb: Settings, tmp_path: Path) -> None:
    (tmp_path / "attlog.dat").write_bytes(lines("1", "2") + b"torn\n")
    import_file(usb, tmp_path / "attlog.dat", "USB0001", TAKEN, clock())

    row = import_file(usb, tmp_path / "attlog.dat", "USB0001", TAKEN, clock())

    assert (row.offered, row.new_count, row.rejected_count, row.duplicate_count) == (3, 0, 0, 3)


def test_without_taken_at_it_covers_up_to_its_last_punch(usb: Settings, tmp_path: Path) -> None:
    (tmp_path / "attlog.dat").write_bytes(lines("1", "2"))

    assert import_file(usb, tmp_path / "attlog.dat", "USB0001", None, clock()).covers_until_local == datetime(
        2017, 3, 1, 7, 31
    )


@pytest.mark.parametrize("content", [b"%PDF-1.4", b"", b"torn\n"])
def test_a_file_that_says_nothing_is_a_refused_row(usb: Settings, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "attlog.dat").write_bytes(content)

    row = import_file(usb, tmp_path / "attlog.dat", "USB0001", None, clock())

    assert (row.outcome, row.error_class, row.error_phase) == ("refused", "unsupported", "decode")
    assert not usb.evidence_dir.exists()


def test_wrong_use(usb: Settings, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="tidak dapat dibaca"):
        import_file(usb, tmp_path / "none.dat", "USB0001", None, clock())
    (tmp_path / "attlog.dat").write_bytes(lines("1"))
    with pytest.raises(UnknownTerminal):
        import_file(usb, tmp_path / "attlog.dat", "USB0002", None, clock())


def put(settings: Settings, serial: str, name: str, content: bytes) -> None:
    folder = settings.inbox_dir / serial
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def test_the_inbox_is_read_up_to_the_clock_and_once(usb: Settings) -> None:
    put(usb, "USB0001", "20170301T160000_attlog.dat", lines("1", "2"))
    put(usb, "USB0001", "20170302T160000_attlog.dat", lines("1", "2") + lines("3", day=2))
    put(usb, "USB0001", "readme.txt", b"not ours")
    put(usb, "USB0001", "yesterday_attlog.dat", lines("9"))

    first = import_inbox(usb, clock())
    again = import_inbox(usb, clock())
    later = import_inbox(usb, clock("2017-03-02T16:00+07:00"))

    assert [(row.new_count, row.covers_until_local) for row in first] == [(2, TAKEN)]
    assert again == []
    assert [(row.offered, row.new_count, row.duplicate_count) for row in later] == [(3, 1, 2)]


def test_equal_bytes_taken_later_move_the_coverage_and_double_nothing(usb: Settings) -> None:
    put(usb, "USB0001", "20170301T160000_attlog.dat", lines("1", "2"))
    import_inbox(usb, clock())
    put(usb, "USB0001", "20170301T163000_attlog.dat", lines("1", "2"))

    rows = import_inbox(usb, clock())

    assert [(row.new_count, row.duplicate_count, row.covers_until_local) for row in rows] == [
        (0, 2, datetime(2017, 3, 1, 16, 30))
    ]
    assert import_inbox(usb, clock()) == []


def test_a_stray_folder_or_a_refused_file_holds_nothing_up(usb: Settings) -> None:
    put(usb, "USB0000", "20170301T160000_attlog.dat", lines("1"))
    put(usb, "USB0001", "20170301T150000_attlog.dat", b"%PDF-1.4")
    put(usb, "USB0001", "20170301T160000_attlog.dat", lines("1"))

    assert [row.outcome for row in import_inbox(usb, clock())] == ["refused", "ok"]
    assert import_inbox(usb, clock()) == []


def fk(*numbers: int) -> bytes:
    rows = [(number, "00000007", b"Siti Aminah", f"2017/03/01 07:{number % 60:02}:00") for number in numbers]
    return fk_file(FK_HEADERS["new"], rows)


BROUGHT = "select file_name, format, line_count, first_no, last_no, brought_by from raw.brought_files order by pull_id"


def test_who_brought_a_file_is_recorded_of_a_refused_one_too(usb: Settings, tmp_path: Path) -> None:
    (tmp_path / "GLG_001.TXT").write_bytes(fk(11, 12))
    (tmp_path / "notes.txt").write_bytes(b"%PDF-1.4")

    import_file(usb, tmp_path / "GLG_001.TXT", "USB0001", TAKEN, clock(), brought_by="Joko, DINKES")
    import_file(usb, tmp_path / "notes.txt", "USB0001", TAKEN, clock(), brought_by="Rina")

    assert fetch(usb, BROUGHT) == [
        ("GLG_001.TXT", "fk_log", 2, 11, 12, "Joko, DINKES"),
        ("notes.txt", None, None, None, None, "Rina"),
    ]
    assert fetch(usb, "select terminal_serial, pin, user_name from raw.terminal_users") == [
        ("USB0001", "00000007", "Siti Aminah")
    ]


def test_the_inbox_brings_files_in_its_own_name(usb: Settings) -> None:
    put(usb, "USB0001", "20170301T160000_attlog.dat", lines("1"))

    import_inbox(usb, clock())

    assert [row[-1] for row in fetch(usb, BROUGHT)] == ["kotak masuk"]


def test_a_file_that_names_another_terminal_is_refused(usb: Settings, tmp_path: Path) -> None:
    register_terminal(usb, "USB0002", driver="usb_file")
    (tmp_path / "1_attlog.dat").write_bytes(b"USB0009\r\n" + lines("1") + b"8C41F2A0\r\n")
    (tmp_path / "USB0002_attlog.dat").write_bytes(lines("1"))
    (tmp_path / "2_attlog.dat").write_bytes(b"USB0001\r\n" + lines("1") + b"8C41F2A0\r\n")

    rows = [import_file(usb, path, "USB0001", TAKEN, clock()) for path in sorted(tmp_path.glob("*_attlog.dat"))]

    assert [(row.outcome, row.new_count) for row in rows] == [("refused", 0), ("ok", 1), ("refused", 0)]
    assert ["USB0009" in str(rows[0].error_message), "USB0002" in str(rows[2].error_message)] == [True, True]


def test_lost_records_of_a_counting_terminal_refuse_the_file(usb: Settings, tmp_path: Path) -> None:
    answers = []
    for name, numbers in {"a": (11, 12), "b": (13, 15), "c": (14, 15), "d": (12, 13, 14, 15), "e": (15, 16)}.items():
        (tmp_path / name).write_bytes(fk(*numbers))
        answers.append(import_file(usb, tmp_path / name, "USB0001", TAKEN, clock()))

    assert [row.outcome for row in answers] == ["ok", "refused", "refused", "ok", "ok"]
    assert "meloncat dari 13 ke 15" in str(answers[1].error_message)
    assert "berakhir pada nomor urut 12, yang ini mulai dari 14" in str(answers[2].error_message)
