"""From a stick to outcomes: real photographs, hostile ones, an interrupted run."""

from __future__ import annotations

from pathlib import Path

import pytest

from biometrics.enrol import enrol
from biometrics.verify import verify
from extractors.photos import import_photos
from tests.biometrics.conftest import CLOCK, NIPS, SERIAL, enrolment, stick
from warehouse.connection import connect
from warehouse.settings import Settings

pytestmark = pytest.mark.db


def outcomes(settings: Settings) -> dict[str, tuple[str, str | None]]:
    """Outcome and reason by the second of the photo."""
    with connect(settings, "biometrics") as connection, connection.cursor() as cursor:
        cursor.execute("select to_char(taken_at_local, 'SS'), outcome, reason from biometrics.verifications")
        return {second: (outcome, reason) for second, outcome, reason in cursor.fetchall()}


@pytest.fixture(scope="module")
def checked(shared_office: Settings, real_pictures: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    work = tmp_path_factory.mktemp("work")
    folder = enrolment(
        work / "enrol",
        f"{NIPS['E1']},a.jpg,800/1,2017-01-30",
        f"{NIPS['E2']},b.jpg,800/2,2017-01-30",
        pictures={"a.jpg": real_pictures["obama"], "b.jpg": real_pictures["biden"]},
    )
    print(enrol(shared_office, folder, CLOCK))
    photos = {
        "20170301070001-1.jpg": real_pictures["obama2"],
        "20170301070002-2.jpg": real_pictures["obama3"],
        "20170301070003.jpg": real_pictures["obama_partial_face"],
        "20170301070004-3.jpg": real_pictures["obama_partial_face2"],
        "20170301070005-9.jpg": b"unknown pin",
        "20170301070006-1.jpg": b"<html></html>",
    }
    print(import_photos(shared_office, stick(work / "stick", photos), SERIAL, CLOCK))
    print(verify(shared_office, CLOCK).text())
    return shared_office


def test_each_photo_has_its_outcome(checked: Settings) -> None:
    assert outcomes(checked) == {
        "01": ("COCOK", None),
        "02": ("TIDAK_COCOK", None),
        "03": ("BELUM_DIDAFTARKAN", "tanpa_pin"),
        "04": ("BELUM_DIDAFTARKAN", "tanpa_wajah_terdaftar"),
        "05": ("BELUM_DIDAFTARKAN", "pin_tidak_dikenal"),
        "06": ("FOTO_RUSAK", "bukan_gambar"),
    }
