"""A running stand-in, a client with its key, and a database that it has read."""

from __future__ import annotations

import pytest

from tests.metabase_standin import MetabaseStandIn
from tests.support.standin_client import OFFICES, TODAY, Client, details
from warehouse.connection import connect_superuser


@pytest.fixture
def standin():
    with MetabaseStandIn(today=TODAY) as running:
        yield running


@pytest.fixture
def ask(standin):
    return Client(standin)


@pytest.fixture(scope="module")
def offices(module_db):
    conn = connect_superuser(module_db)
    with conn, conn.cursor() as cursor:
        cursor.execute(OFFICES)
    conn.close()
    return module_db


@pytest.fixture
def database(ask, offices):
    """The number of a database that has been read, and its fields by name."""
    made = ask("POST", "/api/database", {"name": "Kehadiran", "engine": "postgres", "details": details(offices)})
    while ask("GET", f"/api/database/{made['id']}")["initial_sync_status"] != "complete":
        pass
    (table,) = ask("GET", f"/api/database/{made['id']}/metadata")["tables"]
    return made["id"], {field["name"]: field["id"] for field in table["fields"]}
