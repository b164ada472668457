"""A stand-in for a Metabase server with our dashboards in it, beside a small city, for Metabase's programs to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboards.metabase.provision import apply
from tests.metabase_standin import MetabaseStandIn
from tests.metabase_standin.server import Seen
from tests.support.metabase_cli import MetabaseCli
from tests.support.metabase_town import Asked, book, standin_for
from warehouse.connection import connect_superuser
from warehouse.settings import Settings

SAMPLE = Path(__file__).parent.parent / "dashboards" / "sample_marts.sql"


@dataclass(frozen=True)
class Provisioned:
    """What the witnesses look at: the stand-in after one apply, and the requests of that apply."""

    standin: MetabaseStandIn
    settings: Settings
    sent: tuple[Seen, ...]
    cli: MetabaseCli
    ask: Asked
    numbers: dict[str, int]


@pytest.fixture(scope="module")
def sample_marts(module_db: Settings) -> Settings:
    """A database whose marts hold the sample city."""
    conn = connect_superuser(module_db)
    with conn, conn.cursor() as cursor:
        cursor.execute(SAMPLE.read_text(encoding="utf-8"))
    conn.close()
    return module_db


@pytest.fixture(scope="module")
def provisioned(sample_marts: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioned]:
    """Our dashboards in a stand-in of the newest version."""
    folder = tmp_path_factory.mktemp("metabase")
    with standin_for(sample_marts, folder, version=65) as (standin, settings):
        apply(settings)
        cli = MetabaseCli(standin.url, standin.admin_key, folder)
        yield Provisioned(standin, settings, tuple(standin.seen), cli, Asked(standin), book(settings))
