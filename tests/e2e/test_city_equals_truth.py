"""The whole demo city, pull by pull, against what was planted: person-day by person-day, rupiah by rupiah."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from truth import MARTS, checked_faces, computed, differences, planted

from decisions.approvals import Signature
from decisions.months import close_month, month_of
from decisions.phbi import decide_sanction, sanction_of
from decisions.rebuild import rebuild_month
from expectations.gate import check
from extractors.imports import import_inbox
from extractors.pull import pull_chunk, terminals_to_pull
from extractors.site.load import load_site
from tests.support.conservation import own_server
from warehouse.build import build
from warehouse.clock import Clock, clock_for
from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.migrate import migrate
from warehouse.settings import Settings, child_environment

pytestmark = pytest.mark.e2e

HISTORY = ("2017-03-03T18:00", "2017-03-19T18:00", "2017-03-29T18:00", "2017-03-31T10:00", "2017-04-01T08:00")
FIRST, LAST = "2017-01-30", "2017-04-01"
EVENTS_LAST = "2017-03-31"


@dataclass(frozen=True)
class City:
    settings: Settings
    truth: Path
    photos_refused: list[dict[str, str]]


def decide_and_close(settings: Settings, folder: Path, clock: Clock) -> None:
    """The leadership answers as leadership.json says; an office's stick of February is still in a drawer."""
    answers = json.loads((folder / "leadership.json").read_text(encoding="utf-8"))
    asked, closing = answers["phbi"], answers["closing"]
    sanction = sanction_of(Decimal(asked["pct"]), None, is_none=False, excepted=tuple(asked["excepted"]))
    decide_sanction(settings, asked["event_id"], sanction, Signature("sekda", asked["letter_no"]), clock)
    build(settings, clock)
    signature = Signature("sekda", closing["letter_no"])
    with pytest.raises(Problem, match="hari belum lengkap"):
        close_month(settings, month_of(closing["month"]), signature, clock)
    close_month(settings, month_of(closing["month"]), signature, clock, despite_waiting=True)


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    var_dir = Path(tempfile.mkdtemp(prefix="hadir-city-"))
    var_dir.chmod(0o755)
    settings = Settings(var_dir=var_dir)
    folder = var_dir / "city"
    hadir = [sys.executable, "-m", "hadir", "simulator"]
    subprocess.run(
        [
            *hadir,
            "city",
            folder,
            "--base-port",
            "28500",
            "--secrets",
            settings.secrets_dir,
            "--inbox",
            settings.inbox_dir,
        ],
        check=True,
        capture_output=True,
    )
    with own_server(settings), subprocess.Popen([*hadir, "serve", folder], stdout=subprocess.PIPE) as terminals:
        assert terminals.stdout is not None
        assert json.loads(terminals.stdout.readline())["ready"]
        try:
            migrate(settings)
            for number, as_of in enumerate(HISTORY):
                subprocess.run([*hadir, "clock", folder, "--at", as_of], check=True, capture_output=True)
                clock = clock_for(as_of, 0, settings.zone)
                if number == 0:
                    load_site(settings, folder / "site", clock)
                pull_chunk(settings, terminals_to_pull(settings, clock), clock, 4)
                import_inbox(settings, clock)
                if as_of == HISTORY[-1]:
                    refused = check_faces(settings, folder, as_of)
                check(settings, clock)
                build(settings, clock)
                if number == 0:
                    decide_and_close(settings, folder, clock)
            yield City(settings, folder / "truth", refused)
        finally:
            terminals.terminate()
    shutil.rmtree(var_dir)


def check_faces(settings: Settings, folder: Path, as_of: str) -> list[dict[str, str]]:
    """By the commands of the door, as a person does it; returns the photographs that were not taken in."""

    def hadir(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "hadir", *arguments, "--as-of", as_of, "--json"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=child_environment(settings))
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    refused: list[dict[str, str]] = []
    for photos in (folder / "photos").iterdir():
        refused += hadir("import", "photos", str(photos), "--terminal", photos.name)["refused"]
    hadir("faces", "enrol", str(folder / "enrolment"), "--drawn")
    hadir("faces", "verify")
    return refused


@pytest.mark.parametrize("name", sorted(MARTS))
def test_each_row_of_the_marts_is_what_was_planted(city: City, name: str) -> None:
    last = EVENTS_LAST if name == "events" else LAST

    found = differences(planted(city.truth, name), computed(city.settings, name, FIRST, last))

    assert found == [], "\n".join([f"{len(found)} rows differ", *found[:40]])


@pytest.mark.parametrize("name", sorted(MARTS))
def test_a_planting_error_turns_the_comparison_red(city: City, name: str) -> None:
    truth = planted(city.truth, name)
    last = EVENTS_LAST if name == "events" else LAST
    wrong = [(*truth[0][:-1], f"{truth[0][-1]}?"), *truth[1:]]

    assert len(differences(wrong, computed(city.settings, name, FIRST, last))) == 2
    assert len(differences(truth[1:], computed(city.settings, name, FIRST, last))) == 1


def planted_faces(city: City) -> list[tuple[str, ...]]:
    """File, terminal, PIN, time and outcome of the photographs that are to be taken in."""
    return [row[:5] for row in planted(city.truth, "faces") if row[4] != "DITOLAK"]


def test_each_photograph_has_the_planted_outcome(city: City) -> None:
    found = differences(planted_faces(city), checked_faces(city.settings))

    assert found == [], "\n".join([f"{len(found)} photographs differ", *found[:40]])


def test_what_is_no_file_is_refused_by_name_with_a_remedy(city: City) -> None:
    refused = {row[0] for row in planted(city.truth, "faces") if row[4] == "DITOLAK"}

    assert {one["file"] for one in city.photos_refused} == refused
    assert all(one["reason"] and one["remedy"] for one in city.photos_refused)


def test_a_planting_error_among_the_faces_is_seen(city: City) -> None:
    truth = planted_faces(city)
    wrong = [(*truth[0][:4], "TIDAK_COCOK"), *truth[1:]]

    assert len(differences(wrong, checked_faces(city.settings))) == 2
    assert len(differences(truth[1:], checked_faces(city.settings))) == 1


def test_the_marts_count_and_show_what_was_planted(city: City) -> None:
    truth = planted(city.truth, "faces")
    days = Counter((row[3][:10], row[1], row[4]) for row in truth if row[4] != "DITOLAK")
    buddies = {(row[1], row[3]) for row in truth if row[5] == "ya"}
    with connect(city.settings, "auditor") as conn, conn.cursor() as cursor:
        cursor.execute("select local_date::text, terminal_serial, outcome, photo_count from marts.fct_face_checks")
        counted = {tuple(row[:3]): row[3] for row in cursor.fetchall()}
        cursor.execute("select terminal_serial, taken_at_local::text from marts.rpt_face_cases")
        cases = set(cursor.fetchall())
    conn.close()

    assert counted == days
    assert cases == buddies


def test_the_late_stick_is_named_as_the_cause(city: City) -> None:
    conn = connect(city.settings, "auditor")
    with conn, conn.cursor() as cursor:
        cursor.execute("select distinct causes from marts.rpt_susulan")
        causes = [text for (text,) in cursor.fetchall()]
        cursor.execute("select pull_id from raw.pulls where source like '20170319%'")
        [(pull_id,)] = cursor.fetchall()
    conn.close()

    assert causes == [f"penarikan {pull_id} terminal KEC-PULOMERAK 1 (berkas USB)"]


def test_the_closed_month_can_be_built_again_as_it_was_known(city: City) -> None:
    rebuilt = rebuild_month(city.settings, date(2017, 2, 1))

    assert (rebuilt.differing, rebuilt.people_count, rebuilt.has_same_rules) == ((), 1200, True)
