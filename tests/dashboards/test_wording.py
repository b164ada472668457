"""Numbers and dates as people in Indonesia write them."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from dashboards.wording import long_date, number, percent, rupiah, shown

pytestmark = pytest.mark.unit
TODAY = date(2017, 3, 31)


def test_rupiah_has_points_for_thousands_and_no_space():
    assert rupiah(Decimal("1234567.00")) == "Rp1.234.567"
    assert rupiah(0) == "Rp0"
    assert rupiah(Decimal("-2500")) == "-Rp2.500"


def test_half_a_rupiah_goes_up():
    assert rupiah(Decimal("1000.50")) == "Rp1.001"
    assert rupiah(Decimal("1001.50")) == "Rp1.002"  # half-even would say the same here, but not above


def test_percent_keeps_two_places_and_a_space():
    assert percent(Decimal("5")) == "5,00 %"
    assert percent(87.255) == "87,26 %"


def test_number_with_one_place():
    assert number(Decimal("1234.55"), 1) == "1.234,6"


def test_long_date_names_the_day():
    assert long_date(TODAY) == "Jumat, 31 Maret 2017"


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "rupiah", "–"),
        ("Lobi", "text", "Lobi"),
        (date(2017, 3, 1), "month", "Maret 2017"),
        (date(2017, 3, 1), "date", "1 Mar 2017"),
        (datetime(2017, 3, 31, 7, 5), "moment", "07.05"),
        (datetime(2017, 3, 30, 16, 30), "moment", "30 Mar 16.30"),
        (datetime(2016, 12, 30, 16, 30), "moment", "30 Des 2016 16.30"),
        (Decimal("65.94"), "decimal", "65,9"),
        (1234, "integer", "1.234"),
    ],
)
def test_value_is_written_by_its_format(value, form, text):
    assert shown(value, form, TODAY) == text
