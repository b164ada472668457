"""The task of apply_dashboards, called as Airflow calls it: skipped with its reason, or done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warehouse.settings import Settings

pytestmark = pytest.mark.airflow
DAGS_DIR = Path(__file__).parents[2] / "dags"


@pytest.fixture
def apply_to_metabase(load_bag: Callable[[Path], tuple[Any, list[str]]]) -> Callable[[], None]:
    bag, _ = load_bag(DAGS_DIR)
    return bag.dags["apply_dashboards"].get_task("apply_to_metabase").python_callable


def test_without_a_metabase_it_is_skipped_and_says_why(
    apply_to_metabase: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    monkeypatch.delenv("HADIR_METABASE_URL", raising=False)

    with pytest.raises(AirflowSkipException, match="HADIR_METABASE_URL"):
        apply_to_metabase()


def test_with_one_it_applies(apply_to_metabase: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[Settings] = []

    class Done:
        def as_row(self) -> dict[str, int]:
            return {"created": 1}

    monkeypatch.setenv("HADIR_METABASE_URL", "http://metabase:3000")
    monkeypatch.setattr("dashboards.metabase.provision.apply", lambda settings: applied.append(settings) or Done())
    apply_to_metabase()

    assert [settings.metabase_url for settings in applied] == ["http://metabase:3000"]
