"""Forgetting a person: all is gone, also when the machine was switched off in the middle, and nobody else's is."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from biometrics.forget import forget
from biometrics.retention import purge
from tests.biometrics.books import ask, files, plant_outcome, plant_photo, plant_template
from tests.biometrics.conftest import CLOCK, NIPS, SERIAL
from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.settings import Settings, child_environment

pytestmark = pytest.mark.db
ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from datetime import datetime
import biometrics.forget as room
from warehouse.clock import clock_at
from warehouse.settings import load_settings

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

real = room.remove_photos
if sys.argv[1] == "after the tombstone":
    room._finish = die
elif sys.argv[1] == "with the files gone and their rows there":
    room.sync_folder = die
elif sys.argv[1] == "with the photos gone and the outcomes there":
    room._END = "select pg_sleep(0)"
    room.remove_photos = lambda *given: (real(*given), die())
room.forget(load_settings(), sys.argv[2], clock_at(datetime.fromisoformat("2017-03-10T17:00+07:00")))
"""


@pytest.fixture
def faces(office: Settings) -> Settings:
    """E1 with a face, three photos, of which one has an outcome and one came with a failed comparison; E2 likewise."""
    for number, (employee, pin) in enumerate({"E1": "1", "E2": "2"}.items()):
        plant_template(office, employee)
        for photo in range(3):
            plant_photo(office, SERIAL, pin, 10 * number + photo)
        plant_outcome(office, SERIAL, pin, employee, 10 * number, "FOTO_RUSAK")
    return office


def left_of(settings: Settings, employee: str) -> dict[str, int]:
    counts = ask(
        settings,
        """
        select
            (select count(*) from biometrics.templates where employee_id = %s),
            (select count(*) from biometrics.verifications where employee_id = %s),
            (select count(*) from biometrics.photo_owners where employee_id = %s),
            (select count(*) from biometrics.consents where employee_id = %s and withdrawn_at is null)
        """,
        *[employee] * 4,
    )[0]
    return dict(zip(("templates", "outcomes", "photos", "consents"), counts, strict=True))


ALL = {"templates": 1, "outcomes": 1, "photos": 3, "consents": 1}
NOTHING = dict.fromkeys(ALL, 0)


def test_all_of_one_person_goes_and_nothing_of_another(faces: Settings) -> None:
    report = forget(faces, NIPS["E1"], CLOCK)

    assert (report.employee_id, report.templates, report.outcomes, report.photos) == ("E1", 1, 1, 3)
    assert left_of(faces, "E1") == NOTHING
    assert left_of(faces, "E2") == ALL
    assert len(files(faces)) == 3
    assert ask(faces, "select employee_id, completed_at is not null from biometrics.forgotten") == [("E1", True)]
    with connect(faces, "loader") as connection, connection.cursor() as cursor:
        cursor.execute("select employee_id, work_date::text, cause from ops.touched")
        assert ("E1", "2017-03-01", "face") in cursor.fetchall(), "his day is built again"


@pytest.mark.parametrize(
    "moment",
    [
        "after the tombstone",
        "with the files gone and their rows there",
        "with the photos gone and the outcomes there",
    ],
)
@pytest.mark.parametrize("next_command", ["forget", "purge"])
def test_a_killed_forget_is_finished_by_the_next_command(faces: Settings, moment: str, next_command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, moment, NIPS["E1"]],
        cwd=ROOT, env=child_environment(faces), check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert left_of(faces, "E1") != NOTHING
    known = {name for (name,) in ask(faces, "select file_name from raw.photos")}
    assert files(faces) <= known, "no file may be left that no row knows"

    if next_command == "forget":
        assert forget(faces, "E1", CLOCK).templates == 1
    else:
        assert purge(faces, CLOCK).stray_files == 0

    assert left_of(faces, "E1") == NOTHING
    assert left_of(faces, "E2") == ALL
    assert len(files(faces)) == 3
    assert ask(faces, "select count(*) from biometrics.forgotten where completed_at is not null") == [(1,)]


def test_photos_that_an_old_stick_brings_again_go_too(faces: Settings) -> None:
    forget(faces, "E1", CLOCK)
    plant_photo(faces, SERIAL, "1", 77)

    purge(faces, CLOCK)

    assert left_of(faces, "E1") == NOTHING
    assert len(files(faces)) == 3


def test_nobody_with_this_number(faces: Settings) -> None:
    with pytest.raises(Problem) as caught:
        forget(faces, "199999999999999999", CLOCK)

    assert caught.value.code == 2
    assert ask(faces, "select count(*) from biometrics.forgotten") == [(0,)]


def test_two_face_commands_do_not_work_at_once(faces: Settings) -> None:
    with connect(faces, "biometrics") as connection, connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('hadir.faces'))")
        with pytest.raises(Problem, match="sedang bekerja"):
            forget(faces, "E1", CLOCK)
    connection.close()
