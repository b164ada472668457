"""The drawn photographs of a city: planted as written down, the same for the same seed, labelled as drawn."""

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from simulator.faces import DRAWN_PEOPLE, ENROLMENT_SIZE, PHOTO_SIZE, Pose, photograph, pose_of
from simulator.score import Outcome, score

pytestmark = pytest.mark.unit


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NAME = re.compile(r"\d{14}(-\d+)?\.jpg")


def test_files_and_truth_are_the_same_set(demo_city: Path):
    truth = {(row["serial"], row["file"]) for row in table(demo_city / "truth", "faces")}
    files = {(path.parent.name, path.name) for path in (demo_city / "photos").rglob("*") if path.is_file()}

    assert files == truth
    assert 120 <= len(files) <= 200
    assert all(NAME.fullmatch(name) for _, name in files)


def test_what_is_planted(demo_city: Path):
    rows = table(demo_city / "truth", "faces")
    outcomes = Counter(row["outcome"] for row in rows)
    own = outcomes.pop("COCOK")

    assert outcomes == {
        "TIDAK_COCOK": 6, "TANPA_WAJAH": 3, "BANYAK_WAJAH": 1, "FOTO_RUSAK": 1, "DITOLAK": 1, "BELUM_DIDAFTARKAN": 2,
    }  # fmt: skip
    assert own > 100
    assert [row["outcome"] for row in rows if row["is_buddy"] == "ya"] == ["TIDAK_COCOK"] * 6
    assert sum(not row["pin"] for row in rows) == 1


def test_each_photograph_with_a_pin_is_of_a_punch_in_the_log(demo_city: Path):
    rows = [row for row in table(demo_city / "truth", "faces") if row["pin"]]
    base = demo_city / "terminals" / rows[0]["serial"]
    pins = np.load(f"{base}.log.npy")[:, 2:26].copy().view("S24").ravel().astype(str).tolist()
    times = np.load(f"{base}.appears.npy").astype("datetime64[s]").astype(str).tolist()
    punches = set(zip(pins, times, strict=True))

    assert {(row["pin"], row["taken_at"].replace(" ", "T")) for row in rows} <= punches


def test_enrolled_are_eighteen_people_with_a_nip_and_a_letter(demo_city: Path):
    enrolled = table(demo_city / "enrolment", "enrolment")
    nips = {row["value"] for row in table(demo_city / "site", "identifiers")}

    assert len(enrolled) == len(DRAWN_PEOPLE) == 18
    assert {row["nip"] for row in enrolled} <= nips
    assert all(row["file"] == f"{row['nip']}.jpg" and row["letter_no"] for row in enrolled)
    for row in enrolled:
        assert Image.open(demo_city / "enrolment" / row["file"]).size == ENROLMENT_SIZE


def corner_of(picture: bytes) -> np.ndarray:
    """Where the label stands, in grey."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("L"))[225:, :60]


@pytest.mark.parametrize("people", [[], [(1, Pose())]])
def test_every_picture_says_that_it_is_drawn(people: list[tuple[int, Pose]]):
    assert (corner_of(photograph(people, PHOTO_SIZE, 1)) < 100).sum() > 50


def test_without_the_label_its_corner_is_empty(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("simulator.faces.LABEL", "")

    assert (corner_of(photograph([(1, Pose())], PHOTO_SIZE, 1)) < 100).sum() == 0


def test_the_same_key_draws_the_same_bytes_another_key_other_bytes():
    one, same, other = (photograph([(7, pose_of(key))], PHOTO_SIZE, key) for key in (1, 1, 2))

    assert one == same
    assert one != other


def test_the_terminals_of_some_offices_see_faces_and_keep_no_picture(demo_city: Path):
    offices = {row["terminal_serial"]: row["opd_code"] for row in table(demo_city / "site", "terminals")}
    share = {
        opd: float((np.load(demo_city / "terminals" / f"{serial}.log.npy")[:, 26] == 15).mean())
        for serial, opd in offices.items()
    }

    assert {opd for opd, part in share.items() if part > 0} == {"BKPP", "BPKAD", "DISHUB"}
    assert all(part == 0 or part > 0.8 for part in share.values())


@pytest.fixture
def outcomes(demo_city: Path) -> list[Outcome]:
    """What a faultless face check says."""
    return [
        Outcome(serial=row["serial"], file=row["file"], outcome=row["outcome"])
        for row in table(demo_city / "truth", "faces")
    ]


def test_a_faultless_check_scores_one(demo_city: Path, outcomes: list[Outcome]):
    result = score(demo_city, outcomes)

    assert (result.planted, result.found, result.right) == (6, 6, 6)
    assert (result.precision, result.recall) == (1.0, 1.0)


def test_a_missed_and_a_wrongly_accused_one_lower_the_score(demo_city: Path, outcomes: list[Outcome]):
    missed = next(one for one in outcomes if one.outcome == "TIDAK_COCOK")
    accused = [one for one in outcomes if one.outcome == "COCOK"][:2]
    changed = [
        one.model_copy(update={"outcome": "COCOK" if one == missed else "TIDAK_COCOK"})
        if one == missed or one in accused
        else one
        for one in outcomes
    ]

    result = score(demo_city, changed)

    assert (result.planted, result.found, result.right) == (6, 7, 5)
    assert (result.precision, result.recall) == (5 / 7, 5 / 6)


def test_nothing_found_has_no_precision(demo_city: Path):
    result = score(demo_city, [])

    assert (result.precision, result.recall) == (None, 0.0)


def test_the_command_reads_outcomes_and_prints_one_object(demo_city: Path, outcomes: list[Outcome]):
    door = "import typer; from simulator.door import mount; app = typer.Typer(); mount(app); app()"
    command = [sys.executable, "-c", door, "simulator", "score", str(demo_city), "--json"]
    told = json.dumps([one.model_dump() for one in outcomes])

    done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=60, check=True)
    refused = subprocess.run(command, input="[{}]", capture_output=True, text=True, timeout=60, check=False)

    assert json.loads(done.stdout) == {
        "checked": len(outcomes), "planted": 6, "found": 6, "right": 6, "precision": 1.0, "recall": 1.0,
    }  # fmt: skip
    assert refused.returncode == 2
    assert "stdin" in refused.stderr
