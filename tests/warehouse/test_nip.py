"""NIP rules: the worked examples S84-S89 of the rule scenarios, and what must not pass."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.nip import NotANip, describe_nip, parse_nip

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            "198609262015051001",
            {"type": "PNS", "birth": "1986-09-26", "tmt": "2015-05", "sex": "M", "serial": "001"},
            id="S84-published-example",
        ),
        pytest.param(
            "19860926 201505 1 001",
            {"type": "PNS", "birth": "1986-09-26", "tmt": "2015-05", "sex": "M", "serial": "001"},
            id="blanks-are-dropped",
        ),
        pytest.param(
            "199001152024211002",
            {"type": "PPPK", "birth": "1990-01-15", "year": "2024", "frequency": 1, "sex": "M", "serial": "002"},
            id="S86-digits-13-14-are-no-month",
        ),
        pytest.param("198602302015051001", {"type": None}, id="S87-30-february"),
        pytest.param("198609262015053001", {"type": None}, id="S89-sex-digit-3"),
        pytest.param("198609262015131001", {"type": None}, id="month-13"),
        pytest.param("198609262015201001", {"type": None}, id="frequency-0"),
        pytest.param("198609262015051000", {"type": None}, id="serial-000"),
        pytest.param("198609261985051001", {"type": None}, id="appointed-before-birth"),
        pytest.param("19860926201505100", {"type": None}, id="17-digits"),
        pytest.param("400001234", {"type": None}, id="nine-digits-of-before-2007"),
        pytest.param("19860926201505100①", {"type": None}, id="digit-that-is-not-ascii"),
        pytest.param("1.98609E+17", {"type": None}, id="spreadsheet-number"),
    ],
)
def test_scenarios(value: str, expected: dict[str, object]) -> None:
    assert describe_nip(value) == expected


@given(
    birth=st.dates(date(1950, 1, 1), date(2000, 12, 31)),
    year=st.integers(2005, 2030),
    month=st.integers(0, 99),
    sex=st.integers(0, 9),
    serial=st.integers(0, 999),
)
def test_each_part_is_told_apart(birth: date, year: int, month: int, sex: int, serial: int) -> None:
    value = f"{birth:%Y%m%d}{year}{month:02}{sex}{serial:03}"
    fits = (1 <= month <= 12 or 21 <= month <= 29) and sex in (1, 2) and serial > 0

    if not fits:
        with pytest.raises(NotANip):
            parse_nip(value)
        return
    nip = parse_nip(value)
    assert (nip.birth, nip.sex, nip.serial) == (birth, "M" if sex == 1 else "F", f"{serial:03}")
    assert nip.tmt == (f"{year}-{month:02}" if nip.type == "PNS" else None)
    assert nip.frequency == (month - 20 if nip.type == "PPPK" else None)


def test_the_reason_says_where() -> None:
    with pytest.raises(NotANip, match="angka 15"):
        parse_nip("198609262015053001")
