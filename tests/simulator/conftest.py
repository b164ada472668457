"""Cities for the tests of the simulator."""

from datetime import date
from pathlib import Path

import pytest

from simulator.city import create_city
from simulator.offices import CitySpec

PORTS = 48100


@pytest.fixture(scope="session")
def demo_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole demo city."""
    folder = tmp_path_factory.mktemp("demo_city")
    create_city(CitySpec(base_port=PORTS), folder)
    return folder


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three offices and one week in March."""
    folder = tmp_path_factory.mktemp("small_city")
    spec = CitySpec(
        people=60,
        offices=("DINDIK", "DISDUKCAPIL", "KEC-PULOMERAK"),
        start=date(2017, 3, 27),
        until=date(2017, 3, 31),
        plan_until=date(2017, 4, 7),
        base_port=PORTS + 100,
    )
    create_city(spec, folder)
    return folder
