"""Which days cost something else than the sum of their cuts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from law.chain import _caps

pytestmark = pytest.mark.unit

DAY: dict[str, Any] = {
    "work_date": date(2017, 3, 21), "regulation_code": "r", "rule_status": "in_force", "base_name": "tpp",
    "pct": Decimal(3), "is_overridden": False,
}  # fmt: skip


def cut(pct: int | None, **other: Any) -> dict[str, Any]:
    decided = {"pct": None if pct is None else Decimal(pct), "state": "DIHITUNG" if pct is not None else "UNDECIDED"}
    return {**DAY, **decided, **other}


@pytest.mark.parametrize(
    ("cuts", "late", "is_told"),
    [
        ([cut(3), cut(2)], [], True),
        ([cut(3)], [], False),
        ([cut(2), cut(1)], [], False),
        ([cut(3), cut(2, base_name="tunjangan")], [], False),  # on two bases there is no one sum
        ([cut(3), cut(None)], [], False),  # what is open is no part of the sum
        ([cut(3), cut(2, rule_status="announced")], [], False),
        ([cut(3), cut(2)], [cut(2)], False),  # what came after a close is told as susulan
    ],
)
def test_a_day_is_told_where_its_cuts_do_not_sum_to_it(
    cuts: list[dict[str, Any]], late: list[dict[str, Any]], is_told: bool
) -> None:
    assert bool(_caps([DAY], cuts, late)) == is_told


def test_a_punishment_is_told_even_where_it_is_the_sum() -> None:
    assert _caps([{**DAY, "is_overridden": True}], [cut(3)], [])
