"""Photos from a stick: what lands, what is refused and why, and that nothing plain is left on the disk."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from extractors.photos import MOST_BYTES, import_photos
from hadir import mount_doors
from tests.biometrics.books import ask, files
from tests.biometrics.conftest import CLOCK, SERIAL, stick
from warehouse.clock import clock_at
from warehouse.console import Problem
from warehouse.photo_files import photo_binding, photo_path
from warehouse.settings import Settings
from warehouse.vault import SealBroken, Vault

pytestmark = pytest.mark.db


def test_good_photos_land_and_bad_ones_are_named_with_a_remedy(office: Settings, tmp_path: Path) -> None:
    photos = {
        "20170301070000-1.jpg": b"one",
        "20170301070001.jpg": b"failed verification",
        "20170301070002-A7.JPG": b"three",
        "attphoto.jpg": b"x",
        "20170231070000-1.jpg": b"no such day",
        "20170301070003-1.jpg": b"",
        "20170301070004-1.jpg": b"x" * (MOST_BYTES + 1),
        "20160301070000-1.jpg": b"before it was installed",
        "20170401070000-1.jpg": b"of the future",
        "Thumbs.db": b"x",
    }
    report = import_photos(office, stick(tmp_path / "stick", photos), SERIAL, CLOCK)

    assert (report.imported, report.without_pin, report.duplicate) == (3, 1, 0)
    assert {one.file: one.reason for one in report.refused} == {
        "attphoto.jpg": "namanya bukan YYYYMMDDHHMMSS-<pin>.jpg",
        "20170231070000-1.jpg": "waktu 20170231070000 tidak ada",
        "20170301070003-1.jpg": "berkas kosong",
        "20170301070004-1.jpg": "8.0 MB, lebih dari 8 MB",
        "20160301070000-1.jpg": "waktunya sebelum mesin dipasang (2017-01-30)",
        "20170401070000-1.jpg": "waktunya di masa depan",
        "Thumbs.db": "namanya bukan YYYYMMDDHHMMSS-<pin>.jpg",
    }
    assert all(one.remedy for one in report.refused)
    assert ask(office, "select pin, taken_at_local, expires_on::text from raw.photos order by taken_at_local") == [
        ("1", datetime(2017, 3, 1, 7), "2017-05-30"),
        (None, datetime(2017, 3, 1, 7, 0, 1), "2017-05-30"),
        ("A7", datetime(2017, 3, 1, 7, 0, 2), "2017-05-30"),
    ]


def test_the_same_folder_again_changes_nothing(office: Settings, tmp_path: Path) -> None:
    folder = stick(tmp_path / "stick", {f"2017030107000{n}-1.jpg": b"%d" % n for n in range(3)})
    import_photos(office, folder, SERIAL, CLOCK)
    before = (ask(office, "select * from raw.photos order by sha256"), files(office))
    (folder / "20170301080000-1.jpg").write_bytes(b"0")  # a copy under another name

    again = import_photos(office, folder, SERIAL, CLOCK)

    assert (again.imported, again.duplicate) == (0, 4)
    assert (ask(office, "select * from raw.photos order by sha256"), files(office)) == before


def test_the_stored_file_is_sealed_and_bound_to_its_photo(office: Settings, tmp_path: Path) -> None:
    plain = b"\xff\xd8 a plain jpeg"
    photos = {"20170301070000-1.jpg": plain, "20170301070001-2.jpg": b"another"}
    import_photos(office, stick(tmp_path / "stick", photos), SERIAL, CLOCK)
    one, other = ask(office, "select sha256, file_name from raw.photos order by taken_at_local")
    paths = [photo_path(office, name) for _, name in (one, other)]

    assert plain not in paths[0].read_bytes()
    assert Vault(office).read_file(paths[0], photo_binding(SERIAL, one[0])) == plain
    paths[1].write_bytes(paths[0].read_bytes())  # somebody puts another's photo in its place
    with pytest.raises(SealBroken):
        Vault(office).read_file(paths[1], photo_binding(SERIAL, other[0]))


def test_a_file_without_a_row_gets_its_row_from_the_next_import(
    office: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stick(tmp_path / "stick", {"20170301070000-1.jpg": b"one"})
    with monkeypatch.context() as patch:
        patch.setattr("extractors.photos.execute_values", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            import_photos(office, folder, SERIAL, CLOCK)
    assert len(files(office)) == 1
    assert ask(office, "select count(*) from raw.photos") == [(0,)]

    assert import_photos(office, folder, SERIAL, CLOCK).imported == 1
    assert len(files(office)) == 1


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_how_long_a_photo_is_kept_depends_on_its_day(office: Settings, tmp_path: Path) -> None:
    dated = office.model_copy(update={"photo_days": {datetime(2017, 1, 1).date(): 90, datetime(2017, 3, 1).date(): 10}})
    photos = {"20170228070000-1.jpg": b"a", "20170301070000-1.jpg": b"b"}

    report = import_photos(
        dated, stick(tmp_path / "s", photos), SERIAL, clock_at(datetime.fromisoformat("2017-03-11T08:00+07:00"))
    )

    assert [(one.file, one.reason) for one in report.refused] == [
        ("20170301070000-1.jpg", "masa simpan fotonya sudah lewat")
    ]
    assert ask(dated, "select expires_on::text from raw.photos") == [("2017-05-29",)]


def test_an_unknown_terminal_and_a_missing_folder_are_wrong_use(office: Settings, tmp_path: Path) -> None:
    for folder, serial in ((tmp_path, "NOT-OURS"), (tmp_path / "not_there", SERIAL)):
        with pytest.raises(Problem) as caught:
            import_photos(office, folder, serial, CLOCK)
        assert caught.value.code == 2


@pytest.fixture
def run(office: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name, value in office.model_dump(mode="json", exclude_none=True).items():
        monkeypatch.setenv(f"HADIR_{name.upper()}", json.dumps(value) if isinstance(value, dict) else str(value))
    return CliRunner()


def test_import_takes_a_file_or_photos(run: CliRunner, tmp_path: Path) -> None:
    app = mount_doors()
    folder = stick(tmp_path / "stick", {"20170301070000-1.jpg": b"one", "x.jpg": b"y"})
    attlog = tmp_path / "attlog.dat"
    attlog.write_bytes(b"%9s\t2017-03-01 07:30:00\t1\t0\t1\t0\r\n" % b"1")
    common = ["--terminal", SERIAL, "--as-of", "2017-03-10T17:00", "--json"]

    photos = run.invoke(app, ["import", "photos", str(folder), *common])
    file = run.invoke(app, ["import", str(attlog), *common])
    options_first = run.invoke(app, ["import", *common, str(attlog)])
    bad = run.invoke(app, ["import", "photos", str(stick(tmp_path / "bad", {"x.jpg": b"y"})), *common])

    assert photos.exit_code == 0, photos.output
    assert json.loads(photos.stdout)["imported"] == 1
    assert json.loads(file.stdout)["pulls"][0]["new_count"] == 1
    assert json.loads(options_first.stdout)["pulls"][0]["duplicate_count"] == 1
    assert bad.exit_code == 3
    assert "photos" in run.invoke(app, ["import", "--help"]).stdout
