"""Keys that turn over while photos lie there, and photos whose term is over."""

from __future__ import annotations

from datetime import datetime

import pytest

from biometrics import rotate
from biometrics.books import template_binding
from biometrics.retention import purge
from biometrics.rotate import rotate_key
from tests.biometrics.books import ask, files, plant_outcome, plant_photo, plant_template
from tests.biometrics.conftest import CLOCK, SERIAL
from warehouse.clock import clock_at
from warehouse.photo_files import photo_binding, photo_path
from warehouse.settings import Settings
from warehouse.vault import KEY_PREFIX, KeyWrong, Vault

pytestmark = pytest.mark.db
PHOTOS = 5


@pytest.fixture
def sealed(office: Settings) -> Settings:
    plant_template(office, "E1", b"a vector")
    for number in range(PHOTOS):
        plant_photo(office, SERIAL, "1", number)
    return office


def contents(settings: Settings) -> list[bytes]:
    """Everything sealed, opened."""
    vault = Vault(settings)
    photos = ask(settings, "select terminal_serial, sha256, file_name from raw.photos order by sha256")
    templates = ask(settings, "select employee_id, version, vector from biometrics.templates")
    return [
        vault.read_file(photo_path(settings, name), photo_binding(serial, sha256)) for serial, sha256, name in photos
    ] + [vault.open(bytes(vector), template_binding(employee, version)) for employee, version, vector in templates]


EXPECTED = [b"%d" % number for number in range(PHOTOS)] + [b"a vector"]


def keys(settings: Settings) -> set[str]:
    return {path.name.removeprefix(KEY_PREFIX) for path in settings.secrets_dir.glob(f"{KEY_PREFIX}*")}


def test_everything_opens_with_the_new_key_and_the_old_one_is_gone(sealed: Settings) -> None:
    [old] = keys(sealed)

    report = rotate_key(sealed)

    assert (report.templates, report.photos, report.unreadable, report.dropped_keys) == (1, PHOTOS, 0, 1)
    assert keys(sealed) == {report.key_id} != {old}
    assert contents(sealed) == EXPECTED
    assert ask(sealed, "select distinct key_id from raw.photos") == [(report.key_id,)]


@pytest.mark.parametrize("done_before", [0, 3])
def test_a_broken_rotation_goes_on_with_the_same_key(
    sealed: Settings, monkeypatch: pytest.MonkeyPatch, done_before: int
) -> None:
    real, written = Vault.write_file, []

    def break_off(vault: Vault, *given: object) -> None:
        if len(written) == done_before:
            raise KeyboardInterrupt
        real(vault, *given)  # type: ignore[arg-type]
        written.append(given)

    monkeypatch.setattr(rotate, "BATCH", 2)
    with monkeypatch.context() as patch:
        patch.setattr(Vault, "write_file", break_off)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(sealed)
    assert len(keys(sealed)) == 2
    assert contents(sealed) == EXPECTED, "both keys open in between"

    report = rotate_key(sealed)

    assert report.is_resumed
    assert len(keys(sealed)) == 1
    assert contents(sealed) == EXPECTED


def test_a_missing_key_stops_the_rotation_before_anything_is_lost(sealed: Settings) -> None:
    [old] = keys(sealed)
    spare = (sealed.secrets_dir / f"{KEY_PREFIX}{old}").read_bytes()
    (sealed.secrets_dir / f"{KEY_PREFIX}{old}").unlink()

    with pytest.raises(KeyWrong):
        rotate_key(sealed)

    (sealed.secrets_dir / f"{KEY_PREFIX}{old}").write_bytes(spare)
    assert contents(sealed) == EXPECTED


def test_a_damaged_photo_does_not_hold_up_the_others(sealed: Settings) -> None:
    [(name,)] = ask(sealed, "select file_name from raw.photos order by sha256 limit 1")
    photo_path(sealed, name).write_bytes(b"rot")

    report = rotate_key(sealed)

    assert (report.unreadable, report.dropped_keys) == (1, 1)


def test_expired_photos_go_with_their_files_and_their_outcomes_stay(office: Settings) -> None:
    plant_photo(office, SERIAL, "1", 1, expires="2017-03-10")
    plant_photo(office, SERIAL, "1", 2, expires="2017-03-11")
    plant_outcome(office, SERIAL, "1", "E1", 1, "TANPA_WAJAH")

    report = purge(office, CLOCK)

    assert (report.expired, report.stray_files) == (1, 0)
    assert ask(office, "select expires_on::text from raw.photos") == [("2017-03-11",)]
    assert len(files(office)) == 1
    assert ask(office, "select count(*) from biometrics.verifications") == [(1,)]
    later = clock_at(datetime.fromisoformat("2017-03-11T00:30+07:00"))
    assert purge(office, later).expired == 1, "the day begins in the city's zone"


def test_files_that_no_row_knows_are_removed(office: Settings) -> None:
    plant_photo(office, SERIAL, "1", 1)
    [name] = files(office)
    stray = photo_path(office, "ab" + name[2:])
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left by a broken import")

    assert purge(office, CLOCK).stray_files == 1
    assert files(office) == {name}
