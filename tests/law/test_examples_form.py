"""The border of worked examples: what people write becomes scenarios, what is wrong is told and leaves the rest."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from law.examples.compare import Checked, Failure, compare
from law.examples.door import told
from law.examples.form import DayScenario, MonthScenario, read_scenarios
from warehouse.console import Exit, Problem

pytestmark = pytest.mark.unit

DAY = '{id: %s, kind: day, regulation: r, date: "2017-03-21", in: "07:30", out: "16:00", expected: {late: 0}%s}'


def read(tmp_path: Path, *lines: str) -> tuple[list[object], list[str]]:
    path = tmp_path / "contoh.yaml"
    path.write_text("scenarios:\n" + "".join(f"- {line}\n" for line in lines), encoding="utf-8")
    file = read_scenarios(path)
    return list(file.scenarios), [bad.error for bad in file.unreadable]


def test_times_dates_and_numbers_are_what_was_written(tmp_path: Path) -> None:
    """YAML 1.1 would read 16:00 as 960 and 0.525 as a binary fraction."""
    (scenario,), errors = read(
        tmp_path,
        "{id: 7, kind: day, regulation: r, date: 2017-03-21, in: 07:30, out: 16:00, punches: [7.31, 16:00:05],"
        " expected: {pct: 0.525}}",
    )

    assert errors == []
    assert isinstance(scenario, DayScenario)
    assert (scenario.id, scenario.day, scenario.begin, scenario.end) == ("7", date(2017, 3, 21), time(7, 30), time(16))
    assert scenario.times == (datetime(2017, 3, 21, 7, 31), datetime(2017, 3, 21, 16, 0, 5))
    assert scenario.expected == {"pct": Decimal("0.525")}


def test_after_midnight_of_a_night_shift_is_the_next_day(tmp_path: Path) -> None:
    (scenario,), _ = read(
        tmp_path,
        '{id: a, kind: day, regulation: r, date: "2017-03-21", in: "23:00", out: "07:00",'
        ' punches: ["07:05", "22:50"], expected: {late: 0}}',
    )

    assert isinstance(scenario, DayScenario)
    assert scenario.times == (datetime(2017, 3, 21, 22, 50), datetime(2017, 3, 22, 7, 5))


def test_counters_of_a_month_are_numbers(tmp_path: Path) -> None:
    (scenario,), _ = read(
        tmp_path, "{id: a, kind: month, regulation: r, counters: {absent_days: 4}, expected: {cut_rp: 252000}}"
    )

    assert isinstance(scenario, MonthScenario)
    assert scenario.counters == {"absent_days": Decimal(4)}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{kind: day, expected: {late: 0}}", "tanpa id"),
        ("{id: x, kind: minggu, expected: {late: 0}}", "kind 'minggu' tidak dikenal"),
        (DAY % ("x", ", punch: []"), "kunci 'punch' tidak dikenal"),
        ("{id: x, kind: day, regulation: r, in: null, out: null, expected: {late: 0}}", "kunci 'date' belum diisi"),
        (DAY.replace("late: 0", "telat: 0") % ("x", ""), "kunci expected 'telat' tidak dikenal"),
        (DAY % ("x", ", docs: [{kind: hukuman}]"), "hukuman tanpa pct"),
        (DAY % ("x", ", docs: [{kind: izin_sebelah}]"), "izin_sebelah tanpa side"),
        (DAY % ("x", ', punches: ["07:70"]'), "yang tidak dimengerti"),
        (DAY.replace('"16:00"', "null") % ("x", ""), "in dan out harus sama-sama"),
        (DAY % ("ada", ""), "id sudah dipakai"),
    ],
)
def test_a_slip_of_the_pen_names_file_example_key_and_remedy(tmp_path: Path, line: str, said: str) -> None:
    scenarios, errors = read(tmp_path, DAY % ("ada", ""), line)

    assert len(scenarios) == 1, "the other example is still tried"
    assert said in errors[0]
    assert errors[0].startswith("contoh.yaml, contoh ")


def test_a_file_without_examples_is_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "kosong.yaml"
    path.write_text("peraturan: 1\n", encoding="utf-8")

    with pytest.raises(Problem, match="scenarios") as raised:
        read_scenarios(path)

    assert raised.value.code == Exit.WRONG_USE


@pytest.mark.parametrize(
    ("expected", "answer", "is_same"),
    [
        ({"status": ["TERLAMBAT", "HADIR"]}, {"status": ["HADIR", "TERLAMBAT"]}, True),
        ({"status": ["HADIR"]}, {"status": ["HADIR", "TERLAMBAT"]}, False),
        ({"pct": Decimal("1.0")}, {"pct": Decimal("1.00")}, True),
        ({"pct": Decimal("0.525")}, {"pct": Decimal("0.53")}, False),
        ({"pct": None}, {"pct": Decimal(0)}, False),
        ({"pct": 0}, {"pct": None}, False),
        ({"code": "TL1"}, {"codes": ["TL1"]}, True),
        ({"code": "TL1"}, {"codes": ["PSW1", "TL1"]}, True),
        ({"code": "TL2"}, {"codes": ["PSW1", "TL1"]}, False),
        ({"warn": "DOUBLE_PUNCH_AS_OUT"}, {"warn": None}, False),
        ({"candidates": [2, 5]}, {"candidates": [Decimal("5.00"), Decimal("2.00")]}, True),
        ({"salary_stop_next_month": True}, {"salary_stop_next_month": False}, False),
        ({"sanction": None}, {"sanction": None}, True),
        ({"late": 1}, None, False),
    ],
)
def test_numbers_are_compared_exactly_and_null_is_not_zero(
    expected: dict[str, object], answer: dict[str, object] | None, is_same: bool
) -> None:
    assert (compare("x", expected, answer) is None) is is_same


def test_the_report_for_people_fits_eighty_columns() -> None:
    wanted = {"status": ["HADIR", "TERLAMBAT", "PULANG_AWAL"], "pct": None}
    got = {"status": ["HADIR", "TANPA_MASUK", "TANPA_PULANG", "KELUAR_SEMENTARA"], "pct": Decimal("2.5")}
    failure = Failure("contoh-1", wanted, got)
    unreadable = Failure("contoh-2", None, None, "berkas.yaml, contoh contoh-2: " + "kunci 'x' tidak dikenal; " * 6)

    text = told(Checked(3, (failure, unreadable)))

    assert text.startswith("3 contoh, 1 cocok, 2 tidak cocok.")
    assert "belum diputus" in text
    assert max(len(line) for line in text.splitlines()) <= 80
