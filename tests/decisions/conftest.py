"""The hand-written town with a ceremony and deciders, built once; each test gets a copy of its database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.databases import copied
from tests.support.golden_town import AS_OF, SITE, Town
from warehouse.build import build
from warehouse.clock import clock_at
from warehouse.settings import Settings

CEREMONY = "PHBI-2017-02-06,phbi,Pengajian (contoh),2017-02-06,BKPP,07:30,07:00,07:45,T-B,terminal,Undangan"
DECIDERS = [
    "user_name,name,role,matter,valid_from,valid_to,letter_no",
    "sekda,Sekda Contoh,Sekretaris Daerah,phbi_sanction,2017-01-30,,821/5",
    "sekda,Sekda Contoh,Sekretaris Daerah,month_close,2017-01-30,,821/5",
    "bkpp,Kepala Contoh,Kepala BKPP,pin,2017-01-30,,821/6",
    "bkpp,Kepala Contoh,Kepala BKPP,correction,2017-01-30,,821/6",
    "bkpp,Kepala Contoh,Kepala BKPP,objection,2017-01-30,,821/6",
    "lama,Pejabat Lama,Sekretaris Daerah,month_close,2016-01-01,2017-03-01,821/1",
]


@pytest.fixture(scope="session")
def built_town(server_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """P03 was too late for the ceremony; nothing is decided."""
    work = tmp_path_factory.mktemp("decided")
    with copied(server_settings, server_settings.pg_database, work) as settings:
        town = Town(settings, work / "situs")
        town.load(events=[*SITE["events"], CEREMONY], deciders=DECIDERS)
        town.land()
        build(settings, clock_at(AS_OF))
        yield town


@pytest.fixture
def town(built_town: Town, server_settings: Settings, tmp_path: Path) -> Iterator[Town]:
    """A copy of the built town that belongs to this test alone."""
    with copied(server_settings, built_town.settings.pg_database, tmp_path) as settings:
        yield replace(built_town, settings=settings)
