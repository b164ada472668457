"""From a stick to outcomes: real photographs, broken ones, an interrupted run, a process that dies."""

from __future__ import annotations

import logging
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest

from biometrics import verify as room
from biometrics.comparison import Checked, Comparison, TemplateBroken, Workers
from biometrics.enrol import enrol
from biometrics.verify import touch_outcomes, verify
from extractors.photos import import_photos
from tests.biometrics.books import ask, plant_photo, plant_template
from tests.biometrics.conftest import CLOCK, NIPS, SERIAL, InThisProcess, enrolment, stick
from tests.support.reference_rows import fetch
from warehouse.connection import connect, connect_superuser
from warehouse.console import Problem
from warehouse.photo_files import photo_path
from warehouse.settings import Settings
from warehouse.vault import KEY_PREFIX, KeyWrong

pytestmark = pytest.mark.db


def outcomes(settings: Settings) -> dict[str, tuple[str, str | None]]:
    """Outcome and reason by the second of the photo."""
    rows = ask(settings, "select to_char(taken_at_local, 'SS'), outcome, reason from biometrics.verifications")
    return {second: (outcome, reason) for second, outcome, reason in rows}


@pytest.fixture(scope="module")
def checked(
    shared_office: Settings, real_pictures: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """E1 and E2 are enrolled with pictures of two men; E3 is not."""
    work = tmp_path_factory.mktemp("work")
    folder = enrolment(
        work / "enrol",
        f"{NIPS['E1']},a.jpg,800/1,2017-01-30",
        f"{NIPS['E2']},b.jpg,800/2,2017-01-30",
        pictures={"a.jpg": real_pictures["obama"], "b.jpg": real_pictures["biden"]},
    )
    assert enrol(shared_office, folder, CLOCK).enrolled == 2
    photos = {
        "20170301070001-1.jpg": real_pictures["obama2"],
        "20170301070002-2.jpg": real_pictures["obama3"],
        "20170301070003.jpg": real_pictures["obama_partial_face"],
        "20170301070004-3.jpg": real_pictures["obama_partial_face2"],
        "20170301070005-9.jpg": b"a pin that nobody has",
        "20170301070006-1.jpg": b"<html></html>",
    }
    assert import_photos(shared_office, stick(work / "stick", photos), SERIAL, CLOCK).imported == 6
    report = verify(shared_office, CLOCK)
    assert report.verified == 6
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


def test_an_outcome_says_by_which_threshold_model_and_template(checked: Settings) -> None:
    rows = ask(
        checked,
        """
        select outcome, distance <= 0.5, threshold_version, model, template_version from biometrics.verifications
        where distance is not null order by outcome
        """,
    )
    assert rows == [
        ("COCOK", True, "wajah-1", "dlib_resnet_v1/hog/5pt", 1),
        ("TIDAK_COCOK", False, "wajah-1", "dlib_resnet_v1/hog/5pt", 1),
    ]


def test_a_photo_at_midnight_touches_both_days(office: Settings) -> None:
    with connect(office, "biometrics") as connection, connection.cursor() as cursor:
        touch_outcomes(cursor, {(SERIAL, "E1", datetime(2017, 3, 1, 23, 59, 50))})
    connection.close()

    assert fetch(office, "select work_date::text from ops.touched order by 1") == [("2017-03-01",), ("2017-03-02",)]


def test_the_days_of_the_outcomes_are_built_again(checked: Settings) -> None:
    touched = fetch(checked, "select distinct employee_id, work_date::text from ops.touched where cause = 'face'")
    assert set(touched) == {(employee, "2017-03-01") for employee in NIPS}, "a photo of nobody touches who is there"


def test_a_second_run_has_nothing_to_do(checked: Settings) -> None:
    assert verify(checked, CLOCK).verified == 0


class Stub:
    """Says COCOK of everything, until it has been asked often enough."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    def compare_all(self, tasks: list[Comparison]) -> list[Checked]:
        if self.rounds == 0:
            raise KeyboardInterrupt
        self.rounds -= 1
        return [Checked("COCOK", None, 0.1) for _ in tasks]


def test_an_interrupted_run_goes_on_where_it_stopped(office: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BATCH", 2)
    plant_template(office, "E1")
    for number in range(7):
        plant_photo(office, SERIAL, "1", number)

    with pytest.raises(KeyboardInterrupt):
        verify(office, CLOCK, comparer=Stub(rounds=2))
    assert ask(office, "select count(*) from biometrics.verifications") == [(4,)]
    told: list[tuple[int, int]] = []
    report = verify(office, CLOCK, lambda done, total: told.append((done, total)), comparer=Stub(rounds=9))

    assert report.outcomes["COCOK"] == report.verified == 3
    assert told == [(2, 3), (3, 3)]


LETHAL = """
import os, signal
from biometrics.comparison import Checked, Comparison, compare

def compare_or_die(task: Comparison) -> Checked:
    if task.photo.sha256.endswith("2"):
        os.kill(os.getpid(), signal.SIGKILL)  # stands for a picture that kills the decoder
    return compare(task)
"""


def tasks_of(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[Comparison]:
    asked: list[Comparison] = []

    class Note(Stub):
        def compare_all(self, tasks: list[Comparison]) -> list[Checked]:
            asked.extend(tasks)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(settings, CLOCK, comparer=Note(1))
    return asked


def test_a_picture_that_kills_its_process_costs_only_itself(
    office: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lethal.py").write_text(LETHAL)
    monkeypatch.syspath_prepend(tmp_path)
    compare_or_die = import_module("lethal").compare_or_die
    plant_template(office, "E1")
    for number in range(1, 4):
        plant_photo(office, SERIAL, "1", number)
    tasks = tasks_of(office, monkeypatch)

    with Workers(office, 1, compare_or_die) as workers:
        reasons = [one.reason for one in workers.compare_all(tasks)]

    assert reasons == ["bukan_gambar", "mematikan_pembaca", "bukan_gambar"]


def test_a_lost_key_stops_the_run_and_makes_no_outcome(office: Settings) -> None:
    plant_template(office, "E1")
    plant_photo(office, SERIAL, "1", 1)
    for key in office.secrets_dir.glob(f"{KEY_PREFIX}*"):
        key.unlink()

    with pytest.raises(KeyWrong, match="cadangan kunci"):
        verify(office, CLOCK, comparer=InThisProcess(office))
    assert outcomes(office) == {}


def test_a_template_that_was_moved_to_another_person_stops_the_run(office: Settings) -> None:
    plant_template(office, "E1")
    ask(office, "insert into biometrics.consents values ('E2', '800/1', '2017-01-30', '2017-01-30', null)")
    ask(office, "update biometrics.templates set employee_id = 'E2'")
    plant_photo(office, SERIAL, "2", 1)

    with pytest.raises(TemplateBroken, match="E2"):
        verify(office, CLOCK, comparer=InThisProcess(office))


def test_a_photo_whose_file_is_gone_or_anothers_is_broken(office: Settings) -> None:
    plant_template(office, "E1")
    plant_photo(office, SERIAL, "1", 1)
    plant_photo(office, SERIAL, "1", 2)
    one, other = (photo_path(office, name) for (name,) in ask(office, "select file_name from raw.photos"))
    other.write_bytes(one.read_bytes())
    one.unlink()

    verify(office, CLOCK, comparer=InThisProcess(office))

    assert set(outcomes(office).values()) == {("FOTO_RUSAK", "berkas_hilang_atau_berubah")}


def test_templates_of_another_model_are_not_mixed_in(office: Settings) -> None:
    plant_template(office, "E1")
    ask(office, "update biometrics.templates set jitters = 10")
    plant_photo(office, SERIAL, "1", 1)

    verify(office, CLOCK)

    assert set(outcomes(office).values()) == {("BELUM_DIDAFTARKAN", "wajah_terdaftar_dari_model_lain")}


def test_without_a_threshold_nothing_is_judged(office: Settings) -> None:
    connection = connect_superuser(office)
    with connection, connection.cursor() as cursor:
        cursor.execute("update biometrics.thresholds set valid_to = '2000-01-01'")
    connection.close()
    plant_template(office, "E1")
    plant_photo(office, SERIAL, "1", 1)

    with pytest.raises(Problem, match="berlaku 0 ambang"):
        verify(office, CLOCK)


def test_nothing_of_a_face_is_logged(
    office: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    plant_template(office, "E1")
    plant_photo(office, SERIAL, "1", 1)
    with caplog.at_level(logging.DEBUG):
        report = verify(office, CLOCK, comparer=InThisProcess(office))

    said = caplog.text + "".join(capfd.readouterr()) + report.text()
    assert not [word for word in (NIPS["E1"], "E1", f"{1:064}") if word in said]
