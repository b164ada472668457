"""A month computed by hand: July 2020 in an office under the rules of Pakpak Bharat, with the fifth alpa.

Two bases: lateness and the like cost percentages of the attendance part, which is 30 % of the allowance; alpa costs
percentages of the whole, 4 % until 2 July and 3 % from 3 July. On the fifth alpa of the month the attendance part is
gone. July has 22 working days: 23 weekdays less Idul Adha on the 31st.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from extractors.site.load import load_site
from tests.support.golden_town import land_pull
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.connection import connect
from warehouse.settings import Settings

pytestmark = pytest.mark.dbt

AS_OF = datetime.fromisoformat("2020-08-03T08:00+07:00")
PEOPLE = {1: 2_000_000, 2: 2_000_000, 3: 2_500_000, 4: 3_000_000, 5: 2_400_000, 6: 2_000_000, 7: 2_000_000}
HOLIDAY = date(2020, 7, 31)
NOTHING: tuple[str, ...] = ()

# (person, day of July) -> the times that he punched at; everybody else comes at 07.20 and leaves five minutes late.
DEVIATIONS: dict[tuple[int, int], tuple[str, ...]] = {
    **{(2, day): NOTHING for day in (1, 2, 3, 6)},
    (2, 8): ("07:41:00", "16:05:00"),
    **{(3, day): NOTHING for day in (6, 7, 8, 9, 10)},
    (3, 14): ("08:10:00", "16:05:00"),
    **{(4, day): NOTHING for day in (2, 3)},
    (4, 21): ("07:20:00", "15:20:00"),
    (4, 22): ("07:20:00", "14:40:00"),
    **{(5, day): NOTHING for day in (13, 14, 15, 16, 17)},
    (6, 14): ("08:30:00", "16:05:00"),
    (7, 20): ("09:30:00", "15:50:00"),
}

SITE = {
    "opd": ["opd_code,name,timezone", "DINAS,Dinas contoh,Asia/Jakarta"],
    "employees": ["employee_id,name,kind", *(f"A{n:02},Pegawai {n:02},PNS" for n in PEOPLE)],
    "postings": [
        "employee_id,opd_code,group_code,valid_from,valid_to",
        *(f"A{n:02},DINAS,,2020-06-01," for n in PEOPLE),
    ],
    "terminals": [
        "terminal_serial,label,opd_code,driver,address,comm_key_name,installed_on,removed_on",
        "T-P,Dinas-1,DINAS,zk,tcp://127.0.0.1:4370,,2020-07-01,",
    ],
    "pins": [
        "scope,scope_code,pin,employee_id,valid_from,valid_to",
        *(f"opd,DINAS,{n},A{n:02},2020-07-01," for n in PEOPLE),
    ],
    "schedules": [
        "schedule_code,name,cycle_start,cycle_days,day_no,shift_no,start_time,end_time,works_on_holidays,"
        "valid_from,valid_to,legal_basis",
        *(f"KANTOR,Jam kantor,2020-06-01,7,{day},1,07:30,16:00,tidak,2020-06-01,,Jam kerja" for day in range(1, 5)),
        "KANTOR,Jam kantor,2020-06-01,7,5,1,07:30,16:30,tidak,2020-06-01,,Jam kerja",
    ],
    "shift_assignments": ["scope,scope_code,schedule_code,valid_from,valid_to", "opd,DINAS,KANTOR,2020-06-01,"],
    "holidays": ["holiday_date,name,kind,legal_basis", f"{HOLIDAY},Idul Adha,libur_nasional,SKB 3 menteri"],
    "excuses": [
        "excuse_id,employee_id,kind,date_from,date_to,side,letter_no,decision,decided_on",
        "K1,A05,cuti_sakit,2020-07-13,2020-07-17,full,851/1,approved,2020-07-13",
        "K2,A07,izin_sebelah,2020-07-20,2020-07-20,masuk,800/9,approved,2020-07-17",
    ],
    "day_overrides": [
        "employee_id,work_date,kind,pct,decided_by,letter_no",
        "A06,2020-07-14,HUKUMAN,5,Kepala dinas,862/4",
    ],
    "tpp": ["employee_id,base_idr,valid_from,valid_to", *(f"A{n:02},{idr},2020-06-01," for n, idr in PEOPLE.items())],
    "regulation/regulation_applications": [
        "regulation_code,purpose,opd_code,rule_status,valid_from,valid_to,evidence,legal_basis",
        "pakpak_bharat_tpp_2020,potongan,,in_force,2020-06-01,,C,Perbup Pakpak Bharat menurut aplikasinya",
    ],
}

# employee -> percent of the attendance part, percent of the whole, rupiah.
JULY = {
    # On time on all 22 days: nothing is cut, so no part is named.
    "A01": (None, 0, 0),
    # Alpa on 1 and 2 July 4 % each, on 3 and 6 July 3 % each: 14 % of 2,000,000 = 280,000; four are not yet five.
    # Late on the 8th, 11 minutes: 0.5 % of 30 % of 2,000,000 = 3,000. Together 283,000.
    "A02": (Decimal("0.5"), 14, 283_000),
    # Alpa from 6 to 10 July: 5 x 3 % = 15 % of 2,500,000 = 375,000. With the fifth the attendance part is gone, 30 % of
    # 2,500,000 = 750,000, and the 40 minutes of the 14th (1 %) are in it. Together 1,125,000.
    "A03": (100, 15, 1_125_000),
    # Alpa on 2 July 4 % and on 3 July 3 %: 7 % of 3,000,000 = 210,000. On the 21st 40 minutes early, 1 % of 900,000 =
    # 9,000. On the 22nd 14.40 is outside the window of going, which counts as 91 minutes: 1.5 % of 900,000 = 13,500.
    "A04": (Decimal("2.5"), 7, 232_500),
    # Punished with 5 % for the 14th in place of the 60 minutes: 5 % of 600,000 = 30,000.
    "A06": (5, 0, 30_000),
    # The morning of the 20th is excused, the afternoon is not: 10 minutes early, 0.5 % of 600,000 = 3,000.
    "A07": (Decimal("0.5"), 0, 3_000),
}


@pytest.fixture(scope="module")
def office(module_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The office, loaded, read and built."""
    folder = tmp_path_factory.mktemp("pakpak")
    (folder / "regulation").mkdir()
    for table, lines in SITE.items():
        (folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = load_site(module_db, folder, clock_at(AS_OF))
    assert not report.refused, report.refused
    punches = sorted((at, str(person)) for person in PEOPLE for at in _punches(person))
    land_pull(module_db, "T-P", punches, datetime(2020, 8, 3, 8), 0)
    build(module_db, clock_at(AS_OF))
    return module_db


def _punches(person: int) -> list[datetime]:
    found = []
    for offset in range(31):
        day = date(2020, 7, 1) + timedelta(days=offset)
        if day.weekday() < 5 and day != HOLIDAY:
            usual = ("07:20:00", "16:35:00" if day.weekday() == 4 else "16:05:00")
            found += [datetime.combine(day, time.fromisoformat(at)) for at in DEVIATIONS.get((person, day.day), usual)]
    return found


def _july(settings: Settings) -> dict[str, tuple[Decimal, Decimal, Decimal, int]]:
    conn = connect(settings, "auditor")
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "select employee_id, attendance_part_pct, total_part_pct, payable_idr, undecided_count"
            " from marts.fct_monthly_deductions where month = '2020-07-01'"
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    conn.close()
    return rows


def test_july_is_what_the_hand_computed(office: Settings) -> None:
    computed = _july(office)

    assert {who: computed[who][:3] for who in JULY} == JULY
    assert {who: computed[who][3] for who in JULY} == dict.fromkeys(JULY, 0)


def test_sick_leave_beyond_three_days_costs_a_part_that_is_known_and_one_that_is_not(office: Settings) -> None:
    """13 to 17 July, the first three days free: 2 x 2 % of 720,000 = 28,800. What it costs of the performance part is
    known in percent, but nobody has seen how large that part is: undecided, not 0."""
    _, _, payable_idr, undecided_count = _july(office)["A05"]

    assert payable_idr == 28_800
    assert undecided_count > 0
