"""The live city's clock: kept between starts, never set back, and 08.00 there on the machine's cron."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.up import clock_offset, closing_cron
from warehouse.clock import clock_at
from warehouse.console import Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.unit
NOW = clock_at(datetime(2026, 11, 24, 3, 0, 0, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path)


def test_the_first_start_is_the_monday_after_the_history(settings: Settings) -> None:
    offset_s = clock_offset(settings, None, NOW)

    city = datetime.fromtimestamp(NOW().timestamp() + offset_s, settings.zone)
    assert city.replace(tzinfo=None) == datetime(2017, 4, 3, 7, 15)


def test_a_second_start_goes_on_in_the_same_time(settings: Settings) -> None:
    first = clock_offset(settings, None, NOW)

    assert clock_offset(settings, None, clock_at(datetime(2026, 11, 24, 9, tzinfo=UTC))) == first


def test_the_clock_can_be_set_forward_but_not_back(settings: Settings) -> None:
    first = clock_offset(settings, "2017-04-03T07:15", NOW)
    later = clock_offset(settings, "2017-04-03T09:15", NOW)

    assert later == first + 7200
    with pytest.raises(Problem, match="tidak dapat mundur"):
        clock_offset(settings, "2017-04-03T08:00", NOW)


def test_a_word_is_no_clock(settings: Settings) -> None:
    with pytest.raises(Problem, match="bukan waktu"):
        clock_offset(settings, "senin", NOW)


def test_closing_time_of_the_city_on_the_machines_cron(settings: Settings) -> None:
    # In the city it is 07.15.00 when the machine (Jakarta) has 10.00: 08.00 there is 10.45 here.
    offset_s = clock_offset(settings, "2017-04-03T07:15", NOW)

    assert closing_cron(settings, offset_s) == "45 10 * * *"
