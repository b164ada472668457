"""The city is the same for the same seed, and its truth hangs together with itself."""

import csv
import hashlib
import itertools
import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulator.city import create_city
from simulator.offices import OFFICES, PAPER_OPD, POWER_CUT_DAY, POWER_CUT_OPD, CitySpec
from simulator.workdays import is_workday, workdays

pytestmark = pytest.mark.unit


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def small(seed: int) -> CitySpec:
    return CitySpec(seed, 60, 3, date(2017, 1, 30), date(2017, 2, 3), date(2017, 2, 10), 48600, photo_days=1)


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        create_city(small(seed), tmp_path / name)

    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a") != digest(tmp_path / "c")


def test_the_demo_city_has_its_size(demo_city: Path):
    opd = {row["name"] for row in table(demo_city / "site", "opd")}

    assert opd == {office.name for office in OFFICES}
    assert len(opd) == 15
    assert len(table(demo_city / "site", "employees")) == 1200
    assert Counter(row["driver"] for row in table(demo_city / "site", "terminals")) == {"zk": 17, "usb_file": 1}


def test_nip_are_well_formed_unique_and_missing_for_honorer(demo_city: Path):
    kinds = {row["employee_id"]: row["kind"] for row in table(demo_city / "site", "employees")}
    values = {row["employee_id"]: row["value"] for row in table(demo_city / "site", "identifiers")}

    assert len(set(values.values())) == len(values)
    assert {kinds[employee] for employee in values} == {"PNS"}
    assert sum(kind == "PNS" for kind in kinds.values()) == len(values)
    for nip in values.values():
        match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})(\d{4})(\d{2})[12](\d{3})", nip)
        assert match
        birth = date(int(match[1]), int(match[2]), int(match[3]))
        assert 1 <= int(match[5]) <= 12
        assert 18 <= int(match[4]) - birth.year <= 46
        assert int(match[4]) <= 2016
        assert match[6] != "000"


def test_every_workday_of_43_has_a_person_day_for_an_ordinary_employee(demo_city: Path):
    days = [row["work_date"] for row in table(demo_city / "truth", "person_days") if row["employee_id"] == "CLG00001"]

    assert len(days) == 43
    assert days == [str(day) for day in workdays(date(2017, 1, 30), date(2017, 3, 31))]
    assert not {"2017-02-15", "2017-03-28"} & set(days)


def test_minutes_stand_exactly_beside_their_statuses(demo_city: Path):
    for row in table(demo_city / "truth", "person_days"):
        statuses = row["statuses"].split("+")

        assert statuses == sorted(statuses)
        assert ("TERLAMBAT" in statuses) == (int(row["late_minutes"]) > 0)
        assert ("PULANG_AWAL" in statuses) == (int(row["early_minutes"]) > 0)
        assert not {"ALPA", "HADIR"} <= set(statuses)


def test_months_are_the_sums_of_the_deductions(demo_city: Path):
    counted: Counter[tuple[str, str]] = Counter()
    open_rows: Counter[tuple[str, str]] = Counter()
    for row in table(demo_city / "truth", "deductions"):
        key = (row["employee_id"], row["work_date"][:7])
        assert (row["rule_status"] == "in_force") == (row["work_date"] >= "2017-03-20")
        if row["reason"]:
            open_rows[key] += 1
        else:
            counted[key] += int(float(row["pct"]))

    months = table(demo_city / "truth", "months")

    for row in months:
        key = (row["employee_id"], row["month"])
        assert float(row["payable_pct"]) + float(row["projected_pct"]) == counted[key]
        assert int(row["undecided_count"]) == open_rows[key]
    assert sum(counted.values()) == sum(float(row["payable_pct"]) + float(row["projected_pct"]) for row in months)


@pytest.fixture(scope="module")
def staff(demo_city: Path) -> dict[str, list[str]]:
    """Employees of each office in their order: the first ones are anchors, then the six clean ones."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in table(demo_city / "site", "postings"):
        if not row["group_code"]:
            found[row["opd_code"]].append(row["employee_id"])
    return found


@pytest.mark.parametrize(
    ("opd", "number", "day", "statuses", "late", "early", "cuts"),
    [
        # Setwan has one terminal: three anchors, so the first clean one is number 3.
        ("SETWAN", 3, "2017-03-21", "HADIR", 0, 0, []),
        ("SETWAN", 3, "2017-03-22", "HADIR+TERLAMBAT", 1, 0, [("terlambat", "1.00", "")]),
        ("SETWAN", 3, "2017-03-24", "HADIR+PULANG_AWAL", 0, 1, [("pulang_awal", "1.00", "")]),
        ("SETWAN", 4, "2017-03-22", "ALPA", 0, 0, [("alpa", "5.00", "")]),
        # 07:34:59 on a clock 240 s fast is 07:30:59; 07:35:00 is 07:31:00.
        ("DISDUKCAPIL", 3, "2017-03-21", "HADIR+TERLAMBAT", 4, 0, [("terlambat", "", "JAM_MESIN")]),
        ("DISDUKCAPIL", 3, "2017-03-22", "HADIR+TERLAMBAT", 5, 0, [("terlambat", "1.00", "")]),
        (
            "DISDUKCAPIL",
            3,
            "2017-03-20",
            "HADIR+TERLAMBAT",
            18,
            0,
            [("apel", "", "JAM_MESIN"), ("terlambat", "1.00", "")],
        ),
        ("SATPOLPP", 3, "2017-03-21", "HADIR+TERLAMBAT", 1, 0, [("terlambat", "1.00", "")]),
        ("DPUTR", 5, "2017-03-29", "HADIR+TANPA_PULANG", 0, 0, [("tanpa_pulang", "", "TARIF_TIDAK_DIKETAHUI")]),
        ("DPUTR", 3, "2017-03-22", "HADIR+TERLAMBAT", 20, 0, []),
        ("DISHUB", 3, "2017-03-20", "ALPA", 0, 0, [("alpa", "5.00", "")]),
        ("BKPP", 3, "2017-03-22", "BELUM_LENGKAP", 0, 0, []),
        ("BKPP", 3, "2017-03-21", "ALPA", 0, 0, [("alpa", "5.00", "")]),
        ("BAPPEDA", 4, "2017-03-21", "BELUM_LENGKAP+HADIR", 0, 0, []),
        ("DLH", 4, "2017-03-23", "BELUM_LENGKAP", 0, 0, []),
        ("DLH", 5, "2017-03-23", "BELUM_LENGKAP+HADIR+PULANG_AWAL", 0, 40, [("pulang_awal", "1.00", "")]),
        ("KEC-CIWANDAN", 4, "2017-03-08", "ALPA", 0, 0, [("alpa", "5.00", "")]),
        # Two terminals each: six anchors. Nobody knows the allowance of the first; the other came after the roll call.
        ("DINKES", 6, "2017-03-22", "HADIR+TERLAMBAT", 12, 0, [("terlambat", "1.00", "TPP_TIDAK_DIKETAHUI")]),
        ("DINKES", 7, "2017-03-20", "HADIR+TERLAMBAT", 25, 0, [("apel", "1.00", ""), ("terlambat", "1.00", "")]),
        ("SETDA", 6, "2017-03-20", "HADIR", 0, 0, [("apel", "1.00", "")]),
    ],
)
def test_planted_days(demo_city: Path, staff, opd, number, day, statuses, late, early, cuts):
    who = staff[opd][number]

    found = [
        row for row in table(demo_city / "truth", "person_days") if (row["employee_id"], row["work_date"]) == (who, day)
    ]
    deductions = [
        (row["matter"], row["pct"], row["reason"])
        for row in table(demo_city / "truth", "deductions")
        if (row["employee_id"], row["work_date"]) == (who, day)
    ]

    assert [(row["statuses"], row["late_minutes"], row["early_minutes"]) for row in found] == [
        (statuses, str(late), str(early))
    ]
    assert deductions == cuts


def test_half_a_rupiah_is_rounded_up(demo_city: Path, staff):
    # 1 % of 2,345,650 = 23,456.50
    who = staff["INSPEKTORAT"][3]

    month = [
        row for row in table(demo_city / "truth", "months") if (row["employee_id"], row["month"]) == (who, "2017-03")
    ]

    assert [(row["payable_pct"], row["payable_idr"]) for row in month] == [("1.00", "23457")]


def test_allowance_of_the_day_counts(demo_city: Path, staff):
    # 22 March: 1 % of 2,500,050 = 25,000.50; 29 March: 1 % of 3,100,150 = 31,001.50; together 56,002.00
    who = staff["BPKAD"][6]

    month = [
        row for row in table(demo_city / "truth", "months") if (row["employee_id"], row["month"]) == (who, "2017-03")
    ]

    assert [(row["payable_pct"], row["payable_idr"]) for row in month] == [("2.00", "56002")]


def signs_of_life(appears: np.ndarray, pins: np.ndarray, day: date) -> tuple[int, int]:
    """Different PINs in the half hour before the office opens, and in that after it closes."""
    midnight = int(np.datetime64(day).astype(np.int64)) * 86400
    end = 59400 if day.weekday() == 4 else 57600
    counts = []
    for start in (7 * 3600, end):
        within = (appears >= midnight + start) & (appears < midnight + start + 1800)
        counts.append(len(np.unique(pins[within])))
    return counts[0], counts[1]


def test_every_terminal_lives_at_both_ends_of_every_workday_but_where_planted(demo_city: Path):
    dead: set[tuple[str, str]] = set()
    for row in table(demo_city / "site", "terminals"):
        appears = np.load(demo_city / "terminals" / f"{row['terminal_serial']}.appears.npy")
        log = np.load(demo_city / "terminals" / f"{row['terminal_serial']}.log.npy")
        pins = np.ascontiguousarray(log[:, 2:26]).view("S24").ravel()
        for day in workdays(date.fromisoformat(row["installed_on"]), date(2017, 4, 7)):
            if min(signs_of_life(appears, pins, day)) < 3:
                dead.add((row["opd_code"], str(day)))

    paper_week = {(PAPER_OPD, f"2017-03-{day:02d}") for day in range(6, 11)}
    assert dead == {(POWER_CUT_OPD, str(POWER_CUT_DAY)), *paper_week}


def test_signs_of_life_are_missed_when_the_punches_are_not_there(demo_city: Path):
    serial = table(demo_city / "site", "terminals")[0]["terminal_serial"]
    appears = np.load(demo_city / "terminals" / f"{serial}.appears.npy")
    pins = np.arange(len(appears)).astype("S24")
    morning = (appears // 1800 % 48) == 14

    assert min(signs_of_life(appears, pins, date(2017, 3, 1))) >= 3
    assert min(signs_of_life(appears[~morning], pins[~morning], date(2017, 3, 1))) == 0


def test_usb_sticks_hold_the_log_up_to_their_time(demo_city: Path):
    serial = next(
        row["terminal_serial"] for row in table(demo_city / "site", "terminals") if row["driver"] == "usb_file"
    )
    sticks = sorted((demo_city / "inbox" / serial).iterdir())

    assert [stick.name for stick in sticks] == [
        "20170217T173000_attlog.dat",
        "20170319T120000_attlog.dat",
        "20170329T170000_attlog.dat",
        "20170401T073000_attlog.dat",
    ]
    for earlier, later in itertools.pairwise(sticks):
        assert later.read_bytes().startswith(earlier.read_bytes())
    first = sticks[0].read_text(encoding="ascii").splitlines()
    assert all(re.fullmatch(r" *\d+\t2017-0[12]-\d\d \d\d:\d\d:\d\d\t1\t(0|1|255)\t(1|15)\t0", line) for line in first)
    assert {len(line.split("\t")[0]) for line in first} == {9}


def test_nobody_punches_in_the_half_hour_before_the_night_but_guards(demo_city: Path):
    for row in table(demo_city / "site", "terminals"):
        appears = np.load(demo_city / "terminals" / f"{row['terminal_serial']}.appears.npy")
        log = np.load(demo_city / "terminals" / f"{row['terminal_serial']}.log.npy")
        pins = np.ascontiguousarray(log[:, 2:26]).view("S24").ravel()
        evening = (appears % 86400 >= 66600) & (appears % 86400 < 68400)

        assert all(pin.startswith(b"900") for pin in pins[evening].tolist())


def test_a_last_day_before_a_working_day_is_refused():
    assert is_workday(date(2017, 3, 30))

    with pytest.raises(ValueError, match="hari libur"):
        CitySpec(until=date(2017, 3, 29))


def test_too_few_people_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="terlalu sedikit orang"):
        create_city(CitySpec(people=30), tmp_path)


def test_a_site_of_somebody_else_is_not_overwritten(tmp_path: Path):
    theirs = tmp_path / "site" / "opd.csv"
    theirs.parent.mkdir()
    theirs.write_text("opd_code,name,timezone\n", encoding="utf-8")

    with pytest.raises(ValueError, match="bukan kota tiruan"):
        create_city(small(1), tmp_path)

    assert theirs.read_text(encoding="utf-8") == "opd_code,name,timezone\n"


def test_a_smaller_city_replaces_a_larger_one_wholly(tmp_path: Path):
    large = CitySpec(2, 400, 18, date(2017, 1, 30), date(2017, 2, 3), date(2017, 2, 10), 48600, photo_days=2)
    create_city(large, tmp_path / "a")
    create_city(small(1), tmp_path / "a")
    create_city(small(1), tmp_path / "b")

    assert digest(tmp_path / "a") == digest(tmp_path / "b")
