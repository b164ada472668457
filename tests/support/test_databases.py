"""A copy of a database goes when whoever asked for it is done, and when he failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import conservation
from tests.support.databases import copied
from warehouse.connection import connect_superuser
from warehouse.settings import Settings

pytestmark = pytest.mark.db


def is_there(server: Settings, name: str) -> bool:
    conn = connect_superuser(server, "postgres")
    with conn, conn.cursor() as cursor:
        cursor.execute("select exists (select from pg_database where datname = %s)", (name,))
        (found,) = cursor.fetchone() or (False,)
    conn.close()
    return bool(found)


def test_a_copy_is_looked_at_and_dropped(server_settings: Settings, tmp_path: Path) -> None:
    looked_at = conservation.BOOK.database_count
    with copied(server_settings, server_settings.pg_database, tmp_path) as settings:
        assert is_there(server_settings, settings.pg_database)

    assert not is_there(server_settings, settings.pg_database)
    assert conservation.BOOK.database_count == looked_at + 1


def test_a_copy_in_which_a_build_failed_is_looked_at_and_dropped_too(server_settings: Settings, tmp_path: Path) -> None:
    looked_at = conservation.BOOK.database_count
    with (
        pytest.raises(RuntimeError, match="dbt"),
        copied(server_settings, server_settings.pg_database, tmp_path) as settings,
    ):
        raise RuntimeError("dbt failed")

    assert not is_there(server_settings, settings.pg_database)
    assert conservation.BOOK.database_count == looked_at + 1


def test_a_copy_that_could_not_be_made_leaves_its_name_free(server_settings: Settings, tmp_path: Path) -> None:
    with copied(server_settings, server_settings.pg_database, tmp_path) as settings:
        name = settings.pg_database

    with pytest.raises(Exception, match="nowhere"), copied(server_settings, "nowhere", tmp_path):
        pass
    with copied(server_settings, server_settings.pg_database, tmp_path) as settings:
        assert settings.pg_database == name
