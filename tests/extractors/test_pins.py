"""PINs that nobody owns: suggestions by the names that terminals show, and what a person agreed to."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.imports import import_file
from extractors.pin_names import fitting, likeness_of
from extractors.pins import approve_pins, suggest_pins
from extractors.pull import pull_terminal
from extractors.site.files import columns_of
from simulator.solution import SolutionPunch, SolutionTerminal, serving
from tests.support.export_files import FK_HEADERS, fk_file
from tests.support.reference_rows import execute, give_pin, register_city, register_terminal
from warehouse.clock import Clock, clock_at
from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.settings import Settings


@pytest.mark.unit
@pytest.mark.parametrize(
    ("shown", "name", "likeness"),
    [
        ("SITI AMINAH", "Dr. Hj. Siti Aminah, S.Kom., M.Si.", "sama"),
        ("sitiaminah", "Siti Aminah", "sama"),
        ("MUHAMMAD ", "Muhammad Rizal Fahmi", "terpotong"),
        ("Siti A", "Siti Nur Aminah", "mirip"),
        ("BUDI SANTOSA", "Budi Santoso", "mirip"),
        ("Rénald", "Renald", "sama"),
        ("Ali", "Ali Akbar", None),
        ("JOKO", "Siti Aminah", None),
        ("", "Siti Aminah", None),
    ],
)
def test_a_shown_name_fits_a_name(shown: str, name: str, likeness: str | None) -> None:
    assert likeness_of(shown, name) == likeness


@pytest.mark.unit
def test_the_best_likeness_alone_is_suggested() -> None:
    people = [("P1", "Budi Santoso"), ("P2", "Budi Santosa"), ("P3", "Budi")]

    assert [one.employee_id for one in fitting("BUDI SANTOSA", people)] == ["P2"]


@pytest.mark.unit
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_names_are_compared_or_not(shown: str, name: str) -> None:
    assert likeness_of(shown, name) in {"sama", "terpotong", "mirip", None}


def clock() -> Clock:
    return clock_at(datetime.fromisoformat("2017-03-02T08:00+07:00"))


@pytest.fixture
def city(warehouse_db: Settings) -> Settings:
    """DINKES with two terminals and three people; PIN 3 is Rina's at USB0001, nobody is mapped at USB0002."""
    register_city(warehouse_db)
    register_terminal(warehouse_db, "USB0001", driver="usb_file")
    register_terminal(warehouse_db, "USB0002", driver="usb_file")
    people = {"P1": "Siti Aminah, S.Kom.", "P2": "Budi Santoso", "P3": "Rina Marlina", "P9": "Joko Susilo"}
    for employee_id, name in people.items():
        execute(warehouse_db, ("insert into reference.employees values (%s, %s, 'PNS', 1, null)", (employee_id, name)))
    for employee_id in ("P1", "P2", "P3"):
        statement = "insert into reference.postings values (%s, 'DINKES', null, '2017-01-01', null, 1, null)"
        execute(warehouse_db, (statement, (employee_id,)))
    give_pin(warehouse_db, "3", "P3", scope="terminal", scope_code="USB0001")
    return warehouse_db


NAMES = {"1": b"SITI AMINAH", "2": b"BUDI", "3": b"", "4": b"JOKO SUSILO", "5": b"=cmd|' /C calc'!A0", "6": b""}


def bring(settings: Settings, folder: Path, serial: str) -> None:
    rows = [(at, pin, name, f"2017-03-01 07:3{at}:00") for at, (pin, name) in enumerate(NAMES.items())]
    (folder / serial).write_bytes(fk_file(FK_HEADERS["new"], rows))
    import_file(settings, folder / serial, serial, datetime(2017, 3, 1, 16), clock())


def suggest(settings: Settings, out: Path, **more: Any) -> list[dict[str, str]]:
    suggest_pins(settings, out, None, clock(), is_asking=more.get("is_asking", False))
    with out.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.db
def test_each_unmatched_pin_stands_there_with_who_it_might_be(city: Settings, tmp_path: Path) -> None:
    bring(city, tmp_path, "USB0001")
    bring(city, tmp_path, "USB0002")

    rows = {(row["scope_code"], row["pin"]): row for row in suggest(city, tmp_path / "pins.csv")}

    assert ("USB0001", "3") not in rows  # it is Rina's
    assert {pin: rows["USB0002", pin]["employee_id"] for pin in NAMES} == {
        "1": "P1", "2": "P2", "3": "P3", "4": "P9", "5": "", "6": ""
    }  # fmt: skip
    assert rows["USB0002", "3"]["why"] == "PIN yang sama di mesin lain kantor ini"
    assert rows["USB0002", "4"]["why"] == "nama di mesin sama dengan nama pegawai kantor lain"
    assert rows["USB0002", "5"]["terminal_name"].startswith("'=")  # a spreadsheet shows it and does not run it
    assert {row["setuju"] for row in rows.values()} == {""}
    assert oct((tmp_path / "pins.csv").stat().st_mode & 0o777) == "0o600"


@pytest.mark.db
def test_two_people_of_one_name_are_named_and_neither_is_chosen(city: Settings, tmp_path: Path) -> None:
    execute(city, "insert into reference.employees values ('P4', 'Budi Hartono', 'PNS', 1, null)",
            "insert into reference.postings values ('P4', 'DINKES', null, '2017-01-01', null, 1, null)")  # fmt: skip
    bring(city, tmp_path, "USB0001")

    row = next(row for row in suggest(city, tmp_path / "pins.csv") if row["pin"] == "2")

    assert (row["employee_id"], row["other_candidates"]) == ("", "P2 Budi Santoso; P4 Budi Hartono")


@pytest.mark.db
def test_what_was_decided_is_suggested_first_or_left_out(city: Settings, tmp_path: Path) -> None:
    bring(city, tmp_path, "USB0001")
    admin = connect(city, "admin")
    with admin, admin.cursor() as cursor:
        cursor.execute("insert into ops.pin_decisions values ('USB0001', '1', 'P2', 'x', 'y', now()),"
                       " ('USB0001', '6', null, 'x', 'y', now())")  # fmt: skip
    admin.close()

    rows = {row["pin"]: row for row in suggest(city, tmp_path / "pins.csv")}

    assert (rows["1"]["employee_id"], rows["1"]["why"]) == ("P2", "sudah diputuskan, belum ditulis di pins.csv")
    assert "6" not in rows


@pytest.mark.db
def test_a_pin_whose_row_had_ended_is_unmatched_from_that_day_on(city: Settings, tmp_path: Path) -> None:
    give_pin(city, "6", "P3", scope_code="DINKES", valid_to=date(2017, 3, 1))
    bring(city, tmp_path, "USB0001")

    assert "6" in {row["pin"] for row in suggest(city, tmp_path / "pins.csv")}


@pytest.mark.db
def test_terminals_are_asked_for_names_and_a_swapped_one_tells_nothing(city: Settings, tmp_path: Path) -> None:
    machine = SolutionTerminal("SOL0001", lambda: datetime(2017, 3, 2, 8), users=[(1, "Siti Aminah", "77")])
    machine.log = [SolutionPunch("77", "2017-03-01 07:30:00")]
    with serving(machine) as address:
        register_terminal(city, "SOL0001", driver="solution", address=address)
        pull_terminal(city, "SOL0001", clock())
        machine.serial = "SOL0002"
        silent = suggest_pins(city, tmp_path / "a.csv", "SOL0001", clock(), is_asking=True)
        machine.serial = "SOL0001"
        told = suggest_pins(city, tmp_path / "b.csv", "SOL0001", clock(), is_asking=True)

    assert (silent.silent, silent.suggested, told.asked, told.suggested) == (["SOL0001"], 0, ["SOL0001"], 1)


def site_pins(folder: Path, *rows: str) -> Path:
    path = folder / "pins.csv"
    path.write_text("\n".join([",".join(columns_of("pins")), *rows]) + "\n", encoding="utf-8")
    return path


def marked(folder: Path, *rows: str) -> Path:
    path = folder / "suggested.csv"
    path.write_text("\n".join([",".join((*columns_of("pins"), "setuju", "why")), *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.unit
def test_only_what_was_agreed_goes_into_the_site_folder_and_once(tmp_path: Path) -> None:
    pins = site_pins(tmp_path, "opd,SETDA,9,P9,2017-01-30,")
    suggested = marked(tmp_path, "terminal,T1,007,P1,2017-03-01,,ya,x", "terminal,T1,8,P2,2017-03-01,,,x",
                       "opd,SETDA,9,P9,2017-01-30,,YA,x")  # fmt: skip

    first, second = approve_pins(suggested, tmp_path), approve_pins(suggested, tmp_path)

    assert [(one.added, one.open, one.known) for one in (first, second)] == [(1, 1, 1), (0, 1, 2)]
    assert pins.read_text(encoding="utf-8").splitlines()[1:] == [
        "opd,SETDA,9,P9,2017-01-30,", "terminal,T1,007,P1,2017-03-01,"
    ]  # fmt: skip


@pytest.mark.unit
def test_an_agreed_row_without_an_employee_or_another_file_is_refused(tmp_path: Path) -> None:
    site_pins(tmp_path)
    with pytest.raises(Problem, match="disetujui tanpa employee_id"):
        approve_pins(marked(tmp_path, "terminal,T1,8,,2017-03-01,,ya,x"), tmp_path)
    with pytest.raises(Problem, match="tidak punya kolom"):
        approve_pins(tmp_path / "pins.csv", tmp_path)
    with pytest.raises(Problem, match="tidak dapat dibaca"):
        approve_pins(tmp_path / "none.csv", tmp_path)
