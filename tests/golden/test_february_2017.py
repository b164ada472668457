"""A month computed by hand: February 2017, when the rule was announced only, and what follows it over 20 March.

In February alpa costs 5 % as a projection and everything else costs nothing: the announcement of 27 January names no
other rate. From 20 March: late 1 %, early 1 %, apel 1 %, alpa 5 %, payable. The tuple of a person is
(payable %, payable Rp, projected %, projected Rp, undecided, incomplete days, alpa days).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.golden_town import Town

pytestmark = pytest.mark.dbt

NOTHING = (0, 0, 0, 0, 0, 0, 0)

FEBRUARY = {
    # On time on all 19 working days.
    "P01": NOTHING,
    # Alpa on 7 and 8 February: 2 x 5 % = 10 % of 3,333,330 = 333,333.00.
    "P02": (0, 0, 10, 333_333, 0, 0, 2),
    # Late on 3 February (12 minutes) and on 6 February (20 minutes, and not at the apel): the announcement is silent.
    "P03": NOTHING,
    # Ill on 13 and 14 February, with a doctor's letter.
    "P04": NOTHING,
    # Ill on 20 February without a letter, which is absence: 5 % of 2,125,000 = 106,250.00.
    "P05": (0, 0, 5, 106_250, 0, 0, 1),
    # Dinas luar from 22 to 24 February.
    "P06": NOTHING,
    # Honorer who receives no TPP: alpa on 9 February is a status, but there is nothing to cut.
    "P07": (0, 0, 0, 0, 0, 0, 1),
    # Honorer with TPP from 13 February. Alpa on the 10th: not covered yet. Alpa on the 17th: 5 % of 750,000 = 37,500.
    "P08": (0, 0, 5, 37_500, 0, 0, 2),
    # PNS whose TPP is not in the data: alpa on 16 February is known, its rupiah are not: 1 undecided.
    "P09": (0, 0, 0, 0, 1, 0, 1),
    # PPPK, 20 minutes early on 27 February: silent.
    "P10": NOTHING,
    # Came at 10.00 on 1 February with leave for the morning. His leave of 2 February is still pending, so alpa:
    # 5 % of 2,333,333 = 116,666.65, rounded once: 116,667.
    "P11": (0, 0, 5, 116_667, 0, 0, 1),
    # TPP 2,000,000 to 15 February, then 2,400,000. Alpa on the 14th and the 20th:
    # 5 % of 2,000,000 + 5 % of 2,400,000 = 100,000 + 120,000 = 220,000.
    "P12": (0, 0, 10, 220_000, 0, 0, 2),
    # On time by a clock that is four minutes fast.
    "P13": NOTHING,
    # Guard, nights of 1, 3, .. 27 February, alone: nobody else punches near 19.00 and a log read in bulk has no polls.
    # No punch on the 9th: not alpa but incomplete. Ten minutes late on the 11th: incomplete. Nothing is cut.
    "P14": (0, 0, 0, 0, 0, 2, 0),
    # The terminal was read up to 20 February, 17.00: 21, 22, 23, 24, 27, 28 are six days without data.
    "P15": (0, 0, 0, 0, 0, 6, 0),
    "P16": (0, 0, 0, 0, 0, 6, 0),
    "P17": NOTHING,
}

MARCH = {
    "P01": NOTHING,
    # Alpa on Monday 27 March, a day with apel: 5 %, the apel is part of it. 5 % of 3,333,330 = 166,666.50, half up.
    "P02": (5, 166_667, 0, 0, 0, 0, 1),
    # 20 March: late 1 % and not at the apel 1 %. 21 March: minute 1, 1 %. 22 March: 07.30.59, not late.
    # 23 March: minute 15, 1 %. Together 4 % of 2,750,000 = 110,000.
    "P03": (4, 110_000, 0, 0, 0, 0, 0),
    "P04": NOTHING,
    "P05": NOTHING,
    # No punch out on 23 March: what that costs was not reported, 1 undecided.
    "P06": (0, 0, 0, 0, 1, 0, 0),
    "P07": NOTHING,
    "P08": NOTHING,
    "P09": NOTHING,
    # Friday 24 March, 16.00 instead of 16.30: 1 % of 1,999,990 = 19,999.90, rounded: 20,000.
    "P10": (1, 20_000, 0, 0, 0, 0, 0),
    "P11": NOTHING,
    "P12": NOTHING,
    # Clock 240 s fast. 21 March, 07.33.10 is really 07.29.10: undecided. 22 March, 07.40 is really 07.36: late,
    # 1 % of 1,888,850 = 18,888.50, half up: 18,889.
    "P13": (1, 18_889, 0, 0, 1, 0, 0),
    # The night of 31 March without a punch: its window is open until 1 April 15.00, after the last reading.
    "P14": (0, 0, 0, 0, 0, 1, 0),
    # 22 working days of March, none of them read.
    "P15": (0, 0, 0, 0, 0, 22, 0),
    "P16": (0, 0, 0, 0, 0, 22, 0),
    "P17": NOTHING,
}


def test_february_is_what_the_hand_computed(town: Town) -> None:
    assert town.month("2017-02") == FEBRUARY


def test_march_is_what_the_hand_computed(town: Town) -> None:
    assert town.month("2017-03") == MARCH


def test_february_has_nineteen_working_days_and_the_guard_fourteen_nights(town: Town) -> None:
    counted = dict(
        town.query(
            "select employee_id, count(*) from marts.fct_daily_attendance"
            " where work_date between '2017-02-01' and '2017-02-28' group by employee_id"
        )
    )

    assert counted == {f"P{n:02}": 14 if n == 14 else 19 for n in range(1, 18)}


def test_statuses_of_the_odd_days(town: Town) -> None:
    found = {
        (person, str(day)): set(words)
        for person, day, words in town.query(
            "select employee_id, work_date, statuses from marts.fct_daily_attendance where statuses <> array['HADIR']"
            " and employee_id in ('P03', 'P04', 'P06', 'P11', 'P14')"
        )
    }

    assert found == {
        ("P03", "2017-02-03"): {"HADIR", "TERLAMBAT"},
        ("P03", "2017-02-06"): {"HADIR", "TERLAMBAT", "TIDAK_APEL"},
        ("P03", "2017-03-20"): {"HADIR", "TERLAMBAT", "TIDAK_APEL"},
        ("P03", "2017-03-21"): {"HADIR", "TERLAMBAT"},
        ("P03", "2017-03-23"): {"HADIR", "TERLAMBAT"},
        ("P04", "2017-02-13"): {"SAKIT"},
        ("P04", "2017-02-14"): {"SAKIT"},
        ("P06", "2017-02-22"): {"DINAS_LUAR"},
        ("P06", "2017-02-23"): {"DINAS_LUAR"},
        ("P06", "2017-02-24"): {"DINAS_LUAR"},
        ("P06", "2017-03-23"): {"HADIR", "TANPA_PULANG"},
        ("P11", "2017-02-01"): {"HADIR", "IZIN_MASUK"},
        ("P11", "2017-02-02"): {"ALPA"},
        ("P14", "2017-02-09"): {"BELUM_LENGKAP"},
        ("P14", "2017-02-11"): {"HADIR", "BELUM_LENGKAP"},
        ("P14", "2017-03-31"): {"BELUM_LENGKAP"},
    }


def test_alpa_runs_and_the_sum_of_the_year(town: Town) -> None:
    found = town.query(
        "select work_date::text, run_start_date::text, run_day_no, year_day_no from marts.fct_alpa"
        " where employee_id = 'P02' order by work_date"
    )

    assert found == [
        ("2017-02-07", "2017-02-07", 1, 1),
        ("2017-02-08", "2017-02-07", 2, 2),
        ("2017-03-27", "2017-03-27", 1, 3),
    ]


def test_why_a_cut_is_undecided(town: Town) -> None:
    found = dict(
        town.query(
            "select employee_id || ' ' || work_date, trace ->> 'undecided_code' from marts.fct_deductions"
            " where state = 'UNDECIDED'"
        )
    )

    assert found == {
        "P09 2017-02-16": "TPP_TIDAK_DIKETAHUI",
        "P06 2017-03-23": "TARIF_TIDAK_DIKETAHUI",
        "P13 2017-03-21": "JAM_MESIN",
    }
