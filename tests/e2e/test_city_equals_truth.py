"""The whole demo city, pull by pull, against what was planted: person-day by person-day, rupiah by rupiah."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from truth import MARTS, computed, differences, planted

from expectations.gate import check
from extractors.imports import import_inbox
from extractors.pull import pull_chunk, terminals_to_pull
from extractors.site.load import load_site
from warehouse.build import build
from warehouse.clock import clock_for
from warehouse.migrate import migrate
from warehouse.server import running_server
from warehouse.settings import Settings

pytestmark = pytest.mark.e2e

HISTORY = ("2017-02-28T18:00", "2017-03-19T18:00", "2017-03-29T18:00", "2017-03-31T10:00", "2017-04-01T08:00")
FIRST, LAST = "2017-01-30", "2017-04-01"
EVENTS_LAST = "2017-03-31"


@dataclass(frozen=True)
class City:
    settings: Settings
    truth: Path


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
            "48500",
            "--secrets",
            settings.secrets_dir,
            "--inbox",
            settings.inbox_dir,
        ],
        check=True,
        capture_output=True,
    )
    with running_server(settings), subprocess.Popen([*hadir, "serve", folder], stdout=subprocess.PIPE) as terminals:
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
                check(settings, clock)
                build(settings, clock)
            yield City(settings, folder / "truth")
        finally:
            terminals.terminate()
    shutil.rmtree(var_dir)


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
