"""Stand-ins for a Metabase server beside the sample city; never a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboards.metabase.provision import apply
from dashboards.metabase.result import Result
from tests.metabase_standin import MetabaseStandIn
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
def settings(sample_city: Settings, standin: MetabaseStandIn, tmp_path) -> Settings:
    """The sample city with the stand-in's address and an administrator's key, in a secrets folder of its own."""
    return pointed_at(sample_city, standin, tmp_path)


def pointed_at(city: Settings, standin: MetabaseStandIn, tmp_path) -> Settings:
    folder = tmp_path / "secrets"
    folder.mkdir(exist_ok=True)
    for name in ("pg_metabase", "pg_admin"):
        (folder / name).write_text(city.secret(name), encoding="utf-8")
    made = city.model_copy(update={"secrets_folder": folder, "metabase_url": standin.url})
    if standin.admin_key:
        made.keep_secret("metabase_api_key", standin.admin_key)
    return made


@pytest.fixture
def applied(settings: Settings) -> Result:
    """The first apply of the room's dashboards."""
    return apply(settings)
