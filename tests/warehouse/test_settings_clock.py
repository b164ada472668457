"""Settings, secrets and clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from warehouse.clock import NaiveTime, clock_at, clock_for, local_wall, running_clock
from warehouse.settings import SecretMissing, Settings

pytestmark = pytest.mark.unit


def test_a_secret_made_once_stays_and_is_private(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path)

    first = settings.secret_made_once("pg_loader")

    assert settings.secret_made_once("pg_loader") == first
    assert (settings.secrets_dir / "pg_loader").stat().st_mode & 0o077 == 0
    assert [path.name for path in settings.secrets_dir.iterdir()] == ["pg_loader"]


def test_a_missing_secret_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match="comm_key_setda"):
        Settings(var_dir=tmp_path).secret("comm_key_setda")


def test_the_environment_sets_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HADIR_VAR_DIR", str(tmp_path))

    assert Settings().evidence_dir == tmp_path / "evidence"


def test_a_clock_of_history_stands_still_and_a_naive_one_is_refused() -> None:
    moment = datetime(2017, 3, 31, 10, tzinfo=ZoneInfo("Asia/Jakarta"))

    assert clock_at(moment)() == moment
    with pytest.raises(NaiveTime, match="tanpa zona"):
        clock_at(datetime(2017, 3, 31, 10))


def test_a_time_without_zone_is_the_citys() -> None:
    clock = clock_for("2017-03-31T10:00", 0, ZoneInfo("Asia/Jakarta"))

    assert clock().astimezone(UTC) == datetime(2017, 3, 31, 3, tzinfo=UTC)


def test_the_running_clock_is_shifted() -> None:
    shifted, now = running_clock(-3600)(), datetime.now(UTC)

    assert timedelta(minutes=59) < now - shifted < timedelta(minutes=61)


def test_wall_time_has_whole_seconds_and_no_zone() -> None:
    moment = datetime(2017, 3, 31, 3, 0, 0, 999_999, tzinfo=UTC)

    assert local_wall(moment, ZoneInfo("Asia/Jakarta")) == datetime(2017, 3, 31, 10)
