"""A small office with enrolled people, real photographs, and secrets of its own."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from biometrics.comparison import Checked, Comparison, compare, start_worker
from tests.support.real_photos import real_photos
from tests.support.reference_rows import execute, give_pin, register_city, register_terminal
from warehouse.clock import Clock, clock_at
from warehouse.settings import Settings

CLOCK: Clock = clock_at(datetime.fromisoformat("2017-03-10T17:00+07:00"))
SERIAL = "FACE0001"
NIPS = {"E1": "198609262015051001", "E2": "198609262015051002", "E3": "198609262015051003"}
PINS = {"E1": "1", "E2": "2", "E3": "3"}


def own_secrets(settings: Settings, folder: Path) -> Settings:
    """The same database with a secrets folder that a test may spoil."""
    shutil.copytree(settings.secrets_dir, folder)
    return settings.model_copy(update={"secrets_folder": folder, "face_workers": 1})


def register_office(settings: Settings) -> None:
    """DINKES with one terminal and three people with pins 1 to 3; pin 9 is nobody's."""
    register_city(settings)
    register_terminal(settings, SERIAL)
    for employee, nip in NIPS.items():
        execute(
            settings,
            ("insert into reference.employees values (%s, %s, 'PNS', 1, null)", (employee, f"Pegawai {employee}")),
            ("insert into reference.identifiers values (%s, 'nip', %s, '2015-05-01', null, 1, null)", (employee, nip)),
        )
        give_pin(settings, PINS[employee], employee)


@pytest.fixture
def office(warehouse_db: Settings, tmp_path: Path) -> Settings:
    """The office in a database of this test alone."""
    register_office(warehouse_db)
    return own_secrets(warehouse_db, tmp_path / "secrets")


@pytest.fixture(scope="module")
def shared_office(module_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The office, shared by the tests of one module."""
    register_office(module_db)
    return own_secrets(module_db, tmp_path_factory.mktemp("secrets") / "secrets")


@pytest.fixture(scope="session")
def real_pictures() -> dict[str, bytes]:
    """Real photographs by name, unmodified."""
    return real_photos()


class InThisProcess:
    """Compares without starting a process, which takes a second."""

    def __init__(self, settings: Settings) -> None:
        start_worker(settings)

    def compare_all(self, tasks: list[Comparison]) -> list[Checked]:
        return [compare(task) for task in tasks]


def enrolment(folder: Path, *lines: str, pictures: dict[str, bytes]) -> Path:
    """A folder to enrol from."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pictures.items():
        (folder / name).write_bytes(content)
    (folder / "enrolment.csv").write_text("\n".join(["nip,file,letter_no,consented_on", *lines]), encoding="utf-8")
    return folder


def stick(folder: Path, photos: dict[str, bytes]) -> Path:
    """A folder of attendance photos by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in photos.items():
        (folder / name).write_bytes(content)
    return folder
