"""A case can be looked at, and who looked is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from biometrics.show import show
from tests.biometrics.books import ask, files, plant_outcome, plant_photo
from tests.biometrics.conftest import CLOCK, SERIAL
from warehouse.console import Problem
from warehouse.photo_files import photo_path
from warehouse.settings import Settings

pytestmark = pytest.mark.db


@pytest.fixture
def case_no(office: Settings) -> int:
    plant_photo(office, SERIAL, "1", 7)
    plant_outcome(office, SERIAL, "1", "E1", 7, "TANPA_WAJAH")
    [(number,)] = ask(office, "select verification_id from biometrics.verifications")
    return int(number)


def test_the_photo_is_opened_with_a_name_beside_it(office: Settings, case_no: int, tmp_path: Path) -> None:
    show(office, case_no, "Siti Rohmah", tmp_path / "case.jpg", CLOCK)

    assert (tmp_path / "case.jpg").read_bytes() == b"7"
    assert (tmp_path / "case.jpg").stat().st_mode & 0o777 == 0o600
    assert ask(office, "select verification_id, viewed_by, viewed_at from biometrics.photo_views") == [
        (case_no, "Siti Rohmah", CLOCK())
    ]


def test_without_a_name_a_case_or_a_new_file_nothing_is_opened(office: Settings, case_no: int, tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"mine")

    for number, name, file in ((case_no, " ", "a"), (case_no + 1, "Siti", "a"), (case_no, "Siti", "there")):
        with pytest.raises(Problem) as caught:
            show(office, number, name, tmp_path / file, CLOCK)
        assert caught.value.code == 2
    assert (tmp_path / "there").read_bytes() == b"mine"
    assert not (tmp_path / "a").exists()


def test_a_damaged_photo_is_said(office: Settings, case_no: int, tmp_path: Path) -> None:
    [name] = files(office)
    photo_path(office, name).write_bytes(b"rot")

    with pytest.raises(Problem, match="tidak dapat dibuka"):
        show(office, case_no, "Siti", tmp_path / "a", CLOCK)
