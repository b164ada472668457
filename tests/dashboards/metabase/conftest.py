"""Stand-ins for a Metabase server beside the sample city; never a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.metabase_standin import MetabaseStandIn
from tests.support.metabase_town import pointed_at
from warehouse.settings import Settings


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.metabase.client.PAUSE_S", 0.01)
    monkeypatch.setattr("dashboards.metabase.instance.POLL_S", 0.01)


@pytest.fixture
def standin() -> Iterator[MetabaseStandIn]:
    with MetabaseStandIn() as server:
        yield server


@pytest.fixture
def settings(sample_city: Settings, standin: MetabaseStandIn, tmp_path: Path) -> Settings:
    """The sample city with the stand-in's address and an administrator's key, in a secrets folder of its own."""
    return pointed_at(sample_city, standin, tmp_path)
