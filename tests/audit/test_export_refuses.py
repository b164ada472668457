"""An export that cannot be whole says why and leaves nothing."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from audit.export import export, month_before
from warehouse.clock import clock_at
from warehouse.console import Exit, Problem
from warehouse.settings import Settings

CLOCK = clock_at(datetime.fromisoformat("2017-03-05T06:00+07:00"))


@pytest.mark.unit
@pytest.mark.parametrize("month", ["2017-13", "februari", "2017-02-01", ""])
def test_what_is_no_month_is_refused(month: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="bukan bulan") as refused:
        export(Settings(var_dir=tmp_path / "var"), month, tmp_path, CLOCK)
    assert refused.value.code is Exit.WRONG_USE


@pytest.mark.unit
def test_the_month_before_january_is_december() -> None:
    assert month_before(date(2017, 1, 30)) == "2016-12"


@pytest.mark.db
def test_before_the_first_build_there_is_nothing_to_export(warehouse_db: Settings, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="hadir build"):
        export(warehouse_db, "2017-02", tmp_path / "usb", CLOCK)
    assert not (tmp_path / "usb").exists()
