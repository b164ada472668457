"""Enrolment: one good picture and one letter per person, refusals that say what to do, nothing kept of the picture."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook
from PIL import Image

from biometrics.enrol import enrol
from biometrics.forget import forget
from biometrics.verify import verify
from tests.biometrics.books import ask, plant_outcome, plant_photo
from tests.biometrics.conftest import CLOCK, NIPS, SERIAL, InThisProcess, enrolment
from warehouse.console import Problem
from warehouse.settings import Settings

pytestmark = pytest.mark.db


@pytest.fixture
def obama(real_pictures: dict[str, bytes]) -> bytes:
    return real_pictures["obama"]


def line(employee: str, file: str = "a.jpg", letter: str = "800/1", day: str = "2017-01-30") -> str:
    return f"{NIPS[employee]},{file},{letter},{day}"


def test_a_face_is_kept_as_a_sealed_vector_with_its_letter(office: Settings, tmp_path: Path, obama: bytes) -> None:
    report = enrol(office, enrolment(tmp_path / "e", line("E1"), pictures={"a.jpg": obama}), CLOCK)

    assert (report.enrolled, report.refused) == (1, [])
    [(kind, size, model, upsample, jitters, quality)] = ask(
        office, "select kind, length(vector), model, upsample, jitters, quality from biometrics.templates"
    )
    assert (kind, model, upsample, jitters) == ("real", "dlib_resnet_v1/hog/5pt", 0, 1)
    assert 512 < size < 600
    assert quality["width_px"] >= 80
    assert ask(office, "select letter_no, consented_on::text, withdrawn_at from biometrics.consents") == [
        ("800/1", "2017-01-30", None)
    ]


def test_the_same_again_changes_nothing_and_a_new_picture_replaces(
    office: Settings, tmp_path: Path, obama: bytes, real_pictures: dict[str, bytes]
) -> None:
    folder = enrolment(tmp_path / "e", line("E1"), pictures={"a.jpg": obama})
    enrol(office, folder, CLOCK)
    again = enrol(office, folder, CLOCK)
    (folder / "a.jpg").write_bytes(real_pictures["obama3"])
    newer = enrol(office, folder, CLOCK)

    assert (again.enrolled, again.unchanged) == (0, 1)
    assert newer.enrolled == 1
    assert ask(
        office, "select version, vector is null, valid_to is null from biometrics.templates order by version"
    ) == [(1, True, False), (2, False, True)], "of the older nothing is kept that could be compared"


def test_refusals_name_the_place_the_reason_and_the_remedy(office: Settings, tmp_path: Path, obama: bytes) -> None:
    lines = [
        line("E1", "none.jpg"),
        line("E2", "grey.jpg"),
        "199999999999999999,a.jpg,800/1,2017-01-30",
        line("E3", "../a.jpg"),
        line("E3", letter=""),
        "E1,a.jpg,800/9,kemarin",
        ",a.jpg,800/1,2017-01-30",
        "E2,a.jpg,800/1,2018-01-01",
    ]
    grey = io.BytesIO()
    Image.new("RGB", (300, 300), "grey").save(grey, "JPEG")
    folder = enrolment(tmp_path / "e", *lines, pictures={"a.jpg": obama, "grey.jpg": grey.getvalue()})

    report = enrol(office, folder, CLOCK)

    assert report.enrolled == 0
    assert sorted((one.file, one.reason) for one in report.refused) == [
        ("a.jpg", "NIP-nya tidak dikenal"),
        ("a.jpg", "tanggal persetujuannya di masa depan"),
        ("enrolment.csv baris 5", "NIP ini ada di lebih dari satu baris"),
        ("enrolment.csv baris 6", "NIP ini ada di lebih dari satu baris"),
        ("enrolment.csv baris 7", "tanggal persetujuan 'kemarin' tidak terbaca"),
        ("enrolment.csv baris 8", "NIP kosong"),
        ("grey.jpg", "tidak ada wajah yang terlihat"),
        ("none.jpg", "fotonya tidak terbaca (No such file or directory)"),
    ]
    assert all(one.remedy for one in report.refused)
    assert ask(office, "select count(*) from biometrics.consents") == [(0,)]


def workbook(path: Path, nip: object) -> Path:
    book = Workbook()
    book.active.append(["NIP", "file", "letter_no", "consented_on"])
    book.active.append([nip, "a.jpg", "800/1", "2017-01-30"])
    book.save(path)
    return path


def test_a_workbook_beside_its_pictures_is_a_list_too(office: Settings, tmp_path: Path, obama: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(obama)

    assert enrol(office, workbook(tmp_path / "daftar.xlsx", NIPS["E1"]), CLOCK).enrolled == 1
    [refused] = enrol(office, workbook(tmp_path / "angka.xlsx", int(NIPS["E1"])), CLOCK).refused
    assert "format Teks" in refused.remedy


@pytest.mark.parametrize("content", ["nip,file\n", "", "\xff\xfe"])
def test_a_list_without_its_columns_is_wrong_use(office: Settings, tmp_path: Path, content: str) -> None:
    (tmp_path / "enrolment.csv").write_text(content, encoding="latin-1")

    with pytest.raises(Problem) as caught:
        enrol(office, tmp_path, CLOCK)
    assert caught.value.code == 2


def test_who_was_forgotten_needs_a_new_letter(office: Settings, tmp_path: Path, obama: bytes) -> None:
    folder = enrolment(tmp_path / "e", line("E1"), pictures={"a.jpg": obama})
    enrol(office, folder, CLOCK)
    forget(office, "E1", CLOCK)

    [refused] = enrol(office, folder, CLOCK).refused
    renewed = enrolment(tmp_path / "n", line("E1", letter="800/2"), pictures={"a.jpg": obama})

    assert refused.reason == "persetujuan dengan surat ini sudah dicabut"
    assert enrol(office, renewed, CLOCK).enrolled == 1
    verify(office, CLOCK)
    assert ask(office, "select count(*) from biometrics.templates") == [(1,)], "the old tombstone takes nothing more"


def test_photos_from_before_the_enrolment_are_looked_at_again(office: Settings, tmp_path: Path, obama: bytes) -> None:
    plant_photo(office, SERIAL, "1", 1)
    assert verify(office, CLOCK).outcomes["BELUM_DIDAFTARKAN"] == 1

    enrol(office, enrolment(tmp_path / "e", line("E1"), pictures={"a.jpg": obama}), CLOCK)

    report = verify(office, CLOCK, comparer=InThisProcess(office))
    assert report.outcomes["FOTO_RUSAK"] == 1, "its bytes are no picture"


def test_an_outcome_of_another_kind_stands(office: Settings, tmp_path: Path, obama: bytes) -> None:
    plant_outcome(office, SERIAL, "1", "E1", 1, "TANPA_WAJAH")

    enrol(office, enrolment(tmp_path / "e", line("E1"), pictures={"a.jpg": obama}), CLOCK)

    assert ask(office, "select outcome from biometrics.verifications") == [("TANPA_WAJAH",)]
