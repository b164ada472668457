"""Numbers and dates as an office writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from law.telling import day_in_words, percent, rupiah

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal(30000), "Rp30.000"),
        (Decimal("166666.50"), "Rp166.666,5"),
        (Decimal("1234567.00"), "Rp1.234.567"),
        (0, "Rp0"),
        (None, "Rp -"),
    ],
)
def test_rupiah(amount: Decimal | int | None, text: str) -> None:
    assert rupiah(amount) == text


@pytest.mark.parametrize(("value", "text"), [("1.00", "1 %"), ("0.50", "0,5 %"), ("10.00", "10 %"), ("0", "0 %")])
def test_percent(value: str, text: str) -> None:
    assert percent(Decimal(value)) == text


def test_days_have_indonesian_names() -> None:
    assert day_in_words(date(2017, 3, 20)) == "Senin, 20 Maret 2017"
